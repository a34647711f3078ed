"""What the lab's API serves: one table, from which paths, discovery and storage follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

FULL = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
READ = ("get", "list")
WRITE = ("get", "patch", "update")


@dataclass(frozen=True, slots=True)
class Sub:
    """A subresource: its path, the kind it answers with (group and version of that kind), its verbs."""

    name: str
    kind: str
    verbs: tuple[str, ...] = WRITE
    group: str = ""
    version: str = ""


@dataclass(frozen=True)
class Resource:
    """One plural of one group version. Two of them may share their objects (`store`)."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subs: tuple[Sub, ...] = ()
    verbs: tuple[str, ...] = FULL
    store: str = ""  # where its objects are kept; "" for kinds that are computed, not kept
    dns_label: bool = False  # its names are DNS labels (no dots)
    singular: str = ""

    @cached_property
    def api_version(self) -> str:
        """Group and version as objects carry them."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @cached_property
    def path(self) -> str:
        """Of its group version, without a slash in front."""
        return f"apis/{self.api_version}" if self.group else f"api/{self.version}"

    @cached_property
    def qualified(self) -> str:
        """As error messages name it: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @cached_property
    def list_kind(self) -> str:
        """The kind of its lists."""
        return f"{self.kind}List"

    def sub(self, name: str) -> Sub | None:
        """Its subresource of that name."""
        return next((one for one in self.subs if one.name == name), None)


_SCALE = Sub("scale", "Scale", group="autoscaling", version="v1")


def _status(kind: str) -> Sub:
    return Sub("status", kind)


_POD_SUBS = (
    Sub("binding", "Binding", ("create",)),
    Sub("eviction", "Eviction", ("create",), "policy", "v1"),
    Sub("exec", "PodExecOptions", ("create", "get")),
    Sub("log", "Pod", ("get",)),
    _status("Pod"),
)

RESOURCES: tuple[Resource, ...] = (
    Resource("", "v1", "bindings", "Binding", verbs=("create",)),
    Resource("", "v1", "configmaps", "ConfigMap", short=("cm",), store="configmaps"),
    Resource("", "v1", "events", "Event", short=("ev",), store="events"),
    Resource(
        "",
        "v1",
        "namespaces",
        "Namespace",
        False,
        ("ns",),
        subs=(Sub("finalize", "Namespace", ("update",)), _status("Namespace")),
        verbs=tuple(verb for verb in FULL if verb != "deletecollection"),
        store="namespaces",
        dns_label=True,
    ),
    Resource("", "v1", "nodes", "Node", False, ("no",), subs=(_status("Node"),), store="nodes"),
    Resource("", "v1", "pods", "Pod", short=("po",), categories=("all",), subs=_POD_SUBS, store="pods"),
    Resource("", "v1", "secrets", "Secret", store="secrets"),
    Resource("", "v1", "serviceaccounts", "ServiceAccount", short=("sa",), store="serviceaccounts"),
    Resource(
        "",
        "v1",
        "services",
        "Service",
        short=("svc",),
        categories=("all",),
        subs=(_status("Service"),),
        store="services",
        dns_label=True,
    ),
    Resource(
        "apps",
        "v1",
        "deployments",
        "Deployment",
        short=("deploy",),
        categories=("all",),
        subs=(_SCALE, _status("Deployment")),
        store="deployments",
    ),
    Resource(
        "apps",
        "v1",
        "replicasets",
        "ReplicaSet",
        short=("rs",),
        categories=("all",),
        subs=(_SCALE, _status("ReplicaSet")),
        store="replicasets",
    ),
    Resource("events.k8s.io", "v1", "events", "Event", short=("ev",), store="events"),
    Resource(
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        False,
        verbs=("create",),
    ),
    Resource(
        "authorization.k8s.io",
        "v1",
        "selfsubjectrulesreviews",
        "SelfSubjectRulesReview",
        False,
        verbs=("create",),
    ),
    Resource(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        short=("hpa",),
        categories=("all",),
        subs=(_status("HorizontalPodAutoscaler"),),
        store="horizontalpodautoscalers",
    ),
    Resource("networking.k8s.io", "v1", "ingressclasses", "IngressClass", False, store="ingressclasses"),
    Resource(
        "networking.k8s.io",
        "v1",
        "ingresses",
        "Ingress",
        short=("ing",),
        subs=(_status("Ingress"),),
        store="ingresses",
        singular="ingress",
    ),
    Resource("coordination.k8s.io", "v1", "leases", "Lease", store="leases"),
    Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", store="endpointslices"),
    Resource("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", False, verbs=READ),
    Resource("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", verbs=READ),
)

BY_PATH = {(one.group, one.version, one.plural): one for one in RESOURCES}
"""(group, version, plural) -> what is served there."""

KEPT = {one.store: one for one in reversed(RESOURCES) if one.store}
"""Storage -> the resource whose form the objects are kept in (the first of those that share them)."""

GROUPS = tuple(dict.fromkeys(one.group for one in RESOURCES if one.group))
"""The named groups, in the order in which they are offered."""

VERSIONS = tuple(dict.fromkeys((one.group, one.version) for one in RESOURCES))
"""Every (group, version)."""
