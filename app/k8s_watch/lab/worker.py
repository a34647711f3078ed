"""One pod on the node, from its sandbox to its end: what kubelet's pod worker does."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from pathlib import Path
from typing import Protocol

from ..model.words import _
from . import backoff, status
from .client import Api, ApiFault, Mirror
from .container import Container, Reach, port_of, refusal
from .images import Image, find
from .periods import Periods
from .probes import watch_over
from .pulling import pull
from .recorder import Recorder
from .status import Object, Run

# Measured on a real node (recordings): a dead container is in the status 0.25-0.32 s after its end,
# and the next one runs 0.13 s later.
_NOTICE, _RESTART = 0.25, 0.1
_SANDBOX = 0.15  # seconds for the pod's network; 0.6 on a real node
_GONE = 0.7  # from the last status to the pod's removal; as on a real node


class Addresses(Protocol):
    """Hands out the pods' addresses."""

    def take(self, port: int) -> tuple[str, int]:
        """A free address."""
        ...

    def give_back(self, address: tuple[str, int]) -> None:
        """It is free again."""
        ...


class PodWorker:
    """Runs one pod and tells the API about it."""

    def __init__(
        self,
        pod: Object,
        api: Api,
        pods: Mirror,
        recorder: Recorder,
        periods: Periods,
        logs: Path,
        addresses: Addresses,
        reach: Reach,
    ) -> None:
        self.pod = pod
        self.uid: str = pod["metadata"]["uid"]
        self.containers: dict[str, Container] = {}
        self.runs: dict[str, Run] = {}
        self.address: tuple[str, int] = ("", 0)
        self.deleting = asyncio.Event()
        self.periods = periods
        self.recorder = recorder
        self._api, self._pods, self._logs = api, pods, logs
        self._addresses, self._reach = addresses, reach
        self._sandbox = False
        self._dirty = asyncio.Event()

    def update(self, pod: Object) -> None:
        """The pod as the API now has it."""
        self.pod = pod
        if pod["metadata"].get("deletionTimestamp"):
            self.deleting.set()

    def tell(self, reason: str, message: str, warning: bool = False, container: str = "") -> None:
        """An event about the pod, as kubelet."""
        field = f"spec.containers{{{container}}}" if container else ""
        self.recorder.tell(self.pod, "kubelet", reason, message, warning, field)

    @property
    def reference(self) -> str:
        """The pod as kubelet names it in messages."""
        meta = self.pod["metadata"]
        return f"{meta['name']}_{meta['namespace']}({self.uid})"

    async def run(self) -> None:
        """From the first status to the pod's removal."""
        self.update(self.pod)
        writer = asyncio.create_task(self._write())
        life = asyncio.create_task(self._live())
        try:
            waiting = asyncio.create_task(self.deleting.wait())
            await asyncio.wait({waiting, life}, return_when=asyncio.FIRST_COMPLETED)
            await self.deleting.wait()
            life.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await life
            await self._stop()
            await self._written()
            await asyncio.sleep(_GONE)
            await self._remove()
        finally:
            writer.cancel()
            life.cancel()
            for container in self.containers.values():
                container.kill()
            if self.address[1]:
                self._addresses.give_back(self.address)

    def publish(self) -> None:
        """Write the status soon."""
        self._dirty.set()

    async def _write(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            try:
                await self._write_once()
            except ApiFault as fault:
                if fault.status == 404:
                    return
                await asyncio.sleep(0.2)
                self._dirty.set()

    async def _write_once(self) -> None:
        now = time.time()
        old: Object = self.pod.get("status") or {}
        new = status.pod_status(self.pod, list(self.runs.values()), self.address[0], self._sandbox, now)
        difference = status.change(old, new)
        if not difference:
            return
        changed = {"metadata": {"uid": self.uid}, "status": difference}
        answer = await self._api.patch("pods", self.pod, changed, sub="status")
        self.pod = answer
        self._pods.apply(answer)

    async def _written(self) -> None:
        """Write what is left to write; gives up when the pod has gone."""
        while True:
            try:
                await self._write_once()
            except ApiFault as fault:
                if fault.status == 404:
                    return
                await asyncio.sleep(0.3)
            else:
                return

    async def _remove(self) -> None:
        while True:
            try:
                await self._api.delete("pods", self.pod, grace=0)
            except ApiFault as fault:
                if fault.status in {404, 409}:
                    return
                await asyncio.sleep(0.3)
            else:
                return

    async def _live(self) -> None:
        spec = self.pod["spec"]
        before = {s["name"]: s for s in (self.pod.get("status") or {}).get("containerStatuses") or []}
        for container in spec["containers"]:
            self.runs[container["name"]] = status.resumed(
                container, before.get(container["name"]), time.time()
            )
        if _over(self.pod):
            return
        if spec.get("initContainers"):
            await self._refuse(_("the lab runs no init containers"))
            return
        self.publish()
        await self._take_address()
        await asyncio.sleep(_SANDBOX)
        self._sandbox = True
        async with asyncio.TaskGroup() as group:
            for container in spec["containers"]:
                group.create_task(self._keep(container))

    async def _refuse(self, why: str) -> None:
        for run in self.runs.values():
            run.wait("CreateContainerError", why)
        self.publish()
        self.tell("Failed", _("Error: {why}").format(why=why), warning=True)

    async def _take_address(self) -> None:
        first = self.pod["spec"]["containers"][0]
        image = find(first["image"])
        self.address = self._addresses.take(port_of(image, first) if image else 5000)
        if self.address[0] != "127.0.0.1":
            return  # status.podIP tells it
        note = {"lab.k8s-watch/address": f"{self.address[0]}:{self.address[1]}"}
        while True:
            try:
                answer = await self._api.patch("pods", self.pod, {"metadata": {"annotations": note}})
            except ApiFault as fault:
                if fault.status == 404:
                    return
                await asyncio.sleep(0.3)
            else:
                self.pod = answer
                self._pods.apply(answer)
                return

    async def _keep(self, spec: Object) -> None:
        """Pull, start, and restart one container for as long as the restart policy says."""
        run = self.runs[spec["name"]]
        held = backoff.RestartBackoff(
            self.periods.backoff, self.periods.forget, level=1 if run.container_id else 0
        )
        while True:
            image = await pull(self, spec)
            why = refusal(image, spec)
            if why:
                run.wait("CreateContainerError", why)
                self.publish()
                self.tell("Failed", _("Error: {why}").format(why=why), warning=True, container=spec["name"])
                return
            container = self._container(spec, image)
            container.start()
            self.tell("Created", "Container created", container=spec["name"])
            self.tell("Started", "Container started", container=spec["name"])
            code, finished = await watch_over(self, container)
            await asyncio.sleep(_NOTICE)
            run.end(code, finished)
            self.publish()
            policy = self.pod["spec"].get("restartPolicy", "Always")
            if policy == "Never" or (policy == "OnFailure" and code == 0):
                return
            await self._hold_back(run, held, finished)

    async def _hold_back(self, run: Run, held: backoff.RestartBackoff, finished: float) -> None:
        delay = held.after(finished)
        if delay:
            message = f"Back-off restarting failed container {run.name} in pod {self.reference}"
            self.tell("BackOff", message, warning=True, container=run.name)
            waiting = (
                f"back-off {backoff.said(delay)} restarting failed container={run.name} pod={self.reference}"
            )
            looks = backoff.looks(delay, random.random, self.periods.backoff)
            # STATUS says Completed or Error until kubelet looks at the pod again: at the end of the delay,
            # or earlier where the delay is longer than a minute
            await asyncio.sleep(max(0.0, looks[0] - (time.time() - finished)))
            run.wait("CrashLoopBackOff", waiting)
            self.publish()
            await asyncio.sleep(max(0.2, sum(looks) - (time.time() - finished)))
        else:
            await asyncio.sleep(_RESTART)
        held.restarted(time.time())

    def _container(self, spec: Object, image: Image) -> Container:
        name = spec["name"]
        if name not in self.containers:
            address = (
                self.address[0],
                port_of(image, spec) if self.address[0] != "127.0.0.1" else self.address[1],
            )
            folder = self._logs / self.uid / name
            self.containers[name] = Container(self.pod, spec, image, address, folder, self._reach)
            self.containers[name].run = self.runs[name]
        return self.containers[name]

    async def stop_container(self, container: Container, grace: float) -> None:
        """SIGTERM, the grace period, SIGKILL."""
        if not container.alive():
            return
        container.terminate()
        if not await container.died(grace):
            container.kill()
            await container.died(5)

    async def _stop(self) -> None:
        grace = float(self.pod["metadata"].get("deletionGracePeriodSeconds") or 0)
        running = [c for c in self.containers.values() if c.run.running]
        for container in running:
            self.tell("Killing", f"Stopping container {container.run.name}", container=container.run.name)
        await asyncio.gather(*(self.stop_container(c, grace) for c in running))
        if running:
            await asyncio.sleep(_NOTICE)
        for container in running:
            code, finished = await container.ended()
            container.run.end(code, finished)
        for run in self.runs.values():
            if not run.ended and not run.container_id:
                run.end(137, time.time(), "ContainerStatusUnknown")
        self._sandbox = False


def _over(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}
