"""A pod's shape as a model object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from k8s_watch.model import objects

from . import shapes
from .clean import clean
from .quantities import millicores
from .times import moment

_META = shapes.Meta()
_SPEC = shapes.PodSpec()
_STATUS = shapes.PodStatus()
_OWNER = shapes.Owner()


def texts(found: shapes.Texts) -> dict[str, str]:
    """Labels or a selector, sanitised."""
    return {clean(key): clean(value or "") for key, value in found.items()} if found else {}


def owner(references: Sequence[shapes.Owner] | None) -> shapes.Owner:
    """The controlling owner, else the first one."""
    if not references:
        return _OWNER
    return next((one for one in references if one.controller), references[0])


def conditions(found: Iterable[shapes.Condition] | None) -> tuple[objects.Condition, ...]:
    """Status conditions."""
    return tuple(
        [
            objects.Condition(
                clean(one.type or ""),
                clean(one.status or ""),
                clean(one.reason or ""),
                clean(one.message or ""),
                moment(one.last_transition_time),
            )
            for one in found or ()
        ]
    )


def _state(found: shapes.States | None) -> objects.ContainerState | None:
    if found is None:
        return None
    kind: Literal["waiting", "running", "terminated"]
    # kubectl asks in this order; the API sets only one of the three.
    if found.waiting is not None:
        kind, one = "waiting", found.waiting
    elif found.terminated is not None:
        kind, one = "terminated", found.terminated
    elif found.running is not None:
        kind, one = "running", found.running
    else:
        return None
    return objects.ContainerState(
        kind,
        clean(one.reason or ""),
        clean(one.message or ""),
        # The API leaves 0 out of neither, but a lab or an odd server may.
        (one.exit_code or 0) if kind == "terminated" else None,
        one.signal,
        moment(one.started_at),
        moment(one.finished_at),
        clean(one.container_id or ""),
    )


def _probe(
    kind: Literal["startup", "readiness", "liveness"], found: shapes.Probe | None
) -> tuple[objects.Probe, ...]:
    if found is None:
        return ()
    if (http := found.http_get) is not None:
        how = f"{(http.scheme or 'http').lower()}-get {http.host or ''}:{http.port or ''}{http.path or '/'}"
    elif (tcp := found.tcp_socket) is not None:
        how = f"tcp {tcp.host or ''}:{tcp.port or ''}"
    elif found.exec is not None:
        how = "exec " + " ".join(found.exec.command or ())
    elif found.grpc is not None:
        how = f"grpc :{found.grpc.port or ''}"
    else:
        how = "unknown"
    period, timeout = found.period_seconds or 10, found.timeout_seconds or 1
    return (objects.Probe(kind, clean(how, 200), period, timeout, found.failure_threshold or 3),)


def _probes(spec: shapes.Container) -> tuple[objects.Probe, ...]:
    if spec.startup_probe is None and spec.readiness_probe is None and spec.liveness_probe is None:
        return ()
    return (
        _probe("startup", spec.startup_probe)
        + _probe("readiness", spec.readiness_probe)
        + _probe("liveness", spec.liveness_probe)
    )


def cpu_request(spec: shapes.Container) -> int | None:
    """Millicores that a container asks for; only a limit means that much, as the API server fills it in."""
    found = spec.resources
    if found is None:
        return None
    asked = (found.requests or {}).get("cpu")
    return millicores(asked if asked is not None else (found.limits or {}).get("cpu"))


Role = Literal["main", "init", "sidecar"]


def role(spec: shapes.Container, *, init: bool) -> Role:
    """An init container that is always restarted is a sidecar."""
    if not init:
        return "main"
    return "sidecar" if spec.restart_policy == "Always" else "init"


def _containers(
    specs: Iterable[shapes.Container] | None,
    statuses: Iterable[shapes.ContainerStatus] | None,
    *,
    init: bool = False,
) -> tuple[objects.Container, ...]:
    known = {one.name: (place, one) for place, one in enumerate(statuses or ())}
    return tuple([_container(spec, known.get(spec.name), role(spec, init=init)) for spec in specs or ()])


def _container(
    spec: shapes.Container, known: tuple[int, shapes.ContainerStatus] | None, part: Role
) -> objects.Container:
    name, image, request = clean(spec.name or ""), clean(spec.image or ""), cpu_request(spec)
    ports = tuple([port.container_port for port in spec.ports if port.container_port]) if spec.ports else ()
    if known is None:
        return objects.Container(name, image, part, request, _probes(spec), ports)
    place, status = known
    return objects.Container(
        name,
        image,
        part,
        request,
        _probes(spec),
        ports,
        True,
        bool(status.ready),
        status.started,
        status.restart_count or 0,
        clean(status.container_id or ""),
        _state(status.state),
        _state(status.last_state),
        place,
    )


def pod(found: shapes.Pod) -> objects.Pod:
    """A pod."""
    meta, spec, status = found.metadata or _META, found.spec or _SPEC, found.status or _STATUS
    by = owner(meta.owner_references)
    return objects.Pod(
        uid=clean(meta.uid or ""),
        name=clean(meta.name or ""),
        namespace=clean(meta.namespace or ""),
        version=clean(meta.resource_version or ""),
        created=moment(meta.creation_timestamp),
        deleted=moment(meta.deletion_timestamp),
        grace=meta.deletion_grace_period_seconds,
        labels=texts(meta.labels),
        owner_kind=clean(by.kind or ""),
        owner_name=clean(by.name or ""),
        owner_uid=clean(by.uid or ""),
        phase=clean(status.phase or ""),
        reason=clean(status.reason or ""),
        message=clean(status.message or ""),
        conditions=conditions(status.conditions),
        containers=_containers(spec.containers, status.container_statuses),
        init_containers=_containers(spec.init_containers, status.init_container_statuses, init=True),
        readiness_gates=tuple([clean(gate.condition_type or "") for gate in spec.readiness_gates or ()]),
        scheduling_gates=tuple([clean(gate.name or "") for gate in spec.scheduling_gates or ()]),
        restart_policy=clean(spec.restart_policy or "Always"),
        shares_processes=bool(spec.share_process_namespace or spec.host_pid),
        node=clean(spec.node_name or ""),
        ip=clean(status.pod_ip or ""),
        finalizers=tuple([clean(one) for one in meta.finalizers or ()]),
    )
