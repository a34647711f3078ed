"""Starts, follows and stops the burst, which is a process of its own: the screen stays live beside it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from ..model.changes import LoadTick
from ..model.ports import BadInput, BurstPlan, Clock, Emit, WatchError
from ..model.words import _
from ..wire.clean import clean
from .asking import checked
from .caps import MOST_AT_ONCE, MOST_REQUESTS, MOST_SECONDS

log = logging.getLogger(__name__)

STARTING = 15.0  # seconds for the process to come up; 0.3 on an idle machine
SILENCE = 10.0  # seconds without a tick after which the process is taken for stuck; it ticks 4 times a second
GRACE = 0.1  # seconds for the last figures after a stop; then it is killed
BUSY = 0.9  # of a core: what the asking itself may take before its times are no longer the app's
TELLING = (
    1.0  # seconds of a burst before its share of a core means anything: the first answers come with imports
)

State = Literal["running", "ended", "stopped", "failed"]


class Burst:
    """One burst. `await Burst.start(...)`, then `wait` or `stop`; LoadTicks are emitted meanwhile."""

    def __init__(
        self,
        plan: BurstPlan,
        names: Callable[[], Iterable[str]],
        emit: Emit,
        clock: Clock,
        process: asyncio.subprocess.Process,
    ) -> None:
        self._plan = plan
        self._names = names
        self._named: list[str] = []
        self._emit = emit
        self._clock = clock
        self._process = process
        self._last = LoadTick(
            wall=0.0,
            mono=0.0,
            state="running",
            done=0,
            wanted=plan.requests,
            errors=0,
            rate=0.0,
            elapsed=0.0,
            p50=0.0,
            p95=0.0,
            p99=0.0,
            concurrency=plan.concurrency,
        )
        self._stopping = False
        self._began = asyncio.Event()
        self._following = asyncio.create_task(self._follow())

    @classmethod
    async def start(
        cls,
        plan: BurstPlan,
        url: str,
        host_header: str,
        names: Callable[[], Iterable[str]],
        emit: Emit,
        clock: Clock,
        *,
        verify: bool = True,
        answer_regex: str = "",
    ) -> Burst:
        """Start it; returns at the first request. Raises BadInput on a plan or URL that is not allowed.

        `names`: pods to recognise; it is asked again at each tick, and new ones are handed on.
        """
        check(plan, url)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # what lies in the current folder must not shadow a module
            "-m",
            f"{__package__}.load",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _path()},
            limit=4 * 1024 * 1024,  # of a line: a tick names each pod that answered
            start_new_session=True,  # ctrl+c in our terminal is for us; the pipe ends the burst
        )
        burst = cls(plan, names, emit, clock, process)
        burst._named = sorted(set(names()))
        burst._send(
            {
                "url": url,
                "host": host_header,
                "verify": verify,
                "requests": plan.requests,
                "concurrency": plan.concurrency,
                "seconds": plan.seconds,
                "names": burst._named,
                "regex": answer_regex,
            }
        )
        try:
            async with asyncio.timeout(STARTING):
                await burst._began.wait()
        except TimeoutError as error:
            await burst._kill()
            raise WatchError(_("The burst's process did not start; the log says more.")) from error
        except asyncio.CancelledError:
            await burst._kill()
            raise
        return burst

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return not self._following.done()

    async def wait(self) -> None:
        """Until it is over, by itself or stopped; the process is gone then."""
        await asyncio.shield(self._following)

    async def stop(self) -> None:
        """End it within 200 ms: what is on its way is dropped. Nothing happens when it is over already."""
        self._stopping = True
        self._send({"stop": True})
        await asyncio.wait([self._following], timeout=GRACE)
        await self._kill()

    async def _kill(self) -> None:
        self._sigkill()
        await asyncio.wait([self._following])

    def _sigkill(self) -> None:
        """End what still runs, not by Process.kill: that waits for a child that has just ended, behind asyncio's back.

        asyncio's own waitpid then finds nobody, reports 255 and logs a warning (Python 3.11, on a busy machine).
        """
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if sys.platform == "win32":  # no SIGKILL there, and no waitpid to be in the way of
                self._process.kill()
            else:
                os.kill(self._process.pid, signal.SIGKILL)

    def _send(self, line: dict[str, object]) -> None:
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(json.dumps(line).encode() + b"\n")

    async def _follow(self) -> None:
        """Turn the process's lines into LoadTicks; the last one tells how it ended."""
        errors = asyncio.create_task(self._complaints())
        state: State = "failed"
        try:
            state, detail = await self._read()
        except TimeoutError:
            detail = _("The burst's process gave no sign of life for {n:.0f} s.").format(n=SILENCE)
        except (ValueError, KeyError, TypeError):
            log.exception("a line of the burst's process")
            detail = _("The burst's process could not be understood; the log says more.")
        finally:
            self._sigkill()
            await self._process.wait()  # no zombie
        complaint = await errors
        if complaint:
            log.warning("the burst's process: %s", complaint)
        if self._stopping:
            state, detail = "stopped", ""
        self._tell(replace(self._last, state=state, rate=0.0, detail=detail or self._last.detail))
        self._began.set()

    async def _read(self) -> tuple[State, str]:
        """Until its end; how it ended, and why in words."""
        assert self._process.stdout is not None
        while True:
            async with asyncio.timeout(SILENCE if self._began.is_set() else STARTING):
                line = await self._process.stdout.readline()
            if not line:
                return "failed", _("The burst's process ended by itself; the log says more.")
            said = json.loads(line)
            if said["type"] == "began":
                self._tell(self._last)
                self._began.set()
                continue
            self._last = _tick(self._last, said)
            if said["type"] == "end":
                return said["state"], _ending(said["detail"], self._last.detail)
            self._tell(self._last)
            self._rename()

    async def _complaints(self) -> str:
        """The end of what it wrote on stderr."""
        assert self._process.stderr is not None
        tail = b""
        while part := await self._process.stderr.read(4096):
            tail = (tail + part)[-2000:]
        return clean(tail.decode("utf-8", "replace"), 2000)

    def _rename(self) -> None:
        """New pods came: their names are to be recognised too."""
        names = sorted(set(self._names()))
        if names != self._named:
            self._named = names
            self._send({"names": names})

    def _tell(self, tick: LoadTick) -> None:
        self._emit(replace(tick, wall=self._clock.wall(), mono=self._clock.mono()))


