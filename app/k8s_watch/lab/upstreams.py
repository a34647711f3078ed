"""The entry's connections to pods, and those that wait for the next request."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from .routes import Address

_IDLE = 4.0  # seconds an idle connection to a pod is kept: a second less than the pods keep theirs
_MOST = 64  # idle connections to one pod


class Downstream(Protocol):
    """Whose request is on a connection to a pod."""

    def answered(self, data: bytes) -> None:
        """A piece of the pod's answer."""
        ...

    def upstream_lost(self) -> None:
        """The pod's connection has ended."""
        ...


class Pool:
    """Idle connections to pods."""

    def __init__(self) -> None:
        self._idle: dict[Address, deque[Upstream]] = {}

    def take(self, address: Address) -> Upstream | None:
        """An idle one that still lives."""
        waiting = self._idle.get(address)
        while waiting:
            found = waiting.pop()
            if found.usable():
                return found
        return None

    def keep(self, upstream: Upstream) -> None:
        """It may be used again."""
        waiting = self._idle.setdefault(upstream.address, deque(maxlen=_MOST))
        if len(waiting) == _MOST:
            waiting.popleft().close()
        waiting.append(upstream)


class Upstream(asyncio.Protocol):
    """A connection to a pod."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.client: Downstream | None = None
        self.fresh = True
        self._transport: asyncio.Transport | None = None
        self._idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def usable(self) -> bool:
        """Whether another request may go over it."""
        now = asyncio.get_running_loop().time()
        alive = self._transport is not None and not self._transport.is_closing()
        if alive and now - self._idle_since > _IDLE:
            self.close()
            return False
        return alive

    def rest(self) -> None:
        """No request is on it now."""
        self.client, self.fresh = None, False
        self._idle_since = asyncio.get_running_loop().time()

    def write(self, data: bytes) -> None:
        """To the pod."""
        if self._transport is not None:
            self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        """From the pod."""
        if self.client is not None:
            self.client.answered(data)
        else:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The pod has closed it, or died."""
        client, self.client = self.client, None
        if client is not None:
            client.upstream_lost()

    def pause(self, paused: bool) -> None:
        """Read no more until the client has caught up."""
        if self._transport is not None and not self._transport.is_closing():
            (self._transport.pause_reading if paused else self._transport.resume_reading)()

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.abort()
