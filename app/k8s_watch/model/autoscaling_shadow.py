"""The HPA's syncs rebuilt from what a watcher sees: status writes, PodMetrics samples, pods.

A shadow controller runs the same arithmetic at each status write, and at the syncs between writes that
wrote nothing because nothing had changed. What it decides is compared with what was written, so a number
that what was seen cannot explain is told as such.
"""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from .autoscaling import CPU_INITIALIZATION, READINESS_DELAY, PodSample, Proposal, propose
from .autoscaling_limits import Decider, Decision, Recommendation, needs_metrics, tolerances
from .autoscaling_policies import DOWNSCALE_WINDOW
from .objects import Autoscaler, Pod, Usage

PERIOD = 15.0  # seconds: --horizontal-pod-autoscaler-sync-period
FAST = 5.0  # how many times shorter a fast lab's period is: 3 s
LATE = 2.0  # seconds after which a sync without a write counts as one that changed nothing
LAG = 1.0  # seconds by which pods of a decision may be seen before its status write
MISSED = 40  # syncs without any change seen: this machine slept, so what was recommended meanwhile is unknown
TRIED = (
    3  # of the newest differing samples: they come each 5 s, and the controller's can't be older than a sync
)
EARLY = 0.4  # seconds by which a recommendation may be off: writes were seen 15.00-15.24 s apart


@dataclass(frozen=True, slots=True)
class Sync:
    """One sync as rebuilt. Times are monotonic; `quiet`: it wrote nothing."""

    at: float
    seen: Autoscaler
    decision: Decision | None  # None: what was seen does not lead to what was written
    quiet: bool = False
    known_for: float = 0.0  # seconds for which every sync before it is known


@dataclass(slots=True)
class _Past:
    """What was known of pods and samples a few seconds ago."""

    pods: dict[str, list[tuple[float, Pod | None]]] = field(default_factory=dict)
    samples: deque[tuple[float, tuple[Usage, ...]]] = field(default_factory=lambda: deque(maxlen=8))

    def note(self, at: float, uid: str, pod: Pod | None) -> None:
        """A pod is as follows from `at` on; None: it is gone."""
        kept = self.pods.setdefault(uid, [])
        while len(kept) > 1 and kept[1][0] < at - LATE - 2 * LAG:
            del kept[0]
        kept.append((at, pod))

    def forget(self, before: float) -> None:
        """Drop pods that were gone by then."""
        self.pods = {u: k for u, k in self.pods.items() if not (k[-1][1] is None and k[-1][0] < before)}

    def pods_at(self, at: float) -> list[Pod]:
        """The pods as known at a moment."""
        found = (next((p for t, p in reversed(kept) if t <= at), None) for kept in self.pods.values())
        return [pod for pod in found if pod is not None]

    def samples_at(self, at: float) -> Iterator[tuple[Usage, ...]]:
        """The newest samples at a moment, then the ones before that differ."""
        last: tuple[Usage, ...] | None = None
        for _moment, usages in (s for s in reversed(self.samples) if s[0] <= at):
            if usages != last:
                yield usages
            last = usages


