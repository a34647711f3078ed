"""Make an object that came from outside into what Kubernetes would keep of it.

What Go's types do by themselves: unknown fields are dropped (and told), nulls and empty lists and maps are
dropped, empty structs stay, quantities get their canonical form, a value of the wrong type is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .errors import Json, bad_request
from .kinds import Resource
from .quantities import NotAQuantity, canonical
from .schema import Node, node

_GO = {str: "string", bool: "bool", int: "number", float: "number", dict: "object", list: "array"}


_OMITTED = frozenset(
    {
        "minReadySeconds",
        "paused",
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "stdin",
        "stdinOnce",
        "tty",
        "readOnly",
    }
    | {"initialDelaySeconds", "publishNotReadyAddresses"}
)
"""Plain numbers and booleans that Go drops at 0 and false; most of the others are pointers, which it keeps."""


class WrongType(Exception):
    """A value that its field can't take; the text is Go's, with {struct} for the struct that has the field."""


@dataclass(slots=True)
class Report:
    """What was found on the way."""

    unknown: list[str] = field(default_factory=list)


def conform(resource: Resource, value: Json) -> tuple[Json, list[str]]:
    """The object as it would be kept, and the unknown fields. ApiError 400 at a wrong type."""
    report = Report()
    try:
        clean = _object(node(resource), value, "", report)
    except WrongType as error:
        raise unreadable(resource, str(error)) from error
    return clean, [f'unknown field "{path}"' for path in report.unknown]


def unreadable(resource: Resource, why: str) -> Exception:
    """The Status for a body that does not fit its kind."""
    kind = resource.kind
    return bad_request(f'{kind} in version "{resource.version}" cannot be handled as a {kind}: {why}')


def _value(schema: Node, value: Any, path: str, report: Report) -> Any:
    form = schema.form
    if form == "string":
        return value if isinstance(value, str) else _wrong(value, "string", path)
    if form == "object":
        return _object(schema, value, path, report)
    if form == "array":
        return _array(schema, value, path, report)
    if form == "map":
        return _map(schema, value, path, report)
    if form in {"integer", "boolean", "number"}:
        return _plain(schema, value, path, report)
    if form == "quantity":
        return _quantity(value, path)
    if form == "intstr":
        return value if isinstance(value, int | str) else _wrong(value, "intstr.IntOrString", path)
    if form == "time" and not isinstance(value, str):
        _wrong(value, "v1.Time", path)
    return value


def _object(schema: Node, value: Any, path: str, report: Report) -> Json:
    if not isinstance(value, dict):
        _wrong(value, f"v1.{schema.name}", path)
    clean: Json = {}
    fields = schema.fields
    for name, part in value.items():
        if part is None:
            continue
        here = f"{path}.{name}" if path else name
        inner = fields.get(name)
        if inner is None:
            report.unknown.append(here)
            continue
        try:
            found = _value(inner, part, here, report)
        except WrongType as error:
            raise WrongType(str(error).replace("{struct}", schema.name)) from error
        if found == [] or (found == {} and inner.form == "map") or (not found and name in _OMITTED):
            continue
        clean[name] = found
    for name in schema.always:
        if name not in clean:
            clean[name] = {}
    return clean


def _array(schema: Node, value: Any, path: str, report: Report) -> list[Any]:
    if not isinstance(value, list):
        _wrong(value, f"[]{_inside(schema)}", path)
    inner = schema.inside or Node()
    return [_value(inner, part, f"{path}[{place}]", report) for place, part in enumerate(value)]


def _map(schema: Node, value: Any, path: str, report: Report) -> Json:
    if not isinstance(value, dict):
        _wrong(value, f"map[string]{_inside(schema)}", path)
    inner = schema.inside or Node()
    if inner.form == "string":  # labels and annotations: most of what is here
        for part in value.values():
            if not isinstance(part, str):
                _wrong(part, "string", path)
        return value
    return {name: _value(inner, part, f"{path}.{name}", report) for name, part in value.items()}


def _plain(schema: Node, value: Any, path: str, report: Report) -> Any:
    boolean = isinstance(value, bool)
    if schema.form == "boolean":
        return value if boolean else _wrong(value, "bool", path)
    if boolean or not isinstance(value, int | float):
        _wrong(value, schema.go, path)
    if schema.form == "integer" and isinstance(value, float):
        return int(value) if value.is_integer() else _wrong(value, schema.go, path)
    return value


def _quantity(value: Any, path: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WrongType(str(NotAQuantity()))
    try:
        return canonical(value)
    except NotAQuantity as error:
        raise WrongType(str(error)) from error


def _inside(schema: Node) -> str:
    inner = schema.inside
    if inner is None:
        return "interface {}"
    return f"v1.{inner.name}" if inner.name else (inner.go or inner.form)


def _wrong(value: Any, wanted: str, path: str) -> NoReturn:
    found = _GO.get(type(value), "value")
    plain = re.sub(r"\[\d+\]", "", path)
    place = f"Go struct field {{struct}}.{plain} of type" if path else "Go value of type"
    raise WrongType(f"json: cannot unmarshal {found} into {place} {wanted}")
