"""One poll: a fresh connection, one request, at most 64 KB of the answer, and why it failed if it did."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..model.changes import Failure
from ..model.ports import BadInput
from ..model.words import _
from .naming import LIMIT

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

CLOSING = 0.5  # seconds that a connection may take to close
HEADERS = 200  # headers that are looked at


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `cut`: the body goes on after what was read; `late`: time ran out while it was read."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    cut: bool = False
    late: bool = False


Fetch = Callable[[], Awaitable[Reply]]
"""Asks once. Raises TimeoutError, OSError or whatever its client raises; is cancelled when time runs out."""


def checked(url: str) -> str:
    """The URL, if it is one that can be asked; raises BadInput."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise BadInput(_("Only http:// and https:// addresses can be asked, not {url!r}.").format(url=url))
    return url


class Asker:
    """Asks a URL, each time by a connection of its own: no cookies, no redirects, no proxy, no keep-alive."""

    def __init__(self, url: str, host_header: str = "", verify: bool = True) -> None:
        """`host_header` asks for another host than the URL names; raises BadInput on another URL than http(s)."""
        self._url = checked(url)
        self._headers = [
            ("Host", host_header),
            ("User-Agent", "k8s-watch"),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
        ][0 if host_header else 1 :]
        self._verify = verify
        self._tls: ssl.SSLContext | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def prepare(self) -> None:
        """Do what takes long before the first request; blocks, so do it in a thread."""
        self._context()

    def _context(self) -> ssl.SSLContext:
        """One for all polls: loading the authorities takes 20 ms."""
        if self._tls is None:
            known = self._verify and self._url.startswith("https:")
            self._tls = ssl.create_default_context() if known else _trusting()
        return self._tls

    async def __call__(self, seconds: float) -> Reply:
        """Ask once; raises TimeoutError after `seconds` without a status, else what the client raises."""
        import httpx

        request = httpx.Request("GET", self._url, headers=self._headers)
        # a client of httpx would keep cookies even without keep-alive; its transport knows none
        transport = httpx.AsyncHTTPTransport(verify=self._context(), trust_env=False)
        try:
            return await self._ask(transport, request, seconds)
        finally:  # how long the closing takes is no part of the answer
            task = asyncio.create_task(_closed(transport))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    @staticmethod
    async def _ask(transport: httpx.AsyncHTTPTransport, request: httpx.Request, seconds: float) -> Reply:
        body = bytearray()
        reply: Reply | None = None
        late = False
        try:
            async with asyncio.timeout(seconds):
                response = await transport.handle_async_request(request)
                reply = Reply(response.status_code, tuple(response.headers.multi_items()[:HEADERS]))
                # httpx promises an iterator, and hands out a generator
                async with aclosing(response.aiter_raw()) as parts:  # type: ignore[type-var]
                    async for part in parts:
                        body += part
                        if len(body) > LIMIT:
                            break
        except TimeoutError:
            if reply is None:
                raise
            late = True
        encoding = response.headers.get("content-encoding", "")
        plain, cut = inflated(bytes(body[:LIMIT]), encoding)
        return Reply(reply.status, reply.headers, plain, cut or late or len(body) > LIMIT, late)


def _trusting() -> ssl.SSLContext:
    """A context that asks for no proof."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _closed(transport: httpx.AsyncHTTPTransport) -> None:
    """Close, in any case within half a second; what goes wrong then no longer matters to the answer."""
    try:
        async with asyncio.timeout(CLOSING):
            await transport.aclose()
    except Exception as error:  # noqa: BLE001
        log.debug("closing a poll's connection: %r", error)


def inflated(body: bytes, encoding: str) -> tuple[bytes, bool]:
    """The body without gzip or deflate, at most 64 KB of it, and whether there is more.

    We ask for identity, so an encoded answer comes from a server that does not care; 64 KB of a bomb would
    become 64 MB. An unknown encoding, or broken data, is returned as it is.
    """
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body, False
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: gzip or zlib, by its header
    try:
        plain = inflater.decompress(body, LIMIT)
    except zlib.error:
        return body, False
    return plain, bool(inflater.unconsumed_tail) or not inflater.eof


def why(error: BaseException) -> tuple[Failure, str]:
    """How a request without an answer failed: in the word for it, and in a sentence."""
    chain = list(_chain(error))
    if any(isinstance(e, ConnectionRefusedError) or _number(e) == errno.ECONNREFUSED for e in chain):
        return "refused", _("connection refused")
    if any(isinstance(e, TimeoutError) or type(e).__name__.endswith("Timeout") for e in chain):
        return "timeout", _("no answer in time")
    if any(isinstance(e, socket.gaierror) for e in chain):
        return "error", _("the name of the host is not known")
    if any(isinstance(e, ssl.SSLCertVerificationError) for e in chain):
        return "error", _("the server's certificate is not trusted")
    if any(isinstance(e, ConnectionResetError | BrokenPipeError) for e in chain):
        return "error", _("the connection was cut")
    return "error", f"{type(error).__name__}: {error}".rstrip(": ")


def _number(error: BaseException) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that caused it; several addresses of a host fail as a group."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            todo += one.exceptions
