"""The burst, in a process of its own: `python -m k8s_watch.traffic.load`. Not for hand use: see `burst`.

The first line on stdin is the plan: {"url", "host", "verify", "requests", "concurrency", "seconds", "names",
"regex"}. Later lines: {"names": [...]} replaces the names to recognise, {"stop": true} ends the burst. The end
of stdin ends the process at once, so it never outlives its parent. Out come JSON lines: {"type": "began"},
{"type": "tick", ...} each 0.25 s and one {"type": "end", "state": "ended" | "stopped" | "failed", ...}.

Like `ab`, each request has a connection of its own and a worker asks again when its answer came: a slow server
is asked less often (a closed loop), so the times are those of the requests that were made.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp

from .asking import HEADERS, checked, why
from .caps import MOST_AT_ONCE, MOST_REQUESTS, MOST_SECONDS
from .naming import LIMIT, Names, Recogniser
from .tally import Tally

TICK = 0.25  # seconds
TIMEOUT = 10.0  # seconds for one request
PAUSE = 0.1  # seconds that a worker waits after a refusal: nobody is there to be loaded
PATIENCE = 10.0  # seconds without any answer from the beginning on, after which the burst has failed
NICENESS = 5  # the screen, the entry and the pods go first


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, within the hard limits whatever was asked."""

    url: str
    host: str
    verify: bool
    requests: int
    concurrency: int
    seconds: float


def planned(line: str) -> tuple[Plan, Names, Recogniser]:
    """The plan of the first line. Raises BadInput on a URL that is not http(s), ValueError and the like else."""
    said = json.loads(line)
    plan = Plan(
        url=checked(said["url"]),
        host=said.get("host", ""),
        verify=said.get("verify", True),
        requests=min(max(int(said["requests"]), 1), MOST_REQUESTS),
        concurrency=min(max(int(said["concurrency"]), 1), MOST_AT_ONCE),
        seconds=min(max(float(said["seconds"]), 0.0), MOST_SECONDS),
    )
    return plan, Names(said.get("names", ())), Recogniser(said.get("regex") or None)


class Load:
    """Asks and counts until the plan is fulfilled, it is told to stop, or a hard limit is reached."""

    def __init__(self, plan: Plan, names: Names, recogniser: Recogniser) -> None:
        self.names = names
        self._plan = plan
        self._recogniser = recogniser
        self._tally = Tally()
        self._started = 0
        self._began = time.perf_counter()
        self._last = (self._began, 0, time.process_time())
        self._over = asyncio.Event()
        self._state, self._detail = "ended", ""

    def end(self, state: str, detail: str = "") -> None:
        """End it now, whatever is on its way."""
        if not self._over.is_set():
            self._state, self._detail = state, detail
            self._over.set()

    async def run(self) -> None:
        """Do the plan and tell of it."""
        plan = self._plan
        connector = aiohttp.TCPConnector(
            limit=0, force_close=True, ssl=plan.verify, socket_factory=_socket, ttl_dns_cache=300
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # a bomb stays small
            timeout=aiohttp.ClientTimeout(total=TIMEOUT),
            headers={"Accept-Encoding": "identity", "User-Agent": "k8s-watch"}
            | ({"Host": plan.host} if plan.host else {}),
        ) as session:
            self._began = time.perf_counter()
            self._last = (self._began, 0, time.process_time())
            say({"type": "began"})
            workers = [asyncio.create_task(self._work(session)) for _ in range(plan.concurrency)]
            others = [asyncio.create_task(self._tick()), asyncio.create_task(self._until_done(workers))]
            await self._over.wait()
            for task in (*workers, *others):
                task.cancel()
            for result in await asyncio.gather(*workers, return_exceptions=True):
                if isinstance(result, Exception):  # our own fault: the traceback goes to the parent's log
                    raise result
            say(self._told("end") | {"state": self._state, "detail": self._detail})

    async def _until_done(self, workers: list[asyncio.Task[None]]) -> None:
        await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        self._over.set()

    def _enough(self) -> bool:
        """Both: so many requests, and so many seconds, lest a fast app be through before a sample is taken."""
        return (
            self._started >= self._plan.requests and time.perf_counter() - self._began >= self._plan.seconds
        ) or self._started >= MOST_REQUESTS

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while not self._enough():
            self._started += 1
            begin = time.perf_counter()
            try:
                status, headers, body, cut = await self._ask(session)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                reason = why(error)[0]
                self._tally.failure((time.perf_counter() - begin) * 1000, reason)
                if reason != "timeout":
                    await asyncio.sleep(PAUSE)
                continue
            ms = (time.perf_counter() - begin) * 1000
            pod = self._recogniser.pod(headers, body.decode("utf-8", "replace"), self.names, cut)
            self._tally.answer(ms, status, pod)

    async def _ask(
        self, session: aiohttp.ClientSession
    ) -> tuple[int, Iterable[tuple[str, str]], bytes, bool]:
        async with session.get(self._plan.url, allow_redirects=False) as response:
            body = b""
            while len(body) <= LIMIT:
                part = await response.content.readany()
                if not part:
                    break
                body += part
            else:
                response.close()
            return response.status, list(response.headers.items())[:HEADERS], body[:LIMIT], len(body) > LIMIT

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            say(self._told("tick"))
            elapsed = time.perf_counter() - self._began
            if elapsed >= PATIENCE and not self._tally.answered:
                self.end("failed", "silent")
            if elapsed >= MOST_SECONDS:
                self.end("ended", "longest")

    def _told(self, kind: str) -> dict[str, object]:
        now, done, used = time.perf_counter(), self._tally.done, time.process_time()
        at, before, used_before = self._last
        self._last = (now, done, used)
        span = max(now - at, 1e-6)
        return {
            "type": kind,
            "rate": round((done - before) / span, 1),
            "elapsed": round(now - self._began, 3),
            "busy": round((used - used_before) / span, 2),  # of a core, ours: near 1 we are the bottleneck
            **self._tally.told(),
        }


def _socket(address: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
    """A socket that leaves no TIME_WAIT: at 5,000 connections a second 28,000 ports would last for 6 s."""
    family, kind, protocol, _name, _where = address
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return made


def say(line: dict[str, object]) -> None:
    """One JSON line to the parent; when nobody reads any more, that is the end."""
    try:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
    except OSError:
        os._exit(0)


def _listen(load: Load, loop: asyncio.AbstractEventLoop) -> None:
    """Take the parent's lines, in a thread, so that the end of stdin is seen even if the loop is stuck."""
    try:
        for line in sys.stdin:
            said = json.loads(line)
            if "names" in said:
                load.names = Names(said["names"])
            if said.get("stop"):
                loop.call_soon_threadsafe(load.end, "stopped")
    finally:  # also after a line that is none: nobody would see the end any more
        os._exit(0)


async def _main() -> None:
    load = Load(*planned(sys.stdin.readline()))
    listener = threading.Thread(target=_listen, args=(load, asyncio.get_running_loop()), daemon=True)
    listener.start()
    await load.run()


if __name__ == "__main__":
    os.nice(NICENESS)
    asyncio.run(_main())
    os._exit(0)  # the listener still waits for the parent