def check(plan: BurstPlan, url: str) -> None:
    """Raises BadInput on what would not end, would not begin, or is no http(s) address."""
    checked(url)
    if not (1 <= plan.requests <= MOST_REQUESTS):
        raise BadInput(_("A burst has 1 to {n} requests.").format(n=MOST_REQUESTS))
    if not (1 <= plan.concurrency <= MOST_AT_ONCE):
        raise BadInput(_("A burst asks 1 to {n} at once.").format(n=MOST_AT_ONCE))
    if not (0 <= plan.seconds <= MOST_SECONDS):
        raise BadInput(_("A burst lasts at most {n:.0f} s.").format(n=MOST_SECONDS))


def _tick(last: LoadTick, said: dict[str, Any]) -> LoadTick:
    errors: dict[str, int] = said["errors"]
    pods: dict[str, int] = said["pods"]
    # at some 4,800 requests/s; then 50 workers queue for our own core, which their times cannot tell from the app
    ours = said["busy"] >= BUSY and said["elapsed"] >= TELLING
    busy = _("this machine can't ask faster, so the times are partly ours") if ours else ""
    return replace(
        last,
        done=said["done"],
        errors=sum(errors.values()),
        rate=said["rate"],
        elapsed=said["elapsed"],
        p50=said["p50"],
        p95=said["p95"],
        p99=said["p99"],
        per_pod=tuple(pods.items()),
        detail="; ".join(filter(None, [_spelled(errors), busy])),
    )


def _spelled(errors: dict[str, int]) -> str:
    """12 × 503, 3 × refused."""
    return ", ".join(f"{n} × {reason}" for reason, n in errors.items())


def _ending(detail: str, errors: str) -> str:
    """Why it ended, where it was not for having done its work."""
    if detail == "silent":
        return _("There was no answer at all: {errors}.").format(errors=errors)
    if detail == "longest":
        return _("It was ended after {n:.0f} s, the longest that a burst may last.").format(n=MOST_SECONDS)
    return errors


def _path() -> str:
    """Where the process finds this very package, then whatever we were told."""
    here = str(Path(__file__).parents[2])
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
