"""Deployment -> ReplicaSets: rolling updates, revisions, progress."""

from __future__ import annotations

import copy
import time

from . import names, rollout
from .client import Api, Mirror, Object, key
from .deployment_status import told
from .queues import WorkQueue
from .recorder import Recorder
from .replicasets import owner

_HASH = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"
_DESIRED, _MAXIMUM = "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas"
_WHO = "deployment-controller"


def same_template(one: Object, other: Object) -> bool:
    """Whether two pod templates are equal but for the hash label."""

    def bare(template: Object) -> Object:
        found = copy.deepcopy(template)
        meta = found.get("metadata") or {}
        labels = {k: v for k, v in (meta.get("labels") or {}).items() if k != _HASH}
        notes = meta.get("annotations") or {}
        return {"labels": labels, "annotations": notes, "spec": found["spec"]}

    return bare(one) == bare(other)


def revision(thing: Object) -> int:
    """Its revision; 0 when it has none."""
    text = (thing["metadata"].get("annotations") or {}).get(_REVISION, "0")
    return int(text) if text.isdigit() else 0


def as_set(replicaset: Object) -> rollout.Set:
    """What a rollout looks at."""
    notes = replicaset["metadata"].get("annotations") or {}
    ceiling = notes.get(_MAXIMUM, "0")
    return rollout.Set(
        replicaset["metadata"]["name"],
        replicaset["spec"].get("replicas", 1),
        (replicaset.get("status") or {}).get("availableReplicas", 0),
        replicaset["metadata"].get("creationTimestamp") or "",
        int(ceiling) if ceiling.isdigit() else 0,
    )


def _passed_on(deployment: Object) -> dict[str, str]:
    """The annotations that its ReplicaSets get from it, so that an undo brings them back."""
    own = {_REVISION, _DESIRED, _MAXIMUM, "kubectl.kubernetes.io/last-applied-configuration"}
    return {k: v for k, v in (deployment["metadata"].get("annotations") or {}).items() if k not in own}


