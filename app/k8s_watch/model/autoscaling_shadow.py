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
from dataclasses import dataclass
from itertools import islice

from .autoscaling import CPU_INITIALIZATION, READINESS_DELAY, Proposal, propose
from .autoscaling_limits import Decider, Decision, Recommendation, needs_metrics, tolerances
from .autoscaling_policies import DOWNSCALE_WINDOW
from .autoscaling_samples import LAG, LATE, Past, assuming, pod_samples
from .objects import Autoscaler, Pod, Usage

PERIOD = 15.0  # seconds: --horizontal-pod-autoscaler-sync-period
FAST = 5.0  # how many times shorter a fast lab's period is: 3 s
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


class Shadow:
    """Rebuilds the syncs. `syncs` has the newest last."""

    def __init__(self, fast: bool = False) -> None:
        self.period = PERIOD / FAST if fast else PERIOD
        slower = 10 if fast else 1  # how many times shorter the long periods of a fast lab are
        self.window = DOWNSCALE_WINDOW / slower
        self._young, self._delay = CPU_INITIALIZATION / slower, READINESS_DELAY / slower
        self._usual = self.period
        self._shorter = 0.0  # the last time between two writes that was too short for the period
        self.decider = Decider(window=self.window)
        self.seen: Autoscaler | None = None
        self.joined: float | None = None  # since when every sync is known
        self.whole = False  # the window holds every recommendation that counts
        self.anchor: float | None = None  # the last sync that was seen written
        self.last: float | None = None  # the last sync, written or not
        self.syncs: deque[Sync] = deque(maxlen=64)
        self._past = Past()
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
        known_for = math.inf if self.whole else at - (at if self.joined is None else self.joined)
        decision = self._explain(at, seen)
        kept = self.decider.recommendations
        if decision is None and not (kept and abs(kept[-1].at - at) <= EARLY):
            self.joined, self.whole = at, False  # not even what CPU asked for is known
        self.whole = self.whole or (decision is not None and self._proves_whole(seen, decision))
        sync = Sync(at, seen, decision, known_for=known_for)
        self.syncs.append(sync)
        return sync

    def _join(self, at: float, newborn: bool) -> None:
        """Nothing before is known, which is all there is to know of an HPA that never looked yet."""
        self.joined, self.whole = at, newborn
        self.decider = Decider(window=self.window, started=not newborn)
        self.anchor = self.last = None

    def _anchor(self, at: float) -> None:
        """Learn the period from two writes: 15.0 s apart, or a multiple."""
        gap = at - self.anchor if self.anchor is not None else 0.0
        self.anchor = at
        steps = round(gap / self.period)
        if steps and abs(gap / steps - self._usual) < self._usual / 20:
            self.period = gap / steps
        elif (
            1.0 < gap < 0.8 * self._usual
        ):  # a controller with a shorter --horizontal-pod-autoscaler-sync-period
            if abs(gap - self._shorter) < gap / 10:
                self.period = self._usual = gap
            self._shorter = gap

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
            outside = self.decider.decide(at, seen, current, None)
            return outside if outside.desired == seen.desired else None
        if seen.cpu is None:
            return None
        exact = [p for p in self._proposals(at, seen) if p.utilisation == seen.cpu]
        for proposal in (*exact, *self._proposals(at, seen, assumed=seen.cpu)):
            decision = self._leads_to(proposal, at, seen) if proposal.utilisation == seen.cpu else None
            if decision is not None:
                return decision
        if exact:  # what CPU asked for is known all the same, and later windows count it
            self.decider.decide(at, seen, current, exact[0])
        return None

    def _leads_to(self, proposal: Proposal, at: float, seen: Autoscaler) -> Decision | None:
        """The decision that a proposal makes, if it is the one that was written; it is remembered then."""
        for nudge in (0.0, EARLY, -EARLY):
            tried = copy.deepcopy(self.decider)
            decision = tried.decide(at + nudge, seen, seen.current, proposal)
            if decision.desired == seen.desired and self._same_limit(seen, decision):
                self.decider = tried
                return decision
        return None

    def _same_limit(self, seen: Autoscaler, decision: Decision) -> bool:
        limited = seen.condition("ScalingLimited")
        mine = next((c for c in decision.conditions if c.type == "ScalingLimited"), None)
        return limited is None or mine is None or limited.reason == mine.reason

    def _proposals(self, at: float, seen: Autoscaler, assumed: int | None = None) -> Iterator[Proposal]:
        """What the pods and samples ask for; with `assumed`, as if the samples made that utilisation.

        Ours are not always the controller's samples (we poll each 5 s), but its CPU value is written.
        """
        up, down = tolerances(seen)
        for lag in (LAG, 0.0) if seen.current != seen.desired else (0.0, LAG):
            pods = self._past.pods_at(at - lag)
            for usages in list(islice(self._past.samples_at(at), TRIED)) or [()]:
                samples = pod_samples(pods, usages)
                for taken in [samples] if assumed is None else assuming(samples, assumed):
                    yield propose(
                        taken,
                        seen.current,
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
