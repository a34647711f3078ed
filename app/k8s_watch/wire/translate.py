"""The doors of `wire`: bytes of the Kubernetes API in, model objects out, `WireError` for anything else."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from k8s_watch.model.changes import Kind, Subject
from k8s_watch.model.objects import Usage
from k8s_watch.model.words import _

from . import shapes, shapes_net, ways, workloads
from .clean import clean
from .pods import pod

T = TypeVar("T", bound=shapes.Shape)

# Everything that msgspec is known to raise on hostile bytes: its own errors, bad UTF-8 and numbers of more
# than 4,300 digits (ValueError), nesting, floats where integers overflow.
_BROKEN = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError)
_ODD_FIELDS = 50  # of one object: forgiven by leaving them out; more is garbage
_PATH = re.compile(r"`\$(.*)`$")
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]")


class WireError(ValueError):
    """What the API sent is not what Kubernetes sends; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list."""

    items: list[Subject]
    version: str  # resourceVersion: watch from here
    continue_: str  # ask for the next page with it; "" on the last
    skipped: int = 0  # items that could not be read


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One line of a watch."""

    type: str  # ADDED, MODIFIED, DELETED, BOOKMARK or ERROR
    subject: Subject | None = None  # none for BOOKMARK and ERROR
    version: str = ""  # resourceVersion
    code: int = 0  # ERROR: the HTTP status that it stands for, 410 above all
    message: str = ""  # ERROR: why


class _Reader(Generic[T]):
    """How one kind is read."""

    def __init__(self, shape: type[T], make: Callable[[T], Subject]) -> None:
        self.shape = shape
        self.make = make
        self.one = msgspec.json.Decoder(shape)
        self.line = msgspec.json.Decoder(shapes.Line[shape])  # type: ignore[valid-type]

    def read(self, body: bytes | msgspec.Raw) -> Subject:
        """An object from its bytes."""
        try:
            found = self.one.decode(body)
        except msgspec.ValidationError:
            found = _forgiving(msgspec.json.decode(body), self.shape)
        return self.take(found)

    def take(self, found: T) -> Subject:
        """An object from its shape. One without a name can't be told from others."""
        meta: shapes.Meta | None = getattr(found, "metadata", None)
        if meta is None or not meta.name:
            raise WireError(_("The API sent an object without a name."))
        return self.make(found)


_KINDS: dict[str, tuple[Any, Callable[[Any], Subject]]] = {
    "pods": (shapes.Pod, pod),
    "endpointslices": (shapes_net.EndpointSlice, ways.endpoint_slice),
    "deployments": (shapes.Workload, workloads.deployment),
    "replicasets": (shapes.Workload, workloads.replica_set),
    "autoscalers": (shapes_net.Autoscaler, workloads.autoscaler),
    "services": (shapes_net.Service, ways.service),
    "ingresses": (shapes_net.Ingress, ways.ingress),
    "httproutes": (shapes_net.HttpRoute, ways.http_route),
    "events": (shapes_net.Event, ways.event),
}
_items = msgspec.json.Decoder(shapes.Items)
_metrics = msgspec.json.Decoder(shapes_net.PodMetrics)
_raw_line = msgspec.json.Decoder(shapes.RawLine)
_status = msgspec.json.Decoder(shapes.Status)
_bookmark = msgspec.json.Decoder(shapes.Bookmark)


def decode_list(kind: Kind, body: bytes) -> Listing:
    """A list's answer. An item that can't be read is left out and counted; raises WireError for the whole."""
    reader = _reader(kind)
    meta, raw = _listed(body)
    items: list[Subject] = []
    for item in raw:
        try:
            items.append(reader.read(item))
        except _BROKEN:  # WireError is one of them
            continue
    return Listing(items, meta.resource_version or "", meta.continue_ or "", len(raw) - len(items))


