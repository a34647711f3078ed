"""The lab's objects on disk: one line a write, so that a killed API server comes back with what it said.

A write is one `os.write` to the page cache: it survives SIGKILL (not a power cut, and a lab need not).
A last line that was torn is dropped. The file is written anew at the start and when it has grown large.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from .errors import Json
from .store import Entry, Key, Store

LARGE = 16 * 1024 * 1024
"""Bytes above which the file may be rewritten; and only when four times what the objects need."""


class Line(msgspec.Struct, omit_defaults=True):
    """One write: the object's new state, or none when it was deleted. A bare `v` only moves the counter."""

    v: int
    s: str = ""
    k: tuple[str, str] = ("", "")
    o: msgspec.Raw = msgspec.Raw()


_decoder = msgspec.json.Decoder(Line)
_encoder = msgspec.json.Encoder()


class Journal:
    """Open once; `record` is what the store tells."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._size = 0
        self._compact_at = LARGE

    def load(self, shelves: set[str]) -> tuple[int, dict[tuple[str, Key], Json]]:
        """The last version that was given out, and every object. (1, {}) where there is no journal."""
        version, kept = 1, {}
        raw: dict[tuple[str, Key], bytes] = {}
        data = self._path.read_bytes() if self._path.exists() else b""
        for line in data.split(b"\n"):
            try:
                entry = _decoder.decode(line)
            except msgspec.DecodeError:
                continue  # torn by a kill in the middle of the write: nobody was told of it
            version = max(version, entry.v)
            place = (entry.s, entry.k)
            if bytes(entry.o):
                raw[place] = bytes(entry.o)
            else:
                raw.pop(place, None)
        for place, text in raw.items():
            if place[0] in shelves:
                kept[place] = msgspec.json.decode(text, type=dict)
        return version, kept

    def start(self, store: Store) -> None:
        """Write everything anew and go on from there."""
        draft = self._path.with_suffix(".new")
        lines = [_encoder.encode(Line(store.version))]
        lines += [_line(shelf, entry.key, entry.version, entry) for shelf, entry in store.everything()]
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(b"\n".join(lines) + b"\n")
        draft.replace(self._path)
        if self._file >= 0:
            os.close(self._file)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        self._size = self._path.stat().st_size
        self._compact_at = max(LARGE, 4 * self._size)

    def record(self, shelf: str, key: Key, version: int, entry: Entry | None) -> None:
        """Append one change."""
        data = _line(shelf, key, version, entry) + b"\n"
        self._size += os.write(self._file, data)

    @property
    def large(self) -> bool:
        """Whether it is time for `start` again."""
        return self._size > self._compact_at

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _line(shelf: str, key: Key, version: int, entry: Entry | None) -> bytes:
    if entry is None:
        return _encoder.encode(Line(version, shelf, key))
    kind, group = entry.object.get("kind", ""), entry.object.get("apiVersion", "")
    head = _encoder.encode({"kind": kind, "apiVersion": group})[:-1]
    return _encoder.encode(Line(version, shelf, key, msgspec.Raw(head + b"," + entry.body)))
