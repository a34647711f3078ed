"""The columns and cells of Tables: what `kubectl get` prints, after pkg/printers/internalversion of 1.36.

kubectl prints cells as they come; columns of priority 1 are for `-o wide`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from k8s_watch.model.columns import columns as pod_columns
from k8s_watch.wire.translate import translate

from . import network_cells as network
from .cells import age, containers, event_object, event_source, images, number, since
from .errors import Json
from .kinds import Resource
from .selectors import of_object, text_of

NONE = "<none>"


Cells = Callable[[Json, float], list[Any]]


def _table(*names: str) -> list[Json]:
    """Column definitions: "Name" is a name, a "+" in front makes a column wide, a "#" one of integers."""
    found = []
    for name in names:
        plain = name.lstrip("+#")
        found.append(
            {
                "name": plain,
                "type": "integer" if "#" in name else "string",
                "format": "name" if plain == "Name" else "",
                "description": "",
                "priority": 1 if name.startswith("+") else 0,
            }
        )
    return found


def _pod(value: Json, now: float) -> list[Any]:
    shown = pod_columns(translate("pods", value), now)  # type: ignore[arg-type]
    spec, status = value.get("spec", {}), value.get("status", {})
    addresses = status.get("podIPs") or [{}]
    gates = _gates(value)
    return [
        value["metadata"]["name"],
        shown.ready,
        shown.status,
        shown.restarts,
        shown.age,
        addresses[0].get("ip") or status.get("podIP") or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        gates,
    ]


def _gates(value: Json) -> str:
    gates = value.get("spec", {}).get("readinessGates") or []
    if not gates:
        return NONE
    conditions = {one.get("type"): one.get("status") for one in value["status"].get("conditions") or []}
    true = sum(conditions.get(gate["conditionType"]) == "True" for gate in gates)
    return f"{true}/{len(gates)}"


def _deployment(value: Json, now: float) -> list[Any]:
    spec, status = value["spec"], value.get("status", {})
    return [
        value["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age(value, now),
        containers(spec["template"]),
        images(spec["template"]),
        text_of(of_object(spec.get("selector"))),
    ]


def _replicaset(value: Json, now: float) -> list[Any]:
    spec, status = value["spec"], value.get("status", {})
    return [
        value["metadata"]["name"],
        spec.get("replicas", 1),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age(value, now),
        containers(spec.get("template", {})),
        images(spec.get("template", {})),
        text_of(of_object(spec.get("selector"))),
    ]


def _namespace(value: Json, now: float) -> list[Any]:
    return [value["metadata"]["name"], value.get("status", {}).get("phase", ""), age(value, now)]


def _node(value: Json, now: float) -> list[Any]:
    status = value.get("status", {})
    about = status.get("nodeInfo", {})
    addresses: dict[str, str] = {one["type"]: one["address"] for one in status.get("addresses") or []}
    kernel = about.get("kernelVersion") or "<unknown>"
    machine = f" ({about['architecture']})" if about.get("architecture") else ""
    return [
        value["metadata"]["name"],
        _node_status(value),
        _roles(value["metadata"].get("labels") or {}),
        age(value, now),
        about.get("kubeletVersion", ""),
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        about.get("osImage") or "<unknown>",
        kernel + machine,
        about.get("containerRuntimeVersion") or "<unknown>",
    ]


def _node_status(value: Json) -> str:
    ready = [one for one in value.get("status", {}).get("conditions") or [] if one["type"] == "Ready"]
    words = [("Ready" if one["status"] == "True" else "NotReady") for one in ready] or ["Unknown"]
    if value.get("spec", {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _roles(labels: dict[str, str]) -> str:
    prefix = "node-role.kubernetes.io/"
    roles = sorted(name.removeprefix(prefix) for name in labels if name.startswith(prefix) and name != prefix)
    return ",".join(roles) or NONE


def _configmap(value: Json, now: float) -> list[Any]:
    count = len(value.get("data") or {}) + len(value.get("binaryData") or {})
    return [value["metadata"]["name"], count, age(value, now)]


def _secret(value: Json, now: float) -> list[Any]:
    return [value["metadata"]["name"], value.get("type", ""), len(value.get("data") or {}), age(value, now)]


def _named(value: Json, now: float) -> list[Any]:
    return [value["metadata"]["name"], age(value, now)]


def _lease(value: Json, now: float) -> list[Any]:
    return [value["metadata"]["name"], value.get("spec", {}).get("holderIdentity", ""), age(value, now)]


def _event(value: Json, now: float) -> list[Any]:
    series = value.get("series") or {}
    first = value.get("firstTimestamp") or value.get("eventTime")
    last = series.get("lastObservedTime") or value.get("lastTimestamp") or first
    count = series.get("count") or value.get("count") or 1
    return [
        since(last, now),
        value.get("type", ""),
        value.get("reason", ""),
        event_object(value.get("involvedObject") or {}),
        (value.get("involvedObject") or {}).get("fieldPath", ""),
        event_source(value),
        (value.get("message") or "").strip(),
        since(first, now),
        count,
        value["metadata"]["name"],
    ]


def _metrics(value: Json, _now: float) -> list[Any]:
    parts = value.get("containers") or [{"usage": value.get("usage", {})}]
    cpu = sum(number(one["usage"].get("cpu", "0")) for one in parts)
    memory = sum(number(one["usage"].get("memory", "0")) for one in parts)
    usage = [f"{int(cpu * 10**9)}n", f"{int(memory) // 1024}Ki"]
    return [value["metadata"]["name"], *usage, value.get("window", "")]


_EVENT = (
    "Last Seen",
    "Type",
    "Reason",
    "Object",
    "+Subobject",
    "+Source",
    "Message",
    "+First Seen",
    "+Count",
)
_WORKLOAD = ("+Containers", "+Images", "+Selector")
_NODE_WIDE = ("+Internal-IP", "+External-IP", "+OS-Image", "+Kernel-Version", "+Container-Runtime")

_TABLES: dict[str, tuple[list[Json], Cells]] = {
    "Pod": (
        _table(
            "Name",
            "Ready",
            "Status",
            "Restarts",
            "Age",
            "+IP",
            "+Node",
            "+Nominated Node",
            "+Readiness Gates",
        ),
        _pod,
    ),
    "Deployment": (_table("Name", "Ready", "Up-to-date", "Available", "Age", *_WORKLOAD), _deployment),
    "ReplicaSet": (_table("Name", "#Desired", "#Current", "#Ready", "Age", *_WORKLOAD), _replicaset),
    "Namespace": (_table("Name", "Status", "Age"), _namespace),
    "Node": (_table("Name", "Status", "Roles", "Age", "Version", *_NODE_WIDE), _node),
    "ConfigMap": (_table("Name", "Data", "Age"), _configmap),
    "Secret": (_table("Name", "Type", "Data", "Age"), _secret),
    "ServiceAccount": (_table("Name", "Age"), _named),
    "Lease": (_table("Name", "Holder", "Age"), _lease),
    "Event": ([*_table(*_EVENT), {**_table("Name")[0], "priority": 1}], _event),
    "PodMetrics": (_table("Name", "cpu", "memory", "Window"), _metrics),
    "NodeMetrics": (_table("Name", "cpu", "memory", "Window"), _metrics),
    "Service": (
        _table("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "+Selector"),
        network.service,
    ),
    "Ingress": (_table("Name", "Class", "Hosts", "Address", "Ports", "Age"), network.ingress),
    "IngressClass": (_table("Name", "Controller", "Parameters", "Age"), network.ingress_class),
    "EndpointSlice": (_table("Name", "AddressType", "Ports", "Endpoints", "Age"), network.endpoint_slice),
    "HorizontalPodAutoscaler": (
        _table("Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"),
        network.autoscaler,
    ),
}
_OTHER = (_table("Name", "Age"), _named)


def columns(resource: Resource) -> list[Json]:
    """The columns of a kind."""
    return _TABLES.get(resource.kind, _OTHER)[0]


def cells(resource: Resource, value: Json, now: float) -> list[Any]:
    """One object's row at `now`, unix seconds."""
    return _TABLES.get(resource.kind, _OTHER)[1](value, now)
