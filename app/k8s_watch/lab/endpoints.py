"""Service -> EndpointSlice: which pods stand behind it, and which of them may be asked."""

from __future__ import annotations

from . import names
from .client import Api, Mirror, Object, key
from .queues import WorkQueue
from .replicasets import condition, ready

_SERVICE = "kubernetes.io/service-name"
_TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
_MANAGED = "endpointslice.kubernetes.io/managed-by"


def endpoint(pod: Object) -> Object:
    """A pod as an endpoint: a terminating one is not ready, though it may still serve."""
    meta = pod["metadata"]
    well, leaving = ready(pod), bool(meta.get("deletionTimestamp"))
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": well and not leaving, "serving": well, "terminating": leaving},
        "targetRef": {
            "kind": "Pod",
            "namespace": meta["namespace"],
            "name": meta["name"],
            "uid": meta["uid"],
        },
        "nodeName": pod["spec"].get("nodeName", ""),
    }


def chosen(service: Object, pods: list[Object]) -> list[Object]:
    """The pods behind a Service that have an address and have not ended, oldest first."""
    selector: dict[str, str] = service["spec"].get("selector") or {}
    if not selector:
        return []
    found = [
        p
        for p in pods
        if p["metadata"]["namespace"] == service["metadata"]["namespace"]
        and selector.items() <= (p["metadata"].get("labels") or {}).items()
        and (p.get("status") or {}).get("podIP")
        and p["status"].get("phase") not in {"Succeeded", "Failed"}
    ]
    return sorted(found, key=lambda p: (p["metadata"].get("creationTimestamp") or "", p["metadata"]["name"]))


def ports(service: Object, pods: list[Object]) -> list[Object]:
    """The ports as the pods have them."""
    found: list[Object] = []
    for port in service["spec"].get("ports") or []:
        number = target(port, pods)
        if number:
            found.append(
                {"name": port.get("name") or "", "protocol": port.get("protocol", "TCP"), "port": number}
            )
    return found


def target(port: Object, pods: list[Object]) -> int:
    """The number behind targetPort; one that is a name is looked up in the pods' containers. 0: nowhere."""
    wanted = port.get("targetPort", port["port"])
    if isinstance(wanted, int):
        return wanted or int(port["port"])
    for pod in pods:
        for container in pod["spec"]["containers"]:
            for one in container.get("ports") or []:
                if one.get("name") == wanted:
                    return int(one["containerPort"])
    return 0


def _ready_since(pod: Object) -> str:
    found = condition(pod, "Ready")
    return str(found["lastTransitionTime"]) if found else ""


class Endpoints:
    """Keeps one EndpointSlice for each Service with a selector."""

    def __init__(self, api: Api, mirrors: dict[str, Mirror]) -> None:
        self._api = api
        self._services, self._pods, self._slices = (
            mirrors["services"],
            mirrors["pods"],
            mirrors["endpointslices"],
        )
        self.queue = WorkQueue("endpointslices", self.sync)
        self._services.listeners.append(lambda old, new: self.queue.add(key(new or old or {})))
        self._pods.listeners.append(self._pod)
        self._slices.listeners.append(self._slice)

    def _pod(self, old: Object | None, new: Object | None) -> None:
        for pod in (old, new):
            if pod is None or not (pod.get("status") or {}).get("podIP"):
                continue
            labels = (pod["metadata"].get("labels") or {}).items()
            for service in self._services.items.values():
                selector = service["spec"].get("selector") or {}
                same = service["metadata"]["namespace"] == pod["metadata"]["namespace"]
                if same and selector and selector.items() <= labels:
                    self.queue.add(key(service))

    def _slice(self, old: Object | None, new: Object | None) -> None:
        found = new or old or {}
        name = (found["metadata"].get("labels") or {}).get(_SERVICE)
        if name and new is None:
            self.queue.add(f"{found['metadata']['namespace']}/{name}")

    async def sync(self, where: str) -> None:
        """Bring one Service's slice up to date."""
        service = self._services.items.get(where)
        if service is None or not service["spec"].get("selector"):
            return
        meta = service["metadata"]
        pods = chosen(service, list(self._pods.items.values()))
        wanted: Object = {"endpoints": [endpoint(p) for p in pods], "ports": ports(service, pods)}
        present = self._present(meta)
        if present is None:
            self._slices.apply(await self._api.create("endpointslices", blank(service) | wanted))
            return
        if all((present.get(k) or []) == v for k, v in wanted.items()):
            return
        if changed := max((_ready_since(p) for p in pods), default=""):
            wanted["metadata"] = {"annotations": {_TRIGGER: changed}}
        self._slices.apply(await self._api.patch("endpointslices", present, wanted))

    def _present(self, meta: Object) -> Object | None:
        for found in self._slices.items.values():
            labels = found["metadata"].get("labels") or {}
            same = (
                found["metadata"]["namespace"] == meta["namespace"] and labels.get(_SERVICE) == meta["name"]
            )
            if same and labels.get(_MANAGED) == "endpointslice-controller.k8s.io":
                return found
        return None


def blank(service: Object) -> Object:
    """A slice without endpoints."""
    meta = service["metadata"]
    labels = {
        **(meta.get("labels") or {}),
        _MANAGED: "endpointslice-controller.k8s.io",
        _SERVICE: meta["name"],
    }
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{meta['name']}-{names.suffix()}",
            "generateName": f"{meta['name']}-",
            "namespace": meta["namespace"],
            "labels": labels,
            "ownerReferences": [
                {
                    "apiVersion": "v1",
                    "kind": "Service",
                    "name": meta["name"],
                    "uid": meta["uid"],
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "addressType": "IPv4",
    }