class Shadow:
    """Rebuilds the syncs. `syncs` has the newest last."""

    def __init__(self, fast: bool = False) -> None:
        self.period = PERIOD / FAST if fast else PERIOD
        slower = 10 if fast else 1  # how many times shorter the long periods of a fast lab are
        self.window = DOWNSCALE_WINDOW / slower
        self._young, self._delay = CPU_INITIALIZATION / slower, READINESS_DELAY / slower
        self._usual = self.period
        self.decider = Decider(window=self.window)
        self.seen: Autoscaler | None = None
        self.joined: float | None = None  # since when every sync is known
        self.whole = False  # the window holds every recommendation that counts
        self.anchor: float | None = None  # the last sync that was seen written
        self.last: float | None = None  # the last sync, written or not
        self.syncs: deque[Sync] = deque(maxlen=64)
        self._past = _Past()
        self._offset = 0.0  # server's unix clock minus monotonic

    # -- what is seen

    def clock(self, offset: float) -> None:
        """Server's unix time minus our monotonic time."""
        self._offset = offset

    def pod(self, at: float, uid: str, pod: Pod | None) -> None:
        """A pod was seen, or is gone (None)."""
        self.catch_up(at)
        self._past.note(at, uid, pod)

    def measured(self, at: float, usages: tuple[Usage, ...]) -> None:
        """Samples came."""
        self.catch_up(at)
        self._past.samples.append((at, usages))
        self._past.forget(at - 10.0)

    def autoscaler(self, at: float, seen: Autoscaler, reconstructed: bool) -> Sync | None:
        """The HPA is as follows. Returns the sync if this was one's status write."""
        before, self.seen = self.seen, seen
        if before is None or reconstructed:
            self._join(at, newborn=not seen.conditions and seen.last_scaled is None)
            return None
        if not _written(before, seen):
            return None
        self.catch_up(at - LATE)
        self._anchor(at)
        self.last = at
        if seen.cpu is None and needs_metrics(seen, seen.current):
            self.decider.start(at, seen.current)
            return None  # the metric failed: nothing more was recommended, and nothing is to be explained
        known = self.joined
        decision = self._explain(at, seen)
        kept = self.decider.recommendations
        if decision is None and not (kept and abs(kept[-1].at - at) <= EARLY):
            self.joined, self.whole = at, False  # not even what CPU asked for is known
        self.whole = self.whole or (decision is not None and self._proves_whole(seen, decision))
        sync = Sync(at, seen, decision, known_for=at - (at if known is None else known))
        self.syncs.append(sync)
        return sync

    def _join(self, at: float, newborn: bool) -> None:
        """Nothing before is known, which is all there is to know of an HPA that never looked yet."""
        self.joined, self.whole = at, newborn
        self.decider = Decider(window=self.window, started=not newborn)
        self.anchor = self.last = None

    def _anchor(self, at: float) -> None:
        """Learn the period from two writes: 15.0 s apart, or a multiple."""
        if self.anchor is not None:
            steps = round((at - self.anchor) / self.period)
            if steps and abs((at - self.anchor) / steps - self._usual) < self._usual / 20:
                self.period = (at - self.anchor) / steps
        self.anchor = at

    # -- syncs

    def catch_up(self, now: float) -> None:
        """Run the syncs that must have been by `now` and wrote nothing."""
        if self.last is not None and now - self.last > MISSED * self.period:
            self.last += math.floor((now - self.last) / self.period) * self.period
            self.joined, self.whole = now, False
        while self.last is not None and now >= self.last + self.period + LATE:
            at = self.last + self.period
            self.last = at
            if self.seen is None or self.seen.cpu is None:
                continue
            decision = self._explain(at, self.seen)
            self.syncs.append(Sync(at, self.seen, decision, quiet=True))
        if self.joined is not None and now - self.joined >= self.longest_window():
            self.whole = True

    def next_sync(self, now: float) -> float | None:
        """Seconds until the next sync, extrapolated from writes; None where none was seen."""
        if self.anchor is None:
            return None
        return self.period - (now - self.anchor) % self.period

    def sync_after(self, over: float, now: float) -> float:
        """Seconds from now until the first sync after `over`."""
        first = self.next_sync(now)
        if first is None:
            return max(0.0, over - now)
        return first + max(0, math.ceil((over - now - first) / self.period)) * self.period

    def keepers(self) -> tuple[int | None, list[Recommendation]]:
        """What CPU asked for last, and the earlier recommendations that keep the number from falling."""
        kept = self.decider.recommendations
        if not kept or self.seen is None:
            return None, []
        desired = self.seen.desired
        return kept[-1].replicas, [r for r in kept if min(r.replicas, self.seen.maximum) >= desired]

    def forget(self) -> None:
        """The HPA is gone: pods and samples stay known."""
        self.seen = self.joined = self.anchor = self.last = None
        self.whole = False
        self.decider = Decider(window=self.window, started=True)
        self.syncs.clear()

    def longest_window(self) -> float:
        """Seconds for which a recommendation keeps the number from falling."""
        down = self.seen.down.window if self.seen and self.seen.has_behavior else None
        return self.window if down is None else float(down)

    def _proves_whole(self, seen: Autoscaler, decision: Decision) -> bool:
        """ReadyForNewScale says that no recommendation in the window is higher than this one."""
        able = seen.condition("AbleToScale")
        return able is not None and able.reason == "ReadyForNewScale" and decision.held_by is None

    def _explain(self, at: float, seen: Autoscaler) -> Decision | None:
        """Try what may have been known to the controller; the first that leads to what was written is it."""
        if seen.cpu_target is None or seen.cpu_target <= 0 or seen.other_metrics:
            return None
        current = seen.current
        if not needs_metrics(seen, current):
            decision = self.decider.decide(at, seen, current, None)
            return decision if decision.desired == seen.desired else None
        if seen.cpu is None:
            return None
        best = None
        for proposal in self._proposals(at, seen, current):
            if proposal.utilisation != seen.cpu:
                continue
            best = best or proposal
            for nudge in (0.0, EARLY, -EARLY):
                tried = copy.deepcopy(self.decider)
                decision = tried.decide(at + nudge, seen, current, proposal)
                if decision.desired == seen.desired and self._same_limit(seen, decision):
                    self.decider = tried
                    return decision
        if best is not None:  # what CPU asked for is known all the same, and later windows count it
            self.decider.decide(at, seen, current, best)
        return None

    def _same_limit(self, seen: Autoscaler, decision: Decision) -> bool:
        limited = seen.condition("ScalingLimited")
        mine = next((c for c in decision.conditions if c.type == "ScalingLimited"), None)
        return limited is None or mine is None or limited.reason == mine.reason

    def _proposals(self, at: float, seen: Autoscaler, current: int) -> Iterator[Proposal]:
        up, down = tolerances(seen)
        for lag in (LAG, 0.0) if seen.current != seen.desired else (0.0, LAG):
            pods = self._past.pods_at(at - lag)
            for usages in islice(self._past.samples_at(at), TRIED):
                samples = pod_samples(pods, usages)
                yield propose(
                    samples,
                    current,
                    seen.cpu_target or 1,
                    at + self._offset,
                    tolerance_up=up,
                    tolerance_down=down,
                    cpu_init_period=self._young,
                    readiness_delay=self._delay,
                )


