"""ReplicaSet -> Pods: how many to make, and which to delete, as the controller manager decides."""

from __future__ import annotations

import asyncio
import copy
import functools
import math
import time

from . import names
from .client import Api, ApiFault, Mirror, Object, key
from .labels import matches
from .queues import WorkQueue
from .recorder import Recorder

_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}
_BURST = 500  # pods made or deleted in one go, at most


def owner(thing: Object) -> Object | None:
    """Its controller's reference."""
    found: list[Object] = thing["metadata"].get("ownerReferences") or []
    return next((o for o in found if o.get("controller")), None)


def active(pod: Object) -> bool:
    """Whether it counts as one of the replicas."""
    ended = (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}
    return not ended and not pod["metadata"].get("deletionTimestamp")


def condition(thing: Object, kind: str) -> Object | None:
    """Its condition of that type."""
    found: list[Object] = (thing.get("status") or {}).get("conditions") or []
    return next((c for c in found if c["type"] == kind), None)


def ready(pod: Object) -> bool:
    """Whether its Ready condition is True."""
    found = condition(pod, "Ready")
    return found is not None and found["status"] == "True"


def ready_since(pod: Object) -> float | None:
    """When it became ready; None when it is not."""
    found = condition(pod, "Ready")
    return (
        names.unix(found["lastTransitionTime"]) if found is not None and found["status"] == "True" else None
    )


def _age_rank(then: float, now: float) -> int:
    age = (now - then) * 1e9
    return int(math.log2(age)) if age > 0 else -1


def _restarts(pod: Object) -> int:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return max((s.get("restartCount", 0) for s in statuses), default=0)


def _cost(pod: Object) -> int:
    text = (pod["metadata"].get("annotations") or {}).get("controller.kubernetes.io/pod-deletion-cost", "0")
    try:
        return int(text)
    except ValueError:
        return 0


def deletion_order(pods: list[Object], now: float) -> list[Object]:
    """Those to delete first come first.

    The order of the controller manager: not bound, pending, not ready, lower deletion cost, ready for less time and
    younger (both in powers of two of the age, then by uid), more restarts.
    """

    def compare(a: Object, b: Object) -> int:
        bound = [bool(p["spec"].get("nodeName")) for p in (a, b)]
        if bound[0] != bound[1]:
            return -1 if not bound[0] else 1
        phases = [_PHASES.get((p.get("status") or {}).get("phase", ""), 1) for p in (a, b)]
        if phases[0] != phases[1]:
            return phases[0] - phases[1]
        well = [ready(p) for p in (a, b)]
        if well[0] != well[1]:
            return -1 if not well[0] else 1
        if _cost(a) != _cost(b):
            return _cost(a) - _cost(b)
        uids = a["metadata"]["uid"], b["metadata"]["uid"]
        since = ready_since(a), ready_since(b)
        if since[0] is not None and since[1] is not None and since[0] != since[1]:
            ranks = _age_rank(since[0], now), _age_rank(since[1], now)
            return ranks[0] - ranks[1] if ranks[0] != ranks[1] else (-1 if uids[0] < uids[1] else 1)
        if _restarts(a) != _restarts(b):
            return _restarts(b) - _restarts(a)
        made = [names.unix(p["metadata"].get("creationTimestamp")) or 0.0 for p in (a, b)]
        if made[0] != made[1]:
            ranks = _age_rank(made[0], now), _age_rank(made[1], now)
            return ranks[0] - ranks[1] if ranks[0] != ranks[1] else (-1 if uids[0] < uids[1] else 1)
        return 0

    return sorted(pods, key=functools.cmp_to_key(compare))


def new_pod(replicaset: Object) -> Object:
    """A pod of its template."""
    meta, template = replicaset["metadata"], replicaset["spec"]["template"]
    inside = copy.deepcopy(template.get("metadata") or {})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{meta['name'][:57]}-{names.suffix()}",
            "generateName": f"{meta['name']}-",
            "namespace": meta["namespace"],
            "labels": inside.get("labels") or {},
            **({"annotations": inside["annotations"]} if inside.get("annotations") else {}),
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "kind": "ReplicaSet",
                    "name": meta["name"],
                    "uid": meta["uid"],
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": copy.deepcopy(template["spec"]),
    }


