"""Status changes at a steady rate, in a process of its own: storm.py KUBECONFIG NAMESPACE RATE SECONDS.

The pods' names come on standard input, a line each, then an empty line; at the end of the input, or after SECONDS,
it prints the rate that was reached.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from pathlib import Path

from api import Api
from stage import MERGE

CONNECTIONS = 3  # one does about 400 a second when nothing else runs


def status(ready: bool, number: int) -> dict[str, object]:
    """A container that serves or does not: what READY shows changes each time."""
    state = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    container = {
        "name": "app",
        "image": "registry.local/none:1",
        "imageID": "",
        "containerID": "containerd://0123456789",
        "ready": ready,
        "started": True,
        "restartCount": 0,
        "state": state,
    }
    condition = {
        "type": "Ready",
        "status": "True" if ready else "False",
        "reason": "" if ready else "ContainersNotReady",
        "message": f"change {number}",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    return {"status": {"phase": "Running", "containerStatuses": [container], "conditions": [condition]}}


class Storm:
    """Changes one pod after another, drawn at random; every change is one that the API server passes on."""

    def __init__(
        self, kubeconfig: Path, namespace: str, names: list[str], rate: float, seconds: float
    ) -> None:
        self._kubeconfig, self._namespace, self._names = kubeconfig, namespace, names
        self._rate, self._begun = rate, time.monotonic()
        self._end = self._begun + seconds
        self._lock = threading.Lock()
        self._sent = 0
        self._ready: set[str] = set()

    def run(self) -> float:
        """Until the time is over, or the input; the rate that was reached."""
        threads = [threading.Thread(target=self._work) for _ in range(CONNECTIONS)]
        for one in threads:
            one.start()
        threading.Thread(target=self._wait_for_the_end, daemon=True).start()
        for one in threads:
            one.join()
        return self._sent / (time.monotonic() - self._begun)

    def _wait_for_the_end(self) -> None:
        sys.stdin.read()
        self._end = min(self._end, time.monotonic())

    def _work(self) -> None:
        api = Api(self._kubeconfig)
        while (due := self._next()) is not None:
            number, name = due
            with self._lock:
                self._ready ^= {name}
                ready = name in self._ready
            path = f"/api/v1/namespaces/{self._namespace}/pods/{name}/status"
            api.ask("PATCH", path, status(ready, number), MERGE)

    def _next(self) -> tuple[int, str] | None:
        """Wait for the next one's turn; None when the time is over."""
        with self._lock:
            self._sent += 1
            number = self._sent
        at = self._begun + number / self._rate
        if at > self._end:
            with self._lock:
                self._sent -= 1
            return None
        time.sleep(max(0.0, at - time.monotonic()))
        return (number, random.choice(self._names)) if time.monotonic() < self._end else None


def main() -> None:
    """Begin when the names are read; print the rate at the end."""
    kubeconfig, namespace, rate, seconds = sys.argv[1:]
    names = [line.strip() for line in iter(sys.stdin.readline, "\n")]
    print(Storm(Path(kubeconfig), namespace, names, float(rate), float(seconds)).run())  # noqa: T201


if __name__ == "__main__":
    main()