def decode_event(kind: Kind, line: bytes) -> WatchEvent:
    """A line of a watch; raises WireError."""
    reader = _reader(kind)
    try:
        try:
            found = reader.line.decode(line)
        except msgspec.ValidationError:
            return _odd_event(reader, line)
        if found.type not in {"ADDED", "MODIFIED", "DELETED"} or found.object is None:
            return _odd_event(reader, line)
        meta = found.object.metadata
        return WatchEvent(found.type, reader.take(found.object), meta.resource_version or "")
    except WireError:
        raise
    except _BROKEN as error:
        raise _unreadable(error) from error


def translate(kind: Kind, obj: dict[str, Any]) -> Subject:
    """An object that was parsed already (it is not changed); raises WireError."""
    reader = _reader(kind)
    try:
        try:
            found = msgspec.convert(obj, reader.shape)
        except msgspec.ValidationError:
            found = _forgiving(copy.deepcopy(obj), reader.shape)
        return reader.take(found)
    except WireError:
        raise
    except (*_BROKEN, TypeError) as error:
        raise _unreadable(error) from error


def decode_metrics(body: bytes) -> tuple[Usage, ...]:
    """A PodMetricsList's answer, without the pods that have no full reading; raises WireError."""
    usages = []
    for item in _listed(body)[1]:
        try:
            usages.append(ways.usage(_metrics.decode(item)))
        except _BROKEN:
            continue
    return tuple([one for one in usages if one is not None])


def _listed(body: bytes) -> tuple[shapes.ListMeta, list[msgspec.Raw]]:
    try:
        found = _items.decode(body)
    except _BROKEN as error:
        raise _unreadable(error) from error
    if isinstance(found.items, msgspec.UnsetType):  # some proxies answer 200 with JSON of their own
        raise WireError(_("The API's answer is not a list."))
    return found.metadata or shapes.ListMeta(), found.items or []


@cache
def _reader(kind: str) -> _Reader[Any]:
    """Made when first needed: 0.5 ms each."""
    if kind not in _KINDS:
        raise WireError(_("{kind} are not objects that can be watched.").format(kind=kind))
    return _Reader(*_KINDS[kind])


def _unreadable(error: Exception) -> WireError:
    return WireError(_("The API sent something unreadable ({reason}).").format(reason=clean(str(error), 200)))


def _odd_event(reader: _Reader[Any], line: bytes) -> WatchEvent:
    """BOOKMARK, ERROR, and events with a field of a type that Kubernetes does not give it."""
    found = _raw_line.decode(line)
    if found.type == "ERROR":
        status = _status.decode(found.object)
        return WatchEvent(
            "ERROR", code=status.code or 0, message=clean(status.message or status.reason or "")
        )
    if found.type not in {"ADDED", "MODIFIED", "DELETED", "BOOKMARK"}:
        raise WireError(_("The API sent a watch event of no known type."))
    meta = _bookmark.decode(found.object).metadata or shapes.ListMeta()
    subject = None if found.type == "BOOKMARK" else reader.read(found.object)
    return WatchEvent(found.type, subject, meta.resource_version or "")


def _forgiving(tree: Any, shape: type[T]) -> T:
    """The shape of a parsed object, without the fields that have an odd type. Changes `tree`."""
    for _attempt in range(_ODD_FIELDS):
        try:
            return msgspec.convert(tree, shape)
        except msgspec.ValidationError as error:
            if not _prune(tree, str(error)):
                raise
    raise WireError(_("The API sent an object in which too many fields are odd."))


def _prune(tree: Any, message: str) -> bool:
    """Take out the value that msgspec's message points at ("... - at `$.spec.ports[0].port`")."""
    found = _PATH.search(message)
    # "[...]" stands for some key of a mapping: the whole mapping goes.
    steps = _STEP.findall(found[1].partition("[...]")[0]) if found else []
    if not steps:
        return False
    path = [name or int(index) for name, index in steps]
    for step in path[:-1]:
        tree = tree[step]
    del tree[path[-1]]
    return True
