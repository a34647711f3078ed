"""What one watch knows: the difference between that and a fresh list is what it missed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypedDict

from ..model.changes import Absent, Denied, Gone, Kind, Listed, Live, Lost, Seen, Subject
from ..model.ports import Clock
from ..wire.translate import WatchEvent

OfKind = Seen | Gone | Listed | Live | Lost | Denied | Absent
"""What a watch tells: a change of one kind."""


class Stamp(TypedDict):
    """When a change was received."""

    wall: float
    mono: float


def stamp(clock: Clock) -> Stamp:
    """Now, as every change carries it."""
    return {"wall": clock.wall(), "mono": clock.mono()}


Key = tuple[str, str]
"""Namespace and name."""


def key_of(subject: Subject) -> Key:
    """What tells it from others of its kind."""
    return getattr(subject, "namespace", ""), _name(subject)  # an Event has neither: its uid is its name


def _name(subject: Subject) -> str:
    return getattr(subject, "name", "") or getattr(subject, "uid", "")


def uid_of(subject: Subject) -> str:
    """Its uid; "" for kinds that are known by name alone."""
    return getattr(subject, "uid", "")


class Known:
    """The objects of one kind, the version that they stand for, and how current they are.

    `wanted`: objects that do not pass are as good as gone.
    """

    def __init__(self, kind: Kind, clock: Clock, wanted: Callable[[Subject], bool] | None = None) -> None:
        self.kind = kind
        self.version = ""  # resourceVersion to watch from; "": a list is due
        self.objects: dict[Key, Subject] = {}
        self.listed = False  # whether there was a list ever
        self.current = clock.mono()  # when this was last known to be true
        self.is_live = False
        self.trouble = ""  # what was last said of it, so that it is said once; "" while all is well
        self._clock = clock
        self._wanted = wanted

    def stamp(self) -> Stamp:
        """The moment of a change."""
        return stamp(self._clock)

    def seen(self, subject: Subject, reconstructed: bool = False) -> Iterator[OfKind]:
        """Take an object as it is now."""
        key = key_of(subject)
        before = self.objects.get(key)
        if self._wanted is not None and not self._wanted(subject):
            if before is not None:
                yield from self.gone(key, reconstructed)
            return
        if before is not None and uid_of(before) != uid_of(subject):
            yield from self.gone(key, reconstructed)
        self.objects[key] = subject
        if before == subject:
            return
        taken = False
        try:
            yield Seen(**self.stamp(), kind=self.kind, object=subject, reconstructed=reconstructed)
            taken = True
        finally:
            if not taken:  # closed here, since the taker failed: as if it was never seen
                self._put_back(key, before)

    def gone(self, key: Key, reconstructed: bool = False) -> Iterator[OfKind]:
        """Take that an object is no more."""
        before = self.objects.pop(key, None)
        if before is None:
            return
        taken = False
        try:
            yield Gone(
                **self.stamp(),
                kind=self.kind,
                name=_name(before),
                namespace=key[0],
                uid=uid_of(before),
                reconstructed=reconstructed,
            )
            taken = True
        finally:
            if not taken:
                self._put_back(key, before)

    def _put_back(self, key: Key, before: Subject | None) -> None:
        if before is None:
            self.objects.pop(key, None)
        else:
            self.objects[key] = before

    def event(self, event: WatchEvent) -> Iterator[OfKind]:
        """Take a watch event."""
        if event.subject is None:
            return
        if event.type != "DELETED":
            yield from self.seen(event.subject)
            return
        before = self.objects.get(key_of(event.subject))
        if before is not None and uid_of(before) in {"", uid_of(event.subject)}:
            yield from self._farewell(before, event.subject)

    def _farewell(self, before: Subject, last: Subject) -> Iterator[OfKind]:
        """A DELETED event carries the last state: how a pod's containers ended is told nowhere else."""
        if before != last and (self._wanted is None or self._wanted(last)):
            yield Seen(**self.stamp(), kind=self.kind, object=last)
        yield from self.gone(key_of(last))

    def whole(self, keys: Iterable[Key]) -> Iterator[OfKind]:
        """A list ended; `keys` are all that it held."""
        now = self._clock.mono()
        for key in self.objects.keys() - set(keys):
            yield from self.gone(key, reconstructed=True)
        gap = max(0.0, now - self.current) if self.listed else 0.0
        self.listed, self.current = True, now
        yield Listed(**self.stamp(), kind=self.kind, count=len(self.objects), gap=gap)

    def live(self) -> Iterator[OfKind]:
        """A stream is open."""
        self.trouble = ""
        if not self.is_live:
            self.is_live = True
            yield Live(**self.stamp(), kind=self.kind)

    def lost(self, reason: str) -> Iterator[OfKind]:
        """A request failed."""
        if self._is_news(f"lost {reason}"):
            yield Lost(**self.stamp(), kind=self.kind, reason=reason)

    def denied(self, permission: str, message: str) -> Iterator[OfKind]:
        """We may not."""
        if self._is_news(f"denied {permission}"):
            yield Denied(**self.stamp(), kind=self.kind, permission=permission, message=message)

    def absent(self, message: str) -> Iterator[OfKind]:
        """The server does not serve this kind."""
        if self._is_news("absent"):
            yield Absent(**self.stamp(), kind=self.kind, message=message)

    def _is_news(self, trouble: str) -> bool:
        self.is_live = False
        before, self.trouble = self.trouble, trouble
        return before != trouble
