"""scale, binding and eviction: small kinds of their own that change an object."""

from __future__ import annotations

from dataclasses import replace

from . import bodies, deleting, patches, reading, writing
from .api import Api, copied
from .calls import Call
from .cells import stamp
from .errors import ApiError, Json, bad_request, conflict, invalid, unprocessable
from .forms import from_yaml
from .kinds import KEPT, Resource
from .selectors import of_object, text_of
from .store import Entry

SUCCESS: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}


def scale(api: Api, call: Call) -> Json:
    """GET, PUT or PATCH of a Scale; the answer is the Scale."""
    entry = reading.get(api.store, call)
    if call.verb == "get":
        return scale_of(entry)
    if call.verb == "patch":
        if bodies.media(call) in patches.APPLY:
            given = from_yaml(call.body)
        else:
            given = patches.apply(_as_scale(call), scale_of(entry))
    else:
        given = bodies.raw(call, "Scale")
    replicas = (given.get("spec") or {}).get("replicas", 0)
    if isinstance(replicas, bool) or not isinstance(replicas, int):
        raise bad_request('Scale in version "v1" cannot be handled as a Scale: spec.replicas is no number')
    if replicas < 0:
        cause = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise unprocessable("Scale", "autoscaling", call.name, [cause])
    version = (given.get("metadata") or {}).get("resourceVersion", "")
    if version and version != str(entry.version):
        raise conflict(call.resource, call.name)

    def alter(value: Json) -> None:
        value["spec"]["replicas"] = replicas

    return scale_of(writing.edit(api, call, entry, alter))


_POD = KEPT["pods"]
_SCALE = Resource("autoscaling", "v1", "scales", "Scale")


def _as_scale(call: Call) -> Call:
    """The same patch, seen as one of a Scale, whose schema strategic merge needs."""
    return Call(call.verb, _SCALE, body=call.body, content_type=call.content_type)


def scale_of(entry: Entry) -> Json:
    """A Deployment's or ReplicaSet's Scale."""
    value = entry.object
    metadata = value["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    replicas = value["spec"].get("replicas", 1)
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: metadata[name] for name in kept if name in metadata},
        "spec": {"replicas": replicas} if replicas else {},
        "status": {
            "replicas": value.get("status", {}).get("replicas", 0),
            "selector": text_of(of_object(value["spec"].get("selector"))),
        },
    }


def bind(api: Api, call: Call) -> Json:
    """The scheduler's word: this pod runs on that node."""
    given = bodies.raw(call, "Binding")
    if not call.name:  # POST to the plain `bindings`
        call = replace(call, resource=_POD, name=(given.get("metadata") or {}).get("name", ""))
    node = (given.get("target") or {}).get("name", "")
    if not node:
        raise ApiError(500, "", "target.name: Required value")
    entry = reading.get(api.store, call)
    metadata, spec = entry.object["metadata"], entry.object["spec"]
    if "deletionTimestamp" in metadata:
        raise _unbound(call, f"pod {call.name} is being deleted, cannot be assigned to a host")
    if spec.get("nodeName"):
        raise _unbound(call, f'pod {call.name} is already assigned to node "{spec["nodeName"]}"')
    value = copied(entry.object)
    value["spec"]["nodeName"] = node
    value["metadata"].setdefault("annotations", {}).update(
        (given.get("metadata") or {}).get("annotations") or {}
    )
    if not value["metadata"]["annotations"]:
        del value["metadata"]["annotations"]
    condition = {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(api.clock())}
    status = value.setdefault("status", {})
    kept = [one for one in status.get("conditions") or [] if one["type"] != "PodScheduled"]
    status["conditions"] = [*kept, condition]
    api.keep(call, value, entry)
    return {**SUCCESS, "code": 201}


def _unbound(call: Call, why: str) -> ApiError:
    message = f'Operation cannot be fulfilled on pods/binding "{call.name}": {why}'
    return ApiError(409, "Conflict", message, {"name": call.name, "kind": "pods/binding"})


def evict(api: Api, call: Call) -> Json:
    """Delete a pod by way of an Eviction; there are no disruption budgets in the lab."""
    given = bodies.raw(call, "Eviction")
    deleting.delete(api, call, given.get("deleteOptions") or {})
    return {**SUCCESS, "code": 201}
