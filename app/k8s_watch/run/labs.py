"""The cluster in a box as a process of its own: it ends when we do, however we end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass

import msgspec

from ..model.ports import WatchError
from ..model.words import _
from ..settings import state_folder

START_TIMEOUT = 15.0  # seconds; it takes less than one on an idle machine
END_TIMEOUT = 3.0  # seconds for the lab to end its processes before it is killed


@dataclass(frozen=True, slots=True)
class LabAt:
    """Where a running lab is."""

    kubeconfig: str
    entry: str


class LabProcess:
    """`async with LabProcess(...) as at`: a lab that lives as long as the block, and never longer than us.

    Its standard input is a pipe that only we hold: when we are gone, it reads the end and goes as well.
    """

    def __init__(self, fast: bool = False, empty: bool = False) -> None:
        self._flags = (["--fast"] if fast else []) + (["--empty"] if empty else [])
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> LabAt:
        """Start it; raises WatchError where it does not come up."""
        folder = state_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lab.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "k8s_watch.lab.start",
                *self._flags,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, "K8S_WATCH_LIFELINE": "1"},
                start_new_session=True,  # ctrl+c in our terminal is for us; the pipe ends the lab
            )
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(START_TIMEOUT):
                line = await self._process.stdout.readline()
            return msgspec.json.decode(line, type=LabAt)
        except (TimeoutError, msgspec.DecodeError) as error:
            await self.__aexit__()
            words = _("The lab did not start; {file} says why.")
            raise WatchError(words.format(file=folder / "lab.log")) from error

    async def __aexit__(self, *_error: object) -> None:
        """Close the pipe and wait until the lab has gone."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(END_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
