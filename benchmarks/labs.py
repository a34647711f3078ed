"""The lab: how soon the first row is there when it runs already, and two answering pods when it does not."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from measures import Times
from programs import environment
from terminal import Terminal

from k8s_watch.model.lesson import NAME

HERE = Path(sys.executable).parent
ROW = NAME + r"-[a-z0-9]+-[a-z0-9]{5}|…[a-z0-9]{5} "
SHARE = " [a-z0-9]{5} \u2501"  # the second pod's line beside the strip: it has answered
PATIENCE = 20.0  # seconds


@dataclass(frozen=True)
class Starts:
    """From exec, in seconds."""

    row: Times  # the first pod's row, the lab running already
    kubectl: Times  # the same of `kubectl get pods -w`
    two: Times  # `--lab` from nothing: both pods have answered


def lab_starts(count: int) -> Starts:
    """Measure all three."""
    ours = str(HERE / "k8s-watch")
    rows: list[float] = []
    kubectl: list[float] = []
    with _lab() as kubeconfig:
        for _ in range(count):
            rows.append(_until(ROW, [ours], kubeconfig))
            kubectl.append(_until(ROW, [str(HERE / "kubectl"), "get", "pods", "-w"], kubeconfig))
    two = [_until("B" + SHARE, [ours, "--lab"], "") for _ in range(count)]
    return Starts(Times(tuple(rows)), Times(tuple(kubectl)), Times(tuple(two)))


def _until(pattern: str, command: list[str], kubeconfig: str) -> float:
    with Terminal(command, environment(kubeconfig)) as terminal:
        return terminal.wait(pattern, timeout=PATIENCE) - terminal.begun


@contextmanager
def _lab() -> Iterator[str]:
    """A lab whose two pods run; its kubeconfig."""
    process = subprocess.Popen(
        [str(HERE / "k8s-watch"), "lab"], stdout=subprocess.PIPE, text=True, env=environment("")
    )
    try:
        assert process.stdout is not None
        found = next(found for line in process.stdout if (found := re.search("KUBECONFIG=(.+)", line)))
        kubeconfig = found[1].strip()
        _wait_for_pods(kubeconfig)
        time.sleep(2.0)  # what it does for its own start is over
        yield kubeconfig
    finally:
        process.terminate()
        process.wait(10)


def _wait_for_pods(kubeconfig: str) -> None:
    """Until both are available; the Deployment itself may not be there yet."""
    what = ["wait", f"deployment/{NAME}", "--for=condition=Available", "--timeout=20s"]
    end = time.monotonic() + PATIENCE
    while subprocess.run(
        [str(HERE / "kubectl"), *what], env=environment(kubeconfig), capture_output=True, check=False
    ).returncode:
        if time.monotonic() > end:
            raise TimeoutError("the lab's pods do not become available")
        time.sleep(0.2)
