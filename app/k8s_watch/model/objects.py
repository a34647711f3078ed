"""The few fields of Kubernetes' objects that the product needs, frozen.

Every time is unix seconds by the *server's* clock, as the API gave it (whole seconds), or None.
Every text was sanitised where it entered (`wire`).
CPU is in millicores, memory in bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Condition:
    """One of an object's status conditions."""

    type: str
    status: str  # "True", "False" or "Unknown"
    reason: str = ""
    message: str = ""
    since: float | None = None  # lastTransitionTime


@dataclass(frozen=True, slots=True)
class ContainerState:
    """What a container is doing, or (as `last`) how its previous run ended."""

    kind: Literal["waiting", "running", "terminated"]
    reason: str = ""
    message: str = ""
    exit_code: int | None = None
    signal: int | None = None
    started: float | None = None
    finished: float | None = None
    container_id: str = ""  # terminated only: the run that ended


@dataclass(frozen=True, slots=True)
class Probe:
    """How a container is asked whether it is well."""

    kind: Literal["startup", "readiness", "liveness"]
    how: str  # "http-get :5000/healthz", "exec ...", "tcp :5000", "grpc :9000"
    period: int = 10
    timeout: int = 1
    failures: int = 3


@dataclass(frozen=True, slots=True)
class Container:
    """One container: what the spec asks, and what the status says (None: no status yet)."""

    name: str
    image: str = ""
    role: Literal["main", "init", "sidecar"] = "main"  # sidecar: an init container with restartPolicy Always
    cpu_request: int | None = None  # millicores
    probes: tuple[Probe, ...] = ()
    ports: tuple[int, ...] = ()
    # from the status
    known: bool = False  # the status has an entry for it
    ready: bool = False
    started: bool | None = None
    restarts: int = 0
    container_id: str = ""
    state: ContainerState | None = None
    last: ContainerState | None = None
    place: int = (
        0  # index of its entry in the status: kubectl goes through them in that order, not the spec's
    )


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, as its last event said."""

    uid: str
    name: str
    namespace: str
    version: str = ""  # resourceVersion
    created: float | None = None
    deleted: float | None = None  # deletionTimestamp: when it must be gone
    grace: int | None = None  # deletionGracePeriodSeconds
    labels: Mapping[str, str] = field(default_factory=dict)
    owner_kind: str = ""
    owner_name: str = ""
    owner_uid: str = ""
    phase: str = ""
    reason: str = ""  # status.reason: Evicted, NodeLost, UnexpectedAdmissionError, ...
    message: str = ""
    conditions: tuple[Condition, ...] = ()
    containers: tuple[Container, ...] = ()  # main ones, in the spec's order
    init_containers: tuple[Container, ...] = ()  # init ones and sidecars, in the spec's order
    readiness_gates: tuple[str, ...] = ()
    scheduling_gates: tuple[str, ...] = ()
    restart_policy: str = "Always"
    shares_processes: bool = False  # shareProcessNamespace, or hostPID
    node: str = ""
    ip: str = ""
    finalizers: tuple[str, ...] = ()

    def condition(self, kind: str) -> Condition | None:
        """Its condition of that type."""
        for (
            one
        ) in self.conditions:  # a generator would take twice as long: this is asked for each pod and picture
            if one.type == kind:
                return one
        return None

    @property
    def ready(self) -> bool:
        """Whether its Ready condition is True."""
        found = self.condition("Ready")
        return found is not None and found.status == "True"

    @property
    def main(self) -> Container | None:
        """Its first main container: the one that `k` kills."""
        return self.containers[0] if self.containers else None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address behind a Service."""

    address: str
    pod_uid: str = ""  # targetRef.uid
    pod_name: str = ""
    ready: bool = True
    serving: bool = True
    terminating: bool = False


