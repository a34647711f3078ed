"""Who set which field: managedFields, for the conflicts and removals of server-side apply.

Kept as Kubernetes keeps it (FieldsV1), for what people write. Status is not tracked, nor kinds that only
controllers write: nobody applies those, and the sets would double their size on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from . import fieldsets
from .calls import Call
from .cells import stamp
from .errors import ApiError, Json
from .fieldsets import Path
from .schema import node

_UNTRACKED = {"Pod", "ReplicaSet", "EndpointSlice", "Event", "Lease", "Node"}
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_HIDDEN = {("f:apiVersion",), ("f:kind",)}
_SYSTEM = {
    ("f:metadata", f"f:{name}")
    for name in (
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "managedFields",
        "selfLink",
    )
}


def _owned(call: Call, value: Json) -> dict[Path, Any]:
    """The fields of an object that managers can own, with their values."""
    found = fieldsets.leaves(node(call.resource), value)
    hidden = _HIDDEN | _SYSTEM
    return {
        path: part
        for path, part in found.items()
        if path[:2] not in hidden and path[:1] not in hidden and path[0] != "f:status"
    }


def _applied(call: Call, value: Json) -> dict[Path, Any]:
    """The fields that an apply owns: those it names; a map or list itself is nobody's then, an item is."""
    found = _owned(call, value)
    return {
        path: part for path, part in found.items() if path[-1] != "." or path[-2].startswith(("k:", "v:"))
    }


def track(call: Call, old: Json | None, value: Json, now: float) -> None:
    """Write into `value` who owns what after a create, update or patch that is not an apply."""
    metadata = value["metadata"]
    before = [one for one in metadata.get("managedFields") or [] if one.get("manager")]
    _set(metadata, before)  # a write may hand over fields, as kubectl does, or reset them with [{}]
    status = call.sub is not None and call.sub.name == "status"
    if status or (not before and call.resource.kind in _UNTRACKED):
        return
    new = _owned(call, value)
    was = {} if old is None else _owned(call, old)
    changed = {path for path, part in new.items() if path not in was or was[path] != part}
    gone = was.keys() - new.keys()
    if not changed and not gone:
        return
    entries = _without(before, changed | gone)
    mine = _entry(call, "Update")
    kept = next((one for one in entries if _same_manager(one, mine)), None)
    paths = changed if kept is None else changed | fieldsets.read(kept["fieldsV1"])
    entries = [one for one in entries if one is not kept]
    if paths:
        entries.append({**mine, "time": stamp(now), "fieldsV1": fieldsets.write(paths)})
    _set(metadata, entries)


@dataclass(frozen=True, slots=True)
class Merged:
    """What an apply makes of an object: its new state, and who owns what then."""

    value: Json
    owners: list[Json]


def first(call: Call, applied: Json, now: float) -> list[Json]:
    """The owners of an object that an apply creates."""
    trie = fieldsets.write(_applied(call, applied))
    return [{**_entry(call, "Apply"), "time": stamp(now), "fieldsV1": trie}]


def merge(call: Call, live: Json, applied: Json, now: float) -> Merged:
    """Live and applied as one, after the rules of ownership. ApiError 409 names the conflicts."""
    schema = node(call.resource)
    before = live["metadata"].get("managedFields") or []
    mine = _entry(call, "Apply")
    wanted, present = _applied(call, applied), _owned(call, live)
    others = [one for one in before if not _same_manager(one, mine)]
    mine_before = next((one for one in before if _same_manager(one, mine)), None)
    taken = _taken(others, wanted, present)
    if taken and not call.flag("force"):
        raise conflicts(taken)
    others = _without(others, {path for _, path in taken})
    had = fieldsets.read(mine_before["fieldsV1"]) if mine_before else set()
    kept = wanted.keys() | {path for one in others for path in fieldsets.read(one["fieldsV1"])}
    value = fieldsets.merged(schema, live, applied)
    value = fieldsets.removed(schema, value, had - wanted.keys(), kept)
    _note_last_applied(call, value, applied)
    trie = fieldsets.write(wanted)
    when = mine_before["time"] if mine_before and mine_before["fieldsV1"] == trie else stamp(now)
    return Merged(value, [*others, {**mine, "time": when, "fieldsV1": trie}])


def _note_last_applied(call: Call, value: Json, applied: Json) -> None:
    """Keep the annotation of a client-side `kubectl apply` true for the next one."""
    annotations = value["metadata"].get("annotations") or {}
    if call.manager != "kubectl" or _LAST_APPLIED not in annotations:
        return
    text = msgspec.json.encode(applied, order="sorted").decode() + "\n"
    value["metadata"]["annotations"] = {**annotations, _LAST_APPLIED: text}


def _taken(others: list[Json], wanted: dict[Path, Any], present: dict[Path, Any]) -> list[tuple[Json, Path]]:
    """The fields that another manager owns and this apply would change."""
    found = []
    for one in others:
        owned = fieldsets.read(one["fieldsV1"])
        clashing = [path for path, part in wanted.items() if path in owned and present.get(path) != part]
        found += [(one, path) for path in sorted(clashing)]
    return found


def _entry(call: Call, operation: str) -> Json:
    found: Json = {
        "manager": call.manager,
        "operation": operation,
        "apiVersion": call.resource.api_version,
        "fieldsType": "FieldsV1",
    }
    if call.sub is not None:
        found["subresource"] = call.sub.name
    return found


def _same_manager(one: Json, other: Json) -> bool:
    return all(one.get(name) == other.get(name) for name in ("manager", "operation", "subresource"))


def _without(entries: list[Json], paths: set[Path]) -> list[Json]:
    """The entries with some paths taken from all of them; those that own nothing more are dropped."""
    found = []
    for one in entries:
        had = fieldsets.read(one["fieldsV1"])
        left = had - paths
        if left == had:
            found.append(one)
        elif left:
            found.append({**one, "fieldsV1": fieldsets.write(left)})
    return found


def _set(metadata: Json, entries: list[Json]) -> None:
    if entries:
        # as Kubernetes sorts them: who applies first, then by time, then by name
        order = sorted(entries, key=lambda one: (one["operation"], one.get("time", ""), one["manager"]))
        metadata["managedFields"] = order
    else:
        metadata.pop("managedFields", None)


def conflicts(found: list[tuple[Json, Path]]) -> ApiError:
    """409: other managers own these fields with other values."""
    causes: list[Json] = []
    by_owner: dict[str, list[str]] = {}
    for owner, path in found:
        field = fieldsets.shown(path)
        who = _named(owner)
        causes.append({"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": field})
        by_owner.setdefault(who, []).append(f"- {field}")
    if len(found) == 1:
        message = f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}"
    else:
        parts = [line for who in sorted(by_owner) for line in (f"conflicts with {who}:", *by_owner[who])]
        message = f"Apply failed with {len(found)} conflicts: " + "\n".join(parts)
    return ApiError(409, "Conflict", message, {"causes": causes})


def _named(owner: Json) -> str:
    """A manager as conflicts name it."""
    who = f'"{owner["manager"]}"'
    if owner.get("subresource"):
        who += f' with subresource "{owner["subresource"]}"'
    return f"{who} using {owner['apiVersion']}" if owner["operation"] == "Update" else who
