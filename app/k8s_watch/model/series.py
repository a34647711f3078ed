"""CPU and replicas over time, as they were seen: steps and samples, never a line drawn between guesses."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from .objects import Autoscaler, Deployment, Usage
from .view import Charts, Mark, PodSeries, Points

SPAN = 600.0  # seconds shown: the lesson's load and the 300 s window after it
LEAST = 120.0  # seconds shown at the start, so that the first minutes do not crawl
KEPT = 2_000  # points a series keeps: at one each 15 s far more than SPAN shows
STALE = 60.0  # seconds after which a pod without a new sample (one each 15 s) has a gap


@dataclass(slots=True)
class Steps:
    """A value that holds until it is written again."""

    points: deque[tuple[float, float | None]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def note(self, at: float, value: float | None) -> bool:
        """Take a value; an unchanged one adds nothing."""
        if self.points and self.points[-1][1] == value:
            return False
        self.points.append((at, value))
        return True

    def since(self, begin: float) -> Points:
        """From `begin` on, with the value that held then."""
        kept = tuple(p for p in self.points if p[0] >= begin)
        before = next((p for p in reversed(self.points) if p[0] < begin), None)
        return ((begin, before[1]), *kept) if before else kept


@dataclass(frozen=True, slots=True)
class Wearer:
    """Whose CPU it is: a pod's uid, letter, colour and CPU request (millicores, 0: none)."""

    uid: str
    name: str
    letter: str
    hue: int
    request: int


class ChartLog:
    """Folds what both charts show."""

    def __init__(self, wearer: Callable[[str], Wearer | None]) -> None:
        self._wearer = wearer
        self._begin: float | None = None
        self._cpu, self._current, self._desired = Steps(), Steps(), Steps()
        self._target: int | None = None
        self._minimum: int | None = None
        self._maximum: int | None = None
        self._pods: dict[str, PodSeries] = {}
        self._samples: dict[
            str, tuple[float, Usage]
        ] = {}  # by pod name: newest, and when it was taken (monotonic)
        self._newest: float | None = None  # server's clock
        self.version = 0  # grows when a chart would look different

    def autoscaler(self, at: float, seen: Autoscaler) -> None:
        """The HPA was written."""
        self._start(at)
        changed = self._cpu.note(at, seen.cpu)
        if seen.looked:
            changed |= self._current.note(at, seen.current)
            changed |= self._desired.note(at, seen.desired)
        limits = (seen.cpu_target, seen.minimum, seen.maximum)
        changed |= limits != (self._target, self._minimum, self._maximum)
        self._target, self._minimum, self._maximum = limits
        self.version += changed

    def no_autoscaler(self, at: float) -> None:
        """There is no HPA (any more)."""
        self._cpu.note(at, None)
        self._target = self._minimum = self._maximum = None
        self.version += 1

    def deployment(self, at: float, seen: Deployment, scaled: bool) -> None:
        """Without an HPA the Deployment tells the replicas."""
        self._start(at)
        if not scaled:
            changed = self._current.note(at, seen.current)
            self.version += changed | self._desired.note(at, seen.replicas)

    def measured(self, at: float, usages: Iterable[Usage], server_now: float) -> None:
        """PodMetrics came: each new sample is put where it was taken, by the server's clock (+-1 s)."""
        self._start(at)
        for usage in usages:
            known = self._samples.get(usage.pod)
            if known and known[1].at == usage.at:
                continue
            taken = at if usage.at is None else min(at, at - (server_now - usage.at))
            self._samples[usage.pod] = (taken, usage)
            self._newest = max(self._newest or 0.0, usage.at or server_now)
            wearer = self._wearer(usage.pod)
            if wearer and wearer.request:
                self._add(wearer, taken, usage)
        self.version += 1

    def _add(self, wearer: Wearer, taken: float, usage: Usage) -> None:
        series = self._pods.get(wearer.uid)
        points = series.points if series else ()
        if points and taken <= points[-1][0]:
            return
        if points and taken - points[-1][0] > STALE:
            points = (*points, (points[-1][0] + (usage.window or 15.0), None))
        points = (*points, (taken, 100 * usage.cpu / wearer.request))[-240:]
        self._pods[wearer.uid] = PodSeries(wearer.uid, wearer.name, wearer.letter, wearer.hue, points)

    def usage(self, pod: str, now: float) -> Usage | None:
        """The pod's newest sample, if not older than a minute."""
        found = self._samples.get(pod)
        return found[1] if found and now - found[0] <= STALE else None

    def forget(self, uid: str, pod: str, at: float) -> None:
        """The container died: its counter starts again, so its last sample says nothing from here on."""
        self._samples.pop(pod, None)
        series = self._pods.get(uid)
        if series is not None and series.points[-1][1] is not None:
            self._pods[uid] = replace(series, points=(*series.points, (max(at, series.points[-1][0]), None)))
            self.version += 1

    def _start(self, at: float) -> None:
        if self._begin is None:
            self._begin = at

    def picture(self, now: float, server_now: float, marks: tuple[Mark, ...], unknown: str) -> Charts:
        """Both charts up to `now`."""
        start = self._begin if self._begin is not None else now
        begin = max(now - SPAN, min(start, now - LEAST))
        pods = (s for s in self._pods.values() if s.points[-1][0] >= begin)
        return Charts(
            begin=begin,
            cpu=self._cpu.since(begin),
            pods=tuple(sorted(pods, key=lambda s: (len(s.letter), s.letter))),
            target=self._target,
            current=self._current.since(begin),
            desired=self._desired.since(begin),
            minimum=self._minimum,
            maximum=self._maximum,
            marks=tuple(m for m in marks if m.at >= begin),
            sample_age=None if self._newest is None else max(0.0, server_now - self._newest),
            unknown=unknown,
        )
