"""Shapes of what leads to the pods, scales them, measures them and tells about them."""

from __future__ import annotations

import msgspec

from .shapes import Condition, Meta, Number, Port, Reference, Shape, Texts


class EndpointConditions(Shape):
    """Whether an address is to be used."""

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class Endpoint(Shape):
    """Some addresses of one pod."""

    addresses: list[str] | None = None
    conditions: EndpointConditions | None = None
    target_ref: Reference | None = None


class EndpointSlice(Shape):
    """An EndpointSlice."""

    metadata: Meta | None = None
    endpoints: list[Endpoint] | None = None
    ports: list[Port] | None = None


class MetricValue(Shape):
    """A metric's target or current value."""

    type: str | None = None
    average_utilization: int | None = None


class ResourceMetric(Shape):
    """A resource metric, of the spec (`target`) or the status (`current`)."""

    name: str | None = None
    target: MetricValue | None = None
    current: MetricValue | None = None


class Metric(Shape):
    """Any metric; other kinds than Resource are only counted."""

    type: str | None = None
    resource: ResourceMetric | None = None


class Policy(Shape):
    """One scaling policy."""

    type: str | None = None
    value: int | None = None
    period_seconds: int | None = None


class Rules(Shape):
    """One direction of `behavior`."""

    stabilization_window_seconds: int | None = None
    select_policy: str | None = None
    policies: list[Policy] | None = None
    tolerance: Number = None


class Behavior(Shape):
    """Both directions."""

    scale_up: Rules | None = None
    scale_down: Rules | None = None


class AutoscalerSpec(Shape):
    """What a HorizontalPodAutoscaler is asked to do."""

    scale_target_ref: Reference | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None
    metrics: list[Metric] | None = None
    behavior: Behavior | None = None


class AutoscalerStatus(Shape):
    """What it did last."""

    last_scale_time: str | None = None
    current_replicas: int | None = None
    desired_replicas: int | None = None
    current_metrics: list[Metric] | None = None
    conditions: list[Condition] | None = None


class Autoscaler(Shape):
    """A HorizontalPodAutoscaler, autoscaling/v2."""

    metadata: Meta | None = None
    spec: AutoscalerSpec | None = None
    status: AutoscalerStatus | None = None


class ServiceSpec(Shape):
    """A Service's spec."""

    selector: Texts = None
    ports: list[Port] | None = None
    session_affinity: str | None = None
    type: str | None = None
    cluster_ip: str | None = msgspec.field(default=None, name="clusterIP")


class Service(Shape):
    """A Service."""

    metadata: Meta | None = None
    spec: ServiceSpec | None = None


class BackendPort(Shape):
    """A Service's port by number or by name."""

    number: int | None = None
    name: str | None = None


class BackendService(Shape):
    """The Service behind a path."""

    name: str | None = None
    port: BackendPort | None = None


class Backend(Shape):
    """What is behind a path; a resource backend has no Service."""

    service: BackendService | None = None


class IngressPath(Shape):
    """One path."""

    path: str | None = None
    backend: Backend | None = None


class IngressHttp(Shape):
    """A host's paths."""

    paths: list[IngressPath] | None = None


class IngressRule(Shape):
    """One host."""

    host: str | None = None
    http: IngressHttp | None = None


class Tls(Shape):
    """One certificate's hosts."""

    hosts: list[str] | None = None


class IngressSpec(Shape):
    """An Ingress's spec."""

    rules: list[IngressRule] | None = None
    default_backend: Backend | None = None
    tls: list[Tls] | None = None


class Address(Shape):
    """One address of a load balancer."""

    ip: str | None = None
    hostname: str | None = None


class LoadBalancer(Shape):
    """Where a load balancer listens."""

    ingress: list[Address] | None = None


class IngressStatus(Shape):
    """An Ingress's status."""

    load_balancer: LoadBalancer | None = None


class Ingress(Shape):
    """An Ingress, networking.k8s.io/v1."""

    metadata: Meta | None = None
    spec: IngressSpec | None = None
    status: IngressStatus | None = None


class PathMatch(Shape):
    """A path of an HTTPRoute."""

    value: str | None = None


class Match(Shape):
    """One match of an HTTPRoute."""

    path: PathMatch | None = None


class HttpRule(Shape):
    """One rule of an HTTPRoute."""

    matches: list[Match] | None = None
    backend_refs: list[Reference] | None = None


class HttpRouteSpec(Shape):
    """An HTTPRoute's spec."""

    hostnames: list[str] | None = None
    parent_refs: list[Reference] | None = None
    rules: list[HttpRule] | None = None


class HttpRoute(Shape):
    """An HTTPRoute, gateway.networking.k8s.io/v1."""

    metadata: Meta | None = None
    spec: HttpRouteSpec | None = None


class Series(Shape):
    """How often an Event was repeated, in its newer form."""

    count: int | None = None
    last_observed_time: str | None = None


class Event(Shape):
    """An Event, v1."""

    metadata: Meta | None = None
    involved_object: Reference | None = None
    type: str | None = None
    reason: str | None = None
    message: str | None = None
    count: int | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: Series | None = None


class ContainerUsage(Shape):
    """What one container used."""

    usage: dict[str, Number] | None = None


class PodMetrics(Shape):
    """A pod's sample, metrics.k8s.io/v1beta1."""

    metadata: Meta | None = None
    timestamp: str | None = None
    window: str | None = None
    containers: list[ContainerUsage] | None = None
