"""The entry's two sides as asyncio protocols: the client's connection and the pod's. Our own for speed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from . import heads
from .heads import Body, Head, Malformed
from .routes import Address
from .upstreams import Pool, Upstream

_CONNECT = 2.0  # seconds
_ANSWER = 60.0  # seconds, nginx's proxy_read_timeout
_SAFE = {b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"}
_WAITING = 256 * 1024  # bytes of a request's body that are kept until a pod takes them


class Table(Protocol):
    """Says where requests go."""

    def route(self, host: str, path: str) -> list[Address] | None:
        """The ready endpoints, the one whose turn it is first; None: no rule fits."""
        ...


class Client(asyncio.Protocol):
    """A client's connection: one request after the other."""

    def __init__(self, table: Table, pool: Pool, port: int) -> None:
        self._table, self._pool, self._port = table, pool, port
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._buffer = b""
        self._reset()

    def _reset(self) -> None:
        self._request: Head | None = None
        self._body: Body | None = None
        self._sent = b""  # the request as it was sent, to send it again
        self._replayable = True
        self._keep = False
        self._targets: list[Address] = []
        self._upstream: Upstream | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._answer = b""
        self._answer_body: Body | None = None
        self._begun = False  # the client has got a part of the answer
        self._reuse = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peer = (transport.get_extra_info("peername") or ("127.0.0.1",))[0]

    def data_received(self, data: bytes) -> None:
        """From the client."""
        if self._request is not None and self._body is not None and not self._body.done:
            self._more(data)
            return
        self._buffer += data
        if self._request is None:
            self._next()
        elif len(self._buffer) > heads.LARGEST:
            self._refuse(400, "Bad Request")

    def _next(self) -> None:
        """Begin the next request, if its head is complete."""
        raw, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            if len(self._buffer) > heads.LARGEST:
                self._refuse(431, "Request Header Fields Too Large")
            return
        self._buffer = b""
        try:
            head = heads.parse(raw.lstrip(b"\r\n"))
            length = head.length
        except Malformed:
            self._refuse(400, "Bad Request")
            return
        self._request, self._keep = head, heads.persistent(head)
        self._body = Body(0 if length is None else length, head.chunked)
        host, target = (head.get(b"host") or b"").decode("latin-1"), head.first[1].decode("latin-1")
        targets = self._table.route(host, target)
        if not targets:
            self._buffer = rest
            self._refuse(
                *((404, "Not Found") if targets is None else (503, "Service Temporarily Unavailable"))
            )
            return
        self._targets = targets
        self._sent = heads.forwarded(head, self._peer, self._port)
        if rest:
            self._more(rest)
        if self._request is not None:
            self._try_next()

    def _more(self, data: bytes) -> None:
        """A piece of the request's body."""
        assert self._body is not None
        try:
            taken = self._body.feed(data)
        except Malformed:
            self._refuse(400, "Bad Request")
            return
        self._buffer += data[taken:]
        piece = data[:taken]
        if self._replayable and len(self._sent) + taken <= _WAITING:
            self._sent += piece
        elif self._upstream is None:
            self._refuse(413, "Content Too Large")
            return
        else:
            self._replayable = False
        if self._upstream is not None:
            self._upstream.write(piece)

    def _try_next(self) -> None:
        """Send the request to the next endpoint; the answer 502 when there is none left."""
        if not self._targets:
            self._refuse(502, "Bad Gateway")
            return
        address = self._targets.pop(0)
        idle = self._pool.take(address)
        if idle is not None:
            self._targets.insert(0, address)  # it may have died while idle: then the same again, afresh
            self._send(idle)
            return
        self._connecting = asyncio.get_running_loop().create_task(self._connect(address))

    async def _connect(self, address: Address) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT):
                _transport, upstream = await loop.create_connection(lambda: Upstream(address), *address)
        except TimeoutError:
            if not self._targets:
                self._refuse(504, "Gateway Time-out")
                return
            self._try_next()
        except OSError:
            self._try_next()
        else:
            self._connecting = None
            if self._transport is None or self._transport.is_closing():
                upstream.close()
            else:
                self._send(upstream)

    def _send(self, upstream: Upstream) -> None:
        self._upstream, upstream.client = upstream, self
        self._answer, self._answer_body = b"", None
        upstream.write(self._sent)
        self._timer = asyncio.get_running_loop().call_later(_ANSWER, self._late)

    def _late(self) -> None:
        if self._upstream is not None and not self._begun:
            self._refuse(504, "Gateway Time-out")

    def answered(self, data: bytes) -> None:
        """A piece of the pod's answer."""
        try:
            self._take(data)
        except Malformed:
            self._refuse(502, "Bad Gateway")

    def _take(self, data: bytes) -> None:
        assert self._transport is not None
        if self._answer_body is None:
            self._answer += data
            raw, mark, data = self._answer.partition(b"\r\n\r\n")
            if not mark:
                if len(self._answer) > heads.LARGEST:
                    raise Malformed("head")
                return
            head = heads.parse(raw)
            if head.first[1].startswith(b"1"):  # 100 Continue and the like are not passed on
                self._answer = b""
                if data:
                    self._take(data)
                return
            self._open(head)
        assert self._answer_body is not None
        taken = self._answer_body.feed(data)
        if taken:
            self._transport.write(data[:taken])
        if self._answer_body.done:
            self._finish()

    def _open(self, head: Head) -> None:
        """Pass the answer's head on."""
        assert self._transport is not None
        assert self._request is not None
        bare = self._request.first[0] == b"HEAD" or head.first[1] in {b"204", b"304"}
        length = 0 if bare else head.length
        chunked = head.chunked and not bare
        self._answer_body = Body(length, chunked)
        self._keep = self._keep and (length is not None or chunked)
        if chunked and self._request.first[2] == b"HTTP/1.0":
            raise Malformed("chunks for HTTP/1.0")
        self._reuse = (length is not None or chunked) and b"close" not in (
            head.get(b"connection") or b""
        ).lower()
        self._begun = True
        self._transport.write(heads.returned(head, self._keep))

    def upstream_lost(self) -> None:
        """The pod's connection ended: the end of the answer, or a reason to ask another pod."""
        upstream, self._upstream = self._upstream, None
        self._quiet()
        if self._transport is None or self._request is None:
            return
        if self._begun:  # without a length the end of the connection is the end of the answer
            self._transport.close()
            return
        stale = upstream is not None and not upstream.fresh
        again = self._replayable and not self._answer and (stale or self._request.first[0] in _SAFE)
        if again:
            self._try_next()
        else:
            self._refuse(502, "Bad Gateway")

    def _quiet(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _finish(self) -> None:
        """The answer is complete."""
        assert self._transport is not None
        upstream, keep = self._upstream, self._keep and (self._body is None or self._body.done)
        self._quiet()
        if upstream is not None:
            upstream.client = None
            if self._reuse and self._body is not None and self._body.done:
                upstream.rest()
                self._pool.keep(upstream)
            else:
                upstream.close()
        self._reset()
        if not keep:
            self._transport.close()
        elif self._buffer:
            self._next()

    def _refuse(self, status: int, reason: str) -> None:
        """Answer ourselves."""
        if self._transport is None:
            return
        keep = self._keep and status in {404, 502, 503, 504} and self._body is not None and self._body.done
        upstream, begun = self._upstream, self._begun
        self._upstream = None
        if upstream is not None:
            upstream.client = None
            upstream.close()
        self._quiet()
        if begun:
            self._transport.abort()
            return
        self._transport.write(heads.own(status, reason, keep))
        self._reset()
        if not keep:
            self._transport.close()
        elif self._buffer:
            asyncio.get_running_loop().call_soon(self._next)

    def pause_writing(self) -> None:
        """The client is slow."""
        if self._upstream is not None:
            self._upstream.pause(True)

    def resume_writing(self) -> None:
        """It has caught up."""
        if self._upstream is not None:
            self._upstream.pause(False)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone: so may its request."""
        self._quiet()
        self._transport = None
        if self._connecting is not None:
            self._connecting.cancel()
        if self._upstream is not None:
            self._upstream.client = None
            self._upstream.close()


def factory(table: Table, port: int) -> Callable[[], Client]:
    """Makes a protocol for each client, all with one pool."""
    pool = Pool()
    return lambda: Client(table, pool, port)
