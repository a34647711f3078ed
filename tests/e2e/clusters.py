"""The two clusters, seen alike: how to reach one, and how its API server goes away and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
KUBECTL = Path(sys.executable).parent / "kubectl"
CLUSTER = ROOT / "tests" / "cluster" / "cluster.py"
PATIENCE = 60.0  # seconds: this machine may build something else beside


async def until(what: Callable[[], T], why: Callable[[], str] | str, within: float = PATIENCE) -> T:
    """Look 20 times a second until `what` is true; returns it. `why` is the failure's sentence."""
    end = time.monotonic() + within
    while not (found := what()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {within:g} s: {why if isinstance(why, str) else why()}")
        await asyncio.sleep(0.05)
    return found


class Cluster(ABC):
    """One cluster. `entry` is the URL of what behaves like an ingress controller."""

    name: str
    kubeconfig: Path
    entry: str

    @property
    def is_lab(self) -> bool:
        return self.name == "lab"

    async def kubectl(self, *words: str, feed: str | None = None, check: bool = True) -> str:
        """What kubectl prints, both streams; it runs beside this loop's screen."""
        process = await asyncio.create_subprocess_exec(
            str(KUBECTL), "--kubeconfig", str(self.kubeconfig), *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await asyncio.wait_for(process.communicate(feed.encode() if feed else None), PATIENCE)
        text = out.decode(errors="replace")
        assert not check or process.returncode == 0, f"kubectl {' '.join(words)}: {text}"
        return text

    async def answers(self) -> None:
        """Wait until the API server is ready."""
        end = time.monotonic() + PATIENCE
        while (await self.kubectl("get", "--raw", "/readyz", "--request-timeout=2s", check=False)) != "ok":
            assert time.monotonic() < end, f"the API server of {self.name} does not answer"
            await asyncio.sleep(0.1)

    @abstractmethod
    def api(self) -> psutil.Process:
        """The process of the API server."""

    def pause(self) -> psutil.Process:
        """Stop the API server (SIGSTOP); `.resume()` lets it go on."""
        process = self.api()
        process.suspend()
        return process

    @abstractmethod
    async def revive(self) -> None:
        """Start the API server that was killed, and wait until it answers."""

    @abstractmethod
    async def cut(self, seconds: float) -> None:
        """Take the API server away for about `seconds`; it comes back with `revive`, or by itself."""

    @abstractmethod
    def mains(self, pod: str) -> list[psutil.Process]:
        """The pod's processes on this machine, the main one first."""


class _Lab(Cluster):
    name = "lab"

    def __init__(self, starter: psutil.Process, facts: dict[str, str]) -> None:
        self.kubeconfig, self.entry = Path(facts["kubeconfig"]), facts["entry"]
        self._starter = starter

    def api(self) -> psutil.Process:
        return next(p for p in self._starter.children() if "k8s_watch.lab.server" in p.cmdline())

    async def revive(self) -> None:
        """Its starter does."""
        await self.answers()

    async def cut(self, seconds: float) -> None:
        """By the lab's own door for it."""
        await self.kubectl("create", "--raw", f"/lab/outage?seconds={seconds:g}", "-f", "/dev/null")

    def mains(self, pod: str) -> list[psutil.Process]:
        node = next(p for p in self._starter.children() if "k8s_watch.lab.node" in p.cmdline())
        return [p for p in node.children(recursive=True) if pod in " ".join(p.cmdline())]


@contextmanager
def the_lab() -> Iterator[Cluster]:
    """An empty lab with Kubernetes' own periods, as long as the block; it never outlives this process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "k8s_watch.lab.start", "--empty"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "K8S_WATCH_LIFELINE": "1", "PYTHONPATH": str(ROOT / "app")},
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield _Lab(psutil.Process(process.pid), json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(10)


class _Real(Cluster):
    name = "real"

    def __init__(self, number: int, kubeconfig: str, entry: str) -> None:
        self.number, self.kubeconfig, self.entry = number, Path(kubeconfig), entry
        self._pids = self.kubeconfig.parents[1] / "pid"

    def api(self) -> psutil.Process:
        return psutil.Process(int((self._pids / "kube-apiserver").read_text().split()[0]))

    async def revive(self) -> None:
        """`cluster.py up` starts what died."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(CLUSTER), "up", "--number", str(self.number),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode == 0, out.decode()
        await self.answers()

    async def cut(self, seconds: float) -> None:
        """Killed: whoever calls revives it."""
        kill(self.api())

    def mains(self, pod: str) -> list[psutil.Process]:
        return [p for p in psutil.process_iter() if _host_name(p) == pod and p.name() != "pause"]


def _host_name(process: psutil.Process) -> str:
    """The name of the pod whose process this is, or of this machine."""
    with contextlib.suppress(psutil.Error):
        return process.environ().get("HOSTNAME", "")
    return ""


def the_real_one(number: int) -> Cluster:
    """The cluster that `make cluster` brought up. ConnectionError, with what to do, where it does not answer."""
    command = [sys.executable, str(CLUSTER), "env", "--number", str(number)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    facts = dict(line.removeprefix("export ").split("=", 1) for line in said.splitlines())
    asked = [
        str(KUBECTL),
        "--kubeconfig",
        facts["KUBECONFIG"],
        "get",
        "--raw",
        "/readyz",
        "--request-timeout=5s",
    ]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    if answer.stdout != "ok":
        raise ConnectionError(
            f"The real cluster (number {number}) does not answer: `make cluster` brings it up. {answer.stderr.strip()}"
        )
    return _Real(number, facts["KUBECONFIG"], facts["ENTRY"])


def how_many_are_up(first: int) -> int:
    """How many real clusters answer, from number `first` to the last before a gap."""
    count = 0
    with contextlib.suppress(ConnectionError):
        while the_real_one(first + count):
            count += 1
    return count


def kill(process: psutil.Process) -> None:
    """SIGKILL, as the kernel does it when memory is out."""
    process.send_signal(signal.SIGKILL)
