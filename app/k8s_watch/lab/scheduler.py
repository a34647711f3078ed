"""Binds pods to the one node while its CPU, memory and pod count last, and says why not otherwise."""

from __future__ import annotations

import time

from . import names
from .client import Api, Mirror, Object, key
from .kubelet import CPUS, MEMORY, NODE, PODS
from .queues import WorkQueue
from .recorder import Recorder
from .replicasets import condition

_WHO = "default-scheduler"
_AGAIN = 300.0  # seconds after which an unschedulable pod is tried again, if nothing has changed before


def requested(pod: Object, resource: str) -> float:
    """What its containers request of "cpu" (cores) or "memory" (bytes)."""
    return sum(
        names.quantity(((c.get("resources") or {}).get("requests") or {}).get(resource, 0))
        for c in pod["spec"]["containers"]
    )


def verdict(pod: Object, running: list[Object], node_labels: dict[str, str]) -> str:
    """Why the node can't take it, in the scheduler's words; "" when it can."""
    wanted = pod["spec"].get("nodeSelector") or {}
    if not wanted.items() <= node_labels.items():
        return "1 node(s) didn't match Pod's node affinity/selector"
    reasons = []
    if len(running) + 1 > PODS:
        reasons.append("1 Too many pods")
    if sum(requested(p, "cpu") for p in running) + requested(pod, "cpu") > CPUS + 1e-9:
        reasons.append("1 Insufficient cpu")
    if sum(requested(p, "memory") for p in running) + requested(pod, "memory") > MEMORY:
        reasons.append("1 Insufficient memory")
    return ", ".join(reasons)


def message(reasons: str, pod: Object) -> str:
    """The whole sentence of the FailedScheduling event: what even an empty node lacks, no pod can make room for."""
    if "affinity" in reasons or requested(pod, "cpu") > CPUS or requested(pod, "memory") > MEMORY:
        tail = "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    else:
        tail = "no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    return f"0/1 nodes are available: {reasons}. {tail}"


class Scheduler:
    """Looks at each pod without a node, in the order they came."""

    def __init__(self, api: Api, mirrors: dict[str, Mirror], recorder: Recorder) -> None:
        self._api, self._recorder = api, recorder
        self._pods, self._nodes = mirrors["pods"], mirrors["nodes"]
        self._told: dict[str, str] = {}
        self._bound: dict[str, Object] = {}  # by uid: what fills the node
        self.queue = WorkQueue("scheduler", self.sync)
        self._pods.listeners.append(self._pod)
        self._nodes.listeners.append(lambda _old, _new: self._retry())

    def _pod(self, old: Object | None, new: Object | None) -> None:
        pod = new or old or {}
        uid = pod["metadata"]["uid"]
        ended = new is None or (new.get("status") or {}).get("phase") in {"Succeeded", "Failed"}
        if ended:
            self._told.pop(uid, None)
            if self._bound.pop(uid, None) is not None:
                self._retry()  # room has come free
        elif pod["spec"].get("nodeName"):
            self._bound[uid] = pod
        elif old is None or old["spec"] != pod["spec"]:
            self.queue.add(key(pod))

    def _retry(self) -> None:
        for pod in self._pods.items.values():
            if not pod["spec"].get("nodeName") and pod["metadata"]["uid"] in self._told:
                self.queue.add(key(pod))

    async def sync(self, where: str) -> float | None:
        """Bind one pod or say why not."""
        pod = self._pods.items.get(where)
        if pod is None or pod["spec"].get("nodeName") or pod["metadata"].get("deletionTimestamp"):
            return None
        if pod["spec"].get("schedulerName", _WHO) != _WHO:
            return None
        if pod["spec"].get("schedulingGates"):
            await self._condition(
                pod, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"
            )
            return None
        node = self._nodes.get("", NODE)
        if node is None:
            return 0.05
        reasons = verdict(pod, list(self._bound.values()), node["metadata"].get("labels") or {})
        if reasons:
            await self._refuse(pod, message(reasons, pod))
            return _AGAIN
        await self._bind(pod)
        return None

    async def _bind(self, pod: Object) -> None:
        meta = pod["metadata"]
        self._bound[meta["uid"]] = pod
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]},
            "target": {"kind": "Node", "name": NODE},
        }
        try:
            await self._api.create("pods", binding, sub="binding", name=meta["name"])
        except Exception:
            self._bound.pop(meta["uid"], None)
            raise
        self._told.pop(meta["uid"], None)
        said = f"Successfully assigned {meta['namespace']}/{meta['name']} to {NODE}"
        self._recorder.tell(pod, _WHO, "Scheduled", said)

    async def _refuse(self, pod: Object, why: str) -> None:
        uid = pod["metadata"]["uid"]
        self._recorder.tell(pod, _WHO, "FailedScheduling", why, warning=True)
        if self._told.get(uid) != why:
            await self._condition(pod, "Unschedulable", why)
            self._told[uid] = why

    async def _condition(self, pod: Object, reason: str, why: str) -> None:
        before = condition(pod, "PodScheduled")
        if before is not None and (before.get("reason"), before.get("message")) == (reason, why):
            return
        others = [c for c in (pod.get("status") or {}).get("conditions") or [] if c["type"] != "PodScheduled"]
        found = {
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": None,
            "lastTransitionTime": names.stamp(time.time()),
            "reason": reason,
            "message": why,
        }
        change = {"status": {"conditions": [*others, found]}}
        self._pods.apply(await self._api.patch("pods", pod, change, sub="status"))
