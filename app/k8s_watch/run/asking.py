"""The polls of the target's entry: started, aimed anew and hurried as changes ask for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from ..cluster.connect import Cluster
from ..model.changes import Change, Seen, Targeted
from ..settings import Options
from ..traffic.asking import Fetch, Reply
from ..traffic.naming import LIMIT
from ..traffic.probe import Prober
from .flow import Flow

log = logging.getLogger(__name__)

PATIENCE = 2.0  # seconds that the first poll waits for a pod in rotation
LISTENING = 0.4  # seconds from Running to listening, without a readiness probe: 0.3 in the lab


class Polls:
    """At most one prober, at what the last `Targeted` says."""

    def __init__(self, flow: Flow, options: Options, cluster: Callable[[], Cluster]) -> None:
        self._flow = flow
        self._options = options
        self._cluster = cluster
        self._aim: tuple[str, str, str] = ("", "", "")
        self._prober: Prober | None = None
        self._task: asyncio.Task[None] | None = None

    def aim(self, target: Targeted) -> None:
        """Ask this entry from here on; the same one is not disturbed."""
        aim = (target.url, target.host_header, target.via)
        if aim == self._aim:
            return
        self._aim = aim
        if self._task is not None:
            self._task.cancel()
        self._prober, self._task = None, None
        if not target.url:
            return
        proxied = target.via == "service-proxy"
        self._prober = Prober(
            target.url,
            self._flow.emit,
            self._flow.clock,
            self._flow.world.names,
            self._options.answer_regex or None,
            target.host_header,
            # an address instead of a name can't match a certificate; the probe carries no secret
            verify=not target.host_header,
            fetch=self._through_the_server(target.url) if proxied else None,
        )
        self._task = asyncio.create_task(self._run(self._prober), name="k8s-watch probe")

    async def _run(self, prober: Prober) -> None:
        """Poll; but where everything is only just being born, do not begin with a failure that says nothing."""
        if not self._flow.world.rotation():
            await self._rotation()
            await asyncio.sleep(LISTENING)
        await prober.run()

    async def _rotation(self) -> None:
        """Until a pod is in rotation, or PATIENCE is over."""
        came = asyncio.Event()

        def look(change: Change) -> None:
            if isinstance(change, Seen) and self._flow.world.rotation():
                came.set()

        self._flow.listen(look)
        try:
            async with asyncio.timeout(PATIENCE):
                await came.wait()
        except TimeoutError:
            log.info("no pod is in rotation yet: asking all the same")
        finally:
            self._flow.deaf(look)

    def _through_the_server(self, url: str) -> Fetch:
        """Ask by the cluster's own session, through the API server's Service proxy."""
        path = urlsplit(url).path

        async def fetch() -> Reply:
            session = self._cluster()
            async with session.bare("GET", path) as answer:
                body = b""
                while len(body) <= LIMIT and (part := await answer.content.readany()):
                    body += part
                return Reply(
                    answer.status, tuple(answer.headers.items()), body[:LIMIT], cut=len(body) > LIMIT
                )

        return fetch

    def hurry(self) -> None:
        """Something broke: look ten times a second for 30 s."""
        if self._prober is not None:
            self._prober.hurry(30.0)

    async def end(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
