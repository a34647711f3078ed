"""A server that says what a test wants it to say, byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _serving(handler: Handler) -> AsyncIterator[str]:
    tasks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            asked = await reader.readuntil(b"\r\n\r\n")
            await handler(asked, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client had enough: what these tests are about
        except asyncio.CancelledError:
            pass  # by us, below; asyncio 3.11 would log a handler that ends as cancelled
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}/"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def serving():
    """`async with serving(handler) as url`: handler(request bytes, writer) writes the answer."""
    return _serving


@pytest.fixture
def saying():
    """A handler that answers with these bytes, whole response or body alone."""

    def make(body: bytes = b"", head: bytes = b"HTTP/1.1 200 OK\r\nConnection: close\r\n") -> Handler:
        async def answer(_asked: bytes, writer: asyncio.StreamWriter) -> None:
            writer.write(head + b"\r\n" + body)

        return answer

    return make
