"""Episodes from changes: every healing, deletion, scaling, rollout and gap, with measured durations.

Durations are differences of the changes' local monotonic receive time. What only a relist tells happened at
some time since that kind was last heard of: its error says so.
"""

from __future__ import annotations

from itertools import count
from typing import Protocol

from .changes import (
    Acted,
    Answered,
    Change,
    Clocked,
    Gone,
    Listed,
    Live,
    LoadTick,
    Lost,
    Measured,
    Seen,
    Targeted,
)
from .deletions import Deletions
from .happenings import Happenings
from .healings import Healings
from .heard import Heard
from .objects import Autoscaler, Deployment, EndpointSlice, Pod
from .restarts import Range
from .rotation import Rotation
from .scaling_story import ScalingTeller
from .view import Episode

KEPT = 200  # episodes


class _Told(Protocol):
    """What can be told as one line."""

    key: int

    @property
    def open(self) -> bool:
        """Whether more is to come."""
        ...

    def episode(self, now: float) -> Episode:
        """As one line."""
        ...


class Story:
    """Folds changes into episodes. Its time never goes back: a change that comes late counts as of now."""

    def __init__(self) -> None:
        keys = count(1)

        def key() -> int:
            return next(keys)

        self._now = self._wall = 0.0
        self._offset = 0.0  # server's clock minus ours
        self._heard = Heard()
        self._pods: dict[str, Pod] = {}
        self._rotation = Rotation()
        self._healings = Healings(key, self._pods, self._rotation)
        self._deletions = Deletions(key, self._pods)
        self._scalings = ScalingTeller(key)
        self._happenings = Happenings(key)
        self._done: dict[int, Episode] = {}  # closed ones, as told

    # -- changes in

    def apply(self, change: Change) -> None:
        """Fold one change."""
        self._now = at = max(self._now, change.mono)
        self._wall = change.wall
        match change:
            case Seen():
                self._seen(change, at)
            case Gone():
                self._gone(change, at)
            case Answered():
                self._healings.answered(change)
                self._deletions.answered(change)
            case Acted():
                self._acted(change, at)
            case LoadTick():
                self._scalings.load(change, at)
            case Measured():
                self._scalings.measured(self._utilisation(change), at, change.wall)
            case Listed() | Live() | Lost():
                self._connected(change, at)
            case Clocked():
                self._offset = change.offset
            case Targeted():
                self._healings.fast = change.fast
        self._tick(at)

    def _connected(self, change: Listed | Live | Lost, at: float) -> None:
        if isinstance(change, Listed) and change.gap > 0:
            self._happenings.gap(change.gap, at, change.wall)
        self._heard.connected(change, at)

    def _seen(self, change: Seen, at: float) -> None:
        error, wall = self._heard.error(change, at), change.wall
        match change.object:
            case Pod() as pod:
                before = self._pods.get(pod.uid)
                self._pods[pod.uid] = pod
                self._healings.pod(pod, before, at, wall, wall + self._offset, error)
                self._deletions.pod(pod, before, at, wall, error)
                self._count_ready(at, error)
            case EndpointSlice() as one:
                self._turned(self._rotation.seen(one), at, error)
            case Deployment() as deployment:
                self._happenings.deployment(deployment, at, wall, error)
                self._scalings.deployment(deployment, at, wall, error)
                self._count_ready(at, error)
            case Autoscaler() as scaler:
                self._scalings.autoscaler(scaler, at, wall, error)
                self._count_ready(at, error)

    def _gone(self, change: Gone, at: float) -> None:
        error = self._heard.error(change, at)
        match change.kind:
            case "pods":
                self._pods.pop(change.uid, None)
                self._healings.gone(change.uid, at)
                self._deletions.gone(change.uid, at, error)
                self._count_ready(at, error)
            case "endpointslices":
                self._turned(self._rotation.gone(change.name), at, error)
            case "autoscalers":
                self._scalings.autoscaler(None, at, change.wall, error)

    def _turned(self, turned: dict[str, bool], at: float, error: float) -> None:
        for uid, ready in turned.items():
            self._healings.turned(uid, ready, at, error)
            self._deletions.turned(uid, ready, at, error)

    def _count_ready(self, at: float, error: float) -> None:
        if self._scalings.wants_ready:
            ready = sum(p.ready and p.deleted is None for p in self._pods.values())
            self._scalings.ready(ready, at, error)

    def _acted(self, change: Acted, at: float) -> None:
        match change.act:
            case "kill":
                self._healings.acted(change, at)
            case "delete":
                self._deletions.acted(change, at)
            case "note":
                self._happenings.note(change.detail, at, change.wall)

    def _utilisation(self, change: Measured) -> int | None:
        """Percent of their requests that all measured pods use together."""
        requests = {p.name: _request(p) for p in self._pods.values()}
        used = [u for u in change.usages if requests.get(u.pod)]
        asked = sum(requests[u.pod] for u in used)
        return 100 * sum(u.cpu for u in used) // asked if asked else None

    def _tick(self, now: float) -> None:
        self._healings.tick(now)
        self._deletions.tick(now)
        self._scalings.tick(now)
        for lost, opened in self._heard.resumed(now):
            self._happenings.resumed(lost, opened, self._wall - self._now + lost)

    # -- asked by the world

    @property
    def open_healings(self) -> tuple[str, ...]:
        """The uids of the pods that heal now."""
        return tuple(h.pod_uid for h in self._healings.told if h.open)

    def restart_range(self, pod: Pod, now: float) -> Range | None:
        """Held back: seconds from now until the restart, at least and at most; None where nothing holds it."""
        return self._healings.history.restart_range(pod, now)

    def next_delay(self, pod: Pod, now: float) -> Range:
        """Were it killed now: seconds that the restart would be held back, at least and at most."""
        return self._healings.history.next_delay(pod, now)

    # -- picture out

    def episodes(self, now: float) -> tuple[Episode, ...]:
        """The last 200, oldest first. Only changes close them: a fast replay looks ahead of its changes."""
        told: list[_Told] = [
            *self._healings.told,
            *self._deletions.told,
            *self._scalings.told,
            *self._happenings.rollouts,
        ]
        found = [self._episode(one, now) for one in told] + self._happenings.others
        found.sort(key=lambda e: (e.begin, e.key))
        return tuple(found[-KEPT:])

    def _episode(self, one: _Told, now: float) -> Episode:
        """A closed one is told once, so that it stays the same object."""
        if one.open:
            return one.episode(now)
        if one.key not in self._done:
            if len(self._done) > 4 * KEPT:
                self._done.clear()
            self._done[one.key] = one.episode(now)
        return self._done[one.key]


def _request(pod: Pod) -> int:
    counted = [*pod.containers, *(c for c in pod.init_containers if c.role == "sidecar")]
    return sum(c.cpu_request or 0 for c in counted)
