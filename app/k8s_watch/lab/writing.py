"""Create, update and patch: what Kubernetes does to an object between the request and the store."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from . import bodies, defaults, deleting, event_forms, managed, patches, validation
from .api import Api, copied
from .calls import Call
from .cells import stamp
from .errors import ApiError, Cause, Json, bad_request, conflict, denied, exists, not_found, unprocessable
from .kinds import BY_PATH, Resource
from .store import Entry

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""What generated names are made of: no vowels, so no words."""

_GENERATIONS = {"Pod", "Deployment", "ReplicaSet", "Ingress", "IngressClass", "EndpointSlice"}
"""Kinds whose metadata.generation counts changes of the spec."""

_FIXED = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds")
"""Metadata that a client can't set."""


@dataclass(slots=True)
class Written:
    """The outcome of a write: the object as it is now (or last was, where its last finalizer went)."""

    entry: Entry
    created: bool = False
    warnings: list[str] = field(default_factory=list)


def create(api: Api, call: Call) -> Written:
    """POST of a new object."""
    given = bodies.object_of(call)
    entry = admit(api, call, _kept(call, given.value))
    return Written(entry, created=True, warnings=given.warnings)


def _kept(call: Call, value: Json) -> Json:
    """In the form in which its kind is kept."""
    return event_forms.kept(value) if call.resource.group == "events.k8s.io" else value


def admit(api: Api, call: Call, value: Json, owners: list[Json] | None = None) -> Entry:
    """Everything between a well-formed new object and the store. `owners`: its managedFields, if known."""
    resource, metadata = call.resource, value["metadata"]
    _place(call, metadata)
    _check_namespace(api, call)
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = _fresh_name(api, resource, metadata)
    for name in (*_FIXED, "resourceVersion", "selfLink", "managedFields"):
        metadata.pop(name, None)
    if resource.sub("status") is not None:
        value.pop("status", None)
    defaults.fill(api, resource, value, None)
    metadata["uid"] = str(uuid.uuid4())
    metadata["creationTimestamp"] = stamp(api.clock())
    if resource.kind in _GENERATIONS:
        metadata["generation"] = 1
    _raise(resource, metadata.get("name", ""), validation.check(resource, value, None))
    key = (metadata.get("namespace", ""), metadata["name"])
    if api.store.get(resource.store, key) is not None:
        raise exists(resource, metadata["name"])
    defaults.allocate(api, resource, value)
    _own(api, call, None, value, owners)
    return api.keep(call, value)


def _own(api: Api, call: Call, old: Json | None, value: Json, owners: list[Json] | None) -> None:
    if owners is None:
        managed.track(call, old, value, api.clock())
    else:
        value["metadata"]["managedFields"] = owners


def _place(call: Call, metadata: Json) -> None:
    """Name and namespace must be those of the path, where that has them."""
    given = metadata.get("namespace", "")
    if call.resource.namespaced:
        if given and given != call.namespace:
            raise bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        metadata["namespace"] = call.namespace
    else:
        metadata.pop("namespace", None)
    name = metadata.get("name", "")
    if call.name and name and name != call.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")
    if call.name:
        metadata["name"] = call.name


def _check_namespace(api: Api, call: Call) -> None:
    if not call.resource.namespaced:
        return
    namespace = api.store.get("namespaces", ("", call.namespace))
    if namespace is None:
        raise not_found(BY_PATH["", "v1", "namespaces"], call.namespace)
    if "deletionTimestamp" in namespace.object["metadata"]:
        why = f"unable to create new content in namespace {call.namespace} because it is being terminated"
        raise denied(call.resource, call.name or "", why)


def _fresh_name(api: Api, resource: Resource, metadata: Json) -> str:
    base = metadata["generateName"][:58]
    for _ in range(8):
        name: str = base + "".join(secrets.choice(_LETTERS) for _ in range(5))
        if api.store.get(resource.store, (metadata.get("namespace", ""), name)) is None:
            return name
    raise exists(resource, name)


def update(api: Api, call: Call) -> Written:
    """PUT."""
    given = bodies.object_of(call)
    _place(call, given.value["metadata"])
    entry = _current(api, call)
    written = change(api, call, entry, _kept(call, given.value))
    written.warnings += given.warnings
    return written


def patch(api: Api, call: Call) -> Written:
    """PATCH in any of its forms; server-side apply may create."""
    key = (call.namespace, call.name)
    if bodies.media(call) in patches.APPLY:
        return _apply(api, call, api.store.get(call.resource.store, key))
    entry = _current(api, call)
    shown = copied(entry.object)
    if call.resource.group == "events.k8s.io":
        shown = {"kind": "Event", "apiVersion": call.resource.api_version, **event_forms.newer(shown)}
    return change_fitted(api, call, entry, patches.apply(call, shown))


