"""What can't be kept of Services, Ingresses and HorizontalPodAutoscalers."""

from __future__ import annotations

from typing import Any

from .errors import Cause, Json, forbidden, invalid, required, unsupported

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_RANGE = "must be between 1 and 65535, inclusive"


def check_service(value: Json, old: Json | None) -> list[Cause]:
    """A Service."""
    spec = value["spec"]
    causes: list[Cause] = []
    ports = spec.get("ports") or []
    kind = spec["type"]
    if kind not in _TYPES:
        causes.append(unsupported("spec.type", kind, _TYPES))
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        causes.append(required("spec.ports"))
    if kind == "ExternalName" and not spec.get("externalName"):
        causes.append(required("spec.externalName"))
    names: set[str] = set()
    for place, port in enumerate(ports):
        causes += _port(port, f"spec.ports[{place}]", len(ports) > 1, names)
    if old is not None:
        before = old["spec"].get("clusterIP")
        if kind != "ExternalName" and before and spec.get("clusterIP") != before:
            causes.append(invalid("spec.clusterIPs[0]", spec.get("clusterIPs"), "may not change once set"))
    return causes


def _port(port: Json, field: str, several: bool, names: set[str]) -> list[Cause]:
    causes = []
    name = port.get("name", "")
    if several and not name:
        causes.append(required(f"{field}.name"))
    elif name and name in names:
        causes.append(Cause("FieldValueDuplicate", f'Duplicate value: "{name}"', f"{field}.name"))
    names.add(name)
    if not _in_range(port.get("port", 0)):
        causes.append(invalid(f"{field}.port", port.get("port", 0), _RANGE))
    if port.get("protocol") not in {"TCP", "UDP", "SCTP"}:
        causes.append(unsupported(f"{field}.protocol", port.get("protocol"), ["SCTP", "TCP", "UDP"]))
    target = port.get("targetPort")
    if isinstance(target, int) and not _in_range(target):
        causes.append(invalid(f"{field}.targetPort", target, _RANGE))
    return causes


def _in_range(port: Any) -> bool:
    return isinstance(port, int) and 0 < port < 65536


def check_ingress(value: Json, _old: Json | None) -> list[Cause]:
    """An Ingress."""
    spec = value.get("spec", {})
    rules, default = spec.get("rules") or [], spec.get("defaultBackend")
    if not rules and default is None:
        return [invalid("spec", None, "either `defaultBackend` or `rules` must be specified")]
    causes: list[Cause] = []
    if default is not None:
        causes += _backend(default, "spec.defaultBackend")
    for place, rule in enumerate(rules):
        field = f"spec.rules[{place}].http.paths"
        paths = (rule.get("http") or {}).get("paths") or []
        if "http" in rule and not paths:
            causes.append(required(field))
        for number, path in enumerate(paths):
            causes += _path(path, f"{field}[{number}]")
    return causes


def _path(path: Json, field: str) -> list[Cause]:
    causes = []
    kind = path.get("pathType")
    if kind is None:
        causes.append(required(f"{field}.pathType", "pathType must be specified"))
    elif kind not in {"Exact", "Prefix", "ImplementationSpecific"}:
        choices = ["Exact", "ImplementationSpecific", "Prefix"]
        causes.append(unsupported(f"{field}.pathType", kind, choices))
    elif kind != "ImplementationSpecific" and not str(path.get("path", "")).startswith("/"):
        causes.append(invalid(f"{field}.path", path.get("path", ""), "must be an absolute path"))
    return causes + _backend(path.get("backend") or {}, f"{field}.backend")


def _backend(backend: Json, field: str) -> list[Cause]:
    service = backend.get("service")
    if service is None:
        return (
            []
            if "resource" in backend
            else [required(field, "cannot set both resource and service backends")]
        )
    if not service.get("name"):
        return [required(f"{field}.service.name")]
    port = service.get("port") or {}
    if not port.get("name") and not port.get("number"):
        return [required(f"{field}.service.port", "port name or number is required")]
    return []


def check_autoscaler(value: Json, _old: Json | None) -> list[Cause]:
    """A HorizontalPodAutoscaler."""
    spec = value["spec"]
    causes: list[Cause] = []
    least, most = spec["minReplicas"], spec.get("maxReplicas", 0)
    if least < 1:
        causes.append(invalid("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most < 1:
        causes.append(required("spec.maxReplicas", "must be set and greater than 0"))
    if most < least:
        causes.append(invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    reference = spec.get("scaleTargetRef") or {}
    for name in ("kind", "name"):
        if not reference.get(name):
            causes.append(required(f"spec.scaleTargetRef.{name}"))
    for place, metric in enumerate(spec.get("metrics") or []):
        causes += _metric(metric, f"spec.metrics[{place}]")
    for direction in ("scaleUp", "scaleDown"):
        window = ((spec.get("behavior") or {}).get(direction) or {}).get("stabilizationWindowSeconds") or 0
        field = f"spec.behavior.{direction}.stabilizationWindowSeconds"
        if window < 0:
            causes.append(invalid(field, window, "must be greater than or equal to zero"))
        if window > 3600:
            causes.append(invalid(field, window, "must be less than or equal to 3600"))
    return causes


def _metric(metric: Json, field: str) -> list[Cause]:
    kind = metric.get("type", "")
    if not kind:
        return [required(f"{field}.type", "must specify a metric source type")]
    part = kind[:1].lower() + kind[1:]
    if part not in metric:
        words = "must populate information for the given metric source"
        return [required(f"{field}.{part}", words)]
    target = metric[part].get("target") or {}
    values = [name for name in ("averageUtilization", "averageValue", "value") if name in target]
    if kind == "Resource" and len(values) > 1:
        words = "may not set both a target raw value and a target utilization"
        return [forbidden(f"{field}.resource.target.averageValue", words)]
    if kind == "Resource" and not values:
        words = "must set either a target raw value or a target utilization"
        return [required(f"{field}.resource.target.averageUtilization", words)]
    if target.get("averageUtilization", 1) < 1:
        words = "must be greater than 0"
        return [invalid(f"{field}.{part}.target.averageUtilization", target["averageUtilization"], words)]
    return []
