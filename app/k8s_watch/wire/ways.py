"""What leads to the pods (slices, Services, routes), tells about them (Events) and measures them."""

from __future__ import annotations

from k8s_watch.model import objects

from . import shapes, shapes_net
from .clean import clean
from .pods import texts
from .quantities import millicores, seconds, whole
from .times import moment

_META = shapes.Meta()
_REFERENCE = shapes.Reference()
_CONDITIONS = shapes_net.EndpointConditions()


def endpoint_slice(found: shapes_net.EndpointSlice) -> objects.EndpointSlice:
    """An EndpointSlice."""
    meta = found.metadata or _META
    return objects.EndpointSlice(
        name=clean(meta.name or ""),
        namespace=clean(meta.namespace or ""),
        service=clean((meta.labels or {}).get("kubernetes.io/service-name") or ""),
        endpoints=tuple([_endpoint(one) for one in found.endpoints or ()]),
        ports=tuple([one.port for one in found.ports or () if one.port]),
    )


def _endpoint(found: shapes_net.Endpoint) -> objects.Endpoint:
    state, target = found.conditions or _CONDITIONS, found.target_ref or _REFERENCE
    is_pod = target.kind in {None, "Pod"}
    # The API: an absent `ready` means true, an absent `serving` means what `ready` says.
    ready = state.ready is not False
    return objects.Endpoint(
        address=clean(found.addresses[0]) if found.addresses else "",
        pod_uid=clean(target.uid or "") if is_pod else "",
        pod_name=clean(target.name or "") if is_pod else "",
        ready=ready,
        serving=ready if state.serving is None else state.serving,
        terminating=bool(state.terminating),
    )


def service(found: shapes_net.Service) -> objects.Service:
    """A Service."""
    meta, spec = found.metadata or _META, found.spec or shapes_net.ServiceSpec()
    return objects.Service(
        name=clean(meta.name or ""),
        namespace=clean(meta.namespace or ""),
        selector=texts(spec.selector),
        ports=tuple([(clean(one.name or ""), one.port) for one in spec.ports or () if one.port]),
        affinity=clean(spec.session_affinity or "None"),
        type=clean(spec.type or "ClusterIP"),
        cluster_ip=clean(spec.cluster_ip or ""),
    )


def _way_in(host: str, path: str, backend: shapes_net.Backend | None) -> tuple[objects.RouteRule, ...]:
    behind = backend.service if backend is not None else None
    if behind is None or not behind.name:
        return ()
    port = behind.port or shapes_net.BackendPort()
    number = str(port.number) if port.number else port.name or ""
    return (objects.RouteRule(clean(host), clean(path), clean(behind.name), clean(number)),)


def ingress(found: shapes_net.Ingress) -> objects.Route:
    """An Ingress; its default backend is the rule for any host and path, last."""
    meta, spec = found.metadata or _META, found.spec or shapes_net.IngressSpec()
    rules: list[objects.RouteRule] = []
    for rule in spec.rules or ():
        for one in (rule.http.paths if rule.http else None) or ():
            rules.extend(_way_in(rule.host or "", one.path or "/", one.backend))
    rules.extend(_way_in("", "/", spec.default_backend))
    balancer = found.status.load_balancer if found.status else None
    addresses = [one.ip or one.hostname or "" for one in (balancer.ingress if balancer else None) or ()]
    return objects.Route(
        kind="Ingress",
        name=clean(meta.name or ""),
        namespace=clean(meta.namespace or ""),
        rules=tuple(rules),
        tls_hosts=tuple([clean(host) for tls in spec.tls or () for host in tls.hosts or [""]]),
        addresses=tuple([clean(one) for one in addresses if one]),
    )


def http_route(found: shapes_net.HttpRoute) -> objects.Route:
    """An HTTPRoute; the addresses are its Gateway's, so they are not here."""
    meta, spec = found.metadata or _META, found.spec or shapes_net.HttpRouteSpec()
    rules: list[objects.RouteRule] = []
    for rule in spec.rules or ():
        paths = [one.path.value or "/" for one in rule.matches or () if one.path] or ["/"]
        backends = [one for one in rule.backend_refs or () if one.kind in {None, "Service"} and one.name]
        rules.extend(
            objects.RouteRule(clean(host), clean(path), clean(one.name or ""), clean(str(one.port or "")))
            for host in spec.hostnames or [""]
            for path in paths
            for one in backends
        )
    listeners = [one.port for one in spec.parent_refs or () if isinstance(one.port, int)]
    return objects.Route(
        kind="HTTPRoute",
        name=clean(meta.name or ""),
        namespace=clean(meta.namespace or ""),
        rules=tuple(rules),
        port=listeners[0] if listeners else None,
    )


def event(found: shapes_net.Event) -> objects.Event:
    """An Event, in its older form (count, timestamps) or its newer one (eventTime, series)."""
    meta, about = found.metadata or _META, found.involved_object or _REFERENCE
    series = found.series or shapes_net.Series()
    created = meta.creation_timestamp
    return objects.Event(
        uid=clean(meta.uid or ""),
        type=clean(found.type or "Normal"),
        reason=clean(found.reason or ""),
        message=clean(found.message or ""),
        object_kind=clean(about.kind or ""),
        object_name=clean(about.name or ""),
        object_uid=clean(about.uid or ""),
        count=found.count or series.count or 1,
        first=moment(found.first_timestamp or found.event_time or created),
        last=moment(found.last_timestamp or series.last_observed_time or found.event_time or created),
    )


def usage(found: shapes_net.PodMetrics) -> objects.Usage | None:
    """A pod's sample; None where a container has no reading, since the autoscaler ignores such a pod too."""
    meta = found.metadata or _META
    cpu = [millicores((one.usage or {}).get("cpu")) for one in found.containers or ()]
    memory = [whole((one.usage or {}).get("memory")) for one in found.containers or ()]
    if not meta.name or not cpu or None in cpu:
        return None
    return objects.Usage(
        pod=clean(meta.name),
        cpu=sum(one or 0 for one in cpu),
        memory=sum(one or 0 for one in memory),
        at=moment(found.timestamp),
        window=seconds(found.window),
    )
