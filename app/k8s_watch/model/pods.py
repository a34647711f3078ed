"""The pods: rows that change only when their pod does, so that 2,000 of them cost nothing while quiet."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from .columns import health
from .names import short_name
from .objects import Deployment, EndpointSlice, Pod, ReplicaSet, Usage
from .view import PodRow

GREYED = 10.0  # seconds that a gone pod stays on the screen
REMEMBERED = 600.0  # seconds that a gone pod's name and letter are kept: an answer from it is a finding
HUES = 10  # colours that can be told apart

Generation = Literal["", "new", "old"]


class Delays(Protocol):
    """What the story knows of restarts."""

    def restart_range(self, pod: Pod, now: float) -> tuple[float, float] | None:
        """Held back: seconds from now until the restart, at least and at most."""
        ...

    def next_delay(self, pod: Pod, now: float) -> tuple[float, float]:
        """Were it killed now: seconds that the kubelet would hold the restart back."""
        ...


@dataclass(slots=True)
class Known:
    """A pod and how it is shown."""

    pod: Pod
    letter: str
    hue: int
    request: int  # CPU, millicores, all main containers and sidecars; 0: none
    arrival: int  # counts up
    gone_at: float | None = None
    row: PodRow | None = None
    restless: bool = field(default=False)  # its row changes with time alone


class PodBook:
    """All pods of the target, gone ones for ten minutes."""

    def __init__(self, delays: Delays) -> None:
        self._delays = delays
        self._known: dict[str, Known] = {}
        self._uid_of: dict[str, str] = {}
        self._order: list[Known] = []
        self._sorted = True
        self._arrivals = 0
        self._letters_used = 0
        self._letters_free: list[int] = []
        self._numbers: dict[str, int] = {}
        self._slices: dict[str, EndpointSlice] = {}
        self._in: dict[str, bool] | None = None  # uid -> in rotation; None: no slice seen
        self._generation: dict[str, Generation] = {}  # by ReplicaSet uid; empty while nothing rolls out
        self._gone: list[tuple[float, str]] = []  # in the order of going
        self._ready: set[str] = set()  # the uids of pods that are ready and stay
        self._rows: tuple[PodRow, ...] = ()  # as last told

    # -- changes in

    def seen(self, pod: Pod, now: float) -> bool:
        """A pod is as follows; True when one of its containers ended since it was last seen."""
        known = self._known.get(pod.uid)
        if known is None:
            number = self._number()
            known = Known(pod, letters(number), number % HUES, _request(pod), self._arrivals)
            self._arrivals += 1
            self._known[pod.uid] = known
            self._numbers[pod.uid] = number
            self._order.append(known)
            # mostly the newest, so that it stands where it belongs
            self._sorted &= len(self._order) < 2 or _age_key(self._order[-2]) <= _age_key(known)
        died = _restarts(pod) > _restarts(known.pod)
        if pod.created != known.pod.created:
            self._sorted = False
        known.pod, known.row, known.request = pod, None, _request(pod)
        known.gone_at = None
        known.restless = _restless(pod)
        if pod.deleted is None and pod.ready:
            self._ready.add(pod.uid)
        else:
            self._ready.discard(pod.uid)
        self._uid_of[pod.name] = pod.uid
        self._forget(now)
        return died

    def gone(self, uid: str, name: str, now: float) -> None:
        """A pod is no more."""
        known = self._known.get(uid or self._uid_of.get(name, ""))
        if known and known.gone_at is None:
            known.gone_at, known.row, known.restless = now, None, False
            self._ready.discard(known.pod.uid)
            self._gone.append((now, known.pod.uid))
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._gone and now - self._gone[0][0] > REMEMBERED:
            uid = self._gone.pop(0)[1]
            known = self._known.get(uid)
            if known is None or known.gone_at is None:
                continue
            del self._known[uid]
            self._order = [one for one in self._order if one is not known]
            heapq.heappush(self._letters_free, self._numbers.pop(uid))
            if self._uid_of.get(known.pod.name) == uid:
                del self._uid_of[known.pod.name]

    def endpoints(self, seen: EndpointSlice) -> None:
        """A slice is as follows."""
        self._slices[seen.name] = seen
        self._rotate()

    def no_endpoints(self, name: str) -> None:
        """A slice is no more."""
        self._slices.pop(name, None)
        self._rotate()

    def _rotate(self) -> None:
        before = self._in or {}
        after: dict[str, bool] = {}
        for one in self._slices.values():
            for endpoint in one.endpoints:
                after[endpoint.pod_uid] = after.get(endpoint.pod_uid, False) or (
                    endpoint.ready and not endpoint.terminating
                )
        for uid in before.keys() | after.keys():
            if before.get(uid) != after.get(uid) and uid in self._known:
                self._known[uid].row = None
        if self._in is None or not self._slices:
            self._stale_rows()
        self._in = after if self._slices else None

    def generations(self, deployment: Deployment | None, sets: dict[str, ReplicaSet]) -> None:
        """Which ReplicaSet is the new one, while a rollout runs."""
        found: dict[str, Generation] = {}
        if deployment and deployment.rolling_out:
            mine = [s for s in sets.values() if s.owner_uid == deployment.uid]
            # not the Deployment's own revision: it is written after the new ReplicaSet, so for a moment the
            # old pods would be the new ones
            newest = max(map(_revision, mine), default=0)
            peopled = [s for s in mine if s.current or s.replicas]
            if len(peopled) > 1:
                found = {s.uid: "new" if _revision(s) == newest else "old" for s in peopled}
        if found != self._generation:
            self._generation = found
            self._stale_rows()

    def measured(self, names: Iterable[str]) -> None:
        """New CPU samples came."""
        for name in names:
            known = self.by_name(name)
            if known:
                known.row = None

    def _stale_rows(self) -> None:
        for known in self._known.values():
            known.row = None

    # -- who is who

    def by_name(self, name: str) -> Known | None:
        """The pod of that name."""
        return self._known.get(self._uid_of.get(name, ""))

    def by_uid(self, uid: str) -> Known | None:
        """The pod of that uid."""
        return self._known.get(uid)

    def names(self) -> list[str]:
        """Every name still remembered."""
        return list(self._uid_of)

    def short(self, name: str) -> str:
        """The pod's name as words call it."""
        return short_name(name, self._uid_of)

    def rotation(self) -> frozenset[str]:
        """The uids in rotation."""
        return frozenset(uid for uid, ready in (self._in or {}).items() if ready)

    def ready_count(self) -> int:
        """How many pods are ready."""
        return len(self._ready)

    # -- rows out

    def rows(
        self, now: float, server_now: float, usage: Callable[[str, float], Usage | None]
    ) -> tuple[PodRow, ...]:
        """The rows, oldest pod first; the same object while nothing in it changes."""
        if not self._sorted:
            self._order.sort(key=_age_key)
            self._sorted = True
        for known in [one for one in self._order if one.row is None or one.restless]:
            fresh = self._row(known, now, server_now, usage)
            known.row = fresh if fresh != known.row else known.row
        since = now - GREYED
        told = tuple([k.row for k in self._order if k.row and (k.gone_at is None or k.gone_at >= since)])
        if told != self._rows:  # rows that stay are the same objects, so this takes 10 us with 2,000 of them
            self._rows = told
        return self._rows

    def _row(
        self, known: Known, now: float, server_now: float, usage: Callable[[str, float], Usage | None]
    ) -> PodRow:
        pod, gone = known.pod, known.gone_at is not None
        sample = None if gone else usage(pod.name, now)
        cpu = (
            None
            if sample is None
            else round(100 * sample.cpu / known.request)
            if known.request
            else sample.cpu
        )
        return PodRow(
            pod=pod,
            letter=known.letter,
            hue=known.hue,
            health="gone" if gone else health(pod, server_now),
            in_rotation=None if self._in is None else self._in.get(pod.uid, False) and not gone,
            generation=self._generation.get(pod.owner_uid, ""),
            cpu=cpu,
            cpu_unit="%" if known.request else "m",
            gone_at=known.gone_at,
            restart_range=None if gone else self._delays.restart_range(pod, now),
            next_delay=(0.0, 0.0) if gone else self._delays.next_delay(pod, now),
        )

    def _number(self) -> int:
        if self._letters_free:
            return heapq.heappop(self._letters_free)
        self._letters_used += 1
        return self._letters_used - 1


def _age_key(known: Known) -> tuple[float, int]:
    """By creation; those of the same second in the order in which they came, so nothing changes places."""
    return known.pod.created or float("inf"), known.arrival


def letters(number: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def _revision(one: ReplicaSet) -> int:
    return int(one.revision) if one.revision.isdecimal() else 0


def _request(pod: Pod) -> int:
    counted = [*pod.containers, *(c for c in pod.init_containers if c.role == "sidecar")]
    return sum(c.cpu_request or 0 for c in counted)


def _restarts(pod: Pod) -> int:
    return sum(c.restarts for c in pod.containers)


def _restless(pod: Pod) -> bool:
    """Held-back restarts count down, and their next delay is forgotten in time."""
    main = pod.main
    return main is not None and (
        main.restarts > 0 or (main.state is not None and main.state.kind == "terminated")
    )
