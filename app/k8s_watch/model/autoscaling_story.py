"""The autoscaler in words: its conditions, its last decision's arithmetic, what comes next and when."""

from __future__ import annotations

import math

from .autoscaling_conditions import rescaled
from .autoscaling_shadow import Shadow, Sync
from .autoscaling_unknown import why_unknown
from .autoscaling_words import explain, unexplained
from .changes import Absent, Change, Clocked, Gone, Measured, Seen, Targeted
from .objects import Autoscaler, Condition, Pod
from .view import Scaling
from .words import _

KEPT = 60.0  # seconds that a scaling's arithmetic stays before that of the syncs after it takes its place


class AutoscalerStory:
    """Folds what is seen of the HPA; `picture` tells it."""

    def __init__(self) -> None:
        self._shadow = Shadow()
        self._seen: Autoscaler | None = None
        self._offset = 0.0  # server's clock minus ours
        self._metrics_error = ""
        self._scaled: Sync | None = None  # the last sync that changed the number
        self._said: tuple[Sync, str] | None = None  # the sync last told, and its words

    def apply(self, change: Change) -> None:
        """Fold one change. Its time drives the syncs, not `picture`'s: a fast replay looks ahead of its changes."""
        self._shadow.catch_up(change.mono)
        match change:
            case Targeted():
                if change.fast != (self._shadow.window < 300):
                    self._shadow = Shadow(fast=change.fast)
            case Clocked():
                self._offset = change.offset
            case Measured():
                self._metrics_error = change.error
                self._tick(change)
                if change.usages:
                    self._shadow.measured(change.mono, change.usages)
            case Absent(kind="metrics"):
                self._metrics_error = change.message or "could not find the requested resource"
            case Seen(object=Pod() as pod):
                self._tick(change)
                self._shadow.pod(change.mono, pod.uid, pod)
            case Gone(kind="pods"):
                self._shadow.pod(change.mono, change.uid, None)
            case Seen(object=Autoscaler() as seen):
                self._tick(change)
                self._autoscaler(change.mono, seen, change.reconstructed)
            case Gone(kind="autoscalers"):
                self._forget()

    def _tick(self, change: Change) -> None:
        self._shadow.clock(change.wall + self._offset - change.mono)

    def _forget(self) -> None:
        self._seen = self._scaled = self._said = None
        self._shadow.forget()

    def _autoscaler(self, at: float, seen: Autoscaler, reconstructed: bool) -> None:
        if self._seen is not None and self._seen.uid != seen.uid:
            self._forget()
        self._seen = seen
        sync = self._shadow.autoscaler(at, seen, reconstructed)
        if sync is None:
            return
        if rescaled(seen):
            self._scaled = sync

    def _sentence(self, sync: Sync) -> str:
        if self._said is None or self._said[0] is not sync:
            words = (
                unexplained(sync.seen, sync.known_for, self._shadow.longest_window())
                if sync.decision is None
                else explain(sync.decision, sync.seen, sync.at)
            )
            self._said = (sync, words)
        return self._said[1]

    def _told(self, now: float) -> Sync | None:
        """The last scaling while it is fresh, else the last sync, a quiet one only when it can be explained."""
        if self._scaled is not None and now - self._scaled.at < KEPT:
            return self._scaled
        syncs = reversed(self._shadow.syncs)
        return next((s for s in syncs if s.decision is not None or not s.quiet), None)

    # -- picture out

    def unknown(self) -> str:
        """Why CPU is unknown, with the fix; "" where it is known."""
        return why_unknown(self._seen, self._metrics_error)

    def picture(self, now: float, server_now: float) -> Scaling:
        """All of it at a moment; `server_now` is kept for the caller's symmetry: every time here is monotonic."""
        if self._seen is None:
            return Scaling()
        told = self._told(now)
        ends_in, words = self._window(now)
        return Scaling(
            autoscaler=self._seen,
            conditions=condition_words(self._seen, self.unknown()),
            decision=self._sentence(told) if told else "",
            decided_at=told.at if told else None,
            next_sync_in=self._shadow.next_sync(now),
            window_ends_in=ends_in,
            window_words=words,
        )

    def _window(self, now: float) -> tuple[float | None, str]:
        """When the number can fall, about; and in words."""
        seen = self._seen
        able = seen.condition("AbleToScale") if seen else None
        if seen is None or able is None or seen.cpu is None or seen.desired <= seen.minimum:
            return None, ""
        wanted, keepers = self._shadow.keepers()
        window = self._shadow.longest_window()
        if wanted is not None and wanted >= seen.desired:
            return None, ""
        if keepers and self._shadow.whole:
            over = max(k.at for k in keepers) + window
            ends_in = self._shadow.sync_after(over, now)
            return ends_in, _("shrinks in ≈ {n} s unless load returns").format(n=math.ceil(ends_in))
        if wanted is None and able.reason != "ScaleDownStabilized":
            return None, ""
        if self._shadow.joined is None or not window:
            return None, ""
        most = self._shadow.sync_after(self._shadow.joined + window, now)
        return None, _("shrinks within ≈ {n} s unless load returns (watched too short to know when)").format(
            n=math.ceil(most)
        )


def condition_words(seen: Autoscaler, unknown: str) -> tuple[str, ...]:
    """Its conditions in plain words, the telling one first."""
    ranked = [_condition(condition, seen, unknown) for condition in seen.conditions]
    return tuple(words for _rank, words in sorted(ranked, key=lambda r: r[0]) if words)


def _condition(condition: Condition, seen: Autoscaler, unknown: str) -> tuple[int, str]:
    """How telling it is (0: most), and its words."""
    if condition.type == "ScalingActive" and condition.status == "False":
        return 0, unknown or condition.message
    if condition.status == "False" and condition.type == "AbleToScale":
        return 1, condition.message
    told = {
        "SucceededRescale": (2, _("just scaled to {n}").format(n=seen.desired)),
        "ScaleUpLimit": (3, _("growing as fast as its limit allows: CPU asks for more")),
        "ScaleDownLimit": (3, _("shrinking as fast as its limit allows: CPU asks for fewer")),
        "TooManyReplicas": (3, _("at the maximum of {n}: CPU asks for more").format(n=seen.maximum)),
        "ScaleDownStabilized": (4, _("held: a higher recommendation still counts in its window")),
        "ScaleUpStabilized": (4, _("held: a lower recommendation still counts in its window")),
        "TooFewReplicas": (5, _("at the minimum of {n}: CPU asks for fewer").format(n=seen.minimum)),
        "ReadyForNewScale": (6, _("ready to scale")),
        "DesiredWithinRange": (7, _("within minimum and maximum")),
        "ValidMetricFound": (8, _("CPU is measured")),
        "SucceededGetScale": (9, ""),
    }
    return told.get(condition.reason, (1, condition.message or condition.reason))
