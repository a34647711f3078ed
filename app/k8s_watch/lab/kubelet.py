"""The node: a worker for each pod that is bound to it, their addresses, and the node's own object."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import socket
from pathlib import Path

from . import names
from .applets import Address
from .box import Box
from .client import Api, ApiFault, Mirror, Object
from .container import Container
from .periods import periods
from .recorder import Recorder
from .worker import PodWorker

NODE = "lab"
CPUS = 2.0
"""The node's CPU capacity: small on purpose, so that "Insufficient cpu" can happen (twenty pods of 100m)."""
MEMORY = 4 * 1024**3
"""Bytes."""
PODS = 110


class LoopbackAddresses:
    """The pods' addresses: pod_net.N where the machine has them, else 127.0.0.1 with a port each."""

    def __init__(self, pod_net: str) -> None:
        self._net = pod_net
        self._taken: set[int] = set()
        self._next = 2

    def take(self, port: int) -> Address:
        """A free address; the numbers go round, so that a new pod has a new one."""
        if not self._net:
            return "127.0.0.1", _free_port()
        for _ in range(253):
            number = self._next
            self._next = 2 if number >= 254 else number + 1
            if number not in self._taken:
                self._taken.add(number)
                return f"{self._net}.{number}", port
        raise OSError("no address is free")

    def give_back(self, address: Address) -> None:
        """It is free again."""
        if self._net:
            self._taken.discard(int(address[0].rsplit(".", 1)[1]))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Kubelet:
    """Starts and ends pod workers as pods come and go."""

    def __init__(self, box: Box, api: Api, mirrors: dict[str, Mirror], recorder: Recorder) -> None:
        self.box = box
        self.workers: dict[str, PodWorker] = {}
        self._api, self._mirrors, self._recorder = api, mirrors, recorder
        self._addresses = LoopbackAddresses(box.pod_net)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        mirrors["pods"].listeners.append(self._pod)

    def _pod(self, old: Object | None, new: Object | None) -> None:
        pod = new or old
        assert pod is not None
        uid = pod["metadata"]["uid"]
        worker = self.workers.get(uid)
        if new is None:
            if task := self._tasks.pop(uid, None):
                task.cancel()
            self.workers.pop(uid, None)
        elif worker is not None:
            worker.update(new)
        elif new["spec"].get("nodeName") == NODE:
            self._begin(uid, new)

    def _begin(self, uid: str, pod: Object) -> None:
        worker = PodWorker(
            pod,
            self._api,
            self._mirrors["pods"],
            self._recorder,
            periods(self.box.fast),
            Path(self.box.home) / "logs",
            self._addresses,
            self.reach,
        )
        self.workers[uid] = worker
        self._tasks[uid] = asyncio.create_task(worker.run(), name=f"pod-{pod['metadata']['name']}")

    def container(self, namespace: str, pod: str, name: str) -> Container | None:
        """A container that has been started."""
        found = self._mirrors["pods"].get(namespace, pod)
        worker = self.workers.get(found["metadata"]["uid"]) if found else None
        return worker.containers.get(name) if worker else None

    def reach(self, host: str, port: int) -> list[Address] | None:
        """What a name means inside the lab: a Service by name or cluster IP, a pod's address, the entry."""
        for slice_ in self._mirrors["endpointslices"].items.values():
            for endpoint in slice_.get("endpoints") or []:
                if host in endpoint["addresses"]:
                    return [(host, port)]
        service = self._service(host)
        if service is None:
            return None
        return service_addresses(service, port, list(self._mirrors["endpointslices"].items.values()))

    def _service(self, host: str) -> Object | None:
        parts = host.split(".")
        for service in self._mirrors["services"].items.values():
            meta, spec = service["metadata"], service["spec"]
            named = (
                parts[0] == meta["name"] and (parts[1] if len(parts) > 1 else "default") == meta["namespace"]
            )
            if named or host == spec.get("clusterIP"):
                found: Object = service
                return found
        return None

    async def register(self) -> None:
        """Make the node's object, Ready."""
        node = node_object()
        while True:
            try:
                try:
                    await self._api.create("nodes", node)
                except ApiFault as fault:
                    if fault.status != 409:
                        raise
                await self._api.patch("nodes", node, {"status": node["status"]}, sub="status")
            except ApiFault:
                await asyncio.sleep(0.1)
            else:
                return

    async def close(self) -> None:
        """End every pod's processes."""
        for task in self._tasks.values():
            task.cancel()
        for task in self._tasks.values():
            with contextlib.suppress(asyncio.CancelledError):
                await task


def service_addresses(service: Object, port: int, slices: list[Object]) -> list[Address]:
    """The ready addresses behind a Service's port."""
    meta = service["metadata"]
    wanted = next((p for p in service["spec"].get("ports") or [] if p["port"] == port), None)
    found: list[Address] = []
    for slice_ in slices:
        labels = slice_["metadata"].get("labels") or {}
        if slice_["metadata"]["namespace"] != meta["namespace"] or wanted is None:
            continue
        if labels.get("kubernetes.io/service-name") != meta["name"]:
            continue
        numbers = [
            p["port"]
            for p in slice_.get("ports") or []
            if (p.get("name") or "") == (wanted.get("name") or "")
        ]
        for endpoint in slice_.get("endpoints") or []:
            if numbers and endpoint.get("conditions", {}).get("ready"):
                found += [(address, numbers[0]) for address in endpoint["addresses"]]
    return found


def node_object() -> Object:
    """The node as `kubectl get nodes` shows it."""
    now = names.now()
    capacity = {
        "cpu": f"{CPUS:g}",
        "memory": f"{MEMORY // 1024}Ki",
        "pods": str(PODS),
        "ephemeral-storage": "10Gi",
    }
    conditions = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": NODE,
            "labels": {
                "beta.kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/os": "linux",
                "kubernetes.io/hostname": NODE,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "ingress-ready": "true",
            },
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": {},
        "status": {
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": [
                {
                    "type": kind,
                    "status": state,
                    "reason": reason,
                    "message": message,
                    "lastHeartbeatTime": now,
                    "lastTransitionTime": now,
                }
                for kind, state, reason, message in conditions
            ],
            "addresses": [
                {"type": "InternalIP", "address": "127.0.0.1"},
                {"type": "Hostname", "address": NODE},
            ],
            "nodeInfo": {
                "architecture": "amd64",
                "operatingSystem": "linux",
                "osImage": "k8s-watch lab",
                "kernelVersion": platform.release(),
                "kubeletVersion": "v1.36.3",
                "kubeProxyVersion": "",
                "containerRuntimeVersion": "lab://1",
                "machineID": "",
                "systemUUID": "",
                "bootID": str(os.getpid()),
            },
        },
    }
