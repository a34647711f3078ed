"""Whether the API server answers at all: an idle watch and a stopped server look the same.

One light GET every 1.5 s on a kept connection (0.08 % of a core) tells them apart; its Date header is the
server's clock. While nothing answers, every watch waits here and they all begin again with the first answer.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..model.changes import Clocked, Said
from ..model.ports import Emit, Unreachable, WatchError
from ..model.words import _
from .connect import Cluster, Failures
from .failures import Answer, in_words
from .pace import Pace

log = logging.getLogger(__name__)


class Pulse:
    """The heartbeat of one API server. `run` it in a task of its own."""

    def __init__(self, cluster: Cluster, emit: Emit, pace: Pace) -> None:
        self.reason = ""  # why it counts as down
        self.last = cluster.clock.mono()  # when it last answered anything
        self._silent_since = self.last
        self._cluster = cluster
        self._emit = emit
        self._pace = pace
        self._up = asyncio.Event()
        self._up.set()
        self._doubt = asyncio.Event()
        self._reads: set[asyncio.Timeout] = set()

    @property
    def up(self) -> bool:
        """Whether it answered when last asked."""
        return self._up.is_set()

    async def wait_up(self) -> None:
        """Return when it answers."""
        await self._up.wait()

    def doubt(self) -> None:
        """A request failed: look now."""
        self._doubt.set()

    def heard(self) -> None:
        """Bytes came on some stream: it lives."""
        self.last = self._cluster.clock.mono()

    @asynccontextmanager
    async def guard(self) -> AsyncIterator[None]:
        """Ends what is awaited inside with TimeoutError as soon as the server counts as down."""
        async with asyncio.timeout(None if self.up else 0) as bound:
            self._reads.add(bound)
            try:
                yield
            finally:
                self._reads.discard(bound)

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            began = self._cluster.clock.mono()
            why = await self._beat()
            quick = self._cluster.clock.mono() - began < self._pace.beat_timeout / 2
            if why and self.up and quick:
                # Twice, since one refused or broken connection may be a proxy closing a kept one.
                await asyncio.sleep(min(0.2, self._pace.beat_down))
                why = await self._beat()
            self._turn(why)
            self._doubt.clear()
            pause = self._pace.beat if self.up else self._pace.beat_down
            if not self.up:
                await asyncio.sleep(pause)
                await self._cluster.look_again()
                continue
            try:
                # Not evenly: a Date header tells the server's second, so other phases narrow its clock down.
                async with asyncio.timeout(pause * random.uniform(0.8, 1.2)):
                    await self._doubt.wait()
            except TimeoutError:
                continue

    def _turn(self, why: str) -> None:
        if not why:
            if not self.up:
                self._say_back()
            self.reason = ""
            self._up.set()
        elif self.up:
            log.warning("the API server does not answer: %s", why)
            self.reason = why
            self._silent_since = self.last
            self._up.clear()
            now = asyncio.get_running_loop().time()
            for bound in self._reads:
                bound.reschedule(now)
        else:
            self.reason = why

    def _say_back(self) -> None:
        clock = self._cluster.clock
        gap = clock.mono() - self._silent_since
        log.info("the API server answers again after %.1f s", gap)
        text = _("The API server answers again, after {n:.0f} s.").format(n=gap)
        self._emit(Said(wall=clock.wall(), mono=clock.mono(), level="info", text=text))

    async def _beat(self) -> str:
        """Ask once; why there was no answer, or ""."""
        clock, wanted = self._cluster.clock, self._pace.beat_timeout
        began, sent = clock.mono(), clock.wall()
        try:
            async with asyncio.timeout(wanted), self._cluster.stream("GET", "/version") as answer:
                date = answer.headers.get("Date", "")
                await answer.read()
        except TimeoutError:
            late = clock.mono() - began - wanted
            if self.last > began or late > 1.0:  # a stream spoke meanwhile, or this process was held up
                return ""
            return _("no answer for {n:.0f} s").format(n=clock.mono() - self.last)
        except Failures as error:
            return in_words(error)
        except Unreachable as error:
            return str(error)
        except Answer as error:
            if error.status >= 500:
                return str(error)
        except WatchError:
            self.last = clock.mono()  # 401, 403: someone is there; the watches tell about it
            return ""
        else:
            offset = self._cluster.server_clock.heard(date, sent, clock.wall())
            if offset is not None:
                self._emit(Clocked(wall=clock.wall(), mono=clock.mono(), offset=offset))
        self.last = clock.mono()
        return ""
