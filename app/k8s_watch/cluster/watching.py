"""The watch loop: three nested generators, reconnect > list-then-watch > one request.

Every change is yielded before the version moves on, so one that was not taken comes again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

import aiohttp

from ..model.changes import Kind, Subject
from ..model.ports import Forbidden, WatchError
from ..model.words import _
from ..wire.translate import WatchEvent, WireError, decode_event, decode_list
from .access import not_served
from .connect import Cluster, Failures
from .failures import Answer, in_words
from .known import Key, Known, OfKind, key_of
from .pace import Backoff, Pace
from .pulse import Pulse

log = logging.getLogger(__name__)

_FUTURE = "Too large resource version"  # 504: the server was set back, so the version is one it never gave
LINE_LIMIT = 16 * 2**20  # bytes of one event: etcd takes objects of up to 1.5 MB
UNREADABLE = 3  # times that the same event may be unreadable before everything is listed anew


@dataclass(frozen=True, slots=True)
class Source:
    """What one watch asks for."""

    kind: Kind
    path: str  # of the collection
    labels: str = ""  # labelSelector
    fields: str = ""  # fieldSelector
    wanted: Callable[[Subject], bool] | None = None  # a filter that the API does not offer

    @property
    def resource(self) -> str:
        """Its name in permissions: "pods", "horizontalpodautoscalers"."""
        return self.path.rsplit("/", 1)[-1]

    def parameters(self, **more: str) -> dict[str, str]:
        """The query."""
        chosen = {"labelSelector": self.labels, "fieldSelector": self.fields, **more}
        return {key: value for key, value in chosen.items() if value}


class Broke(Exception):
    """A stream that was open ended with an error: worth another request before anything is said."""


@dataclass(slots=True)
class Watch:
    """One watch: what it asks, whom, and what it knows."""

    source: Source
    known: Known
    cluster: Cluster
    pulse: Pulse
    pace: Pace
    doing: str = "list"  # the permission that the running request needs
    epoch: int = 0  # of the cluster, when the version was told
    opened: float | None = None  # when the running stream opened, monotonic
    unreadable: int = 0

    def now(self) -> float:
        """Monotonic seconds."""
        return self.cluster.clock.mono()


class Recovery:
    """What to say, and how long to wait, after each way in which a watch can end."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._backoff = Backoff(watch.pace.backoff)
        self._denied = Backoff(watch.pace.denied)
        self._relisted = -watch.pace.storm

    def failed(self, error: BaseException) -> tuple[list[OfKind], float]:
        """A request failed: the changes to tell, and the pause in seconds."""
        watch = self._watch
        known = watch.known
        if isinstance(error, Forbidden):
            permission = f"{watch.doing} {watch.source.resource}"
            return list(known.denied(permission, str(error))), self._denied.firm()
        if isinstance(error, Answer) and (error.status == 410 or _FUTURE in str(error)):
            known.version = ""
            pause = 0.0 if watch.now() - self._relisted > watch.pace.storm else self._backoff.pause()
            self._relisted = watch.now()
            return [], pause
        if isinstance(error, Answer) and error.status == 404:
            words = _("This cluster does not serve {kind}.").format(kind=watch.source.resource)
            return list(known.absent(words)), watch.pace.absent
        watch.pulse.doubt()
        down = isinstance(error, TimeoutError) and not watch.pulse.up
        reason = watch.pulse.reason if down else in_words(error)
        asked = error.retry_after if isinstance(error, Answer) else None
        return list(known.lost(reason)), self._backoff.pause() + (asked or 0.0)

    def ended(self, version: str) -> float:
        """A stream that was open ended, begun at `version`: the pause, so that short ones do not spin."""
        watch = self._watch
        self._denied.reset()
        if watch.opened is None or watch.now() - watch.opened > watch.pace.storm:
            self._backoff.reset()
            return 0.0
        if watch.known.version != version:
            self._backoff.reset()
        return self._backoff.pause()


async def changes(watch: Watch) -> AsyncGenerator[OfKind, None]:
    """Everything that happens to one kind, for ever, whatever the server does: the reconnecting loop."""
    recovery = Recovery(watch)
    while True:
        await watch.pulse.wait_up()
        if watch.epoch != watch.cluster.epoch:
            watch.epoch, watch.known.version = watch.cluster.epoch, ""
        version, watch.opened, pause = watch.known.version, None, 0.0
        try:
            async with aclosing(list_then_watch(watch)) as found:
                async for change in found:
                    yield change
        except Broke as error:
            log.debug("%s: the stream broke: %s", watch.source.kind, error)
        except (WatchError, WireError, *Failures) as error:
            told, pause = recovery.failed(await _really(watch, error))
            for change in told:
                yield change
        if watch.opened is not None and watch.known.version:
            pause = pause or recovery.ended(version)
        if pause:
            await asyncio.sleep(pause)


