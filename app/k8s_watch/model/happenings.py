"""Short episodes: rollouts, gaps in what is known, notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from .objects import Deployment
from .view import Episode, Moment
from .words import _

BLINK = 1.0  # seconds: a shorter loss of one connection is not worth a line
TOGETHER = 10.0  # seconds within which the kinds' lists after one loss are one gap


@dataclass(slots=True)
class Rollout:
    """A new version of the template takes over. Times are monotonic."""

    key: int
    begin: float
    wall: float
    before: str
    after: str
    seen: Deployment
    closed_at: float | None = None
    error: float = 0.0

    @property
    def open(self) -> bool:
        """Whether more is to come."""
        return self.closed_at is None

    def episode(self, now: float) -> Episode:
        """As one line."""
        one = self.seen
        done = () if self.closed_at is None else (self._done(self.closed_at),)
        counted = _("{ready} of {wanted} new pods ready").format(
            ready=min(one.updated, one.ready), wanted=one.replicas
        )
        return Episode(
            key=self.key,
            kind="rollout",
            begin=self.begin,
            wall=self.wall,
            title=_("rollout, revision {before} → {after}").format(before=self.before, after=self.after),
            moments=done,
            tail=counted if self.open else "",
            tone="busy" if self.open else "calm",
            open=self.open,
            waiting=_("replacing the old pods") if self.open else "",
        )

    def _done(self, at: float) -> Moment:
        word = _("{n} new pods ready").format(n=self.seen.replicas)
        return Moment(word, at, at - self.begin, self.error)


class Happenings:
    """Follows the Deployment's versions and the gaps."""

    def __init__(self, keys: Callable[[], int]) -> None:
        self._keys = keys
        self._known: Deployment | None = None
        self._gap: Episode | None = None
        self._gap_seen = self._gap_length = 0.0
        self.rollouts: list[Rollout] = []
        self.others: list[Episode] = []

    @property
    def rollout(self) -> Rollout | None:
        """The one that runs."""
        return self.rollouts[-1] if self.rollouts and self.rollouts[-1].open else None

    def deployment(self, seen: Deployment, at: float, wall: float, error: float) -> None:
        """The Deployment is as follows."""
        before, self._known = self._known, seen
        if before is None or before.uid != seen.uid:
            return
        if seen.revision and before.revision and seen.revision != before.revision:
            self._end(at, error)
            self.rollouts.append(Rollout(self._keys(), at, wall, before.revision, seen.revision, seen))
            del self.rollouts[:-50]
        running = self.rollout
        if running is not None:
            running.seen = seen
            if not seen.rolling_out:
                self._end(at, error)

    def _end(self, at: float, error: float) -> None:
        if self.rollout is not None:
            self.rollout.error, self.rollout.closed_at = error, max(at, self.rollout.begin)

    def gap(self, seconds: float, at: float, wall: float) -> None:
        """Nothing was known for a while; every kind says so, and it is told once, with the longest."""
        known = self._gap
        if known is not None and at - self._gap_seen < TOGETHER and at - seconds <= self._gap_seen:
            self._gap_seen = at
            if seconds > self._gap_length:
                self._tell_gap(known.key, seconds, at, wall)
            return
        self._gap_seen = at
        self._tell_gap(self._keys(), seconds, at, wall)

    def resumed(self, lost: float, opened: float, wall: float) -> None:
        """A stream was lost and went on where it was: told once, unless another kind's list told of a gap."""
        if opened - lost < BLINK or (self._gap is not None and self._gap_seen >= lost):
            return
        title = _("no connection for {n:.1f} s: what happened meanwhile was told afterwards")
        self._gap_seen, self._gap_length = opened, opened - lost
        self._gap = _plain(self._keys(), "gap", lost, wall, title.format(n=opened - lost))
        self.others = [*self.others[-100:], self._gap]

    def _tell_gap(self, key: int, seconds: float, at: float, wall: float) -> None:
        title = _("gap of {n:.1f} s: reconstructed from a new list").format(n=seconds)
        self._gap, self._gap_length = _plain(key, "gap", at - seconds, wall - seconds, title), seconds
        self.others = [one for one in self.others if one.key != key][-100:]
        self.others.append(self._gap)

    def note(self, text: str, at: float, wall: float) -> None:
        """Something noted."""
        self.others.append(_plain(self._keys(), "note", at, wall, text))
        del self.others[:-100]


def _plain(key: int, kind: Literal["gap", "note"], begin: float, wall: float, title: str) -> Episode:
    calm = Episode(key=key, kind=kind, begin=begin, wall=wall, title=title)
    return replace(calm, tone="stale") if kind == "gap" else calm
