"""Kubernetes' own OpenAPI document, cut down to the kinds served: what fields there are, and how they merge.

`openapi.json.gz` is taken from Kubernetes 1.36 (Apache License 2.0) by tests/lab/take_openapi.py. Reading it
takes 6 ms, so it is read at the first write or `kubectl explain`, not at the start.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from .errors import Json
from .kinds import Resource

_FILE = Path(__file__).with_name("openapi.json.gz")
_REF = "#/components/schemas/"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_TIMES = {
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "time",
}

Form = Literal[
    "object", "map", "array", "string", "integer", "number", "boolean", "quantity", "intstr", "time", "any"
]


@dataclass(slots=True)
class Node:
    """One field: its form, what is inside, and how patches merge it."""

    form: Form = "any"
    name: str = ""  # the Go type, where it has one: "Container"
    fields: dict[str, Node] = field(default_factory=dict)  # form object
    inside: Node | None = None  # of a map or an array
    always: tuple[str, ...] = ()  # structs in it that Go writes even when empty: `resources: {}`
    go: str = ""  # the Go type of a plain value, for error messages
    merge_key: str = ""  # strategic merge
    strategies: frozenset[str] = frozenset()  # "merge", "replace", "retainKeys"
    list_type: str = ""  # server-side apply: "map", "set" or "atomic"
    map_keys: tuple[str, ...] = ()
    atomic: bool = False  # x-kubernetes-map-type
    defaults: dict[str, Any] = field(default_factory=dict)  # of the map keys


@cache
def document() -> Json:
    """The whole file: info, schemas, and paths by group version."""
    whole: Json = msgspec.json.decode(gzip.decompress(_FILE.read_bytes()))
    return whole


@cache
def node_of(group: str, version: str, kind: str) -> Node:
    """The schema of a kind that is served."""
    for name, schema in document()["schemas"].items():
        for one in schema.get("x-kubernetes-group-version-kind", ()):
            if (one["group"], one["version"], one["kind"]) == (group, version, kind):
                return _named(name)
    raise KeyError((group, version, kind))


def node(resource: Resource) -> Node:
    """The schema of a resource's kind."""
    return node_of(resource.group, resource.version, resource.kind)


@cache
def _named(name: str) -> Node:
    """A named schema. Kept before it is filled, because some of them contain themselves."""
    short = name.rsplit(".", 1)[1]
    if name == _QUANTITY:
        return Node("quantity", short)
    if name == _INT_OR_STRING:
        return Node("intstr", short)
    if name in _TIMES:
        return Node("time", short)
    schema = document()["schemas"][name]
    if name in _OPEN:
        return _OPEN[name]
    found = _OPEN[name] = Node(name=short)
    _fill(found, schema)
    return found


_OPEN: dict[str, Node] = {}


def _fill(into: Node, schema: Json) -> None:
    kind = schema.get("type")
    into.atomic = schema.get("x-kubernetes-map-type") == "atomic"
    if "properties" in schema:
        into.form = "object"
        into.fields = {name: _node(part) for name, part in schema["properties"].items()}
        into.always = tuple(
            name
            for name, part in schema["properties"].items()
            if part.get("default") == {} and into.fields[name].form == "object"
        )
    elif kind == "object" and "additionalProperties" in schema:
        into.form = "map"
        into.inside = _node(schema["additionalProperties"])
    elif kind == "array":
        into.form = "array"
        into.inside = _node(schema["items"])
    elif kind in {"string", "integer", "number", "boolean"}:
        into.form = cast(Form, kind)
        into.go = {"integer": schema.get("format", "int64"), "boolean": "bool"}.get(str(kind), str(kind))


def _node(schema: Json) -> Node:
    """A field's schema: a reference with marks of its own, or written out."""
    inner = schema.get("allOf", [schema])[0]
    reference = inner.get("$ref", "")
    if reference:
        found = _named(reference.removeprefix(_REF))
        if not any(key.startswith("x-kubernetes") for key in schema):
            return found
        copy = Node(found.form, found.name, found.fields, found.inside, found.always, atomic=found.atomic)
    else:
        copy = Node()
        _fill(copy, schema)
    copy.merge_key = schema.get("x-kubernetes-patch-merge-key", "")
    copy.strategies = frozenset(filter(None, schema.get("x-kubernetes-patch-strategy", "").split(",")))
    copy.list_type = schema.get("x-kubernetes-list-type", "")
    copy.map_keys = tuple(schema.get("x-kubernetes-list-map-keys", ()))
    copy.atomic = copy.atomic or schema.get("x-kubernetes-map-type") == "atomic"
    if copy.map_keys and copy.inside is not None:
        copy.defaults = _key_defaults(schema, copy.map_keys)
    return copy


def _key_defaults(schema: Json, keys: tuple[str, ...]) -> dict[str, Any]:
    """What a missing map key counts as: `protocol` is TCP."""
    inner = schema["items"].get("allOf", [schema["items"]])[0]
    properties = (
        document()["schemas"].get(inner.get("$ref", "").removeprefix(_REF), inner).get("properties", {})
    )
    return {key: properties[key]["default"] for key in keys if properties.get(key, {}).get("default")}
