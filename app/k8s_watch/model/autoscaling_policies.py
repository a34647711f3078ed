"""How fast `behavior` lets an HPA scale: its policies, counted over the scalings that were made.

Source: Kubernetes 1.36, horizontal.go (convertDesiredReplicasWithBehaviorRate, calculateScale*Limit...) and
pkg/apis/autoscaling/v2/defaults.go.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from .autoscaling_conditions import Limit
from .objects import Autoscaler, ScalingPolicy, ScalingRules

DOWNSCALE_WINDOW = 300.0  # seconds: --horizontal-pod-autoscaler-downscale-stabilization


def filled(rules: ScalingRules, direction: Literal["up", "down"]) -> ScalingRules:
    """The rules with the API server's defaults where `behavior` says nothing."""
    if direction == "up":
        usual: tuple[ScalingPolicy, ...] = (ScalingPolicy("Pods", 4, 15), ScalingPolicy("Percent", 100, 15))
        window = 0 if rules.window is None else rules.window
    else:
        usual = (ScalingPolicy("Percent", 100, 15),)
        window = int(DOWNSCALE_WINDOW) if rules.window is None else rules.window
    return replace(rules, window=window, policies=rules.policies or usual)


@dataclass(slots=True)
class _Scaled:
    """Pods added or taken at a moment."""

    at: float
    change: int


@dataclass(slots=True)
class ScaleEvents:
    """The scalings made, as far back as the longest policy looks."""

    _added: list[_Scaled] = field(default_factory=list)
    _taken: list[_Scaled] = field(default_factory=list)

    def note(self, now: float, autoscaler: Autoscaler, before: int, after: int) -> None:
        """A scaling was made."""
        if before == after:
            return
        up = after > before
        kept = self._added if up else self._taken
        rules = filled(autoscaler.up, "up") if up else filled(autoscaler.down, "down")
        longest = max(p.period for p in rules.policies)
        kept[:] = [e for e in kept if e.at >= now - longest]
        kept.append(_Scaled(now, abs(after - before)))

    def limit(self, now: float, autoscaler: Autoscaler, current: int, wanted: int) -> tuple[int, Limit]:
        """What is allowed of `wanted`, and what cut it ("": nothing did)."""
        if wanted > current:
            most = max(current, self._furthest(now, current, filled(autoscaler.up, "up"), 1))
            allowed = min(autoscaler.maximum, most)
            limit: Limit = "ScaleUpLimit" if autoscaler.maximum > most else "TooManyReplicas"
            return (allowed, limit) if wanted > allowed else (wanted, "")
        if wanted < current:
            least = min(current, self._furthest(now, current, filled(autoscaler.down, "down"), -1))
            allowed = max(autoscaler.minimum, least)
            limit = "ScaleDownLimit" if autoscaler.minimum < least else "TooFewReplicas"
            return (allowed, limit) if wanted < allowed else (wanted, "")
        return wanted, ""

    def _furthest(self, now: float, current: int, rules: ScalingRules, sign: int) -> int:
        if rules.select == "Disabled":
            return current
        allowed = [self._by_policy(now, current, policy, sign) for policy in rules.policies]
        choose: Callable[[list[int]], int] = max if (rules.select != "Min") == (sign > 0) else min
        return choose(allowed)

    def _by_policy(self, now: float, current: int, policy: ScalingPolicy, sign: int) -> int:
        start = current - _within(now, policy.period, self._added) + _within(now, policy.period, self._taken)
        if policy.type == "Pods":
            return start + sign * policy.value
        changed = start * (1 + sign * policy.value / 100)
        return math.ceil(changed) if sign > 0 else int(changed)


def _within(now: float, period: float, events: list[_Scaled]) -> int:
    return sum(e.change for e in events if e.at > now - period)
