"""Changes as lines of JSON and back: the format of a recording.

    {"format": 1, "product": "k8s-watch", "version": "0.1.0", "started": 1795539548.0}
    {"change": "Seen", "wall": 1795539548.03, "mono": 12.5, "kind": "pods", "object": {...}, ...}

`change` is the name of a class of `model.changes`; the other keys are its fields. Unknown keys are ignored,
so that fields may be added without a new format.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec

from k8s_watch.model import changes, objects
from k8s_watch.model.changes import Change, Kind, Seen
from k8s_watch.wire.clean import clean

FORMAT = 1
PRODUCT = "k8s-watch"

_CHANGES: dict[str, type[Change]] = {
    one.__name__: one
    for one in (
        changes.Gone,
        changes.Listed,
        changes.Live,
        changes.Lost,
        changes.Denied,
        changes.Absent,
        changes.Clocked,
        changes.Targeted,
        changes.Measured,
        changes.Answered,
        changes.Acted,
        changes.LoadTick,
        changes.Said,
    )
}
_SUBJECTS: dict[str, type[changes.Subject]] = {
    "pods": objects.Pod,
    "endpointslices": objects.EndpointSlice,
    "deployments": objects.Deployment,
    "replicasets": objects.ReplicaSet,
    "autoscalers": objects.Autoscaler,
    "services": objects.Service,
    "ingresses": objects.Route,
    "httproutes": objects.Route,
    "events": objects.Event,
}
# Written text was sanitised before, but a recording may come from anyone: a control character in JSON is
# either written out or an escape other than \" \\ and \/.
_ESCAPE = re.compile(r'\\[^"\\/]')
_LONGEST = 4096  # characters of one text in a line that is sanitised again


class Header(msgspec.Struct):
    """The first line."""

    format: int
    product: str
    version: str
    started: float  # unix seconds, local clock


class _Head(msgspec.Struct):
    change: str


class _Seen(msgspec.Struct):
    wall: float
    mono: float
    kind: Kind
    object: msgspec.Raw
    reconstructed: bool = False


_encoder = msgspec.json.Encoder()
_head = msgspec.json.Decoder(_Head)
_seen = msgspec.json.Decoder(_Seen)


@cache
def _decoder(name: str) -> msgspec.json.Decoder[Any]:
    """Of a change by its class, or of a subject by its kind; made when first needed."""
    return msgspec.json.Decoder(_CHANGES.get(name) or _SUBJECTS[name])


def encode(change: Change) -> bytes:
    """The change as one line, with its newline; raises ValueError or TypeError for what JSON can't hold."""
    return b'{"change":"%s",%b\n' % (type(change).__name__.encode(), _encoder.encode(change)[1:])


def encode_header(version: str, started: float) -> bytes:
    """The first line, with its newline."""
    return _encoder.encode(Header(FORMAT, PRODUCT, version, started)) + b"\n"


def decode(line: bytes) -> Change:
    """The change of a line; raises ValueError (msgspec's errors are some) for anything else."""
    text = line.rstrip(b"\r\n").decode()
    if not text.isprintable() or _ESCAPE.search(text):
        line = _encoder.encode(_sanitised(msgspec.json.decode(text)))
    name = _head.decode(line).change
    if name == "Seen":
        found = _seen.decode(line)
        if found.kind not in _SUBJECTS:
            raise ValueError(f"no objects of kind {found.kind} are seen")
        subject = _decoder(found.kind).decode(found.object)
        return Seen(
            wall=found.wall,
            mono=found.mono,
            kind=found.kind,
            object=subject,
            reconstructed=found.reconstructed,
        )
    if name not in _CHANGES:
        raise ValueError(f"unknown change {clean(name, 40)}")
    change: Change = _decoder(name).decode(line)
    return change


def _sanitised(tree: Any) -> Any:
    if isinstance(tree, str):
        return clean(tree, _LONGEST)
    if isinstance(tree, list):
        return [_sanitised(one) for one in tree]
    if isinstance(tree, dict):
        return {clean(key, _LONGEST): _sanitised(value) for key, value in tree.items()}
    return tree
