"""The body of a request: bytes to an object of the kind that the path names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from . import protobuf
from .calls import Call
from .conform import conform, unreadable
from .errors import ApiError, Json, bad_request, unsupported_media
from .forms import JSON, YAML, from_yaml
from .kinds import Resource

_READERS: dict[str, Callable[[bytes], Any]] = {
    JSON: msgspec.json.decode,
    "application/octet-stream": msgspec.json.decode,
    YAML: from_yaml,
    protobuf.MEDIA: protobuf.read,
}


@dataclass(slots=True)
class Given:
    """An object from outside, made to fit its kind."""

    value: Json
    warnings: list[str] = field(default_factory=list)


def media(call: Call) -> str:
    """The content type without parameters."""
    return call.content_type.split(";")[0].strip().lower()


def raw(call: Call, kind: str) -> Json:
    """The body as it is. ApiError 400, 415."""
    given = media(call) or JSON
    read = _READERS.get(given)
    if read is None:
        raise unsupported_media(", ".join((JSON, YAML, protobuf.MEDIA)))
    try:
        value = read(call.body or b"{}")
    except (ValueError, msgspec.DecodeError) as error:
        shown = call.body[:100].decode(errors="replace")
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; "
            f"json parse error: {error} ({shown})"
        ) from None
    if not isinstance(value, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {kind}): not an object")
    return value


def object_of(call: Call) -> Given:
    """The body as an object of the path's kind."""
    return fitted(call, raw(call, call.resource.kind))


def fitted(call: Call, value: Json) -> Given:
    """Any object made to fit the path's kind; unknown fields as fieldValidation wants it."""
    resource = call.resource
    kind, version = value.get("kind") or resource.kind, value.get("apiVersion") or resource.api_version
    if kind != resource.kind:
        raise bad_request(
            f'{kind} in version "{version}" cannot be handled as a {resource.kind}: '
            f"converting (v1.{kind}) to (core.{resource.kind}): unknown conversion"
        )
    if version != resource.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version "
            f"({resource.api_version})"
        )
    clean, unknown = conform(resource, {**value, "kind": kind, "apiVersion": version})
    clean.setdefault("metadata", {})
    validation = call.query.get("fieldValidation") or "Warn"
    if unknown and validation == "Strict":
        raise strict(resource, unknown)
    return Given(clean, unknown if validation == "Warn" else [])


def strict(resource: Resource, unknown: list[str]) -> Exception:
    """The Status for unknown fields under fieldValidation=Strict."""
    return unreadable(resource, f"strict decoding error: {', '.join(unknown)}")


def delete_options(call: Call) -> Json:
    """DeleteOptions: from the body, and from the parameters where the body says nothing."""
    given: Json = {}
    if call.body.strip():
        given = raw(call, "DeleteOptions")
    found: Json = {
        name: given[name]
        for name in ("gracePeriodSeconds", "propagationPolicy", "orphanDependents", "preconditions", "dryRun")
        if given.get(name) is not None
    }
    if "gracePeriodSeconds" in call.query and "gracePeriodSeconds" not in found:
        found["gracePeriodSeconds"] = call.number("gracePeriodSeconds")
    for name in ("propagationPolicy", "orphanDependents"):
        if name in call.query and name not in found:
            found[name] = call.query[name]
    _check_grace(found.get("gracePeriodSeconds"))
    return found


def _check_grace(grace: Any) -> None:
    if grace is not None and (isinstance(grace, bool) or not isinstance(grace, int)):
        raise ApiError(400, "BadRequest", "gracePeriodSeconds must be a whole number")