async def _really(watch: Watch, error: BaseException) -> BaseException:
    """What a failure means: a kind that is not served at all is forbidden like any other."""
    if isinstance(error, Forbidden) and await not_served(watch.cluster, watch.source.path):
        return Answer(str(error), 404)
    return error


async def list_then_watch(watch: Watch) -> AsyncGenerator[OfKind, None]:
    """List where no version is known, then follow one stream from there to its end."""
    known = watch.known
    if not known.version:
        watch.doing = "list"
        async with aclosing(_list(watch)) as found:
            async for change in found:
                yield change
    watch.doing = "watch"
    async with aclosing(one_request(watch)) as events:
        async for event in events:
            if event is None:
                for change in known.live():
                    yield change
                continue
            for change in known.event(event):
                yield change
            known.current = watch.now()
            if event.version:
                known.version = event.version
                watch.unreadable = 0


async def _list(watch: Watch) -> AsyncGenerator[OfKind, None]:
    """Take the whole list page by page, and from it what was missed. An outdated page raises Answer 410."""
    source, known = watch.source, watch.known
    again = known.listed
    keys: list[Key] = []
    token = ""
    while True:
        asked = source.parameters(limit=str(watch.pace.page), **({"continue": token} if token else {}))
        async with watch.pulse.guard():
            body = await watch.cluster.request(
                "GET", source.path, params=asked, timeout=watch.pace.list_timeout
            )
        page = decode_list(source.kind, body)
        if page.skipped:
            log.warning("%s: %s objects of a list could not be read", source.kind, page.skipped)
        for subject in page.items:
            keys.append(key_of(subject))
            for change in known.seen(subject, reconstructed=again):
                yield change
        token = page.continue_
        if not token:
            break
    for change in known.whole(keys):
        yield change
    known.version = page.version
    watch.unreadable = 0


async def one_request(watch: Watch) -> AsyncGenerator[WatchEvent | None, None]:
    """The events of one stream; None first, when it is open. Ends when the server ends it.

    Raises Answer (410 and others, an ERROR event as well), Broke where the open stream breaks, TimeoutError
    where the server stops answering.
    """
    pace, source = watch.pace, watch.source
    asked = source.parameters(
        watch="true",
        allowWatchBookmarks="true",
        resourceVersion=watch.known.version,
        timeoutSeconds=str(random.randint(*pace.watch)),
    )
    idle = random.uniform(*pace.idle)
    async with watch.pulse.guard(), asyncio.timeout(pace.open):
        opening = watch.cluster.stream("GET", source.path, params=asked, read_timeout=idle)
        answer = await opening.__aenter__()
    try:
        watch.opened = watch.now()
        yield None
        async with aclosing(_lines(watch, answer.content)) as lines:
            async for line in lines:
                event = _decode(watch, line)
                if event is None:
                    continue
                if event.type == "ERROR":
                    _keep_current(watch)
                    raise Answer(event.message, event.code or 500)
                yield event
    finally:
        await opening.__aexit__(None, None, None)


def _decode(watch: Watch, line: bytes) -> WatchEvent | None:
    try:
        return decode_event(watch.source.kind, line)
    except WireError as error:
        watch.unreadable += 1
        if watch.unreadable >= UNREADABLE:
            watch.known.version = ""  # the list may be readable, or skip what is not
            watch.unreadable = 0
            raise
        raise Broke(str(error)) from error


async def _lines(watch: Watch, content: aiohttp.StreamReader) -> AsyncGenerator[bytes, None]:
    """Split the stream on newlines; what is left unfinished at its end is dropped: it will be sent again.

    aiohttp's own line reader stops at a size limit.
    """
    rest = bytearray()
    while True:
        try:
            async with watch.pulse.guard():
                chunk = await content.readany()
        except Failures as error:
            _keep_current(watch)
            if not watch.pulse.up:
                raise TimeoutError from error
            raise Broke(in_words(error)) from error
        if not chunk:
            _keep_current(watch)
            return
        watch.pulse.heard()
        first, *others = chunk.split(b"\n")
        rest += first
        for piece in others:
            if rest:
                yield bytes(rest)
            rest = bytearray(piece)
        if len(rest) > LINE_LIMIT:
            raise Broke("an event without end")


def _keep_current(watch: Watch) -> None:
    """At a stream's end: it was true for as long as the server was heard on any connection.

    Not one that has just opened: a restarted server opens it first, and says 410 then.
    """
    if watch.opened is None or watch.now() - watch.opened < watch.pace.storm:
        return
    if watch.pulse.last >= watch.opened:
        watch.known.current = max(watch.known.current, watch.pulse.last)


async def following(watch: Watch, take: Callable[[OfKind], None]) -> None:
    """Hand every change of one watch to `take`; ends only when cancelled."""
    async with aclosing(changes(watch)) as found:
        async for change in found:
            take(change)
