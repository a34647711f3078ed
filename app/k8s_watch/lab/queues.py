"""A controller's work queue: each key once, at most one worker on a key, failures tried again later."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable

from .client import ApiFault

_PAUSE, _LONGEST = 0.01, 0.1  # seconds between two looks at one key: nine times as long as the look took
_KNOWN = 1000  # keys whose last look is remembered


class WorkQueue:
    """Keys to look at, in the order they came."""

    def __init__(self, name: str, work: Callable[[str], Awaitable[float | None]]) -> None:
        self.name = name
        self._work = work  # returns seconds after which to look again, or None
        self._keys: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._failures: dict[str, int] = {}
        self._free: dict[str, float] = {}  # monotonic time from which it may be looked at again
        self._waiting: set[str] = set()

    def add(self, key: str) -> None:
        """Look at it soon, though not in a row for each of thousands of events: see `_PAUSE`."""
        wait = self._free.get(key, 0.0) - time.monotonic()
        if wait <= 0:
            self._keys[key] = None
            self._wake.set()
        elif key not in self._waiting:
            self._waiting.add(key)
            asyncio.get_running_loop().call_later(wait, self._now, key)

    def _now(self, key: str) -> None:
        self._waiting.discard(key)
        self._free.pop(key, None)
        self.add(key)

    def later(self, key: str, seconds: float) -> None:
        """Look at it after a while."""
        asyncio.get_running_loop().call_later(seconds, self.add, key)

    async def run(self) -> None:
        """Work for ever."""
        while True:
            await self._wake.wait()
            while self._keys:
                key = next(iter(self._keys))
                del self._keys[key]
                await self._one(key)
            self._wake.clear()

    async def _one(self, key: str) -> None:
        began = time.monotonic()
        try:
            again = await self._work(key)
        except ApiFault as fault:
            count = self._failures[key] = min(self._failures.get(key, 0) + 1, 8)
            self.later(key, 0.02 if fault.status == 409 else min(0.05 * 2**count, 2.0))
        except Exception:  # noqa: BLE001  a fault in one object must not end the controller; it goes to the log
            traceback.print_exc()
            self.later(key, 5.0)
        else:
            self._failures.pop(key, None)
            if again is not None:
                self.later(key, again)
        now = time.monotonic()
        self._free[key] = now + min(max(_PAUSE, 9 * (now - began)), _LONGEST)
        if len(self._free) > _KNOWN:
            del self._free[next(iter(self._free))]
