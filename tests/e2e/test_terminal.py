"""The program as typed into a terminal: whoever ends it, the terminal is as before and no process is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.e2e.spaces import Space
from tests.e2e.terminal import PROGRAM, Terminal, on_terminal, where


@pytest.fixture
async def made(space: Space) -> Space:
    """The lesson's objects; a lab of the program's own is born with them."""
    if not space.cluster.is_lab:
        await space.lesson()
    return space


@pytest.fixture
def terminal(made: Space, tmp_path: Path) -> Iterator[Terminal]:
    with on_terminal(made, tmp_path) as one:
        one.until_says("2 ready of 2", r"1/1 Running 0 .*1/1 Running 0 ", "A +[0-9a-z]+ ")
        yield one


def nothing_is_left(family: list[psutil.Process]) -> None:
    _gone, left = psutil.wait_procs(family, 3)
    assert left == []


def test_q_gives_the_terminal_back(terminal: Terminal) -> None:
    family = terminal.family()
    assert terminal.glass.modes[1049]
    terminal.type("q")
    assert terminal.end() == 0
    terminal.is_as_before()
    nothing_is_left(family)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_a_burst_ends_everything(
    made: Space, terminal: Terminal, number: signal.Signals
) -> None:
    terminal.type("b")
    if not made.cluster.is_lab:
        terminal.until_says("REALLY", "10,000 requests")
        terminal.type("y")
    terminal.until_says("requests/s")
    family = terminal.family()
    assert any("traffic" in " ".join(p.cmdline()) for p in family), "the burst is a process of its own"
    terminal.process.send_signal(number)
    assert terminal.end() == 128 + number
    terminal.is_as_before()
    nothing_is_left(family)


def test_ctrl_c_does_not_end_a_lesson_by_accident(terminal: Terminal) -> None:
    terminal.type("\x03")
    terminal.until_says("Press q to leave")
    terminal.type("q")
    assert terminal.end() == 0
    terminal.is_as_before()


def test_a_terminal_that_is_closed_leaves_no_process(terminal: Terminal) -> None:
    family = [*terminal.family(), psutil.Process(terminal.process.pid)]
    os.close(terminal.slave)
    os.close(terminal.master)
    _gone, left = psutil.wait_procs(family, 8)
    assert left == []


def test_a_program_that_is_killed_leaves_no_process(terminal: Terminal) -> None:
    family = terminal.family()
    terminal.process.kill()
    nothing_is_left(family)


def test_keys_kill_a_pod_and_show_it(made: Space, terminal: Terminal) -> None:
    terminal.until_says("2 pods answer")  # so that its next answer can be waited for
    terminal.type("k")
    if not made.cluster.is_lab:
        terminal.until_says("REALLY", "Kill the main process in")
        terminal.type("y")
    terminal.until_says(r"you killed \w+ \(SIG\w+\): died [\d.]+ s", "answers again", r"1/1 Running 1 ")
    terminal.type("q")
    assert terminal.end() == 0


def piped(made: Space, state: Path, *flags: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "XDG_STATE_HOME": str(state), "PYTHONUNBUFFERED": "1"}
    command = [str(PROGRAM), *where(made), *flags]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)


@pytest.mark.parametrize("flag", ["--plain", "--json"])
def test_a_closed_pipe_ends_it_quietly(made: Space, tmp_path: Path, flag: str) -> None:
    with piped(made, tmp_path, flag) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        family = psutil.Process(process.pid).children(recursive=True)
        process.stdout.close()
        assert process.wait(20) == 0
        assert process.stderr.read() == b""
    nothing_is_left(family)


def test_json_ends_with_a_summary_at_sigint(made: Space, tmp_path: Path) -> None:
    with piped(made, tmp_path, "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        pods: dict[str, dict[str, object]] = {}
        answers = 0
        for line in process.stdout:
            one = json.loads(line)
            if one["type"] == "pod":
                pods[one["name"]] = one
            answers += one["type"] == "answer"
            if len(pods) >= 2 and answers >= 3 and all(p["ready"] == "1/1" for p in pods.values()):
                break
        process.send_signal(signal.SIGINT)
        *_others, last = process.stdout.read().splitlines()
        assert json.loads(last)["type"] == "summary"
        assert process.wait(20) == 0
        assert process.stderr.read() == b""
