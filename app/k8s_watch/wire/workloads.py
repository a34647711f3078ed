"""Deployments, ReplicaSets and autoscalers as model objects."""

from __future__ import annotations

from k8s_watch.model import objects

from . import shapes, shapes_net
from .clean import clean
from .pods import conditions, cpu_request, owner, role, texts
from .quantities import exact, millicores
from .times import moment

REVISION = "deployment.kubernetes.io/revision"
_META = shapes.Meta()


def label_selector(found: shapes.Selector | None) -> str:
    """As `kubectl -l` takes it: "app=web,tier in (a,b),!canary"."""
    if found is None:
        return ""
    terms = [f"{key}={value}" for key, value in texts(found.match_labels).items()]
    for one in found.match_expressions or ():
        key, values = clean(one.key or ""), ",".join(clean(value) for value in one.values or ())
        match one.operator:
            case "In":
                terms.append(f"{key} in ({values})")
            case "NotIn":
                terms.append(f"{key} notin ({values})")
            case "Exists":
                terms.append(key)
            case "DoesNotExist":
                terms.append(f"!{key}")
    return ",".join(terms)


def template_request(found: shapes.Template | None) -> int | None:
    """Millicores of one pod of the template, as the autoscaler adds them up: main containers and sidecars.

    None where one of them asks for nothing: then there is no utilisation at all. A request of the whole
    pod (`spec.resources`) stands for all of them.
    """
    spec = found.spec if found is not None else None
    if spec is None:
        return None
    if spec.resources is not None and (spec.resources.requests or {}).get("cpu") is not None:
        return millicores((spec.resources.requests or {})["cpu"])
    sidecars = [one for one in spec.init_containers or () if role(one, init=True) == "sidecar"]
    asked = [cpu_request(one) for one in [*(spec.containers or ()), *sidecars]]
    known = [one for one in asked if one is not None]
    return sum(known) if known and len(known) == len(asked) else None


def deployment(found: shapes.Workload) -> objects.Deployment:
    """A Deployment."""
    meta = found.metadata or _META
    spec, status = found.spec or shapes.WorkloadSpec(), found.status or shapes.WorkloadStatus()
    template = spec.template
    return objects.Deployment(
        uid=clean(meta.uid or ""),
        name=clean(meta.name or ""),
        namespace=clean(meta.namespace or ""),
        created=moment(meta.creation_timestamp),
        generation=meta.generation or 0,
        observed_generation=status.observed_generation or 0,
        revision=texts(meta.annotations and {REVISION: meta.annotations.get(REVISION)}).get(REVISION, ""),
        replicas=1 if spec.replicas is None else spec.replicas,
        selector=label_selector(spec.selector),
        current=status.replicas or 0,
        updated=status.updated_replicas or 0,
        ready=status.ready_replicas or 0,
        available=status.available_replicas or 0,
        unavailable=status.unavailable_replicas or 0,
        paused=bool(spec.paused),
        deleted=moment(meta.deletion_timestamp),
        cpu_request=template_request(template),
        conditions=conditions(status.conditions),
        labels=texts(template.metadata.labels if template and template.metadata else None),
    )


def replica_set(found: shapes.Workload) -> objects.ReplicaSet:
    """A ReplicaSet."""
    meta = found.metadata or _META
    spec, status = found.spec or shapes.WorkloadSpec(), found.status or shapes.WorkloadStatus()
    return objects.ReplicaSet(
        uid=clean(meta.uid or ""),
        name=clean(meta.name or ""),
        namespace=clean(meta.namespace or ""),
        created=moment(meta.creation_timestamp),
        owner_uid=clean(owner(meta.owner_references).uid or ""),
        revision=clean((meta.annotations or {}).get(REVISION) or ""),
        replicas=1 if spec.replicas is None else spec.replicas,
        current=status.replicas or 0,
        ready=status.ready_replicas or 0,
        template_hash=clean((meta.labels or {}).get("pod-template-hash") or ""),
    )


def _rules(found: shapes_net.Rules | None) -> objects.ScalingRules:
    if found is None:
        return objects.ScalingRules()
    tolerance = exact(str(found.tolerance)) if found.tolerance is not None else None
    return objects.ScalingRules(
        window=found.stabilization_window_seconds,
        select=clean(found.select_policy or "Max"),
        policies=tuple(
            objects.ScalingPolicy(
                "Percent" if one.type == "Percent" else "Pods", one.value or 0, one.period_seconds or 0
            )
            for one in found.policies or ()
        ),
        tolerance=min(float(tolerance), 1e9) if tolerance is not None and tolerance < 10**300 else None,
    )


def _cpu(metric: shapes_net.Metric) -> shapes_net.ResourceMetric | None:
    """The metric's part about CPU of the pods; None for any other metric and for an empty `{"type": ""}`."""
    found = metric.resource if metric.type == "Resource" else None
    return found if found is not None and found.name == "cpu" else None


def _cpu_target(metric: shapes_net.Metric) -> int | None:
    found = _cpu(metric)
    return found.target.average_utilization if found is not None and found.target is not None else None


def _cpu_now(metric: shapes_net.Metric) -> int | None:
    found = _cpu(metric)
    return found.current.average_utilization if found is not None and found.current is not None else None


def autoscaler(found: shapes_net.Autoscaler) -> objects.Autoscaler:
    """A HorizontalPodAutoscaler."""
    meta = found.metadata or _META
    spec = found.spec or shapes_net.AutoscalerSpec()
    status = found.status or shapes_net.AutoscalerStatus()
    target, behavior = spec.scale_target_ref or shapes.Reference(), spec.behavior
    targets = [_cpu_target(one) for one in spec.metrics or ()]
    readings = [_cpu_now(one) for one in status.current_metrics or ()]
    return objects.Autoscaler(
        uid=clean(meta.uid or ""),
        name=clean(meta.name or ""),
        namespace=clean(meta.namespace or ""),
        created=moment(meta.creation_timestamp),
        target_kind=clean(target.kind or ""),
        target_name=clean(target.name or ""),
        minimum=1 if spec.min_replicas is None else spec.min_replicas,
        maximum=spec.max_replicas or 1,
        current=status.current_replicas or 0,
        desired=status.desired_replicas or 0,
        last_scaled=moment(status.last_scale_time),
        cpu_target=next((one for one in targets if one is not None), None),
        cpu=next((one for one in readings if one is not None), None),
        other_metrics=sum(one is None for one in targets),
        conditions=conditions(status.conditions),
        has_behavior=behavior is not None,
        up=_rules(behavior.scale_up if behavior else None),
        down=_rules(behavior.scale_down if behavior else None),
    )
