"""Events in their two forms: core/v1, in which they are kept, and events.k8s.io/v1."""

from __future__ import annotations

from .errors import Json

_PAIRS = (  # events.k8s.io/v1, core/v1
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
    ("reportingController", "reportingComponent"),
)
_SAME = ("metadata", "eventTime", "series", "reportingInstance", "action", "reason", "related", "type")


def newer(value: Json) -> Json:
    """A kept Event as events.k8s.io/v1 has it, without kind and apiVersion."""
    found = {name: value[name] for name in _SAME if name in value}
    for new, old in _PAIRS:
        if value.get(old, "") != "":
            found[new] = value[old]
    if not found.get("reportingInstance"):
        found.pop("reportingInstance", None)
    return found


def kept(value: Json) -> Json:
    """An Event given as events.k8s.io/v1, as it is kept."""
    found = {name: value[name] for name in _SAME if name in value}
    for new, old in _PAIRS:
        if new in value:
            found[old] = value[new]
    return {"kind": "Event", "apiVersion": "v1", **found}
