"""The command line: bad input is one sentence on standard error and an exit code; the screen needs a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.tui.terminal import BACK, DEADLINE, on_terminal

from k8s_watch.cli import main

PROGRAM = [sys.executable, "-c", "import sys; from k8s_watch.cli import main; sys.exit(main())"]
RECORDING = Path(__file__).parents[1] / "recordings" / "lesson-k8s-1.36.jsonl.gz"
REPLAY = [*PROGRAM, "replay", str(RECORDING)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--plain", "--json"], "exclude each other"),
        (["--read-only", "--allow-faults"], "exclude each other"),
        (["--lab", "--context", "x"], "can't be used with"),
        (["--fast"], "add --lab"),
        (["--url", "ftp://x"], "must begin with http"),
        (["--answer-regex", "("], "not a regular expression"),
        (["--nosuch"], "--nosuch"),
        (["replay"], "FILE"),
        (["replay", "--plain", "/nonexistent"], "/nonexistent"),
        (["replay", "--plain", __file__], "record"),
        (["--plain", "--kubeconfig", "/nonexistent"], "There is no kubeconfig at /nonexistent."),
        (["--plain", "--kubeconfig", __file__], "YAML"),
    ],
)
def test_bad_input_is_one_sentence(
    capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("k8s-watch: ")
    assert err.count("\n") == 1
    assert sentence in err


def test_a_screen_whose_keys_would_not_come_says_so(tmp_path: Path) -> None:
    """`something | k8s-watch`: it would show everything and obey nothing, not even q."""
    with (tmp_path / "errors").open("w+b") as errors:
        with on_terminal(REPLAY, {}, stdin=subprocess.DEVNULL, stderr=errors) as terminal:
            assert terminal.process.wait(DEADLINE) == 2
        errors.seek(0)
        assert b"standard input" in errors.read()


def test_errors_that_go_to_a_file_leave_the_screen_on_the_terminal(tmp_path: Path) -> None:
    """`k8s-watch 2>errors`: Textual would draw into the file."""
    with (tmp_path / "errors").open("w+b") as errors:
        with on_terminal(REPLAY, {}, stderr=errors) as terminal:
            terminal.read_until(b"WHO ANSWERED")
            os.write(terminal.master, b"q")
            terminal.read_until(BACK)
            assert terminal.process.wait(DEADLINE) == 0
            assert BACK in terminal.seen
        errors.seek(0)
        assert errors.read() == b""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "--plain >&-", "--json >&-"])
def test_a_closed_stream_is_no_traceback(closed: str) -> None:
    script = f'exec "$@" replay {RECORDING} {closed}'
    done = subprocess.run(
        ["bash", "-c", script, "bash", *PROGRAM], capture_output=True, timeout=20, check=False
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stdout + done.stderr
