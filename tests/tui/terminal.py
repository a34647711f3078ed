"""A pseudo-terminal of 100x30 for a program under test."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
ALTERNATE, BACK = b"\x1b[?1049h", b"\x1b[?1049l"
DEADLINE = 20.0  # seconds; a start takes one on an idle machine


class Terminal:
    """What the program has written so far."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process, self.master, self.seen = process, master, b""

    def read_until(self, wanted: bytes) -> None:
        """Read until that was written, or the program has ended."""
        until = time.monotonic() + DEADLINE
        while wanted not in self.seen:
            assert time.monotonic() < until, self.seen[-500:]
            if not select.select([self.master], [], [], 0.1)[0]:
                continue
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # Linux: the other end is closed
                piece = b""
            if not piece:
                return
            self.seen += piece


@contextmanager
def on_terminal(
    command: Sequence[str],
    environment: Mapping[str, str],
    stdin: int | None = None,
    stderr: IO[bytes] | None = None,
) -> Iterator[Terminal]:
    """The program while it runs; its standard input and error are the terminal as well, unless told."""
    master, slave = pty.openpty()
    env = {
        **{name: value for name, value in os.environ.items() if name != "NO_COLOR"},
        "PYTHONPATH": f"{ROOT / 'app'}:{ROOT}",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "COLUMNS": "100",
        "LINES": "30",
        "PYTHONIOENCODING": "utf-8",
        **environment,
    }
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=slave if stdin is None else stdin,
        stdout=slave,
        stderr=stderr or slave,
        env=env,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)
