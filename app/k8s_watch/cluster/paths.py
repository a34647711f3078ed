"""Where the API serves each kind."""

from __future__ import annotations

from urllib.parse import quote

from ..model.changes import Kind, Subject
from ..wire.translate import decode_list
from .connect import Cluster

_GROUPS: dict[Kind, tuple[str, str]] = {
    "pods": ("/api/v1", "pods"),
    "endpointslices": ("/apis/discovery.k8s.io/v1", "endpointslices"),
    "deployments": ("/apis/apps/v1", "deployments"),
    "replicasets": ("/apis/apps/v1", "replicasets"),
    "autoscalers": ("/apis/autoscaling/v2", "horizontalpodautoscalers"),
    "services": ("/api/v1", "services"),
    "ingresses": ("/apis/networking.k8s.io/v1", "ingresses"),
    "httproutes": ("/apis/gateway.networking.k8s.io/v1", "httproutes"),
    "events": ("/api/v1", "events"),
    "metrics": ("/apis/metrics.k8s.io/v1beta1", "pods"),
}


def collection(kind: Kind, namespace: str = "") -> str:
    """The path of all objects of a kind, in one namespace or (with "") in all."""
    group, resource = _GROUPS[kind]
    return f"{group}/namespaces/{quote(namespace)}/{resource}" if namespace else f"{group}/{resource}"


def item(kind: Kind, namespace: str, name: str, part: str = "") -> str:
    """The path of one object, or of its subresource `part`."""
    return f"{collection(kind, namespace)}/{quote(name, safe='')}" + (f"/{part}" if part else "")


async def everything(cluster: Cluster, kind: Kind, namespace: str = "", fields: str = "") -> list[Subject]:
    """All objects of a kind, page by page. Raises as `Cluster.request` does, and WireError."""
    found: list[Subject] = []
    token = ""
    while True:
        asked = {"limit": "500", "fieldSelector": fields, "continue": token}
        body = await cluster.get(
            collection(kind, namespace), {key: value for key, value in asked.items() if value}
        )
        page = decode_list(kind, body)
        found += page.items
        token = page.continue_
        if not token:
            return found
