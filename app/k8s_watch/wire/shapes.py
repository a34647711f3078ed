"""The parts of Kubernetes' JSON that are read, as msgspec shapes. Everything may be missing or null.

msgspec skips what is not named here without making objects of it: managedFields alone are half of a pod.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
Texts = dict[str, str | None] | None
Number = str | int | float | None  # quantities are text, but may be written as bare numbers


class Shape(msgspec.Struct, rename="camel", gc=False):
    """Base: camelCase on the wire; untracked by the collector, since these trees live for microseconds."""


class Owner(Shape):
    """An owner reference."""

    kind: str | None = None
    name: str | None = None
    uid: str | None = None
    controller: bool | None = None


class Meta(Shape):
    """An object's metadata."""

    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    generation: int | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    deletion_grace_period_seconds: int | None = None
    labels: Texts = None
    annotations: Texts = None
    owner_references: list[Owner] | None = None
    finalizers: list[str] | None = None


class ListMeta(Shape):
    """A list's metadata."""

    resource_version: str | None = None
    continue_: str | None = msgspec.field(default=None, name="continue")


class Items(Shape):
    """Any list; its items stay bytes, so that an odd one does not cost the others."""

    metadata: ListMeta | None = None
    items: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET  # a list always has the key


class Line(Shape, Generic[T]):
    """One line of a watch."""

    type: str | None = None
    object: T | None = None


class RawLine(Shape):
    """The same with the object left as bytes."""

    type: str | None = None
    object: msgspec.Raw = msgspec.Raw(b"null")  # not `Raw | None`: msgspec then takes null alone


class Status(Shape):
    """How the API says no."""

    code: int | None = None
    reason: str | None = None
    message: str | None = None


class Bookmark(Shape):
    """What is read of a bookmark: the version alone."""

    metadata: ListMeta | None = None


class Condition(Shape):
    """A status condition."""

    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None
    last_transition_time: str | None = None


class State(Shape):
    """One of a container's three states."""

    reason: str | None = None
    message: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    started_at: str | None = None
    finished_at: str | None = None
    container_id: str | None = msgspec.field(default=None, name="containerID")


class States(Shape):
    """Which of them it is in."""

    waiting: State | None = None
    running: State | None = None
    terminated: State | None = None


class ContainerStatus(Shape):
    """What kubelet says of a container."""

    name: str | None = None
    ready: bool | None = None
    started: bool | None = None
    restart_count: int | None = None
    container_id: str | None = msgspec.field(default=None, name="containerID")
    state: States | None = None
    last_state: States | None = None


class Check(Shape):
    """How a probe asks: the fields of all four ways."""

    command: list[str] | None = None
    scheme: str | None = None
    host: str | None = None
    path: str | None = None
    port: int | str | None = None


class Probe(Shape):
    """A probe."""

    http_get: Check | None = None
    tcp_socket: Check | None = None
    exec: Check | None = None
    grpc: Check | None = None
    period_seconds: int | None = None
    timeout_seconds: int | None = None
    failure_threshold: int | None = None


class Resources(Shape):
    """What a container or a pod asks for, and may use at most."""

    requests: dict[str, Number] | None = None
    limits: dict[str, Number] | None = None


class Port(Shape):
    """A port of a container, Service or EndpointSlice."""

    name: str | None = None
    port: int | None = None
    container_port: int | None = None


class Container(Shape):
    """A container as the spec asks for it."""

    name: str | None = None
    image: str | None = None
    restart_policy: str | None = None
    resources: Resources | None = None
    ports: list[Port] | None = None
    startup_probe: Probe | None = None
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None


class Gate(Shape):
    """A readiness or scheduling gate."""

    condition_type: str | None = None
    name: str | None = None


class PodSpec(Shape):
    """What a pod asks for."""

    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    readiness_gates: list[Gate] | None = None
    scheduling_gates: list[Gate] | None = None
    resources: Resources | None = None
    restart_policy: str | None = None
    share_process_namespace: bool | None = None
    host_pid: bool | None = msgspec.field(default=None, name="hostPID")
    node_name: str | None = None


class PodStatus(Shape):
    """How a pod is."""

    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    pod_ip: str | None = msgspec.field(default=None, name="podIP")
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None


class Pod(Shape):
    """A pod."""

    metadata: Meta | None = None
    spec: PodSpec | None = None
    status: PodStatus | None = None


class Expression(Shape):
    """One of a selector's expressions."""

    key: str | None = None
    operator: str | None = None
    values: list[str] | None = None


class Selector(Shape):
    """A label selector."""

    match_labels: Texts = None
    match_expressions: list[Expression] | None = None


class Template(Shape):
    """A pod template."""

    metadata: Meta | None = None
    spec: PodSpec | None = None


class WorkloadSpec(Shape):
    """What a Deployment or ReplicaSet asks for."""

    replicas: int | None = None
    paused: bool | None = None
    selector: Selector | None = None
    template: Template | None = None


class WorkloadStatus(Shape):
    """How it is."""

    observed_generation: int | None = None
    replicas: int | None = None
    updated_replicas: int | None = None
    ready_replicas: int | None = None
    available_replicas: int | None = None
    unavailable_replicas: int | None = None
    conditions: list[Condition] | None = None


class Workload(Shape):
    """A Deployment or a ReplicaSet."""

    metadata: Meta | None = None
    spec: WorkloadSpec | None = None
    status: WorkloadStatus | None = None


class Reference(Shape):
    """A reference to another object."""

    kind: str | None = None
    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    port: int | str | None = None
