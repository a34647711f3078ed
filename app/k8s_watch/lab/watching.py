"""WATCH: the past from a version on, then each change as it comes, until the time is up."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from aiohttp import web

from . import reading, selectors
from .api import Api
from .calls import Call, check_list
from .errors import ApiError, Json, expired
from .forms import Writer, encode
from .store import Entry, Event, TooOld

BOOKMARK = 60.0
"""Seconds between bookmarks, as measured on a real cluster."""
NEVER_MARKED = frozenset({"events"})
"""Kinds whose watches never get a bookmark on a real cluster."""


@dataclass(slots=True)
class Stream:
    """One watch: where it is, and which objects it means."""

    api: Api
    call: Call
    writer: Writer
    cursor: int = 0
    first: bool = True
    asks: object = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def line(self, kind: str, entry: Entry) -> bytes:
        """One event, as it goes over the wire."""
        data = self.writer.event(kind, entry, self.api.clock(), self.first)
        self.first = False
        return data

    def seen(self, event: Event) -> bytes:
        """What an event means for those that this watch is about: it may come or go by its labels."""
        now = self._means(event.entry) and event.type != "DELETED"
        before = event.before is not None and self._means(event.before)
        if now:
            return self.line("MODIFIED" if before else "ADDED", event.entry)
        if before:
            return self.line("DELETED", event.entry)
        return b""

    def _means(self, entry: Entry) -> bool:
        namespace = self.call.namespace
        if namespace and entry.key[0] != namespace:
            return False
        return self.asks is None or self.asks(entry.object)  # type: ignore[operator]


async def watch(api: Api, request: web.BaseRequest, call: Call, writer: Writer) -> web.StreamResponse:
    """Answer a watch. Ends by itself after timeoutSeconds, or with an ERROR event when it fell behind."""
    check_list(call)
    asked = reading.version_of(call)
    stream = Stream(api, call, writer)
    stream.asks = selectors.predicate(*reading.chosen(call))
    seconds = call.number("timeoutSeconds") or random.uniform(1800, 3600)
    response = web.StreamResponse(
        headers={"Content-Type": writer.form.media, "Cache-Control": "no-cache, private"}
    )
    response.enable_chunked_encoding()
    await response.prepare(request)
    forget = api.store.subscribe(call.resource.store, stream.wake.set)
    try:
        await _begin(stream, response, asked)
        await _follow(stream, response, seconds)
    except TooOld as error:
        await response.write(_error(expired(str(error))))
    finally:
        forget()
    await response.write_eof()
    return response


async def _begin(stream: Stream, response: web.StreamResponse, asked: int) -> None:
    """Where the watch starts: at a version, or with all that there is (none asked, or 0)."""
    store, call = stream.api.store, stream.call
    initial = call.flag("sendInitialEvents")
    if asked and not initial:
        store.since(call.resource.store, asked, 1)  # raises TooOld
        stream.cursor = asked
        return
    stream.cursor = store.version
    if call.query.get("sendInitialEvents") is not None and not initial:
        return
    entries = reading.matching(store, call)
    data = b"".join(stream.line("ADDED", entry) for entry in entries)
    if initial and call.flag("allowWatchBookmarks"):
        data += stream.writer.bookmark(store.version, initial_end=True)
    if data:
        await response.write(data)


async def _follow(stream: Stream, response: web.StreamResponse, seconds: float) -> None:
    store, shelf = stream.api.store, stream.call.resource.store
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    marks = stream.call.flag("allowWatchBookmarks") and shelf not in NEVER_MARKED
    mark = loop.time() + BOOKMARK if marks else end
    while True:
        stream.wake.clear()
        events = store.since(shelf, stream.cursor)
        if events:
            stream.cursor = events[-1].version
            data = b"".join(map(stream.seen, events))
            if data:
                await response.write(data)
            continue
        left = min(mark, end) - loop.time()
        if left > 0 and await _woken(stream.wake, left):
            continue
        if marks:
            stream.cursor = store.version
            await response.write(stream.writer.bookmark(store.version))
            mark = loop.time() + BOOKMARK
        if loop.time() >= end:
            return


async def _woken(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _error(error: ApiError) -> bytes:
    body: Json = {"type": "ERROR", "object": error.status()}
    return encode(body) + b"\n"
