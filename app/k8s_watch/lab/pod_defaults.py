"""What Kubernetes fills in in pods and in pod templates."""

from __future__ import annotations

import secrets
from typing import Any

from .errors import Json

ACCOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
GRACE = 30
"""Seconds that a pod has between SIGTERM and SIGKILL."""


def fill_pod(value: Json) -> None:
    """A pod: what a template gets, and what admission adds."""
    spec = value.setdefault("spec", {})
    fill_spec(spec)
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        _requests_from_limits(container)
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", spec["serviceAccountName"])
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    _tolerate(spec)
    for condition in value.setdefault("status", {}).get("conditions") or []:
        condition.setdefault("lastProbeTime", None)


def fill_template(template: Json) -> None:
    """The pod template of a Deployment or ReplicaSet."""
    template.setdefault("metadata", {})
    fill_spec(template.setdefault("spec", {}))


def fill_spec(spec: Json) -> None:
    """What pods and templates have in common."""
    for container in spec.get("containers") or []:
        _container(container)
    for container in spec.get("initContainers") or []:
        _container(container)
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", GRACE)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")
    for volume in spec.get("volumes") or []:
        _volume(volume)


def _container(container: Json) -> None:
    container.setdefault("resources", {})
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    if "imagePullPolicy" not in container:
        container["imagePullPolicy"] = "Always" if _moves(container.get("image", "")) else "IfNotPresent"
    for port in container.get("ports") or []:
        port.setdefault("protocol", "TCP")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in container:
            _probe(container[name])
    for variable in container.get("env") or []:
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference is not None:
            reference.setdefault("apiVersion", "v1")


def _moves(image: str) -> bool:
    """Whether the image has no tag, or `latest`: what it names may change."""
    if "@" in image:
        return False
    last = image.rsplit("/", 1)[-1]
    return ":" not in last or last.endswith(":latest")


def _probe(probe: Json) -> None:
    defaults: dict[str, Any] = {
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    for name, value in defaults.items():
        if not probe.get(name):
            probe[name] = value
    request = probe.get("httpGet")
    if request is not None:
        request.setdefault("path", "/")
        request.setdefault("scheme", "HTTP")
    if "grpc" in probe:
        probe["grpc"].setdefault("service", "")


def _volume(volume: Json) -> None:
    if len(volume) == 1:  # a name alone
        volume["emptyDir"] = {}
    for name in ("configMap", "secret", "projected", "downwardAPI"):
        if name in volume:
            volume[name].setdefault("defaultMode", 420)


def _requests_from_limits(container: Json) -> None:
    resources = container["resources"]
    limits = resources.get("limits")
    if limits:
        resources["requests"] = {**limits, **resources.get("requests", {})}


def mount_account(spec: Json) -> None:
    """The volume with the service account's token that admission gives every new pod."""
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    if spec.get("automountServiceAccountToken") is False or not containers:
        return
    if any(one.get("mountPath") == ACCOUNT_PATH for c in containers for one in c.get("volumeMounts") or ()):
        return
    name = "kube-api-access-" + "".join(secrets.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5))
    for container in containers:
        mount = {"name": name, "readOnly": True, "mountPath": ACCOUNT_PATH}
        container.setdefault("volumeMounts", []).append(mount)
    spec.setdefault("volumes", []).append({"name": name, "projected": _account_sources()})


def _account_sources() -> Json:
    authority = {"key": "ca.crt", "path": "ca.crt"}
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [authority]}},
            {"downwardAPI": {"items": [namespace]}},
        ],
        "defaultMode": 420,
    }


def _tolerate(spec: Json) -> None:
    """A pod stays on a node that is lost for five minutes."""
    tolerations = spec.get("tolerations") or []
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if any(
            one.get("key") in {key, None} and one.get("effect") in {"NoExecute", None} for one in tolerations
        ):
            continue
        tolerations.append(
            {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        )
    spec["tolerations"] = tolerations


def qos(spec: Json) -> str:
    """The pod's quality of service class: BestEffort, Burstable or Guaranteed."""
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    asked = [one.get("resources") or {} for one in containers]
    if not any(one.get("requests") or one.get("limits") for one in asked):
        return "BestEffort"
    for one in asked:
        requests, limits = one.get("requests") or {}, one.get("limits") or {}
        for name in ("cpu", "memory"):
            if name not in limits or requests.get(name, limits[name]) != limits[name]:
                return "Burstable"
    return "Guaranteed"
