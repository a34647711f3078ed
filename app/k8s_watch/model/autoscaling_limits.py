"""From what CPU asks for to what the HPA sets: the stabilisation window, the limits, the conditions.

Source: Kubernetes 1.36, pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler,
normalizeDesiredReplicas, normalizeDesiredReplicasWithBehaviors and what they call) and
pkg/apis/autoscaling/v2/defaults.go.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .autoscaling import TOLERANCE, Proposal
from .autoscaling_conditions import (
    GOT_SCALE,
    LIMITED,
    METRIC,
    NO_SCALE,
    RECENTLY_HIGHER,
    RECENTLY_LOWER,
    ConditionList,
    Limit,
)
from .autoscaling_policies import DOWNSCALE_WINDOW, ScaleEvents, filled
from .objects import Autoscaler, Condition


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What CPU asked for at a sync, before windows and limits."""

    at: float
    replicas: int
    utilisation: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What one sync decided, and each step on the way. Times are of the clock given to `decide`."""

    current: int
    desired: int  # what status.desiredReplicas becomes
    rescale: bool = False  # the Deployment is to be scaled to `desired`
    reason: str = ""  # for the SuccessfulRescale Event: "New size: 4; reason: ..."
    conditions: tuple[Condition, ...] = ()
    proposal: Proposal | None = None  # None: metrics were not asked
    utilisation: int | None = None  # for status.currentMetrics; None: an empty list
    average_m: int | None = None
    stabilised: int = 0  # after the window
    held_by: Recommendation | None = None  # the earlier recommendation that the window applied
    window: float = 0.0  # seconds: the window that applied
    limit: Limit = ""  # what cut `stabilised` down (or up) to `desired`
    limit_value: int = 0


def tolerances(autoscaler: Autoscaler) -> tuple[float, float]:
    """(up, down): `behavior` may set them since 1.35."""
    up, down = autoscaler.up.tolerance, autoscaler.down.tolerance
    if not autoscaler.has_behavior:
        return TOLERANCE, TOLERANCE
    return TOLERANCE if up is None else up, TOLERANCE if down is None else down


@dataclass(slots=True)
class Decider:
    """One HPA's memory: recommendations before limits, and the scalings that policies count.

    `window` is the controller's own downscale window in seconds (a fast lab shortens it).
    """

    window: float = DOWNSCALE_WINDOW
    recommendations: list[Recommendation] = field(default_factory=list)
    started: bool = False  # a controller that starts takes the current number as its first recommendation
    _events: ScaleEvents = field(default_factory=ScaleEvents)

    def decide(
        self, now: float, autoscaler: Autoscaler, current_replicas: int, proposal: Proposal | None
    ) -> Decision:
        """One sync. `proposal` may be None only where `needs_metrics` says so."""
        self.start(now, current_replicas)
        conditions = ConditionList(autoscaler.conditions, now)
        conditions.put("AbleToScale", True, "SucceededGetScale", GOT_SCALE)
        if current_replicas == 0:
            conditions.put(
                "ScalingActive",
                False,
                "ScalingDisabled",
                "scaling is disabled since the replica count of the target is zero",
            )
            return Decision(0, 0, conditions=conditions.all())
        if current_replicas > autoscaler.maximum:
            outside = Decision(
                current_replicas,
                autoscaler.maximum,
                reason="Current number of replicas above Spec.MaxReplicas",
                limit="TooManyReplicas",
                limit_value=autoscaler.maximum,
            )
        elif current_replicas < autoscaler.minimum:
            outside = Decision(
                current_replicas,
                autoscaler.minimum,
                reason="Current number of replicas below Spec.MinReplicas",
                limit="TooFewReplicas",
                limit_value=autoscaler.minimum,
            )
        elif proposal is None or proposal.error:
            return self._without_metric(autoscaler, current_replicas, proposal, conditions)
        else:
            outside = self._normalised(now, autoscaler, proposal, conditions)
        return self._rescaled(now, autoscaler, outside, conditions)

    def start(self, now: float, current_replicas: int) -> None:
        """A new HPA's first sync, with or without a metric, takes the current number as recommended."""
        if not self.started:
            self.started = True
            self.recommendations.append(Recommendation(now, current_replicas))

    def _without_metric(
        self, autoscaler: Autoscaler, current: int, proposal: Proposal | None, conditions: ConditionList
    ) -> Decision:
        message = proposal.message if proposal else ""
        conditions.put("ScalingActive", False, "FailedGetResourceMetric", message)
        return Decision(current, autoscaler.desired, conditions=conditions.all(), proposal=proposal)

    def refuse(self, now: float, autoscaler: Autoscaler, current: int, reason: str, message: str) -> Decision:
        """A sync that ends before metrics: ScalingActive=False with InvalidSelector, AmbiguousSelector, ...

        InvalidSelector's message is "the HPA target's scale is missing a selector".
        """
        conditions = ConditionList(autoscaler.conditions, now)
        conditions.put("AbleToScale", True, "SucceededGetScale", GOT_SCALE)
        conditions.put("ScalingActive", False, reason, message)
        return Decision(current, autoscaler.desired, conditions=conditions.all())

    def no_scale(self, now: float, autoscaler: Autoscaler, error: str) -> Decision:
        """A sync whose target could not be read: AbleToScale=False, FailedGetScale."""
        conditions = ConditionList(autoscaler.conditions, now)
        conditions.put("AbleToScale", False, "FailedGetScale", f"{NO_SCALE}{error}")
        return Decision(autoscaler.current, autoscaler.desired, conditions=conditions.all())

    def _normalised(
        self, now: float, autoscaler: Autoscaler, proposal: Proposal, conditions: ConditionList
    ) -> Decision:
        conditions.put(
            "ScalingActive",
            True,
            "ValidMetricFound",
            f"the HPA was able to successfully calculate a replica count from {METRIC}",
        )
        current, wanted = proposal.current, proposal.replicas
        reason = f"{METRIC} above target" if wanted > current else ""
        reason = "All metrics below target" if wanted < current else reason
        stabilise = self._stabilise_with_rules if autoscaler.has_behavior else self._stabilise
        stable, held_by, window = stabilise(now, autoscaler, proposal)
        if stable == wanted:
            conditions.put("AbleToScale", True, "ReadyForNewScale", "recommended size matches current size")
        elif autoscaler.has_behavior and wanted >= current:
            conditions.put("AbleToScale", True, "ScaleUpStabilized", RECENTLY_LOWER)
        else:
            conditions.put("AbleToScale", True, "ScaleDownStabilized", RECENTLY_HIGHER)
        limited = self._events.limit if autoscaler.has_behavior else _limit
        desired, limit = limited(now, autoscaler, current, stable)
        if desired == stable and not limit:
            conditions.put(
                "ScalingLimited",
                False,
                "DesiredWithinRange",
                "the desired count is within the acceptable range",
            )
        else:
            conditions.put("ScalingLimited", desired != stable, limit, LIMITED[limit])
        return Decision(
            current,
            desired,
            reason=reason,
            proposal=proposal,
            utilisation=proposal.utilisation,
            average_m=proposal.average_m,
            stabilised=stable,
            held_by=held_by,
            window=window,
            limit=limit,
            limit_value=desired if limit else 0,
        )

    def _rescaled(
        self, now: float, autoscaler: Autoscaler, made: Decision, conditions: ConditionList
    ) -> Decision:
        if made.desired == made.current:
            return replace(made, reason="", conditions=conditions.all())
        conditions.put(
            "AbleToScale",
            True,
            "SucceededRescale",
            f"the HPA controller was able to update the target scale to {made.desired}",
        )
        self.scaled(now, autoscaler, made.current, made.desired)
        return replace(made, rescale=True, conditions=conditions.all())

    def scaled(self, now: float, autoscaler: Autoscaler, before: int, after: int) -> None:
        """Remember a scaling, for the policies of `behavior` (without one nothing is kept)."""
        if autoscaler.has_behavior:
            self._events.note(now, autoscaler, before, after)

    # -- the window

    def _stabilise(
        self, now: float, autoscaler: Autoscaler, proposal: Proposal
    ) -> tuple[int, Recommendation | None, float]:
        cutoff = now - self.window
        recent = [r for r in self.recommendations if r.at >= cutoff]
        highest = max(recent, key=lambda r: r.replicas, default=None)
        held_by = highest if highest and highest.replicas > proposal.replicas else None
        self._record(now, proposal, cutoff)
        return held_by.replicas if held_by else proposal.replicas, held_by, self.window

    def _stabilise_with_rules(
        self, now: float, autoscaler: Autoscaler, proposal: Proposal
    ) -> tuple[int, Recommendation | None, float]:
        wanted, current = proposal.replicas, proposal.current
        up_window = float(filled(autoscaler.up, "up").window or 0)
        down = autoscaler.down.window
        down_window = self.window if down is None else float(down)
        here = Recommendation(now, wanted, proposal.utilisation)
        recent_up = [r for r in self.recommendations if r.at > now - up_window]
        recent_down = [r for r in self.recommendations if r.at > now - down_window]
        lowest = min([here, *recent_up], key=lambda r: r.replicas)
        highest = max([here, *recent_down], key=lambda r: r.replicas)
        stable, held_by, window = current, None, 0.0
        if stable < lowest.replicas:
            stable, held_by, window = lowest.replicas, lowest, up_window
        if stable > highest.replicas:
            stable, held_by, window = highest.replicas, highest, down_window
        if stable == current != wanted:  # between both: nothing moves
            held_by, window = (lowest, up_window) if wanted > current else (highest, down_window)
        self._record(now, proposal, now - max(up_window, down_window))
        return stable, None if held_by is here else held_by, window

    def _record(self, now: float, proposal: Proposal, cutoff: float) -> None:
        """Keep what was asked before limits. (The source overwrites one old entry; none of those counts.)"""
        self.recommendations[:] = [r for r in self.recommendations if r.at >= cutoff]
        self.recommendations.append(Recommendation(now, proposal.replicas, proposal.utilisation))


def needs_metrics(autoscaler: Autoscaler, current: int) -> bool:
    """Whether a sync asks for metrics at all: not at zero replicas, nor outside min and max."""
    return current != 0 and autoscaler.minimum <= current <= autoscaler.maximum


def step_limit(current: int) -> int:
    """The most that one sync may scale up to without `behavior`: max(2 x current, 4)."""
    return max(2 * current, 4)


def _limit(now: float, autoscaler: Autoscaler, current: int, wanted: int) -> tuple[int, Limit]:
    most = step_limit(current)
    if wanted < autoscaler.minimum:
        return autoscaler.minimum, "TooFewReplicas"
    if wanted > min(most, autoscaler.maximum):
        return (
            (most, "ScaleUpLimit") if autoscaler.maximum > most else (autoscaler.maximum, "TooManyReplicas")
        )
    return wanted, ""
