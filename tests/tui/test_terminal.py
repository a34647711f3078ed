"""A real process on a real pseudo-terminal: it gives the terminal back, whoever ends it."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import AbstractContextManager

import pytest
from tests.tui.terminal import ALTERNATE, BACK, DEADLINE, Terminal, on_terminal

PROGRAM = """
import asyncio, sys
from tests.tui.conftest import Stage, VIEWS
from k8s_watch.tui.app import ScreenSettings
stage = Stage(VIEWS[sys.argv[1]]())
stage.app.settings = ScreenSettings(mouse="mouse" in sys.argv)
sys.exit(asyncio.run(stage.app.show()) or 0)
"""
MOUSE = b"\x1b[?1000h"


def running(view: str, *words: str, **environment: str) -> AbstractContextManager[Terminal]:
    return on_terminal([sys.executable, "-c", PROGRAM, view, *words], environment)


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