def change_fitted(api: Api, call: Call, entry: Entry, value: Json) -> Written:
    """A patched object: made to fit its kind again, then changed."""
    try:
        given = bodies.fitted(call, value)
    except ApiError as error:
        raise patches.misfit(call, value, error) from error
    _place(call, given.value["metadata"])
    written = change(api, call, entry, _kept(call, given.value))
    written.warnings += given.warnings
    return written


def _apply(api: Api, call: Call, entry: Entry | None) -> Written:
    given = patches.applied(call)
    if entry is None:
        if given.value["metadata"].get("uid"):
            raise conflict(call.resource, call.name, "uid mismatch: the provided object specified uid")
        owners = managed.first(call, given.value, api.clock())
        created = admit(api, call, given.value, owners)
        return Written(created, created=True, warnings=given.warnings)
    merged = managed.merge(call, entry.object, given.value, api.clock())
    fitted = bodies.fitted(call, copied(merged.value))
    written = change(api, call, entry, fitted.value, merged.owners)
    written.warnings += given.warnings
    return written


def _current(api: Api, call: Call) -> Entry:
    entry = api.store.get(call.resource.store, (call.namespace, call.name))
    if entry is None:
        raise not_found(call.resource, call.name)
    return entry


def change(api: Api, call: Call, entry: Entry, value: Json, owners: list[Json] | None = None) -> Written:
    """Everything between a well-formed changed object and the store. Nothing is written if nothing changed."""
    resource, old = call.resource, entry.object
    metadata, before = value["metadata"], old["metadata"]
    _check_version(call, entry, metadata)
    status_only = call.sub is not None and call.sub.name == "status"
    _carry(resource, value, old, status_only)
    defaults.fill(api, resource, value, old)
    if not status_only:
        if resource.kind in _GENERATIONS and _spec_changed(resource, old, value):
            metadata["generation"] = before.get("generation", 0) + 1
        _raise(resource, call.name, validation.check(resource, value, old))
    _own(api, call, old, value, owners)
    if "finalizers" in before and "deletionTimestamp" in before and not metadata.get("finalizers"):
        return _let_go(api, call, entry, value)
    if value == old:
        return Written(entry)
    return Written(api.keep(call, value, entry))


def _check_version(call: Call, entry: Entry, metadata: Json) -> None:
    given = metadata.get("resourceVersion", "")
    if given and given != str(entry.version):
        raise conflict(call.resource, call.name)
    uid = metadata.get("uid", "")
    if uid and uid != entry.uid:
        key = f"/registry/{call.resource.plural}/{'/'.join(filter(None, entry.key))}"
        raise conflict(
            call.resource,
            call.name,
            f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: "
            f"Precondition failed: UID in precondition: {uid}, UID in object meta: {entry.uid}",
        )


def _carry(resource: Resource, value: Json, old: Json, status_only: bool) -> None:
    """What a write may not touch comes from the old state: the status, or all but the status."""
    metadata, before = value["metadata"], old["metadata"]
    for name in (*_FIXED, "resourceVersion"):
        metadata.pop(name, None)
        if name in before:
            metadata[name] = before[name]
    if not metadata.get("managedFields") and "managedFields" in before:
        metadata["managedFields"] = before["managedFields"]
    if status_only:
        for name in ("labels", "ownerReferences", "finalizers"):
            metadata.pop(name, None)
            if name in before:
                metadata[name] = before[name]
        for name in (*value, *old):
            if name not in {"metadata", "status"}:
                value.pop(name, None)
                if name in old:
                    value[name] = old[name]
        return
    if resource.sub("status") is not None:
        value.pop("status", None)
        if "status" in old:
            value["status"] = old["status"]


def _spec_changed(resource: Resource, old: Json, new: Json) -> bool:
    if resource.kind == "EndpointSlice":
        parts = ("endpoints", "ports", "addressType")
        labels = old["metadata"].get("labels") != new["metadata"].get("labels")
        return labels or any(old.get(name) != new.get(name) for name in parts)
    if resource.kind == "Deployment" and old["metadata"].get("annotations") != new["metadata"].get(
        "annotations"
    ):
        return True
    return bool(old.get("spec") != new.get("spec"))


def _let_go(api: Api, call: Call, entry: Entry, value: Json) -> Written:
    """The last finalizer of an object that was deleted is gone, and so is the object."""
    if value["metadata"].get("deletionGracePeriodSeconds"):
        return Written(api.keep(call, value, entry))
    if call.dry:
        return Written(entry)
    return Written(deleting.remove(api, call.resource, entry))


def _raise(resource: Resource, name: str, causes: list[Cause]) -> None:
    if causes:
        raise unprocessable(resource.kind, resource.group, name, causes)


Change = Callable[[Json], None]


def edit(api: Api, call: Call, entry: Entry, alter: Change) -> Entry:
    """Change a kept object from inside (scale, binding), with the same checks."""
    value = copied(entry.object)
    alter(value)
    return change(api, call, entry, value).entry
