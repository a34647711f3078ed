"""From changes to what is worth a line. Knows no clock but that of the changes, so a replay tells the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from ..model.changes import (
    Absent,
    Acted,
    Answered,
    Change,
    Clocked,
    Denied,
    Gone,
    Listed,
    Live,
    LoadTick,
    Lost,
    Said,
    Seen,
    Targeted,
)
from ..model.columns import columns
from ..model.links import Links
from ..model.objects import Autoscaler, Deployment, EndpointSlice, Event, Pod
from ..model.view import View
from .counting import Counts
from .facts import (
    ActFact,
    AnswerFact,
    AutoscalerFact,
    ConnectionFact,
    DeploymentFact,
    EpisodeFact,
    EventFact,
    Fact,
    LoadFact,
    MissingFact,
    NoticeFact,
    PatternFact,
    PodFact,
    PodGoneFact,
    SharesFact,
    SummaryFact,
    TargetFact,
)
from .rotation import Rotation

LOOK = 1.0  # seconds between two pictures: 2,000 pods cost a millisecond each
STEADY = 5.0  # seconds that an order of answers must hold: a test at the edge changes its mind each second
SHARES = 10.0  # seconds between two lines of shares


class Teller:
    """`take` each change once the world has it; `picture` is the world's."""

    def __init__(self, picture: Callable[[], View]) -> None:
        self._picture = picture
        self._begin: float | None = None
        self._last: Change | None = None
        self._counts = Counts()
        self._offset = 0.0
        self._aim: tuple[str, str, str] = ("", "", "")
        self._forget()

    def _forget(self) -> None:
        """Another target begins."""
        self._pods: dict[str, tuple[object, ...]] = {}
        self._rotation = Rotation()
        self._decision = ""
        self._events: dict[str, int] | None = None  # None: the first list, which is history, is not over
        self._autoscaler: object = None
        self._deployment: object = None
        self._links = Links()
        self._state = "connecting"
        self._gap_at: float | None = None
        self._told: set[int] = set()
        self._pattern = ("", 0.0)  # and since when
        self._told_pattern = ""
        self._looked = -math.inf
        self._shared: float | None = None

    # -- time

    def t(self, mono: float) -> float:
        """Seconds since the first change."""
        return mono - (mono if self._begin is None else self._begin)

    # -- changes in, facts out

    def take(self, change: Change) -> Iterator[Fact]:
        """What there is to tell now, in order."""
        if self._begin is None:
            self._begin = change.mono
        self._last = change
        yield from self._of(change)
        yield from self._connection(change.mono)
        if change.mono - self._looked >= LOOK:
            self._looked = change.mono
            yield from self._look(self._picture(), change.mono)

    def _of(self, change: Change) -> Iterator[Fact]:
        match change:
            case Targeted():
                yield from self._targeted(change)
            case Seen():
                yield from self._seen(change)
            case Gone():
                yield from self._gone(change)
            case Answered():
                self._counts.answer(change)
                yield AnswerFact(
                    change.pod,
                    change.status,
                    change.failure,
                    round(change.ms, 2),
                    change.text,
                    change.rate,
                    round(self.t(change.sent), 3),
                )
            case LoadTick():
                yield LoadFact.of(change)
            case Acted():
                yield ActFact(change.act, change.step, change.pod_name, change.signal, change.detail)
            case Listed() | Live() | Lost() | Denied() | Absent():
                yield from self._linked(change)
            case Clocked():
                self._offset = change.offset
            case Said():
                yield NoticeFact(change.level, change.text)

    def _targeted(self, change: Targeted) -> Iterator[Fact]:
        aim = (change.context, change.namespace, change.deployment)
        if aim != self._aim:
            self._aim = aim
            self._forget()
        yield TargetFact(
            *aim, change.server, change.is_lab, change.fast, change.url, change.via, change.entry_note
        )

    def _seen(self, change: Seen) -> Iterator[Fact]:
        match change.object:
            case Pod() as pod:
                yield from self._pod(pod, change)
            case EndpointSlice() as part:
                yield from self._rotation.seen(part)
            case Autoscaler() as scaler:
                yield from self._scaled(scaler)
            case Deployment() as deployment:
                key = (deployment.replicas, deployment.ready)
                if key != self._deployment:
                    self._deployment = key
                    yield DeploymentFact("present", *key)
            case Event() as event:
                yield from self._event(event)

    def _pod(self, pod: Pod, change: Seen) -> Iterator[Fact]:
        """A line each time a column other than AGE changes, and "(12s ago)" counts as time, not as change."""
        shown = columns(pod, change.wall + self._offset)
        count = int(shown.restarts.partition(" ")[0])
        key = (shown.ready, shown.status, count, *(c.last and c.last.finished for c in pod.containers))
        before = self._pods.get(pod.uid)
        if before == key:
            return
        if before is not None:
            self._counts.restarts += max(0, count - int(str(before[2])))
        self._pods[pod.uid] = key
        yield PodFact(
            pod.name,
            shown.ready,
            shown.status,
            shown.restarts,
            count,
            shown.age,
            pod.uid,
            change.reconstructed,
        )

    def _event(self, event: Event) -> Iterator[Fact]:
        if self._events is None or self._events.get(event.uid) == event.count:
            return
        self._events[event.uid] = event.count
        yield EventFact(
            event.type, event.reason, event.object_kind, event.object_name, event.message, event.count
        )

    def _gone(self, change: Gone) -> Iterator[Fact]:
        match change.kind:
            case "pods":
                if self._pods.pop(change.uid, None) is not None:
                    yield PodGoneFact(change.name, change.uid, change.reconstructed)
            case "endpointslices":
                yield from self._rotation.gone(change.name)
            case "deployments":
                self._deployment = None
                yield DeploymentFact("deleted", 0, 0)
            case "autoscalers":
                self._autoscaler = None

    def _scaled(self, scaler: Autoscaler) -> Iterator[Fact]:
        reasons = tuple((c.type, c.status, c.reason) for c in scaler.conditions)
        key = (scaler.cpu, scaler.cpu_target, scaler.current, scaler.desired, reasons)
        if key == self._autoscaler:
            return
        self._autoscaler = key
        view = self._picture()
        decision = view.scaling.decision
        new, self._decision = decision != self._decision, decision
        yield AutoscalerFact(
            scaler.name,
            scaler.cpu,
            scaler.cpu_target,
            scaler.current,
            scaler.desired,
            scaler.minimum,
            scaler.maximum,
            decision if new else "",
            view.scaling.conditions,
            view.charts.unknown,
        )

    # -- the connection

    def _linked(self, change: Listed | Live | Lost | Denied | Absent) -> Iterator[Fact]:
        self._links.apply(change)
        match change:
            case Listed(kind="events"):
                self._events = self._events or {}
            case Listed(kind="pods") if change.gap:
                self._counts.gaps.append(round(change.gap, 3))
            case Listed(kind="deployments", count=0) if self._deployment is None:
                yield DeploymentFact("missing", 0, 0)
            case Denied():
                yield MissingFact(change.kind, change.permission, change.message)
            case Absent():
                yield MissingFact(change.kind, "", change.message)

    def _connection(self, now: float) -> Iterator[Fact]:
        picture = self._links.picture(now)
        if picture.state == self._state:
            return
        self._state = picture.state
        gap = picture.last_gap if picture.last_gap_at != self._gap_at else None
        self._gap_at = picture.last_gap_at
        yield ConnectionFact(picture.state, picture.reason, gap)

    # -- the picture

    def _look(self, view: View, now: float) -> Iterator[Fact]:
        for episode in view.story:
            if not episode.open and episode.key not in self._told:
                self._told.add(episode.key)
                yield EpisodeFact.of(episode, self.t(episode.begin))
        answers = view.answers
        if answers.pattern != self._pattern[0]:
            self._pattern = (answers.pattern, now)
        if answers.pattern not in {"", self._told_pattern} and now - self._pattern[1] >= STEADY:
            self._told_pattern = answers.pattern
            yield PatternFact(answers.pattern, answers.pattern_words)
        if self._shared is None:
            self._shared = now
        if now - self._shared >= SHARES and answers.cells:
            self._shared += SHARES * ((now - self._shared) // SHARES)
            yield SharesFact.of(view)

    # -- the end

    def finish(self) -> Iterator[tuple[Change, Fact]]:
        """What is left to tell, the summary last, each with the change whose time it bears."""
        last = self._last
        if last is None:
            return
        view = self._picture()
        for fact in self._look(view, last.mono):
            yield last, fact
        counts = self._counts
        yield (
            last,
            SummaryFact(
                round(self.t(last.mono), 3),
                counts.answers,
                counts.failures.total(),
                tuple(counts.failures.most_common()),
                round(counts.slowest, 2),
                tuple(counts.pods.most_common()),
                counts.restarts,
                tuple(counts.gaps),
                tuple(EpisodeFact.of(e, self.t(e.begin)) for e in view.story),
            ),
        )
