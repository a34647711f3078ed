"""Reads the protobuf form of Kubernetes objects, in which kubectl's `create` commands send theirs.

`protobuf.json.gz` has the field numbers, from Kubernetes 1.36 (Apache License 2.0) by
tests/lab/take_protobuf.py. The lab answers in JSON, which those clients accept as well.
"""

from __future__ import annotations

import base64
import gzip
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from .errors import Json

MEDIA = "application/vnd.kubernetes.protobuf"
_FILE = Path(__file__).with_name("protobuf.json.gz")
_MAGIC = b"k8s\x00"
_META = "apimachinery.pkg.apis.meta.v1."
_GROUPS = {
    "v1": "api.core.v1",
    "meta.k8s.io/v1": "apimachinery.pkg.apis.meta.v1",
    "apps/v1": "api.apps.v1",
    "authorization.k8s.io/v1": "api.authorization.v1",
    "autoscaling/v1": "api.autoscaling.v1",
    "autoscaling/v2": "api.autoscaling.v2",
    "coordination.k8s.io/v1": "api.coordination.v1",
    "discovery.k8s.io/v1": "api.discovery.v1",
    "events.k8s.io/v1": "api.events.v1",
    "networking.k8s.io/v1": "api.networking.v1",
    "policy/v1": "api.policy.v1",
}

Field = tuple[str, str, str]
"""(JSON name, type, how): how is map, repeated, pointer, inline or value."""


class Unreadable(ValueError):
    """The bytes are no object that the lab knows."""


@cache
def _messages() -> dict[str, dict[str, Field]]:
    found: dict[str, dict[str, Field]] = msgspec.json.decode(
        gzip.decompress(_FILE.read_bytes()), type=dict[str, dict[str, tuple[str, str, str]]]
    )
    return found


def read(data: bytes) -> Json:
    """The object in a protobuf body, as JSON would have it. Unreadable otherwise."""
    if not data.startswith(_MAGIC):
        raise Unreadable("the body does not start with the protobuf prefix")
    try:
        envelope = dict(_fields(data[len(_MAGIC) :]))
        about = {number: _text(part) for number, part in _fields(envelope[1])}
        version, kind = about.get(1, ""), about.get(2, "")
        package = _META.rstrip(".") if kind == "DeleteOptions" else _GROUPS.get(version, "")
        name = f"{package}.{kind}"
        found = _message(name, envelope.get(2, b"")) if name in _messages() else None
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, struct.error) as error:
        raise Unreadable(f"the body is cut off or malformed: {error!r}") from error
    if found is None:
        raise Unreadable(f'no kind "{kind}" is registered for version "{version}"')
    return {"kind": kind, "apiVersion": version, **found}


def _fields(data: Any) -> Iterator[tuple[int, Any]]:
    """(field number, value) in the order of the bytes: an int, or bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
        elif wire == 1:
            yield number, data[at : at + 8]
            at += 8
        elif wire == 2:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise IndexError("a field is longer than the body")
            yield number, data[at : at + size]
            at += size
        else:
            raise TypeError(f"wire type {wire}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise IndexError("a number is too long")


def _message(name: str, data: bytes) -> Json:
    fields = _messages()[name]
    found: Json = {}
    for number, raw in _fields(data):
        known = fields.get(str(number))
        if known is None:
            continue  # a field of a newer Kubernetes
        title, kind, how = known
        if how == "map":
            entry = dict(_fields(raw))
            found.setdefault(title, {})[_text(entry.get(1, b""))] = _value(kind, entry.get(2, b""))
        elif how == "repeated":
            found.setdefault(title, []).append(_value(kind, raw))
        elif how == "inline":
            found |= _message(kind, raw)
        else:
            value = _value(kind, raw)
            if how == "pointer" or value not in ("", 0, False, None):
                found[title] = value
    return found


def _value(kind: str, raw: Any) -> Any:
    if kind == "string":
        return _text(raw)
    if kind in {"int32", "int64"}:
        whole = raw if isinstance(raw, int) else 0
        return whole - (1 << 64) if whole >> 63 else whole
    if kind == "bool":
        return bool(raw)
    if kind == "bytes":
        return base64.b64encode(raw).decode()
    if kind == "double":
        return struct.unpack("<d", raw)[0]
    special = _SPECIAL.get(kind)
    return special(raw) if special is not None else _message(kind, raw)


def _text(raw: Any) -> str:
    if not isinstance(raw, bytes):
        raise TypeError("a number where text should be")
    return raw.decode()


def _quantity(raw: bytes) -> str:
    return _text(dict(_fields(raw)).get(1, b"0"))


def _int_or_string(raw: bytes) -> int | str:
    parts = dict(_fields(raw))
    if parts.get(1):
        return _text(parts.get(3, b""))
    number: int = _value("int32", parts.get(2, 0))
    return number


def _time(raw: bytes) -> str | None:
    return _stamp(raw, "seconds")


def _micro_time(raw: bytes) -> str | None:
    return _stamp(raw, "microseconds")


def _stamp(raw: bytes, precision: str) -> str | None:
    parts = dict(_fields(raw))
    seconds = _value("int64", parts.get(1, 0))
    if not parts or seconds <= 0:
        return None
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=parts.get(2, 0) // 1000)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def _raw_json(raw: bytes) -> Any:
    return msgspec.json.decode(dict(_fields(raw)).get(1, b"{}") or b"{}")


def _texts(raw: bytes) -> list[str]:
    """A list that Go has as a type of its own: `items` of strings."""
    return [_text(part) for _, part in _fields(raw)]


_SPECIAL = {
    "apimachinery.pkg.api.resource.Quantity": _quantity,
    "apimachinery.pkg.util.intstr.IntOrString": _int_or_string,
    _META + "Time": _time,
    _META + "MicroTime": _micro_time,
    _META + "FieldsV1": _raw_json,
    "apimachinery.pkg.runtime.RawExtension": _raw_json,
    "api.authorization.v1.ExtraValue": _texts,
}