def _written(before: Autoscaler, after: Autoscaler) -> bool:
    """Whether the status differs: only then was this a sync's write, not an edit of the spec."""
    status = ("current", "desired", "last_scaled", "cpu", "conditions")
    return any(getattr(before, name) != getattr(after, name) for name in status)


def pod_samples(pods: list[Pod], usages: tuple[Usage, ...]) -> list[PodSample]:
    """Pods and their newest PodMetrics as the arithmetic wants them."""
    by_name = {u.pod: u for u in usages}
    return [_pod_sample(pod, by_name.get(pod.name)) for pod in pods]


def _pod_sample(pod: Pod, usage: Usage | None) -> PodSample:
    counted = [*pod.containers, *(c for c in pod.init_containers if c.role == "sidecar")]
    without = next((c.name for c in counted if c.cpu_request is None), "")
    ready, placed = pod.condition("Ready"), pod.condition("PodScheduled")
    return PodSample(
        pod.name,
        None if usage is None else usage.cpu,
        None if without else sum(c.cpu_request or 0 for c in counted),
        None if ready is None else ready.status != "False",
        pod.phase,
        pod.deleted is not None,
        # status.startTime is not among the fields read; the kubelet sets it within a second of the binding
        placed.since if placed and placed.since is not None else pod.created,
        ready.since if ready else None,
        usage.at if usage else None,
        (usage.window if usage else None) or PERIOD,
        without,
    )
