"""Real processes of the lab's pods: started, signalled, waited for, their CPU time counted to the end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

_HERE = Path(__file__).parent


class Child:
    """One process. Its standard input is a pipe whose other end only we hold: it ends when we do."""

    def __init__(self, script: str, arguments: list[str], output: bool = False) -> None:
        # -I -S: no site-packages, no environment: 15 ms to the first line of the script
        command = [sys.executable, "-I", "-S", str(_HERE / script), *arguments]
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if output else subprocess.DEVNULL,
            stderr=subprocess.PIPE if output else subprocess.DEVNULL,
            start_new_session=True,
            env={},
        )
        self.pid = self._popen.pid
        self.began = time.time()
        self.finished: float | None = None
        self.code: int | None = None
        self.override: int | None = None  # what the exit code must be told to be
        self.ended = asyncio.Event()
        self._cpu = 0.0
        self._listeners: list[Callable[[], None]] = []
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._wait, args=(loop,), name=f"wait-{self.pid}", daemon=True).start()

    @property
    def output(self) -> int:
        """The descriptor to read its output from."""
        assert self._popen.stdout is not None
        return self._popen.stdout.fileno()

    @property
    def errors(self) -> int:
        """The descriptor to read its standard error from."""
        assert self._popen.stderr is not None
        return self._popen.stderr.fileno()

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        # wait4 and not Popen.wait: it tells the CPU time of a process that is already gone
        _pid, status, usage = os.wait4(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self._popen.returncode = code
        self._cpu = usage.ru_utime + usage.ru_stime
        self.finished = time.time()
        self.code = 128 - code if code < 0 else code
        if self.override is not None:
            self.code = self.override
        try:
            loop.call_soon_threadsafe(self._tell)
        except RuntimeError:  # the loop has ended, and the node with it
            return

    def _tell(self) -> None:
        if self._popen.stdin is not None:
            self._popen.stdin.close()
        self.ended.set()

    def send(self, number: int, override: int | None = None) -> None:
        """Send a signal; `override` is told as the exit code when it dies of it."""
        if self.code is None:
            self.override = override
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def kill(self) -> None:
        """End it without mercy."""
        if self.code is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def cpu_seconds(self) -> float:
        """CPU time used so far, or altogether."""
        if self.code is not None:
            return self._cpu
        try:
            used = psutil.Process(self.pid).cpu_times()
        except psutil.Error:
            return self._cpu
        return float(used.user + used.system)

    def memory_bytes(self) -> int:
        """Resident memory; 0 when it has gone."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss) if self.code is None else 0
        except psutil.Error:
            return 0