@dataclass(frozen=True, slots=True)
class EndpointSlice:
    """Some of a Service's addresses; a Service may have several slices."""

    name: str
    namespace: str
    service: str = ""
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """A Deployment. `selector` is matchLabels plus the expressions, as a label selector string."""

    uid: str
    name: str
    namespace: str
    created: float | None = None
    generation: int = 0
    observed_generation: int = 0
    revision: str = ""  # annotation deployment.kubernetes.io/revision
    replicas: int = 1  # spec
    selector: str = ""
    current: int = 0  # status.replicas
    updated: int = 0
    ready: int = 0
    available: int = 0
    unavailable: int = 0
    paused: bool = False
    deleted: float | None = None
    cpu_request: int | None = None  # of the template's containers together; None where one has none
    conditions: tuple[Condition, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)  # of the template

    @property
    def rolling_out(self) -> bool:
        """Whether pods of an older template are still being replaced (kubectl rollout status's rule)."""
        return (
            self.observed_generation < self.generation
            or self.updated < self.replicas
            or self.current > self.updated
            or self.available < self.updated
        )


@dataclass(frozen=True, slots=True)
class ReplicaSet:
    """A ReplicaSet: the pods of one version of the template."""

    uid: str
    name: str
    namespace: str
    created: float | None = None
    owner_uid: str = ""
    revision: str = ""
    replicas: int = 0  # spec
    current: int = 0
    ready: int = 0
    template_hash: str = ""


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """At most `value` pods or percent in `period` seconds."""

    type: Literal["Pods", "Percent"]
    value: int
    period: int


@dataclass(frozen=True, slots=True)
class ScalingRules:
    """One direction of an autoscaler's `behavior`."""

    window: int | None = None  # stabilizationWindowSeconds
    select: str = "Max"  # Max, Min or Disabled
    policies: tuple[ScalingPolicy, ...] = ()
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """A HorizontalPodAutoscaler (autoscaling/v2)."""

    uid: str
    name: str
    namespace: str
    created: float | None = None
    target_kind: str = ""
    target_name: str = ""
    minimum: int = 1
    maximum: int = 1
    current: int = 0  # status.currentReplicas
    desired: int = 0  # status.desiredReplicas
    last_scaled: float | None = None
    cpu_target: int | None = None  # averageUtilization, percent of request
    cpu: int | None = None  # status: the same unit; None is what kubectl prints as <unknown>
    other_metrics: int = 0  # metrics in the spec that are not CPU utilisation
    conditions: tuple[Condition, ...] = ()
    has_behavior: bool = False
    up: ScalingRules = field(default_factory=ScalingRules)
    down: ScalingRules = field(default_factory=ScalingRules)

    @property
    def looked(self) -> bool:
        """Whether its controller has looked yet: before that its status says 0 replicas, which is not so."""
        return bool(self.conditions) or self.desired > 0

    def condition(self, kind: str) -> Condition | None:
        """Its condition of that type."""
        return next((c for c in self.conditions if c.type == kind), None)


@dataclass(frozen=True, slots=True)
class Service:
    """A Service."""

    name: str
    namespace: str
    selector: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[tuple[str, int], ...] = ()  # (name, port)
    affinity: str = "None"  # sessionAffinity
    type: str = "ClusterIP"
    cluster_ip: str = ""


@dataclass(frozen=True, slots=True)
class RouteRule:
    """One way in: host and path lead to a Service's port."""

    host: str
    path: str
    service: str
    port: str  # number or name, as text


@dataclass(frozen=True, slots=True)
class Route:
    """An Ingress or an HTTPRoute."""

    kind: Literal["Ingress", "HTTPRoute"]
    name: str
    namespace: str
    rules: tuple[RouteRule, ...] = ()
    tls_hosts: tuple[str, ...] = ()  # ("",) where TLS names no host
    addresses: tuple[str, ...] = ()  # of the load balancer or Gateway
    port: int | None = None  # an HTTPRoute's listener port


@dataclass(frozen=True, slots=True)
class Event:
    """A core/v1 Event: shown, never trusted as a source of truth."""

    uid: str
    type: str  # Normal or Warning
    reason: str
    message: str
    object_kind: str = ""
    object_name: str = ""
    object_uid: str = ""
    count: int = 1
    first: float | None = None
    last: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """One pod's CPU and memory from PodMetrics."""

    pod: str  # name: PodMetrics has no uid
    cpu: int  # millicores, all containers
    memory: int  # bytes
    at: float | None = None  # PodMetrics timestamp
    window: float | None = None  # seconds that the sample spans
