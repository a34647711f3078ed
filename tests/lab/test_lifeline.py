"""A lab process does not outlive its starter."""

from __future__ import annotations

import os
import subprocess
import sys

HOLDER = "import time; from k8s_watch.lab import lifeline; print(lifeline.hold(), flush=True); time.sleep(20)"


def start(lifeline: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "K8S_WATCH_LIFELINE": lifeline}
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
    )


def test_a_process_ends_when_its_stdin_ends() -> None:
    process = start("1")
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"True\n"
    process.stdin.close()
    assert process.wait(timeout=5) == 0
    process.stdout.close()


def test_a_process_run_by_hand_ignores_its_stdin() -> None:
    process = start("")
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"False\n"
    process.stdin.close()
    assert process.poll() is None
    process.kill()
    process.wait(timeout=5)
    process.stdout.close()
