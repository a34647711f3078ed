"""One container: its main process, what exec started in it, and what a signal from inside does."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from .applets import Address
from .images import Effect, Image, Process, effect, everyone
from .process import Child
from .status import Object, Run, mounts

BURN_MS = 0.8
"""CPU time per request, milliseconds: the real app serves 1,158 requests/s on about one core."""

Reach = Callable[[str, int], "list[Address] | None"]
Sink = Callable[[bytes], Awaitable[None]]


class Container:
    """A container of a pod; also the sandbox that exec sessions see."""

    def __init__(
        self, pod: Object, spec: Object, image: Image, address: Address, folder: Path, reach: Reach
    ) -> None:
        self.spec = spec
        self.image = image
        self.address = address
        self.hostname: str = pod["spec"].get("hostname") or pod["metadata"]["name"]
        self.run = Run(
            spec["name"], spec["image"], resources=spec.get("resources") or {}, mounts=mounts(spec)
        )
        self.folder = folder
        self.main: Child | None = None
        self.helpers: list[Child] = []
        self.helpers_cpu = 0.0
        self.environment = _environment(pod, spec)
        self.grace = float(pod["spec"].get("terminationGracePeriodSeconds") or 30)
        self.probed: set[str] = set()  # probes whose initial delay is over in this run
        self._reach = reach

    @property
    def log(self) -> Path:
        """The running (or last) container's log."""
        return self.folder / f"{self.run.restarts}.log"

    @property
    def previous_log(self) -> Path:
        """The log of the container before it."""
        return self.folder / f"{self.run.restarts - 1}.log"

    def start(self) -> None:
        """Start the main process, under a new container ID."""
        self.run.begin(f"containerd://{secrets.token_hex(32)}", time.time())
        self.folder.mkdir(parents=True, exist_ok=True)
        old = self.folder / f"{self.run.restarts - 2}.log"
        for stale in (old, Path(f"{old}.1")):
            stale.unlink(missing_ok=True)
        host, port = self.address
        settings = {
            "serves": self.image.serves,
            "greeting": self.image.greeting(host, port),
            "name": self.hostname,
            "host": host,
            "port": port,
            "burn_ms": BURN_MS if self.image.serves in {"hello", "moody"} else 0.1,
            "log": str(self.log),
            "ends_with": self.image.ends_with,
            "lives": self.image.lives,
            "exit_code": self.image.exit_code,
            "says": "I quit",
            "warm_up": self.image.warm_up,
        }
        self.helpers_cpu = 0.0
        self.probed.clear()
        self.main = Child("workload.py", [json.dumps(settings)])
        self.run.image = _full(self.image.name)
        self.run.image_id = f"{_full(self.image.name).rsplit(':', 1)[0]}@{self.image.digest}"

    async def ended(self) -> tuple[int, float]:
        """Wait for the end of the main process: exit code and time. What exec started dies with it."""
        assert self.main is not None
        await self.main.ended.wait()
        for helper in self.helpers:
            helper.kill()
        return self.main.code or 0, self.main.finished or time.time()

    def alive(self) -> bool:
        """Whether the main process runs."""
        return self.main is not None and self.main.code is None

    def cpu_seconds(self) -> float:
        """CPU time of everything that ran in this container since its start."""
        if self.main is None:
            return 0.0
        return self.main.cpu_seconds() + self.helpers_cpu + sum(h.cpu_seconds() for h in self.helpers)

    def memory_bytes(self) -> int:
        """Resident memory of its processes."""
        return (self.main.memory_bytes() if self.main else 0) + sum(h.memory_bytes() for h in self.helpers)

    def terminate(self) -> None:
        """SIGTERM from the node, from outside the PID namespace: PID 1 may still ignore it."""
        if self.main is not None:
            self.main.send(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL from the node: nothing survives it."""
        if self.main is not None:
            self.main.kill()

    # the sandbox

    def processes(self) -> list[Process]:
        """What `ps` shows."""
        return list(self.image.processes)

    def signal(self, pid: int, number: int) -> Effect:
        """A signal from inside the container."""
        done = everyone(self.image, number) if pid == -1 else effect(self.image, pid, number)
        if done.real is not None and self.main is not None:
            self.main.send(done.real, done.exit_code)
        return done

    async def died(self, seconds: float) -> bool:
        """Whether the main process ends within this time."""
        if self.main is None:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self.main.ended.wait()
        except TimeoutError:
            return False
        return True

    def reach(self, host: str, port: int) -> list[Address] | None:
        """Addresses behind a name as this container sees it: 127.0.0.1 is its own pod."""
        if host in {"localhost", "127.0.0.1", self.hostname, self.address[0]}:
            return [self.address] if port == self.image_port() else []
        return self._reach(host, port)

    def image_port(self) -> int:
        """The port that the app listens on, as the pod sees it."""
        return self.address[1] if self.address[0] != "127.0.0.1" else self.image.port

    async def bench(self, arguments: list[str], out: Sink, err: Sink) -> int:
        """Run the load generator as a process of this container."""
        child = Child("bench.py", arguments, output=True)
        self.helpers.append(child)
        try:
            await asyncio.gather(_pass_on(child.output, out), _pass_on(child.errors, err))
            await child.ended.wait()
        finally:
            child.kill()
            await child.ended.wait()
            self.helpers.remove(child)
            self.helpers_cpu += child.cpu_seconds()
        return child.code or 0


async def _pass_on(descriptor: int, to: Sink) -> None:
    """What a process writes, until it closes it."""
    loop = asyncio.get_running_loop()
    while data := await loop.run_in_executor(None, os.read, descriptor, 65536):
        await to(data)


def _full(name: str) -> str:
    from .images import full_name

    return full_name(name)


def _environment(pod: Object, spec: Object) -> dict[str, str]:
    meta = pod["metadata"]
    found = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOSTNAME": pod["spec"].get("hostname") or meta["name"],
        "KUBERNETES_SERVICE_HOST": "10.96.0.1",
        "KUBERNETES_SERVICE_PORT": "443",
        "HOME": "/root",
    }
    fields = {
        "metadata.name": meta["name"],
        "metadata.namespace": meta.get("namespace", ""),
        "spec.nodeName": "lab",
    }
    for variable in spec.get("env") or []:
        origin = (variable.get("valueFrom") or {}).get("fieldRef", {}).get("fieldPath", "")
        found[variable["name"]] = str(variable.get("value") or fields.get(origin, ""))
    return found


def port_of(image: Image, spec: Object) -> int:
    """The port that the container's app will listen on; agnhost takes it from its arguments."""
    for argument in [*(spec.get("command") or []), *(spec.get("args") or [])]:
        if argument.startswith("--http-port=") and argument[12:].isdigit():
            return int(argument[12:])
    return image.port


def refusal(image: Image, spec: Object) -> str:
    """Why the lab can't run this container as it is specified; "" when it can."""
    from ..model.words import _

    command = list(spec.get("command") or [])
    if command and not (image.argv and command[0] == "/agnhost"):
        return _("the lab's images can't run another command than their own")
    arguments = command[1:] + list(spec.get("args") or [])
    if arguments and not image.argv:
        return _("the lab's images take no arguments, except agnhost")
    if (
        image.argv
        and arguments
        and (arguments[0] != "netexec" or any(not a.startswith("--http-port=") for a in arguments[1:]))
    ):
        return _("the lab's agnhost knows only: netexec --http-port=N")
    if spec.get("lifecycle"):
        return _("the lab has no lifecycle hooks")
    return ""
