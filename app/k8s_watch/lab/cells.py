"""Cells that several Tables have: ages, images, what an Event is about."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from k8s_watch.model.columns import duration

from .errors import Json
from .quantities import value as number_of

UNKNOWN = "<unknown>"


def unix(text: str) -> float:
    """Unix seconds of a time as the API writes it."""
    return datetime.fromisoformat(text).timestamp()


def stamp(seconds: float) -> str:
    """A time as the API writes it: whole seconds, UTC."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def since(text: str | None, now: float) -> str:
    """How long ago that was, as kubectl prints it."""
    if not text:
        return UNKNOWN
    return duration(now - unix(text))


def age(value: Json, now: float) -> str:
    """How old an object is."""
    return since(value["metadata"].get("creationTimestamp"), now)


def containers(template: Json) -> str:
    """The names of a template's containers."""
    return ",".join(one.get("name", "") for one in template.get("spec", {}).get("containers") or [])


def images(template: Json) -> str:
    """The images of a template's containers."""
    return ",".join(one.get("image", "") for one in template.get("spec", {}).get("containers") or [])


def number(text: str) -> Decimal:
    """The number that a quantity stands for."""
    return number_of(text)


def event_object(reference: Json) -> str:
    """What an Event is about: pod/web-1."""
    kind, name = reference.get("kind", "").lower(), reference.get("name", "")
    return f"{kind}/{name}" if name else kind


def event_source(value: Json) -> str:
    """Who says it: component, host."""
    source = value.get("source") or {}
    component = source.get("component") or value.get("reportingComponent") or ""
    host = source.get("host") or value.get("reportingInstance") or ""
    return f"{component}, {host}" if host else component
