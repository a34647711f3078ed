"""Scalings: load began → first sample above the target → 2 → 4 → pods ready → load ended → shrinking → back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .autoscaling_conditions import rescaled
from .changes import LoadTick
from .objects import Autoscaler, Deployment
from .view import Episode, Moment
from .words import _, ngettext

UNMOVED = 60.0  # seconds after load (or a high sample) without a decision: four syncs, so none will come
RESTING = 1800.0  # seconds without any change after which a number that stays high is the new normal


@dataclass(slots=True)
class Scaling:
    """One growing and shrinking. Times are monotonic."""

    key: int
    begin: float
    wall: float
    title: str
    start: int  # replicas before; what it may come back to
    minimum: int
    loaded: bool = False  # our load runs
    moments: list[Moment] = field(default_factory=list)
    above: bool = False
    scaled: bool = False
    goal: int | None = None  # replicas wanted and not yet ready
    now_at: int = 0
    most: int = 0
    cpu: int = 0  # highest seen, percent
    target: int | None = None
    load: LoadTick | None = None
    closed_at: float | None = None
    outcome: str = ""
    by_hand: bool = False

    @property
    def open(self) -> bool:
        """Whether more is to come."""
        return self.closed_at is None

    @property
    def last(self) -> float:
        """When something was last told."""
        return self.moments[-1].at if self.moments else self.begin

    def add(self, word: str, at: float, error: float = 0.0) -> None:
        """A step was seen."""
        if self.open:
            at = max(at, self.last)
            self.moments.append(Moment(word, at, at - self.begin, error))

    def close(self, at: float, outcome: str = "") -> None:
        """No more is to come."""
        if self.open:
            self.closed_at, self.outcome = max(at, self.last), outcome

    def decided(self, before: int, after: int, at: float, error: float) -> None:
        """The number was changed."""
        self.add(_("{before} → {after}").format(before=before, after=after), at, error)
        self.scaled, self.now_at = True, after
        self.most = max(self.most, before, after)
        self.goal = after if after > before else None

    def ready(self, count: int, at: float, error: float) -> None:
        """That many pods are ready."""
        if self.goal is not None and count >= self.goal:
            words = ngettext("{n} ready", "{n} ready", self.goal).format(n=self.goal)
            self.goal = None
            self.add(words, at, error)
        self.settle(at)

    def settle(self, at: float) -> None:
        """Close when it is back where it began, or done by hand."""
        if not self.scaled or self.loaded or self.goal is not None:
            return
        if self.by_hand or self.now_at <= max(self.start, self.minimum):
            self.close(at)

    def tick(self, now: float) -> None:
        """Time alone closes it."""
        if not self.open or self.loaded:
            return
        if not self.scaled and now - self.last > UNMOVED:
            self.close(now, _("nothing was scaled"))
        elif now - self.last > RESTING:
            self.close(now, _("stays at {n}").format(n=self.now_at))

    # -- picture out

    def episode(self, now: float) -> Episode:
        """As one line."""
        return Episode(
            key=self.key,
            kind="scaling",
            begin=self.begin,
            wall=self.wall,
            title=self.title,
            moments=tuple(self.moments),
            tail="; ".join(part for part in self._tail() if part),
            tone="scaling" if self.open else "calm",
            open=self.open,
            waiting=self._waiting() if self.open else "",
        )

    def _tail(self) -> Iterable[str]:
        yield self.outcome
        if self.load is not None and self.load.done:
            yield ngettext(
                "{n} request, {errors} failed", "{n} requests, {errors} failed", self.load.done
            ).format(n=f"{self.load.done:,}", errors=self.load.errors)
        if self.cpu and not self.by_hand:
            yield _("CPU at most {cpu} %").format(cpu=self.cpu)
        if self.most > self.start and not self.open:
            yield ngettext("at most {n} pod", "at most {n} pods", self.most).format(n=self.most)

    def _waiting(self) -> str:
        if self.goal is not None:
            return _("waiting until {n} are ready").format(n=self.goal)
        if self.loaded and not self.above and self.target is not None:
            return _("waiting for a sample above {target} %").format(target=self.target)
        if self.loaded:
            return _("under load")
        if self.scaled:
            return _("waiting for the window to shrink it")
        return _("waiting for a decision")


class ScalingTeller:
    """Follows the autoscaler, the load, the samples and the ready pods."""

    def __init__(self, keys: Callable[[], int]) -> None:
        self._keys = keys
        self.told: list[Scaling] = []
        self._hpa: Autoscaler | None = None
        self._deployment = ""  # its uid
        self._replicas: int | None = None
        self._loading = False
        self._measured_at: float | None = None

    @property
    def current(self) -> Scaling | None:
        """The one that is open."""
        return self.told[-1] if self.told and self.told[-1].open else None

    @property
    def wants_ready(self) -> bool:
        """Whether the number of ready pods matters now."""
        return self.current is not None

    def load(self, tick: LoadTick, at: float) -> None:
        """The burst goes on, or is over."""
        running = tick.state == "running"
        begun, over = running and not self._loading, self._loading and not running
        self._loading = running
        if begun:
            begin = (
                at if self.told and self.told[-1].last > at - tick.elapsed else at - max(0.0, tick.elapsed)
            )
            self._load_began(tick, begin, tick.wall - (at - begin), at)
        open_one = self.current
        if open_one is None:
            return
        open_one.load = tick
        if over:
            word = {"ended": _("load ended"), "stopped": _("load stopped")}.get(tick.state, _("load failed"))
            open_one.loaded = False
            open_one.add(word, at)
            if self._hpa is None:
                open_one.close(at)
            open_one.settle(at)

    def _load_began(self, tick: LoadTick, begin: float, wall: float, at: float) -> None:
        open_one = self.current
        if open_one is not None:
            open_one.add(_("load began again") if open_one.load else _("load began"), at)
            open_one.loaded = True
            return
        title = (
            _("load began, {n} at once").format(n=tick.concurrency) if tick.concurrency else _("load began")
        )
        self._open(title, begin, wall).loaded = True

    def measured(self, percent: int | None, at: float, wall: float) -> None:
        """The pods together use that much of their request."""
        error = 0.0 if self._measured_at is None else at - self._measured_at
        self._measured_at = at
        target = self._hpa.cpu_target if self._hpa else None
        if percent is None or target is None:
            return
        if percent > target * 1.1 and self.current is None:
            title = _("CPU rose to {cpu} % of {target} %").format(cpu=percent, target=target)
            self._open(title, at, wall).above = True
        open_one = self.current
        if open_one is None:
            return
        open_one.cpu = max(open_one.cpu, percent)
        if percent > target and not open_one.above:
            open_one.above = True
            open_one.add(_("first sample above {target} %").format(target=target), at, error)

    def autoscaler(self, seen: Autoscaler | None, at: float, wall: float, error: float) -> None:
        """The HPA is as follows; None: it is gone."""
        before, self._hpa = self._hpa, seen
        if seen is None:
            if self.current and not self.current.loaded:
                self.current.close(at, _("the HPA is gone"))
            return
        if before is None or seen.uid != before.uid or not rescaled(seen):
            return
        if (seen.current, seen.desired, seen.last_scaled) == (
            before.current,
            before.desired,
            before.last_scaled,
        ):
            return
        open_one = self.current
        if open_one is None:
            sentence = _("scaling {n} → {m}") if seen.desired > seen.current else _("shrinking {n} → {m}")
            title = sentence.format(n=seen.current, m=seen.desired)
            open_one = self._open(title, at, wall, start=min(seen.current, seen.desired))
        open_one.cpu = max(open_one.cpu, seen.cpu or 0)
        open_one.decided(seen.current, seen.desired, at, error)
        open_one.settle(at)

    def deployment(self, seen: Deployment, at: float, wall: float, error: float) -> None:
        """Without an HPA, someone changes the number."""
        before = self._replicas if seen.uid == self._deployment else None
        self._deployment, self._replicas = seen.uid, seen.replicas
        if before is None or before == seen.replicas or self._hpa is not None:
            return
        title = _("scaled {n} → {m}").format(n=before, m=seen.replicas)
        if self.current is not None and self.current.by_hand:
            self.current.close(at)
        if self.current is None:
            made = self._open(title, at, wall)
            made.by_hand = True
        self.told[-1].decided(before, seen.replicas, at, error)

    def ready(self, count: int, at: float, error: float) -> None:
        """That many pods are ready."""
        if self.current is not None:
            self.current.ready(count, at, error)

    def tick(self, now: float) -> None:
        """Time goes by."""
        if self.current is not None:
            self.current.tick(now)

    def _open(self, title: str, at: float, wall: float, start: int | None = None) -> Scaling:
        hpa = self._hpa
        known = hpa.desired if hpa else self._replicas or 0
        made = Scaling(
            self._keys(),
            at,
            wall,
            title,
            known if start is None else start,
            hpa.minimum if hpa else 0,
            target=hpa.cpu_target if hpa else None,
            now_at=known,
        )
        self.told.append(made)
        del self.told[:-200]
        return made
