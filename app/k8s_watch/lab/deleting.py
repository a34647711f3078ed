"""DELETE: graceful for pods, held back by finalizers, with or without what the object owns."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import bodies
from .api import Api, copied
from .calls import Call
from .cells import stamp
from .errors import Json, conflict, denied, not_found, options, unsupported
from .kinds import BY_PATH, KEPT, Resource
from .store import Entry

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
_SAFE = {"default", "kube-system", "kube-public"}
"""Namespaces that stay."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """The outcome: the object as it is now, or was. `gone`: it is no more."""

    entry: Entry
    gone: bool


def delete(api: Api, call: Call, given: Json | None = None) -> Deleted:
    """DELETE of one object, under the DeleteOptions given (those of the request where None)."""
    chosen = bodies.delete_options(call) if given is None else given
    entry = api.store.get(call.resource.store, (call.namespace, call.name))
    if entry is None:
        raise not_found(call.resource, call.name)
    _check(call, entry, chosen)
    if call.dry or chosen.get("dryRun"):
        return Deleted(entry, True)
    if call.resource.kind == "Namespace":
        return _namespace(api, entry)
    return _one(api, call.resource, entry, chosen)


def collection(api: Api, call: Call, entries: list[Entry]) -> list[Entry]:
    """DELETE of every object that the selectors mean."""
    chosen = bodies.delete_options(call)
    if call.dry or chosen.get("dryRun"):
        return entries
    return [_one(api, call.resource, entry, chosen).entry for entry in entries]


def _check(call: Call, entry: Entry, chosen: Json) -> None:
    wanted = chosen.get("preconditions") or {}
    named = replace(call.resource, group="", plural=call.resource.kind)  # as Kubernetes words it
    if wanted.get("uid") and wanted["uid"] != entry.uid:
        raise conflict(
            named,
            call.name,
            f"the UID in the precondition ({wanted['uid']}) does not match the UID in record ({entry.uid}). "
            "The object might have been deleted and then recreated",
        )
    if wanted.get("resourceVersion") and wanted["resourceVersion"] != str(entry.version):
        raise conflict(
            named,
            call.name,
            f"the ResourceVersion in the precondition ({wanted['resourceVersion']}) does not match the "
            f"ResourceVersion in record ({entry.version}). The object might have been modified",
        )
    policy = chosen.get("propagationPolicy")
    if policy not in {None, "Foreground", "Background", "Orphan"}:
        choices = ["Background", "Foreground", "Orphan"]
        raise options("DeleteOptions", unsupported("propagationPolicy", policy, choices))
    if call.resource.kind == "Namespace" and call.name in _SAFE:
        raise denied(call.resource, call.name, "this namespace may not be deleted")


def _one(api: Api, resource: Resource, entry: Entry, chosen: Json) -> Deleted:
    finalizers = _finalizers(api, entry, chosen)
    grace = _grace(resource, entry, chosen)
    if not finalizers and not grace:
        return Deleted(remove(api, resource, entry), True)
    value = copied(entry.object)
    metadata = value["metadata"]
    if finalizers:
        metadata["finalizers"] = finalizers
    if not _shortens(metadata, grace):
        if finalizers == (entry.object["metadata"].get("finalizers") or []):
            return Deleted(entry, False)
    else:
        metadata["deletionTimestamp"] = stamp(api.clock() + grace)
        metadata["deletionGracePeriodSeconds"] = grace
        if "generation" in metadata:
            metadata["generation"] += 1
    kept = api.store.put(resource.store, entry.key, value)
    if FOREGROUND in finalizers:
        _delete_dependents(api, kept)
        still = api.store.get(resource.store, entry.key)
        return Deleted(still or kept, still is None)
    return Deleted(kept, False)


def _shortens(metadata: Json, grace: int) -> bool:
    """Whether this deletion asks for less time than the one that is under way, if any."""
    under_way = metadata.get("deletionGracePeriodSeconds")
    return "deletionTimestamp" not in metadata or (under_way is not None and grace < under_way)


def _grace(resource: Resource, entry: Entry, chosen: Json) -> int:
    """Seconds for which the node may stop it; only pods on a node, that run, get any."""
    if resource.kind != "Pod":
        return 0
    spec, status = entry.object["spec"], entry.object.get("status", {})
    grace: int = chosen.get("gracePeriodSeconds", spec.get("terminationGracePeriodSeconds", 30))
    if grace < 0:
        grace = 1
    if not spec.get("nodeName") or status.get("phase") in {"Succeeded", "Failed"}:
        return 0
    return grace


def _finalizers(api: Api, entry: Entry, chosen: Json) -> list[str]:
    """Those that the object has, and the one that the propagation policy asks for."""
    kept: list[str] = list(entry.object["metadata"].get("finalizers") or [])
    policy = chosen.get("propagationPolicy")
    if policy is None and str(chosen.get("orphanDependents", "")).lower() == "true":
        policy = "Orphan"
    if policy == "Orphan":
        _orphan(api, entry)
        return [one for one in kept if one != FOREGROUND]
    if policy == "Foreground" and _blocking(api, entry.uid):
        return [one for one in kept if one != FOREGROUND] + [FOREGROUND]
    if policy is not None:
        return [one for one in kept if one not in {FOREGROUND, ORPHAN}]
    return kept


def dependents(api: Api, uid: str) -> list[tuple[Resource, Entry]]:
    """Every object that names this uid as an owner."""
    found = []
    for shelf, entry in api.store.everything():
        references = entry.object["metadata"].get("ownerReferences") or ()
        if any(one.get("uid") == uid for one in references):
            found.append((KEPT[shelf], entry))
    return found


def _blocking(api: Api, uid: str) -> bool:
    """Whether anything that must go first names this uid as its owner."""
    return any(
        one.get("blockOwnerDeletion")
        for _, entry in dependents(api, uid)
        for one in entry.object["metadata"]["ownerReferences"]
        if one.get("uid") == uid
    )


def _orphan(api: Api, owner: Entry) -> None:
    for resource, entry in dependents(api, owner.uid):
        value = copied(entry.object)
        left = [one for one in value["metadata"].pop("ownerReferences") if one.get("uid") != owner.uid]
        if left:
            value["metadata"]["ownerReferences"] = left
        api.store.put(resource.store, entry.key, value)


def _delete_dependents(api: Api, owner: Entry) -> None:
    for resource, entry in dependents(api, owner.uid):
        if "deletionTimestamp" not in entry.object["metadata"]:
            _one(api, resource, entry, {"propagationPolicy": "Foreground"})


def remove(api: Api, resource: Resource, entry: Entry) -> Entry:
    """Let an object go, and then those owners that only waited for it, and its namespace if that did."""
    gone = api.store.remove(resource.store, entry.key)
    for reference in entry.object["metadata"].get("ownerReferences") or ():
        _release(api, reference, entry.key[0])
    if entry.key[0]:
        _finish(api, entry.key[0])
    return gone


def _release(api: Api, reference: Json, namespace: str) -> None:
    """Take the foreground finalizer from an owner that has nothing left to wait for."""
    group, _, version = str(reference.get("apiVersion", "")).rpartition("/")
    for resource in KEPT.values():
        if (resource.group, resource.version, resource.kind) != (group, version, reference.get("kind")):
            continue
        owner = api.store.get(resource.store, (namespace, reference["name"]))
        if owner is None or owner.uid != reference.get("uid"):
            return
        finalizers = owner.object["metadata"].get("finalizers") or []
        if FOREGROUND not in finalizers or _blocking(api, owner.uid):
            return
        value = copied(owner.object)
        left = [one for one in finalizers if one != FOREGROUND]
        if left:
            value["metadata"]["finalizers"] = left
            api.store.put(resource.store, owner.key, value)
        else:
            remove(api, resource, owner)


def _namespace(api: Api, entry: Entry) -> Deleted:
    """Terminating at once; gone when everything in it is."""
    value = copied(entry.object)
    if "deletionTimestamp" not in value["metadata"]:
        value["metadata"]["deletionTimestamp"] = stamp(api.clock())
        value["status"] = {**value.get("status", {}), "phase": "Terminating"}
        entry = api.store.put("namespaces", entry.key, value)
    empty(api, entry.key[1])
    return Deleted(entry, False)


def empty(api: Api, name: str) -> None:
    """Delete what is in a namespace that is being deleted; pods get their grace."""
    for shelf, resource in KEPT.items():
        if not resource.namespaced:
            continue
        for entry in api.store.listed(shelf, name):
            current = api.store.get(shelf, entry.key)
            if current is not None and "deletionTimestamp" not in current.object["metadata"]:
                _one(api, resource, current, {"propagationPolicy": "Background"})
    _finish(api, name)


def _finish(api: Api, name: str) -> None:
    """Let a terminating namespace go once nothing is left in it."""
    namespace = api.store.get("namespaces", ("", name))
    if namespace is None or "deletionTimestamp" not in namespace.object["metadata"]:
        return
    if namespace.object["metadata"].get("finalizers"):
        return
    if any(api.store.listed(shelf, name) for shelf, resource in KEPT.items() if resource.namespaced):
        return
    remove(api, BY_PATH["", "v1", "namespaces"], namespace)
