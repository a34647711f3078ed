"""Deletes what belongs to an owner that is gone, and serves the finalizers of cascading deletion."""

from __future__ import annotations

import asyncio

from .client import Api, ApiFault, Mirror, Object
from .queues import WorkQueue

_OWNERS = {"Deployment": "deployments", "ReplicaSet": "replicasets", "Service": "services"}
_DEPENDENTS = ("replicasets", "pods", "endpointslices")
_ORPHAN, _FOREGROUND = "orphan", "foregroundDeletion"


def lost(thing: Object, alive: set[str], kinds: set[str]) -> bool:
    """Whether every owner that it names is gone; owners of kinds that we do not watch count as alive."""
    references = thing["metadata"].get("ownerReferences") or []
    return bool(references) and all(r["kind"] in kinds and r["uid"] not in alive for r in references)


class Garbage:
    """Looks at one owner's dependents whenever that owner changes."""

    def __init__(self, api: Api, mirrors: dict[str, Mirror]) -> None:
        self._api, self._mirrors = api, mirrors
        self.queue = WorkQueue("garbage", self.sync)
        for kind in _OWNERS.values():
            mirrors[kind].listeners.append(self._owner)

    def _owner(self, old: Object | None, new: Object | None) -> None:
        thing = new or old or {}
        if new is None or new["metadata"].get("deletionTimestamp"):
            self.queue.add(f"{thing.get('kind', '')}/{thing['metadata']['uid']}")

    async def run(self) -> None:
        """Sweep once everything is known: an owner may have gone while we were away."""
        for kind in (*_OWNERS.values(), *_DEPENDENTS):
            await self._mirrors[kind].synced.wait()
        while True:
            for thing, kind in self._orphans():
                await self._delete(kind, thing)
            await asyncio.sleep(30)

    def _orphans(self) -> list[tuple[Object, str]]:
        alive = {t["metadata"]["uid"] for k in _OWNERS.values() for t in self._mirrors[k].items.values()}
        return [
            (thing, kind)
            for kind in _DEPENDENTS
            for thing in self._mirrors[kind].items.values()
            if lost(thing, alive, set(_OWNERS)) and not thing["metadata"].get("deletionTimestamp")
        ]

    async def _delete(self, kind: str, thing: Object) -> None:
        try:
            await self._api.delete(kind, thing)
        except ApiFault as fault:
            if fault.status not in {404, 409}:
                raise

    def _dependents(self, uid: str) -> list[tuple[Object, str]]:
        return [
            (thing, kind)
            for kind in _DEPENDENTS
            for thing in list(self._mirrors[kind].items.values())
            if any(r["uid"] == uid for r in thing["metadata"].get("ownerReferences") or [])
        ]

    async def sync(self, where: str) -> float | None:
        """One owner that is going or gone."""
        owner_kind, _, uid = where.partition("/")
        kind = _OWNERS.get(owner_kind, "")
        owner = (
            next((t for t in self._mirrors[kind].items.values() if t["metadata"]["uid"] == uid), None)
            if kind
            else None
        )
        dependents = self._dependents(uid)
        if owner is None:
            for thing, dependent_kind in dependents:
                if len(thing["metadata"]["ownerReferences"]) == 1:
                    await self._delete(dependent_kind, thing)
            return None
        finalizers = owner["metadata"].get("finalizers") or []
        if _ORPHAN in finalizers:
            for thing, dependent_kind in dependents:
                rest = [r for r in thing["metadata"]["ownerReferences"] if r["uid"] != uid]
                change = {"metadata": {"ownerReferences": rest or None}}
                self._mirrors[dependent_kind].apply(await self._api.patch(dependent_kind, thing, change))
            await self._release(kind, owner, _ORPHAN)
        elif _FOREGROUND in finalizers:
            for thing, dependent_kind in dependents:
                if not thing["metadata"].get("deletionTimestamp"):
                    await self._delete(dependent_kind, thing)
            if dependents:
                return 0.3
            await self._release(kind, owner, _FOREGROUND)
        return None

    async def _release(self, kind: str, owner: Object, finalizer: str) -> None:
        rest = [f for f in owner["metadata"]["finalizers"] if f != finalizer]
        await self._api.patch(kind, owner, {"metadata": {"finalizers": rest or None}})
