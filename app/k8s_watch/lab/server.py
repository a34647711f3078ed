"""The lab's API server, a process of its own: `python -m k8s_watch.lab.server HOME`.

It may be killed at any moment and started again: it comes back with its objects, its past events forgotten.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import ssl
import sys
from pathlib import Path

from aiohttp import web

from . import births, lifeline
from .answering import Answering
from .api import Api
from .box import Box, load
from .forwarding import Node
from .journal import Journal
from .kinds import KEPT
from .store import Entry, Key, Store

_OUTAGE_LIMIT = 600.0
"""Seconds that one outage may last at most."""


class Server:
    """Listens, and can be away for a while."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self._journal = Journal(Path(box.home) / "journal")
        self._home = Path(box.home)
        self.api = Api(box, self._restore())
        self._node = Node(box)
        authority = self._home / "ca.crt"
        text = authority.read_text() if authority.exists() else ""
        births.bear(self.api, text)
        self._answering = Answering(self.api, self._node, text)
        # Cancelling the handlers of connections that are gone is what ends idle watches.
        self._web = web.Server(self._answer, handler_cancellation=True, access_log=None)
        self._listener: asyncio.Server | None = None
        self._outage: asyncio.Task[None] | None = None

    def _restore(self) -> Store:
        version, kept = self._journal.load(set(KEPT))
        store = Store(KEPT, version, self._record)
        for (shelf, key), value in kept.items():
            store.restore(shelf, key, value)
        store.forget()
        self._journal.start(store)
        return store

    def _record(self, shelf: str, key: Key, version: int, entry: Entry | None) -> None:
        self._journal.record(shelf, key, version, entry)
        if self._journal.large:
            self._journal.start(self.api.store)

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._home / "tls.crt", self._home / "tls.key")
        return context

    async def listen(self) -> None:
        """Open the port. OSError if it is taken."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            self._web, "127.0.0.1", self.box.api_port, ssl=self._context(), reuse_address=True, backlog=512
        )

    async def serve(self) -> None:
        """Listen for ever."""
        await self.listen()
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()

    async def close(self) -> None:
        """End everything."""
        if self._outage is not None:
            self._outage.cancel()
        self._cut()
        await self._node.close()
        self._journal.close()

    def _cut(self) -> None:
        """Close the port and every connection, without a word."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in list(self._web.connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        answer = await self._answering(request)
        if answer.status == 404:  # the token was right, or the answer were 401
            if request.method == "POST" and request.path == "/lab/outage":
                return self._begin_outage(request)
            if request.method == "GET" and request.path == "/lab":
                return web.json_response(self._facts())
        return answer

    def _facts(self) -> dict[str, object]:
        """GET /lab: what it is, for a dashboard that knows no more of it than its kubeconfig."""
        return {"lab": True, "fast": self.box.fast, "entry": f"http://127.0.0.1:{self.box.entry_port}"}

    def _begin_outage(self, request: web.BaseRequest) -> web.Response:
        """POST /lab/outage?seconds=N: away for N seconds, past events forgotten after."""
        try:
            seconds = min(max(float(request.query.get("seconds", "10")), 0.0), _OUTAGE_LIMIT)
        except ValueError:
            return web.Response(status=400, text="seconds must be a number\n")
        if self._outage is not None and not self._outage.done():
            return web.Response(status=409, text="an outage is under way\n")
        self._outage = asyncio.create_task(self._away(seconds))
        return web.Response(text=f"away for {seconds:g} s\n")

    async def _away(self, seconds: float) -> None:
        await asyncio.sleep(0.02)  # the answer to the one who asked goes out first
        self._cut()
        await asyncio.sleep(seconds)
        self.api.store.forget()
        self.api.pages.kept.clear()
        await self.listen()


async def _run(box: Box) -> None:
    server = Server(box)
    gc.freeze()  # what was loaded stays: the collector need not look at it again
    await server.serve()


def main(home: str) -> None:
    """Run until killed, or until the starter is gone."""
    lifeline.hold()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(_run(load(home)))


if __name__ == "__main__":
    main(sys.argv[1])