class Deployments:
    """Rolls each Deployment towards its template and number."""

    def __init__(self, api: Api, mirrors: dict[str, Mirror], recorder: Recorder) -> None:
        self._api, self._recorder = api, recorder
        self._deployments, self._sets, self._pods = (
            mirrors["deployments"],
            mirrors["replicasets"],
            mirrors["pods"],
        )
        self.queue = WorkQueue("deployments", self.sync)
        self._deployments.listeners.append(lambda old, new: self.queue.add(key(new or old or {})))
        self._sets.listeners.append(self._owned)
        self._pods.listeners.append(self._pod)

    def _owned(self, old: Object | None, new: Object | None) -> None:
        replicaset = new or old or {}
        controller = owner(replicaset)
        if controller is not None and controller["kind"] == "Deployment":
            self.queue.add(f"{replicaset['metadata']['namespace']}/{controller['name']}")

    def _pod(self, old: Object | None, new: Object | None) -> None:
        """A pod that has gone may let a Recreate rollout go on."""
        if new is None and old is not None and (controller := owner(old)) is not None:
            replicaset = self._sets.get(old["metadata"]["namespace"], controller["name"])
            if replicaset is not None:
                self._owned(None, replicaset)

    async def sync(self, where: str) -> float | None:
        """One step of one Deployment."""
        deployment = self._deployments.items.get(where)
        if deployment is None or deployment["metadata"].get("deletionTimestamp"):
            return None
        uid = deployment["metadata"]["uid"]
        mine = [s for s in self._sets.items.values() if (owner(s) or {}).get("uid") == uid]
        mine.sort(key=lambda s: (s["metadata"].get("creationTimestamp") or "", revision(s)))
        template = deployment["spec"]["template"]
        new = next((s for s in mine if same_template(s["spec"]["template"], template)), None)
        old = [s for s in mine if s is not new]
        if not deployment["spec"].get("paused"):
            new = await self._new_set(deployment, new, old)
        await self._move(deployment, new, old)
        await self._clean(deployment, old)
        return await self._tell(deployment["metadata"]["namespace"], deployment["metadata"]["name"], new)

    def _limits(self, deployment: Object) -> rollout.Limits:
        spec = deployment["spec"]
        strategy = spec.get("strategy") or {}
        if strategy.get("type") == "Recreate":
            return rollout.Limits(0, spec.get("replicas", 1))
        rolling = strategy.get("rollingUpdate") or {}
        return rollout.limits(
            spec.get("replicas", 1), rolling.get("maxSurge", "25%"), rolling.get("maxUnavailable", "25%")
        )

    async def _new_set(self, deployment: Object, new: Object | None, old: list[Object]) -> Object:
        """The ReplicaSet of the present template: found, or made, with the next revision."""
        top = max((revision(s) for s in old), default=0)
        if new is not None:
            known = new["metadata"].get("annotations") or {}
            stale = {k: v for k, v in _passed_on(deployment).items() if known.get(k) != v}
            if revision(new) <= top:
                stale[_REVISION] = str(top + 1)
            if stale:
                new = await self._note(new, stale)
                self._sets.apply(new)
            await self._revise(deployment, revision(new))
            return new
        made = self._blank(deployment, top + 1)
        rolling = (deployment["spec"].get("strategy") or {}).get("type") != "Recreate"
        wanted = deployment["spec"].get("replicas", 1)
        empty = rollout.Set(made["metadata"]["name"], 0)
        if rolling:
            size = rollout.grown(empty, [as_set(s) for s in old], wanted, self._limits(deployment))
        else:
            size = 0 if self._old_pods(old) else wanted
        made["spec"]["replicas"] = size
        new = await self._api.create("replicasets", made)
        self._sets.apply(new)
        if size:
            self._say(deployment, f"Scaled up replica set {made['metadata']['name']} from 0 to {size}")
        await self._revise(deployment, top + 1)
        return new

    def _blank(self, deployment: Object, number: int) -> Object:
        meta, spec = deployment["metadata"], deployment["spec"]
        template = copy.deepcopy(spec["template"])
        mark = names.template_hash(template, (deployment.get("status") or {}).get("collisionCount") or 0)
        inside = template.setdefault("metadata", {})
        inside["labels"] = {**(inside.get("labels") or {}), _HASH: mark}
        inside.pop("creationTimestamp", None)
        selector = copy.deepcopy(spec["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), _HASH: mark}
        return {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{meta['name']}-{mark}",
                "namespace": meta["namespace"],
                "labels": inside["labels"],
                "annotations": {**_passed_on(deployment), **self._bounds(deployment), _REVISION: str(number)},
                "ownerReferences": [
                    {
                        "apiVersion": "apps/v1",
                        "kind": "Deployment",
                        "name": meta["name"],
                        "uid": meta["uid"],
                        "controller": True,
                        "blockOwnerDeletion": True,
                    }
                ],
            },
            "spec": {
                "replicas": 0,
                **({"minReadySeconds": spec["minReadySeconds"]} if spec.get("minReadySeconds") else {}),
                "selector": selector,
                "template": template,
            },
        }

    def _bounds(self, deployment: Object) -> dict[str, str]:
        wanted = deployment["spec"].get("replicas", 1)
        return {_DESIRED: str(wanted), _MAXIMUM: str(wanted + self._limits(deployment).surge)}

    async def _note(self, thing: Object, notes: dict[str, str]) -> Object:
        return await self._api.patch("replicasets", thing, {"metadata": {"annotations": notes}})

    async def _revise(self, deployment: Object, number: int) -> None:
        if revision(deployment) != number:
            change = {"metadata": {"annotations": {_REVISION: str(number)}}}
            # through the status, as the real one: an annotation written otherwise counts as a new generation
            self._deployments.apply(await self._api.patch("deployments", deployment, change, sub="status"))

    def _old_pods(self, old: list[Object]) -> bool:
        uids = {s["metadata"]["uid"] for s in old}
        return any((owner(p) or {}).get("uid") in uids for p in self._pods.items.values())

    async def _move(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
        """Scale the ReplicaSets one step."""
        wanted, bounds = deployment["spec"].get("replicas", 1), self._limits(deployment)
        busy = [s for s in [*old, *([new] if new else [])] if s["spec"].get("replicas", 1)]
        notes = self._bounds(deployment)
        scaling = any((s["metadata"].get("annotations") or {}).get(_DESIRED) != notes[_DESIRED] for s in busy)
        sizes: dict[str, int] = {}
        if scaling and len(busy) > 1:
            sizes = rollout.scaled([as_set(s) for s in busy], wanted, bounds)
        elif len(busy) == 1 and (new is None or busy[0] is new):
            sizes = {busy[0]["metadata"]["name"]: wanted}
        elif new is not None and not deployment["spec"].get("paused"):
            sizes = self._rolled(deployment, new, old, wanted, bounds)
        for one in [*([new] if new else []), *old]:
            size = sizes.get(one["metadata"]["name"], one["spec"].get("replicas", 1))
            await self._scale(deployment, one, size, notes)

    def _rolled(
        self, deployment: Object, new: Object, old: list[Object], wanted: int, bounds: rollout.Limits
    ) -> dict[str, int]:
        name, mine, others = new["metadata"]["name"], as_set(new), [as_set(s) for s in old]
        if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
            if any(s.replicas for s in others):
                return {s.name: 0 for s in others}
            return {} if self._old_pods(old) else {name: wanted}
        size = rollout.grown(mine, others, wanted, bounds)
        if size != mine.replicas:
            return {name: size}
        return rollout.shrunk(mine, others, wanted, bounds)

    async def _scale(self, deployment: Object, one: Object, size: int, notes: dict[str, str]) -> None:
        before, meta = one["spec"].get("replicas", 1), one["metadata"]
        known = meta.get("annotations") or {}
        stale = {k: v for k, v in notes.items() if known.get(k) != v} if before or size else {}
        if size == before and not stale:
            return
        change: Object = {"metadata": {"annotations": stale}} if stale else {}
        if size != before:
            change["spec"] = {"replicas": size}
        self._sets.apply(await self._api.patch("replicasets", one, change))
        if size != before:
            way = "up" if size > before else "down"
            self._say(deployment, f"Scaled {way} replica set {meta['name']} from {before} to {size}")

    def _say(self, deployment: Object, message: str) -> None:
        self._recorder.tell(deployment, _WHO, "ScalingReplicaSet", message)

    async def _clean(self, deployment: Object, old: list[Object]) -> None:
        keep = deployment["spec"].get("revisionHistoryLimit", 10)
        idle = [
            s
            for s in sorted(old, key=revision)
            if not s["spec"].get("replicas", 1) and not (s.get("status") or {}).get("replicas")
        ]
        for one in idle[: max(0, len(idle) - keep)]:
            if not one["metadata"].get("deletionTimestamp"):
                await self._api.delete("replicasets", one)

    async def _tell(self, namespace: str, name: str, new: Object | None) -> float | None:
        deployment = self._deployments.get(namespace, name)
        if deployment is None:
            return None
        uid = deployment["metadata"]["uid"]
        mine = [s for s in self._sets.items.values() if (owner(s) or {}).get("uid") == uid]
        new = self._sets.get(namespace, new["metadata"]["name"]) if new else None
        status, wait = told(deployment, mine, new, self._limits(deployment).unavailable, time.time())
        old = deployment.get("status") or {}
        cleared = {k: None for k in ("unavailableReplicas",) if k in old and k not in status}
        if cleared or any(old.get(k) != v for k, v in status.items()):
            answer = await self._api.patch(
                "deployments", deployment, {"status": {**status, **cleared}}, sub="status"
            )
            self._deployments.apply(answer)
        return wait