class ReplicaSets:
    """Keeps each ReplicaSet at its number of pods."""

    def __init__(self, api: Api, mirrors: dict[str, Mirror], recorder: Recorder) -> None:
        self._api, self._recorder = api, recorder
        self._sets, self._pods = mirrors["replicasets"], mirrors["pods"]
        self._by_owner: dict[str, dict[str, Object]] = {}  # controller's uid ("": none) -> pods by key
        self.queue = WorkQueue("replicasets", self.sync)
        self._sets.listeners.append(lambda old, new: self.queue.add(key(new or old or {})))
        self._pods.listeners.append(self._pod)

    def _pod(self, old: Object | None, new: Object | None) -> None:
        if old is not None:
            self._place(old).pop(key(old), None)
        if new is not None:
            self._place(new)[key(new)] = new
        for pod in (old, new):
            if pod is None:
                continue
            controller = owner(pod)
            namespace = pod["metadata"]["namespace"]
            if controller is not None and controller["kind"] == "ReplicaSet":
                self.queue.add(f"{namespace}/{controller['name']}")
            elif controller is None and new is not None:
                for found in self._sets.items.values():
                    same = found["metadata"]["namespace"] == namespace
                    if same and matches(found["spec"]["selector"], pod["metadata"].get("labels") or {}):
                        self.queue.add(key(found))

    async def sync(self, where: str) -> float | None:
        """Bring one ReplicaSet to its number."""
        replicaset = self._sets.items.get(where)
        if replicaset is None:
            return None
        pods = await self._claim(replicaset)
        alive = [p for p in pods if active(p)]
        missing = replicaset["spec"].get("replicas", 1) - len(alive)
        trouble: ApiFault | None = None
        if not replicaset["metadata"].get("deletionTimestamp"):
            try:
                if missing > 0:
                    await self._create(replicaset, min(missing, _BURST))
                elif missing < 0:
                    await self._delete(
                        replicaset, deletion_order(alive, time.time())[: min(-missing, _BURST)]
                    )
            except ApiFault as fault:
                trouble = fault
        await self._tell(replicaset)
        if trouble is not None:
            raise trouble
        return self._wait(replicaset)

    def _place(self, pod: Object) -> dict[str, Object]:
        return self._by_owner.setdefault((owner(pod) or {}).get("uid", ""), {})

    def _owned(self, replicaset: Object) -> list[Object]:
        return list(self._by_owner.get(replicaset["metadata"]["uid"], {}).values())

    async def _claim(self, replicaset: Object) -> list[Object]:
        """Its pods: adopt those that match and have no controller, release those that match no more."""
        selector, namespace = replicaset["spec"]["selector"], replicaset["metadata"]["namespace"]
        mine: list[Object] = []
        for pod in self._owned(replicaset):
            if matches(selector, pod["metadata"].get("labels") or {}):
                mine.append(pod)
            elif not pod["metadata"].get("deletionTimestamp"):
                await self._own(pod, None)
        for pod in list(self._by_owner.get("", {}).values()):
            fits = matches(selector, pod["metadata"].get("labels") or {})
            if fits and active(pod) and pod["metadata"]["namespace"] == namespace:
                mine.append(await self._own(pod, new_pod(replicaset)["metadata"]["ownerReferences"]))
        return mine

    async def _own(self, pod: Object, references: list[Object] | None) -> Object:
        answer = await self._api.patch("pods", pod, {"metadata": {"ownerReferences": references}})
        self._pods.apply(answer)
        return answer

    async def _create(self, replicaset: Object, count: int) -> None:
        batch = 1  # slow start, as the controller manager's: 1, 2, 4, ... at once
        while count:
            size = min(batch, count)
            await asyncio.gather(*(self._create_one(replicaset) for _ in range(size)))
            count -= size
            batch *= 2

    async def _create_one(self, replicaset: Object) -> None:
        try:
            pod = await self._api.create("pods", new_pod(replicaset))
        except ApiFault as fault:
            if fault.status:
                why = f"Error creating: {fault}"
                self._recorder.tell(replicaset, "replicaset-controller", "FailedCreate", why, warning=True)
            raise
        self._pods.apply(pod)
        message = f"Created pod: {pod['metadata']['name']}"
        self._recorder.tell(replicaset, "replicaset-controller", "SuccessfulCreate", message)

    async def _delete(self, replicaset: Object, pods: list[Object]) -> None:
        async def one(pod: Object) -> None:
            try:
                answer = await self._api.delete("pods", pod)
            except ApiFault as fault:
                if fault.status == 404:
                    self._pods.drop(pod)
                    return
                raise
            if answer.get("kind") == "Pod" and answer["metadata"].get("deletionTimestamp"):
                self._pods.apply(answer)
            message = f"Deleted pod: {pod['metadata']['name']}"
            self._recorder.tell(replicaset, "replicaset-controller", "SuccessfulDelete", message)

        await asyncio.gather(*(one(p) for p in pods))

    async def _tell(self, replicaset: Object) -> None:
        status = counted(replicaset, self._owned(replicaset), time.time())
        old = replicaset.get("status") or {}
        if all(old.get(k) == v for k, v in status.items()):
            return
        self._sets.apply(await self._api.patch("replicasets", replicaset, {"status": status}, sub="status"))

    def _wait(self, replicaset: Object) -> float | None:
        """When the next pod becomes available by minReadySeconds."""
        least = replicaset["spec"].get("minReadySeconds") or 0
        now = time.time()
        left = [least - (now - s) for p in self._owned(replicaset) if (s := ready_since(p)) is not None]
        return min((w for w in left if w > 0), default=None) if least else None


def counted(replicaset: Object, pods: list[Object], now: float) -> Object:
    """The ReplicaSet's status."""
    alive = [p for p in pods if active(p)]
    least = replicaset["spec"].get("minReadySeconds") or 0
    labels = (replicaset["spec"]["template"].get("metadata") or {}).get("labels") or {}
    full = [p for p in alive if labels.items() <= (p["metadata"].get("labels") or {}).items()]
    well = [p for p in alive if ready(p)]
    available = [p for p in well if now - (ready_since(p) or now) >= least]
    leaving = [p for p in pods if p["metadata"].get("deletionTimestamp")]
    return {
        "replicas": len(alive),
        "fullyLabeledReplicas": len(full),
        "readyReplicas": len(well),
        "availableReplicas": len(available),
        "terminatingReplicas": len(leaving),
        "observedGeneration": replicaset["metadata"].get("generation", 1),
    }
