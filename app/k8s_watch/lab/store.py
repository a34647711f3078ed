"""The lab's objects: one version counter, the past events of each kind, and those who wait for new ones.

Pure and synchronous: no task, no clock. What it keeps is never changed in place; an `Entry` may be read for
as long as one likes. Wake-ups are callbacks, and each watcher reads the past events at its own pace, so a
slow one costs the others nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from .errors import Json

RING = 4096
"""Past events that each kind keeps at least: ten seconds of 400 changes a second."""

Key = tuple[str, str]
"""(namespace, name); the namespace of a cluster-wide object is ""."""
EventType = Literal["ADDED", "MODIFIED", "DELETED"]

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Entry:
    """One state of one object. `body` is its JSON without the opening brace, kind and apiVersion."""

    key: Key
    version: int
    object: Json  # read only
    body: bytes

    @property
    def labels(self) -> dict[str, str]:
        """The object's labels."""
        labels: dict[str, str] = self.object["metadata"].get("labels") or {}
        return labels

    @property
    def uid(self) -> str:
        """The object's uid."""
        uid: str = self.object["metadata"].get("uid", "")
        return uid


@dataclass(frozen=True, slots=True)
class Event:
    """One change. For DELETED, `entry` is the last state, with the version of its deletion."""

    version: int
    type: EventType
    entry: Entry
    before: Entry | None


@dataclass(slots=True)
class Shelf:
    """The objects of one kind and what happened to them."""

    entries: dict[Key, Entry] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    oldest: int = 0  # watches from an older version than this have missed something
    waiting: set[Callable[[], None]] = field(default_factory=set)
    ordered: list[Entry] | None = None  # entries by key, until one comes or goes

    def remember(self, event: Event) -> None:
        """Keep an event; forget the older half when there are twice as many as wanted."""
        self.events.append(event)
        if len(self.events) >= 2 * RING:
            del self.events[:RING]
            self.oldest = self.events[0].version - 1


class TooOld(Exception):
    """The events after that version are no longer all known."""

    def __init__(self, asked: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {asked} ({oldest})")


Record = Callable[[str, Key, int, "Entry | None"], None]
"""Told each change before anyone else: (shelf, key, version, new state or None)."""


class Store:
    """Every object of the lab. Names must be right already: it checks nothing, it keeps."""

    def __init__(self, shelves: Iterable[str], version: int = 1, record: Record | None = None) -> None:
        self.version = version
        self._shelves = {name: Shelf(oldest=version) for name in shelves}
        self._record = record

    def get(self, shelf: str, key: Key) -> Entry | None:
        """An object's current state."""
        return self._shelves[shelf].entries.get(key)

    def listed(self, shelf: str, namespace: str = "") -> list[Entry]:
        """Every object, by namespace and name; of one namespace if given."""
        kept = self._shelves[shelf]
        if kept.ordered is None:
            kept.ordered = [kept.entries[key] for key in sorted(kept.entries)]
        if not namespace:
            return kept.ordered.copy()
        return [entry for entry in kept.ordered if entry.key[0] == namespace]

    def count(self, shelf: str) -> int:
        """How many objects there are of a kind."""
        return len(self._shelves[shelf].entries)

    def put(self, shelf: str, key: Key, value: Json) -> Entry:
        """Keep a new state, under the next version. `value` belongs to the store from here on."""
        kept = self._shelves[shelf]
        before = kept.entries.get(key)
        entry = self._entry(key, value)
        kept.entries[key] = entry
        if before is None or kept.ordered is None:
            kept.ordered = None
        else:
            _replace(kept.ordered, entry)
        self._tell(shelf, Event(entry.version, "MODIFIED" if before else "ADDED", entry, before))
        return entry

    def remove(self, shelf: str, key: Key) -> Entry:
        """Let an object go; its last state, with the version of its deletion. KeyError if there is none."""
        kept = self._shelves[shelf]
        before = kept.entries.pop(key)
        kept.ordered = None
        entry = self._entry(key, {**before.object, "metadata": {**before.object["metadata"]}})
        self._tell(shelf, Event(entry.version, "DELETED", entry, before))
        return entry

    def restore(self, shelf: str, key: Key, value: Json) -> None:
        """Put back what a journal remembers: no event, no new version."""
        version = int(value["metadata"]["resourceVersion"])
        kept = self._shelves[shelf]
        kept.entries[key] = Entry(key, version, value, body(value))
        kept.ordered = None

    def forget(self) -> None:
        """Forget every past event, as a server does that was started again. Clients then get 410."""
        self.version += 1
        for kept in self._shelves.values():
            kept.events.clear()
            kept.oldest = self.version

    def since(self, shelf: str, version: int, limit: int = 500) -> list[Event]:
        """The events after a version, oldest first, at most `limit`. TooOld when some are forgotten."""
        kept = self._shelves[shelf]
        if version < kept.oldest:
            raise TooOld(version, kept.oldest)
        start = bisect_right(kept.events, version, key=lambda event: event.version)
        return kept.events[start : start + limit]

    def subscribe(self, shelf: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called after each event of a kind. The result ends that."""
        waiting = self._shelves[shelf].waiting
        waiting.add(wake)
        return lambda: waiting.discard(wake)

    def everything(self) -> Iterator[tuple[str, Entry]]:
        """Each shelf's name with each of its objects."""
        for name, kept in self._shelves.items():
            for entry in kept.entries.values():
                yield name, entry

    def _entry(self, key: Key, value: Json) -> Entry:
        self.version += 1
        value["metadata"]["resourceVersion"] = str(self.version)
        return Entry(key, self.version, value, body(value))

    def _tell(self, shelf: str, event: Event) -> None:
        if self._record is not None:
            gone = event.type == "DELETED"
            self._record(shelf, event.entry.key, event.version, None if gone else event.entry)
        kept = self._shelves[shelf]
        kept.remember(event)
        for wake in tuple(kept.waiting):
            wake()


def body(value: Json) -> bytes:
    """An object's JSON without the opening brace, kind and apiVersion: those differ by the version asked."""
    rest = {name: part for name, part in value.items() if name not in {"kind", "apiVersion"}}
    return _encode(rest)[1:]


def _replace(ordered: list[Entry], entry: Entry) -> None:
    """Put an object's new state in the place of the old one."""
    place = bisect_right(ordered, entry.key, key=lambda one: one.key) - 1
    ordered[place] = entry
