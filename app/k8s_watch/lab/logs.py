"""A container's log as `kubectl logs` asks for it, from the runtime's file: TIME STREAM F TEXT a line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked."""

    follow: bool = False
    tail: int | None = None  # lines
    previous: bool = False
    timestamps: bool = False
    since: float | None = None  # unix seconds
    limit: int | None = None  # bytes


def wish(query: Mapping[str, str], unix: Callable[[str | None], float | None]) -> Wish:
    """What a request asks; unreadable numbers count as not given."""

    def number(name: str) -> int | None:
        text = query.get(name, "")
        return int(text) if text.isdigit() else None

    seconds = number("sinceSeconds")
    try:
        at = unix(query.get("sinceTime"))
    except ValueError:
        at = None
    return Wish(
        follow=query.get("follow") in {"true", "1"},
        tail=number("tailLines"),
        previous=query.get("previous") in {"true", "1"},
        timestamps=query.get("timestamps") in {"true", "1"},
        since=time.time() - seconds if seconds is not None else at,
        limit=number("limitBytes"),
    )


def shown(line: bytes, timestamps: bool) -> bytes:
    """A line of the file as it is printed."""
    stamp, _, rest = line.partition(b" ")
    text = rest.split(b" ", 2)[-1] if rest.count(b" ") >= 2 else b""
    return (stamp + b" " + text if timestamps else text) + b"\n"


def chosen(data: bytes, wanted: Wish) -> bytes:
    """The part of a whole log that is printed first."""
    lines = data.split(b"\n")
    complete = lines[:-1]
    if wanted.since is not None:
        start = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(wanted.since)).encode()
        complete = [line for line in complete if line >= start]
    if wanted.tail is not None:
        complete = complete[-wanted.tail :] if wanted.tail else []
    text = b"".join(shown(line, wanted.timestamps) for line in complete)
    return text[: wanted.limit] if wanted.limit is not None else text


async def read(file: Path, wanted: Wish, alive: Callable[[], bool]) -> AsyncIterator[bytes]:
    """The log in pieces; with `follow` until the container ends or the reader goes."""
    data = _content(file) if wanted.tail is None or wanted.tail > 1000 or wanted.since else _end(file)
    yield chosen(data, wanted)
    if not wanted.follow:
        return
    place = _size(file)
    rest = data.rsplit(b"\n", 1)[-1]
    while True:
        running = alive()
        size = _size(file)
        if size < place:
            place, rest = 0, b""  # turned over
        if size > place:
            more = _piece(file, place)
            place += len(more)
            *lines, rest = (rest + more).split(b"\n")
            yield b"".join(shown(line, wanted.timestamps) for line in lines)
        elif not running:
            return
        else:
            await asyncio.sleep(0.1)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _piece(file: Path, place: int) -> bytes:
    with file.open("rb") as source:
        source.seek(place)
        return source.read(1024 * 1024)


def _content(file: Path) -> bytes:
    older = Path(f"{file}.1")
    return (older.read_bytes() if older.exists() else b"") + (file.read_bytes() if file.exists() else b"")


def _end(file: Path) -> bytes:
    """The last 256 KiB: enough for a thousand lines."""
    if not file.exists():
        return b""
    with file.open("rb") as source:
        size = source.seek(0, 2)
        source.seek(max(0, size - 262_144))
        data = source.read()
    return data if size <= 262_144 else data.split(b"\n", 1)[-1]
