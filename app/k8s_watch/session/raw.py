"""The raw format: what a real API said, line by line, with notes of what was done meanwhile.

One JSON object a line: `t` seconds since the start, `wall` unix seconds, `src` one of `list` (first answer of a
list, whole), `watch` (`kind`, `event` as sent), `metrics` (a PodMetricsList), `answer` (one poll, ten a second)
and `note` (what was done). It is turned into the changes that a live session would have made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from k8s_watch.model.changes import (
    Acted,
    Answered,
    Change,
    Failure,
    Gone,
    Kind,
    Listed,
    Live,
    LoadTick,
    Measured,
    Seen,
    Subject,
    Targeted,
)
from k8s_watch.model.objects import Deployment, Pod, Service
from k8s_watch.model.words import _
from k8s_watch.wire.clean import clean
from k8s_watch.wire.translate import decode_event, decode_list, decode_metrics

from .kills import Kills

RATE = 10.0  # polls a second in this format

_KINDS: dict[str, Kind] = {
    "pods": "pods",
    "endpointslices": "endpointslices",
    "deployments": "deployments",
    "replicasets": "replicasets",
    "horizontalpodautoscalers": "autoscalers",
    "services": "services",
    "ingresses": "ingresses",
    "httproutes": "httproutes",
    "events": "events",
}
_NAME = re.compile(r"[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?")
_LOAD = re.compile(r"load: (?P<command>.*?-c (?P<concurrency>\d+) -n (?P<wanted>\d+).*)")
_LOADED = re.compile(r"load returned (?P<code>-?\d+)")


class _Line(msgspec.Struct):
    t: float
    wall: float
    src: str
    kind: str = ""
    object: msgspec.Raw = msgspec.Raw(b"{}")
    event: msgspec.Raw = msgspec.Raw(b"{}")
    status: int = 0
    ms: float = 0.0
    body: str = ""
    error: str = ""
    text: str = ""


_decoder = msgspec.json.Decoder(_Line)


class RawRecording:
    """Turns lines into changes; holds what a live session would know by then."""

    def __init__(self, target: Deployment) -> None:
        self.target = target
        self._names: set[str] = set()  # of pods, gone ones too
        self._kills = Kills()
        self._load: tuple[float, int, int] | None = None  # begin, wanted, concurrency

    def begin(self, line: bytes) -> Targeted:
        """What comes before everything else, from the first line."""
        first = _decoder.decode(line)
        return Targeted(
            wall=first.wall - first.t,
            mono=0.0,
            context="recording",
            namespace=self.target.namespace,
            deployment=self.target.name,
            server="",
            url="http://127.0.0.1/",
            via="url",
            entry_note=_("as it was recorded"),
        )

    def changes(self, line: bytes) -> Iterator[Change]:
        """The changes of a line; raises ValueError for one that is not of this format."""
        found = _decoder.decode(line)
        yield from self._kills.overdue(found.t, found.wall)
        match found.src:
            case "list":
                yield from self._list(found)
            case "watch":
                yield from self._watch(found)
            case "metrics":
                yield self._metrics(found)
            case "answer":
                yield self._answer(found)
            case "note":
                yield from self._note(clean(found.text), found)
            case _:
                raise ValueError(f"unknown source {clean(found.src, 40)}")

    def _list(self, line: _Line) -> Iterator[Change]:
        kind = _kind(line)
        items = [one for one in decode_list(kind, bytes(line.object)).items if _matters(one)]
        for one in items:
            yield from self._seen(line, kind, one)
        yield Listed(wall=line.wall, mono=line.t, kind=kind, count=len(items))
        yield Live(wall=line.wall, mono=line.t, kind=kind)

    def _watch(self, line: _Line) -> Iterator[Change]:
        kind = _kind(line)
        event = decode_event(kind, bytes(line.event))
        if event.subject is None or not _matters(event.subject):
            return
        if event.type != "DELETED":
            yield from self._seen(line, kind, event.subject)
            return
        yield Gone(
            wall=line.wall,
            mono=line.t,
            kind=kind,
            name=getattr(event.subject, "name", ""),
            namespace=getattr(event.subject, "namespace", ""),
            uid=getattr(event.subject, "uid", ""),
        )

    def _seen(self, line: _Line, kind: Kind, subject: Subject) -> Iterator[Change]:
        yield Seen(wall=line.wall, mono=line.t, kind=kind, object=subject)
        if isinstance(subject, Pod):
            self._names.add(subject.name)
            yield from self._kills.seen(subject, line.t, line.wall)

    def _metrics(self, line: _Line) -> Measured:
        if line.status not in {0, 200}:
            words = _("The metrics API answered {status}.").format(status=line.status)
            return Measured(wall=line.wall, mono=line.t, error=words)
        return Measured(wall=line.wall, mono=line.t, usages=decode_metrics(bytes(line.object)))

    def _answer(self, line: _Line) -> Answered:
        named = [one for one in _NAME.findall(line.body) if one in self._names]
        return Answered(
            wall=line.wall,
            mono=line.t,
            sent=line.t - line.ms / 1000,
            pod=max(named, key=len, default=""),
            status=line.status,
            failure=_failure(line.status, line.error),
            ms=line.ms,
            text=clean(line.body or line.error, 200),
            rate=RATE,
        )

    def _note(self, text: str, line: _Line) -> Iterator[Change]:
        if begun := _LOAD.fullmatch(text):
            self._load = (line.t, int(begun["wanted"]), int(begun["concurrency"]))
            yield Acted(wall=line.wall, mono=line.t, act="burst", step="asked", detail=begun["command"])
            yield self._tick(line, "running")
        elif (over := _LOADED.fullmatch(text)) and self._load is not None:
            yield self._tick(line, "ended" if over["code"] == "0" else "failed")
            self._load = None
        else:
            known = list(self._kills.note(text, line.t, line.wall))
            yield from known
            if not known:
                yield Acted(wall=line.wall, mono=line.t, act="note", step="seen", detail=text)

    def _tick(self, line: _Line, state: str) -> LoadTick:
        """Only its two ends were noted; `ab` returns 0 when all requests were made. No latencies are known."""
        begin, wanted, concurrency = self._load or (line.t, 0, 0)
        elapsed = line.t - begin
        done = wanted if state == "ended" else 0
        return LoadTick(
            wall=line.wall,
            mono=line.t,
            state="running" if state == "running" else "ended" if state == "ended" else "failed",
            done=done,
            wanted=wanted,
            errors=0,
            rate=done / elapsed if elapsed else 0.0,
            elapsed=elapsed,
            p50=0.0,
            p95=0.0,
            p99=0.0,
            concurrency=concurrency,
            detail=_("recorded: only its begin and its end are known"),
        )


def target_of(lines: Iterable[bytes]) -> Deployment | None:
    """The first Deployment that is listed: the one the recording is about."""
    for line in lines:
        found = _decoder.decode(line)
        if found.src == "list" and found.kind == "deployments":
            for one in decode_list("deployments", bytes(found.object)).items:
                if isinstance(one, Deployment):
                    return one
    return None


def _kind(line: _Line) -> Kind:
    if line.kind not in _KINDS:
        raise ValueError(f"unknown kind {clean(line.kind, 40)}")
    return _KINDS[line.kind]


def _matters(subject: Subject) -> bool:
    """A Service without a selector (`kubernetes`) leads to no pods: a live session does not tell it."""
    return not isinstance(subject, Service) or bool(subject.selector)


def _failure(status: int, error: str) -> Failure:
    if error:
        low = error.lower()
        if "refused" in low:
            return "refused"
        return "timeout" if "timeout" in low or "timed out" in low else "error"
    if status == 502:
        return "502"
    if status == 503:
        return "503"
    if status == 504:
        return "504"
    return "http" if status >= 400 else ""
