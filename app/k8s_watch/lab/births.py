"""What a cluster has before anyone created anything: its namespaces, their accounts, its own Service."""

from __future__ import annotations

from . import writing
from .api import Api
from .calls import Call
from .errors import Json
from .images import METRICS
from .kinds import BY_PATH, Resource

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
ADDRESS = "10.96.0.1"
"""Of the API inside the cluster, as on a real one."""

_ABOUT_CA = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as "
    "the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of "
    "Kubernetes clusters."
)


def bear(api: Api, authority: str = "") -> None:
    """Create what is missing; nothing when all is there. `authority`: the certificate of the lab's CA."""
    for name in NAMESPACES:
        if api.store.get("namespaces", ("", name)) is None:
            _create(api, "namespaces", "", {"metadata": {"name": name}})
            furnish(api, name, authority)
            if name == "kube-system":
                _create(api, "deployments", name, _metrics_server(), "apps")
    if api.store.get("services", ("default", "kubernetes")) is None:
        _create(api, "services", "default", _kubernetes())


def furnish(api: Api, namespace: str, authority: str) -> None:
    """What every namespace has: the default account and the CA's certificate."""
    if api.store.get("serviceaccounts", (namespace, "default")) is None:
        _create(api, "serviceaccounts", namespace, {"metadata": {"name": "default"}})
    if api.store.get("configmaps", (namespace, "kube-root-ca.crt")) is None:
        about = {"kubernetes.io/description": _ABOUT_CA}
        value = {
            "metadata": {"name": "kube-root-ca.crt", "annotations": about},
            "data": {"ca.crt": authority},
        }
        _create(api, "configmaps", namespace, value)


def _kubernetes() -> Json:
    labels = {"component": "apiserver", "provider": "kubernetes"}
    port = {"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}
    spec = {"type": "ClusterIP", "clusterIP": ADDRESS, "ports": [port]}
    return {"metadata": {"name": "kubernetes", "labels": labels}, "spec": spec}


def _metrics_server() -> Json:
    labels = {"k8s-app": "metrics-server"}
    container = {"name": "metrics-server", "image": METRICS.name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"metadata": {"name": "metrics-server", "labels": labels}, "spec": spec}


def _create(api: Api, plural: str, namespace: str, value: Json, group: str = "") -> None:
    resource: Resource = BY_PATH[group, "v1", plural]
    call = Call("create", resource, namespace, agent="kube-apiserver")
    head = {"kind": resource.kind, "apiVersion": resource.api_version}
    writing.admit(api, call, {**head, **value})
