"""What can't be kept, in Kubernetes' words: names, labels, and the fields that a learner gets wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .errors import Cause, Json, forbidden, invalid, required
from .kinds import Resource
from .pod_validation import check_pod, check_pod_update, check_template
from .selectors import matches, of_object
from .validation_net import check_autoscaler, check_ingress, check_service

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = rf"({_QUALIFIED})?"
_KEY = r"[-._a-zA-Z0-9]+"

_SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
    "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_QUALIFIED_WORDS = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
    "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_KEY_WORDS = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
    "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)


def check(resource: Resource, value: Json, old: Json | None) -> list[Cause]:
    """Everything wrong with a new object (`old` None) or a changed one."""
    causes = _metadata(resource, value["metadata"])
    one = _CHECKS.get(resource.kind)
    if one is not None:
        causes += one(value, old)
    return causes


def _metadata(resource: Resource, metadata: Json) -> list[Cause]:
    causes = _name(resource, metadata)
    causes += labels(metadata.get("labels") or {}, "metadata.labels")
    for key in metadata.get("annotations") or {}:
        causes += _key(key.lower(), "metadata.annotations", shown=key)
    return causes


def _name(resource: Resource, metadata: Json) -> list[Cause]:
    name = metadata.get("name", "")
    if not name:
        return [required("metadata.name", "name or generateName is required")]
    if len(name) > (63 if resource.dns_label else 253):
        limit = 63 if resource.dns_label else 253
        return [invalid("metadata.name", name, f"must be no more than {limit} bytes")]
    if resource.dns_label:
        if "." in name:
            return [invalid("metadata.name", name, "must not contain dots")]
        return [] if re.fullmatch(_LABEL, name) else [invalid("metadata.name", name, _LABEL_WORDS)]
    return [] if re.fullmatch(_SUBDOMAIN, name) else [invalid("metadata.name", name, _SUBDOMAIN_WORDS)]


def labels(found: dict[str, str], field: str) -> list[Cause]:
    """Labels that can't be."""
    causes: list[Cause] = []
    for key, value in found.items():
        causes += _key(key, field)
        if len(value) > 63:
            causes.append(invalid(field, value, "must be no more than 63 bytes"))
        elif not re.fullmatch(_VALUE, value):
            causes.append(invalid(field, value, _VALUE_WORDS))
    return causes


_KEY_WORDS = (
    "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' "
    "(e.g. 'example.com/MyName')"
)


def _key(key: str, field: str, shown: str = "") -> list[Cause]:
    prefix, slash, name = key.rpartition("/")
    causes = []
    if "/" in prefix:
        return [invalid(field, shown or key, _KEY_WORDS)]
    if slash and not re.fullmatch(_SUBDOMAIN, prefix):
        words = "prefix part must be non-empty" if not prefix else f"prefix part {_SUBDOMAIN_WORDS}"
        causes.append(invalid(field, shown or key, words))
    if not re.fullmatch(_QUALIFIED, name):
        words = "name part must be non-empty" if not name else _QUALIFIED_WORDS
        causes.append(invalid(field, shown or key, words))
    elif len(name) > 63:
        causes.append(invalid(field, shown or key, "name part must be no more than 63 bytes"))
    return causes


def _data(value: Json, old: Json | None) -> list[Cause]:
    causes = [
        invalid(f"{part}[{key}]", key, _KEY_WORDS)
        for part in ("data", "binaryData")
        for key in value.get(part) or {}
        if not re.fullmatch(_KEY, key)
    ]
    if old is not None and old.get("immutable"):
        for part in ("data", "binaryData"):
            if value.get(part) != old.get(part):
                causes.append(forbidden(part, "field is immutable when `immutable` is set"))
    return causes


def _workload(value: Json, old: Json | None) -> list[Cause]:
    """Deployments and ReplicaSets."""
    spec = value["spec"]
    causes: list[Cause] = []
    if spec["replicas"] < 0:
        causes.append(invalid("spec.replicas", spec["replicas"], "must be greater than or equal to 0"))
    selector = spec.get("selector")
    template = spec["template"]
    found = template["metadata"].get("labels")
    if selector is None:
        causes.append(required("spec.selector"))
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        causes.append(invalid("spec.selector", {}, "empty selector is invalid for deployment"))
    causes += labels(found or {}, "spec.template.labels")
    if selector is None or not matches(of_object(selector), found or {}):
        words = "`selector` does not match template `labels`"
        causes.append(_mismatch("spec.template.metadata.labels", found, words))
    causes += check_template(template, "spec.template")
    causes += _strategy(spec.get("strategy") or {})
    if old is not None and selector != old["spec"].get("selector"):
        causes.append(invalid("spec.selector", selector, "field is immutable"))
    return causes


def _mismatch(field: str, found: Any, words: str) -> Cause:
    return invalid(field, found, words)


def _strategy(strategy: Json) -> list[Cause]:
    kind = strategy.get("type", "RollingUpdate")
    rolling = strategy.get("rollingUpdate")
    if kind == "Recreate" and rolling is not None:
        words = "may not be specified when strategy `type` is 'Recreate'"
        return [forbidden("spec.strategy.rollingUpdate", words)]
    if kind not in {"Recreate", "RollingUpdate"}:
        from .errors import unsupported

        return [unsupported("spec.strategy.type", kind, ["Recreate", "RollingUpdate"])]
    return []


_CHECKS: dict[str, Callable[[Json, Json | None], list[Cause]]] = {
    "ConfigMap": _data,
    "Secret": _data,
    "Deployment": _workload,
    "ReplicaSet": _workload,
    "Pod": lambda value, old: check_pod(value) if old is None else check_pod_update(value, old),
    "Service": check_service,
    "Ingress": check_ingress,
    "HorizontalPodAutoscaler": check_autoscaler,
}
