"""What Kubernetes fills in where a manifest says nothing, for the kinds of the lab."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import Any

from .api import Api
from .errors import Json
from .kinds import Resource
from .pod_defaults import fill_pod, fill_template, mount_account, qos

SERVICE_NET = "10.96"
"""Of the lab's cluster addresses, as on a real cluster: 10.96.0.0/16. Nothing listens there."""
NODE_PORTS = (30000, 32767)


def fill(api: Api, resource: Resource, value: Json, old: Json | None) -> None:
    """Fill in a new object (`old` None) or a changed one."""
    one = _FILL.get(resource.kind)
    if one is not None:
        one(value)
    if resource.kind == "Pod" and old is None:
        mount_account(value["spec"])
        value["status"] = {"phase": "Pending", "qosClass": qos(value.get("spec", {}))}
    if resource.kind == "Service" and old is not None:
        _keep_addresses(value.get("spec", {}), old.get("spec", {}))


def _keep_addresses(spec: Json, before: Json) -> None:
    """A service that is written again without its addresses keeps them."""
    if spec.get("type") == "ExternalName":
        return
    for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if not spec.get(name) and before.get(name):
            spec[name] = before[name]
    if spec.get("type") in {"NodePort", "LoadBalancer"}:
        known = {one["port"]: one.get("nodePort") for one in before.get("ports") or []}
        for one in spec.get("ports") or []:
            if "nodePort" not in one and known.get(one["port"]):
                one["nodePort"] = known[one["port"]]


def allocate(api: Api, resource: Resource, value: Json) -> None:
    """Give a new Service its addresses and ports, once it is known to be valid."""
    if resource.kind != "Service":
        return
    spec = value["spec"]
    if spec["type"] == "ExternalName":
        return
    services = [entry.object["spec"] for entry in api.store.listed("services")]
    if not spec.get("clusterIP"):
        taken = {one.get("clusterIP") for one in services}
        spec["clusterIP"] = _free_address(taken)
    spec["clusterIPs"] = [spec["clusterIP"]]
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    if spec["type"] in {"NodePort", "LoadBalancer"}:
        used = {port.get("nodePort") for one in services for port in one.get("ports") or []}
        for port in spec.get("ports") or []:
            if "nodePort" not in port:
                port["nodePort"] = _free_port(used)
                used.add(port["nodePort"])


def _free_address(taken: set[str | None]) -> str:
    while True:
        found = f"{SERVICE_NET}.{random.randint(1, 254)}.{random.randint(1, 254)}"
        if found not in taken:
            return found


def _free_port(used: set[int | None]) -> int:
    while True:
        found = random.randint(*NODE_PORTS)
        if found not in used:
            return found


def _namespace(value: Json) -> None:
    labels = value["metadata"].setdefault("labels", {})
    labels["kubernetes.io/metadata.name"] = value["metadata"].get("name", "")
    value.setdefault("spec", {})["finalizers"] = ["kubernetes"]
    value.setdefault("status", {}).setdefault("phase", "Active")


def _node(value: Json) -> None:
    value.setdefault("spec", {})
    status = value.get("status")
    if status and "capacity" in status:
        status.setdefault("allocatable", status["capacity"])


def _secret(value: Json) -> None:
    value.setdefault("type", "Opaque")
    plain = value.pop("stringData", None)
    if plain:
        data = value.setdefault("data", {})
        for name, text in plain.items():
            data[name] = base64.b64encode(text.encode()).decode()


def _service(value: Json) -> None:
    spec = value.setdefault("spec", {})
    spec.setdefault("sessionAffinity", "None")
    spec.setdefault("type", "ClusterIP")
    for port in spec.get("ports") or []:
        port.setdefault("protocol", "TCP")
        if port.get("targetPort") in {None, 0, ""}:
            port["targetPort"] = port.get("port", 0)
    if spec["sessionAffinity"] == "ClientIP":
        config = spec.setdefault("sessionAffinityConfig", {})
        config.setdefault("clientIP", {}).setdefault("timeoutSeconds", 10800)
    if spec["type"] in {"NodePort", "LoadBalancer"}:
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    if spec["type"] != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")
    value.setdefault("status", {}).setdefault("loadBalancer", {})


def _deployment(value: Json) -> None:
    spec = value.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    fill_template(spec.setdefault("template", {}))
    strategy = spec.setdefault("strategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    _drop_zeros(
        value.setdefault("status", {}), (*_COUNTS, "replicas", "updatedReplicas", "unavailableReplicas")
    )


def _replicaset(value: Json) -> None:
    spec = value.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    template = spec.setdefault("template", {})
    fill_template(template)
    labels = template.get("metadata", {}).get("labels")
    if labels and not value["metadata"].get("labels"):
        value["metadata"]["labels"] = dict(labels)
    status = value.setdefault("status", {})
    status.setdefault("replicas", 0)
    _drop_zeros(status, _COUNTS)


_COUNTS = ("availableReplicas", "fullyLabeledReplicas", "readyReplicas")


def _drop_zeros(status: Json, names: tuple[str, ...]) -> None:
    """Counts that Kubernetes leaves out when they are 0."""
    for name in names:
        if status.get(name) == 0:
            del status[name]


def _ingress(value: Json) -> None:
    value.setdefault("spec", {})
    value.setdefault("status", {}).setdefault("loadBalancer", {})


_UP: Json = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
_DOWN: Json = {
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}


def _autoscaler(value: Json) -> None:
    spec = value.setdefault("spec", {})
    spec.setdefault("minReplicas", 1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    behavior = spec.get("behavior")
    if behavior is not None:
        for name, rules in (("scaleUp", _UP), ("scaleDown", _DOWN)):
            behavior[name] = {**rules, **behavior.get(name, {})}
    status = value.setdefault("status", {})
    status.setdefault("desiredReplicas", 0)
    status.setdefault("currentMetrics", None)


def _endpoint_slice(value: Json) -> None:
    for port in value.get("ports") or []:
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")


def _event(value: Json) -> None:
    value.setdefault("source", {})
    for name in ("reportingComponent", "reportingInstance"):
        value.setdefault(name, "")
    for name in ("firstTimestamp", "lastTimestamp", "eventTime"):
        value.setdefault(name, None)


_FILL: dict[str, Callable[[Json], Any]] = {
    "Namespace": _namespace,
    "Node": _node,
    "Pod": fill_pod,
    "Secret": _secret,
    "Service": _service,
    "Deployment": _deployment,
    "ReplicaSet": _replicaset,
    "Ingress": _ingress,
    "HorizontalPodAutoscaler": _autoscaler,
    "EndpointSlice": _endpoint_slice,
    "Event": _event,
}
