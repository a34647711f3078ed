"""The conditions that the HPA controller writes, with its own sentences (horizontal.go)."""

from __future__ import annotations

from typing import Literal

from .objects import Autoscaler, Condition

METRIC = "cpu resource utilization (percentage of request)"
GOT_SCALE = "the HPA controller was able to get the target's current scale"
NO_SCALE = "the HPA controller was unable to get the target's current scale: "
_RECENT = "recent recommendations were {} than current one, applying the {} recent recommendation"
RECENTLY_LOWER = _RECENT.format("lower", "lowest")
RECENTLY_HIGHER = _RECENT.format("higher", "highest")

Limit = Literal["", "ScaleUpLimit", "ScaleDownLimit", "TooManyReplicas", "TooFewReplicas"]
LIMITED: dict[Limit, str] = {
    "ScaleUpLimit": "the desired replica count is increasing faster than the maximum scale rate",
    "ScaleDownLimit": "the desired replica count is decreasing faster than the maximum scale rate",
    "TooManyReplicas": "the desired replica count is more than the maximum replica count",
    "TooFewReplicas": "the desired replica count is less than the minimum replica count",
}


class ConditionList:
    """A status' conditions, in the order in which they appeared."""

    def __init__(self, known: tuple[Condition, ...], now: float) -> None:
        self._now = now
        self._known = {c.type: c for c in known}

    def put(self, kind: str, true: bool, reason: str, message: str) -> None:
        """Set one; its transition time moves only when its status does (setConditionInList)."""
        status = "True" if true else "False"
        before = self._known.get(kind)
        since = before.since if before and before.status == status else self._now
        self._known[kind] = Condition(kind, status, reason, message, since)

    def all(self) -> tuple[Condition, ...]:
        """All of them."""
        return tuple(self._known.values())


def rescaled(seen: Autoscaler) -> bool:
    """Whether this status was written by a sync that changed the number.

    desired differs from current after a failed metric too: it keeps its old value, 0 in a new HPA.
    """
    if seen.current == seen.desired:
        return False
    able = seen.condition("AbleToScale")
    return seen.desired > 0 if able is None else able.reason == "SucceededRescale"
