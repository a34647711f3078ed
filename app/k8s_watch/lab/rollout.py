"""What a Deployment does next: pure decisions, as the controller manager makes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Set:
    """One ReplicaSet of a Deployment, as far as a rollout looks at it."""

    name: str
    replicas: int  # wanted
    available: int = 0
    created: str = ""
    ceiling: int = 0  # its max-replicas annotation: replicas + surge at the last scaling


@dataclass(frozen=True, slots=True)
class Limits:
    """maxSurge and maxUnavailable as numbers of pods."""

    surge: int
    unavailable: int


def limits(replicas: int, surge: object, unavailable: object) -> Limits:
    """Surge rounds up, unavailable down; both 0 would stand still, so one may be unavailable then."""
    more = _share(surge, replicas, up=True)
    fewer = min(_share(unavailable, replicas, up=False), replicas)
    return Limits(more, 1 if more == 0 and fewer == 0 else fewer)


def _share(value: object, replicas: int, up: bool) -> int:
    text = str(value)
    if not text.endswith("%"):
        return int(text)
    part = replicas * int(text[:-1]) / 100
    return math.ceil(part) if up else math.floor(part)


def grown(new: Set, old: Sequence[Set], replicas: int, bounds: Limits) -> int:
    """The new ReplicaSet's next size in a rolling update."""
    total = new.replicas + sum(s.replicas for s in old)
    if new.replicas >= replicas or total >= replicas + bounds.surge:
        return min(new.replicas, replicas)
    return new.replicas + min(replicas + bounds.surge - total, replicas - new.replicas)


def shrunk(new: Set, old: Sequence[Set], replicas: int, bounds: Limits) -> dict[str, int]:
    """The old ReplicaSets' next sizes, by name, where they change: unhealthy pods go first, then the oldest set's."""
    least = replicas - bounds.unavailable
    total = new.replicas + sum(s.replicas for s in old)
    spare = total - least - (new.replicas - new.available)
    if spare <= 0:
        return {}
    sizes = {s.name: s.replicas for s in old}
    oldest = sorted((s for s in old if s.replicas), key=lambda s: s.created)
    for one in oldest:
        unwell = min(spare, max(0, sizes[one.name] - one.available))
        sizes[one.name] -= unwell
        spare -= unwell
    healthy = new.available + sum(s.available for s in old) - least
    for one in oldest:
        take = min(max(0, healthy), sizes[one.name])
        sizes[one.name] -= take
        healthy -= take
    return {s.name: sizes[s.name] for s in old if sizes[s.name] != s.replicas}


def scaled(sets: Sequence[Set], replicas: int, bounds: Limits) -> dict[str, int]:
    """Sizes after the Deployment's number changed in the middle of a rollout: each set in proportion."""
    busy = sorted((s for s in sets if s.replicas), key=lambda s: (-s.replicas, s.created))
    total = sum(s.replicas for s in busy)
    to_add = (replicas + bounds.surge if replicas else 0) - total
    sizes = {s.name: s.replicas for s in busy}
    added = 0
    for one in busy:
        fair = round(one.replicas * (replicas + bounds.surge) / (one.ceiling or total)) - one.replicas
        step = max(to_add - added, fair) if to_add < 0 else min(to_add - added, max(0, fair))
        step = max(-one.replicas, min(0, step)) if to_add < 0 else step
        sizes[one.name] += step
        added += step
    for one in busy:  # what rounding left over goes to the largest, as far as it can
        rest = max(-sizes[one.name], to_add - added)
        sizes[one.name] += rest
        added += rest
    return {s.name: sizes[s.name] for s in busy if sizes[s.name] != s.replicas}
