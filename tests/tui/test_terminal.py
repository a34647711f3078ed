"""A real process on a real pseudo-terminal: it gives the terminal back, whoever ends it."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, sys
from tests.tui.conftest import Stage, VIEWS
from k8s_watch.tui.app import ScreenSettings
stage = Stage(VIEWS[sys.argv[1]]())
stage.app.settings = ScreenSettings(mouse="mouse" in sys.argv)
sys.exit(asyncio.run(stage.app.show()) or 0)
"""
ALTERNATE, BACK = b"\x1b[?1049h", b"\x1b[?1049l"
MOUSE = b"\x1b[?1000h"
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
def running(view: str, *words: str, **environment: str) -> Iterator[Terminal]:
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
        [sys.executable, "-c", PROGRAM, view, *words],
        cwd=ROOT,
        stdin=slave,
        stdout=slave,
        stderr=slave,
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(number: signal.Signals) -> None:
    with running("calm") as terminal:
        terminal.read_until(b"WHO ANSWERED")
        assert ALTERNATE in terminal.seen
        terminal.process.send_signal(number)
        terminal.read_until(b"nothing more")
        assert BACK in terminal.seen
        assert b"\x1b[?25h" in terminal.seen.split(ALTERNATE)[-1]  # the cursor
        assert terminal.process.wait(DEADLINE) == 128 + number


def test_q_leaves_with_0_and_no_mouse_leaves_the_mouse_alone() -> None:
    with running("calm") as terminal:
        terminal.read_until(b"WHO ANSWERED")
        assert MOUSE not in terminal.seen
        os.write(terminal.master, b"q")
        terminal.read_until(b"nothing more")
        assert BACK in terminal.seen
        assert terminal.process.wait(DEADLINE) == 0
    with running("calm", "mouse") as terminal:
        terminal.read_until(b"WHO ANSWERED")
        assert MOUSE in terminal.seen


def test_no_color_writes_no_colour() -> None:
    with running("healing", NO_COLOR="1") as terminal:
        terminal.read_until(b"carries everything")
        os.write(terminal.master, b"q")
        terminal.read_until(b"nothing more")
    for code in (b"38;2;", b"48;2;", b"\x1b[38;5", b"\x1b[48;5"):
        assert code not in terminal.seen
    assert b"carries everything" in terminal.seen


def test_an_encoding_without_our_signs_gets_plain_ones() -> None:
    with running("healing", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C") as terminal:
        terminal.read_until(b"carries everything")
        os.write(terminal.master, b"q")
        terminal.read_until(b"nothing more")
    assert b"carries everything" in terminal.seen
    assert terminal.seen.isascii()
    assert b"Traceback" not in terminal.seen
