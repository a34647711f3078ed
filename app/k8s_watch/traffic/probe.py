"""Asks the app once a second which pod answers, whatever the last answer does: polls overlap."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterable

from ..model.changes import Answered, Failure
from ..model.ports import Clock, Emit
from ..wire.clean import clean
from .asking import Asker, Fetch, Reply, why
from .naming import Names, Recogniser

log = logging.getLogger(__name__)

TIMEOUT = 2.0  # seconds, from before connecting to the end of the body
CALM = 1.0  # polls a second
HURRIED = 10.0  # polls a second after a fault: the error bar of a polled time is 1/rate
SHOWN = 200  # characters of an answer that are kept
_BY_STATUS: dict[int, Failure] = {502: "502", 503: "503", 504: "504"}


class Beat:
    """A steady grid of moments: n/rate seconds after the first. Late wake-ups skip beats, never shift them."""

    def __init__(self, first: float) -> None:
        self._first = first
        self._last = -math.inf
        self._until = -math.inf

    def hurry(self, until: float) -> None:
        """Go fast until that moment."""
        self._until = max(self._until, until)

    def rate(self, now: float) -> float:
        """Polls a second."""
        return HURRIED if now < self._until else CALM

    def next(self, now: float) -> float:
        """The next moment to poll, at or after `now`; `struck` takes it."""
        if self._last == -math.inf:
            return self._first  # the first poll is due at once, not a beat later
        rate = self.rate(now)
        n = math.ceil((now - self._first) * rate - 1e-6)  # a beat met by rounding is this one
        at = self._first + n / rate
        return at if at > self._last + 0.5 / HURRIED else self._first + (n + 1) / rate

    def struck(self, at: float) -> None:
        """That moment's poll was sent."""
        self._last = at


class Prober:
    """Emits an `Answered` for each poll. `run` ends only when it is cancelled."""

    def __init__(
        self,
        url: str,
        emit: Emit,
        clock: Clock,
        names: Callable[[], Iterable[str]],
        answer_regex: str | None = None,
        host_header: str = "",
        verify: bool = True,
        fetch: Fetch | None = None,
    ) -> None:
        """Ask `url`, or by `fetch` (through the API server, with its session). `names`: pods to recognise.

        Raises BadInput on a URL that is not http(s), re.error on a regex that is none.
        """
        self._asker = None if fetch else Asker(url, host_header, verify)
        self._fetch = fetch
        self._emit = emit
        self._clock = clock
        self._names = names
        self._known = Names(())
        self._recogniser = Recogniser(answer_regex)
        self._beat: Beat | None = None
        self._hurried_until = -math.inf
        self._woken = asyncio.Event()

    def hurry(self, seconds: float = 30.0) -> None:
        """Poll ten times a second for that long, beginning at once."""
        self._hurried_until = max(self._hurried_until, self._clock.mono() + seconds)
        if self._beat:
            self._beat.hurry(self._hurried_until)
        self._woken.set()

    async def run(self) -> None:
        """Poll until cancelled; no answer, however hostile, ends it."""
        if self._asker is not None:
            await asyncio.to_thread(_load, self._asker)
        self._beat = beat = Beat(self._clock.mono())
        beat.hurry(self._hurried_until)
        async with asyncio.TaskGroup() as polls:
            while True:
                at = beat.next(self._clock.mono())
                if not await self._slept(at):
                    continue
                beat.struck(at)
                polls.create_task(self._poll(beat.rate(at)))

    async def _slept(self, until: float) -> bool:
        """Wait until that moment; False when woken before it, since the rate has changed."""
        self._woken.clear()
        delay = until - self._clock.mono()
        if delay <= 0:
            return True
        try:
            async with asyncio.timeout(delay):
                await self._woken.wait()
        except TimeoutError:
            return True
        return False

    async def _poll(self, rate: float) -> None:
        try:
            await self.poll(rate)
        except Exception:
            log.exception("a poll failed in a way that was not foreseen")

    async def poll(self, rate: float = CALM) -> None:
        """Ask once and emit what came of it."""
        sent = self._clock.mono()
        try:
            if self._asker is not None:
                reply = await self._asker(TIMEOUT)
            else:
                assert self._fetch is not None
                async with asyncio.timeout(TIMEOUT):
                    reply = await self._fetch()
        except Exception as error:  # noqa: BLE001  any failure of any client is an answer not given
            self._tell(sent, rate, None, *why(error))
            return
        self._tell(sent, rate, reply, _failure(reply), "")

    def _tell(self, sent: float, rate: float, reply: Reply | None, failure: Failure, words: str) -> None:
        """Emit it; what the answer says is found after its end was stamped."""
        ended = self._clock.mono()
        wall = self._clock.wall()
        text, pod = clean(words, SHOWN), ""
        if reply is not None:
            body = reply.body.decode("utf-8", "replace")
            pod = self._recogniser.pod(reply.headers, body, self._watched(), reply.cut)
            text = clean(body[: 2 * SHOWN].strip(), SHOWN)
        self._emit(
            Answered(
                wall=wall,
                mono=ended,
                sent=sent,
                pod=pod,
                status=reply.status if reply else 0,
                failure=failure,
                ms=(ended - sent) * 1000,
                text=text,
                rate=rate,
            )
        )

    def _watched(self) -> Names:
        names = frozenset(self._names())
        if names != self._known.all:
            self._known = Names(names)
        return self._known


def _failure(reply: Reply) -> Failure:
    if reply.late:
        return "timeout"
    return _BY_STATUS.get(reply.status, "http") if reply.status >= 400 else ""


def _load(asker: Asker) -> None:
    """Import the client and what it imports at its first use, lest the first answer seem 60 ms slower."""
    import anyio.lowlevel
    import httpcore
    import httpx

    httpx.AsyncHTTPTransport(verify=False, trust_env=False)
    httpcore.AsyncConnectionPool()
    asyncio.run(anyio.lowlevel.checkpoint())
    asker.prepare()
