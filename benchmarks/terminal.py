"""A program in a pseudo-terminal of 120x36: what it writes, and when each byte arrived."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence

COLUMNS, ROWS = 120, 36
TAIL = 4_000  # bytes searched again with what comes next: more than any text that is waited for

_STYLE = re.compile(rb"\x1b\[[0-9;:]*m")


class Late(Exception):
    """What was waited for did not arrive in time."""


class Terminal:
    """One running program. `with Terminal(...) as one:`; at the end of the block it and its children are gone."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.begun = 0.0  # monotonic, right before exec
        self._command, self._environment = list(command), dict(environment)
        self._news = threading.Condition()
        self._chunks: list[tuple[float, bytes]] = []
        self._over = False

    def __enter__(self) -> Terminal:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.begun = time.monotonic()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *self._command],  # execs, so the process is the program's own
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**self._environment, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"},
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(5)
        self._over = True
        self._reader.join(5)
        os.close(self._master)

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def _read(self) -> None:
        while not self._over:
            if not select.select([self._master], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(self._master, 65536)
            except OSError:  # the program closed its terminal
                return
            at = time.monotonic()
            with self._news:
                self._chunks.append((at, data))
                self._news.notify_all()

    def press(self, keys: str) -> float:
        """Type; returns when (monotonic)."""
        at = time.monotonic()
        os.write(self._master, keys.encode())
        return at

    def mark(self) -> int:
        """A place in the output: from here on."""
        with self._news:
            return len(self._chunks)

    def wait(self, pattern: str, since: int = 0, timeout: float = 10.0) -> float:
        """When (monotonic) the text had arrived, colours aside; a regular expression. Raises Late."""
        wanted = re.compile(pattern.encode())
        end = time.monotonic() + timeout
        text, at = b"", since
        while True:
            with self._news:
                while at >= len(self._chunks):
                    left = end - time.monotonic()
                    if left <= 0 or not self._news.wait(left):
                        raise Late(f"{self._command[0]}: no {pattern!r} within {timeout:.0f} s")
                fresh = self._chunks[at:]
            for moment, data in fresh:
                at += 1
                text += data
                if wanted.search(_STYLE.sub(b"", text)):
                    return moment
                text = text[-TAIL:]

    def settle(self, quiet: float = 0.5, timeout: float = 4.0) -> None:
        """Wait until it has written nothing for a while, or the time is over: some never are quiet."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            before = self.mark()
            time.sleep(quiet)
            if self.mark() == before:
                return

    def output(self) -> bytes:
        """Everything that it wrote."""
        with self._news:
            return b"".join(data for _at, data in self._chunks)
