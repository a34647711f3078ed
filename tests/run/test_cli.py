"""The command line: bad input is one sentence on standard error and an exit code; the screen needs a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from k8s_watch.cli import main

PROGRAM = [sys.executable, "-c", "import sys; from k8s_watch.cli import main; sys.exit(main())"]
RECORDING = Path(__file__).parents[1] / "recordings" / "lesson-k8s-1.36.jsonl.gz"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one sentence; the exit code is that of bad input."""
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("k8s-watch: ")
    assert err.count("\n") == 1
    return err.removeprefix("k8s-watch: ").strip()


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
    assert sentence in said(capsys, *words)


@contextmanager
def on_terminal(
    stdin: int | IO[bytes] | None, stderr: IO[bytes]
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A replay whose standard output is a terminal of 100x30; the other two are as told (None: the same terminal)."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, "replay", str(RECORDING)],
        stdin=slave if stdin is None else stdin,
        stdout=slave,
        stderr=stderr,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"},
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield process, master
    finally:
        process.kill()
        process.wait()
        os.close(master)


def read_until(master: int, wanted: bytes) -> None:
    """Read what the program draws until that was in it; AssertionError after 20 s without a byte."""
    seen = b""
    while wanted not in seen:
        assert select.select([master], [], [], 20)[0], seen[-500:]
        seen += os.read(master, 65536)


def test_a_screen_whose_keys_would_not_come_says_so(tmp_path: Path) -> None:
    """`something | k8s-watch`: it would show everything and obey nothing, not even q."""
    with (tmp_path / "errors").open("w+b") as errors:
        with on_terminal(subprocess.DEVNULL, errors) as (process, _master):
            assert process.wait(20) == 2
        errors.seek(0)
        assert b"standard input" in errors.read()


def test_errors_that_go_to_a_file_leave_the_screen_on_the_terminal(tmp_path: Path) -> None:
    """`k8s-watch 2>errors`: Textual would draw into the file."""
    with (tmp_path / "errors").open("w+b") as errors:
        with on_terminal(None, errors) as (process, master):
            read_until(master, b"WHO ANSWERED")
            os.write(master, b"q")
            read_until(master, b"\x1b[?1049l")
            assert process.wait(20) == 0
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
