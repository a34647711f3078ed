"""What can't be kept of pods and pod templates."""

from __future__ import annotations

import re
from typing import Any

from .api import copied
from .errors import Cause, Json, forbidden, invalid, required, unsupported
from .quantities import value as number_of

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_NAME_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
    "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_PULL = ("Always", "IfNotPresent", "Never")
_RESTART = ("Always", "OnFailure", "Never")
_MAY_CHANGE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def check_pod(value: Json) -> list[Cause]:
    """A new pod."""
    return _spec(value.get("spec", {}), "spec", _RESTART)


def check_template(template: Json, field: str) -> list[Cause]:
    """A pod template of a Deployment or ReplicaSet."""
    return _spec(template.get("spec", {}), f"{field}.spec", ("Always",))


def check_pod_update(value: Json, old: Json) -> list[Cause]:
    """A changed pod: little may change."""
    new, before = copied(value["spec"]), copied(old["spec"])
    for spec in (new, before):
        spec.pop("activeDeadlineSeconds", None)
        spec.pop("tolerations", None)
        spec.pop("schedulingGates", None)
        for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
            container.pop("image", None)
    return [] if new == before else [forbidden("spec", _MAY_CHANGE)]


def _spec(spec: Json, field: str, policies: tuple[str, ...]) -> list[Cause]:
    causes: list[Cause] = []
    containers = spec.get("containers") or []
    if not containers:
        causes.append(required(f"{field}.containers"))
    names: set[str] = set()
    for part, found in (("containers", containers), ("initContainers", spec.get("initContainers") or [])):
        for place, container in enumerate(found):
            causes += _container(container, f"{field}.{part}[{place}]", names)
    if spec.get("restartPolicy") not in policies:
        causes.append(unsupported(f"{field}.restartPolicy", spec.get("restartPolicy"), policies))
    grace = spec.get("terminationGracePeriodSeconds", 0)
    if grace < 0:
        causes.append(
            invalid(f"{field}.terminationGracePeriodSeconds", grace, "must be greater than or equal to 0")
        )
    return causes


def _container(container: Json, field: str, names: set[str]) -> list[Cause]:
    causes: list[Cause] = []
    name, image = container.get("name", ""), container.get("image", "")
    if not name:
        causes.append(required(f"{field}.name"))
    elif not _NAME.fullmatch(name):
        causes.append(invalid(f"{field}.name", name, _NAME_WORDS))
    elif name in names:
        causes.append(Cause("FieldValueDuplicate", f'Duplicate value: "{name}"', f"{field}.name"))
    names.add(name)
    if not image:
        causes.append(required(f"{field}.image"))
    elif image.strip() != image:
        causes.append(invalid(f"{field}.image", image, "must not have leading or trailing whitespace"))
    for place, port in enumerate(container.get("ports") or []):
        causes += _port(port, f"{field}.ports[{place}]")
    for place, variable in enumerate(container.get("env") or []):
        if not variable.get("name"):
            causes.append(required(f"{field}.env[{place}].name"))
    if container.get("imagePullPolicy") not in _PULL:
        causes.append(unsupported(f"{field}.imagePullPolicy", container.get("imagePullPolicy"), _PULL))
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe in container:
            causes += _probe(container[probe], f"{field}.{probe}", probe)
    return causes + _resources(container.get("resources") or {}, f"{field}.resources")


def _port(port: Json, field: str) -> list[Cause]:
    number = port.get("containerPort", 0)
    if not number:
        return [required(f"{field}.containerPort")]
    if not 0 < number < 65536:
        return [invalid(f"{field}.containerPort", number, "must be between 1 and 65535, inclusive")]
    return []


def _probe(probe: Json, field: str, kind: str) -> list[Cause]:
    ways = [name for name in ("exec", "httpGet", "tcpSocket", "grpc") if name in probe]
    causes = []
    if not ways:
        causes.append(required(field, "must specify a handler type"))
    if len(ways) > 1:
        causes.append(forbidden(f"{field}.{ways[1]}", "may not specify more than 1 handler type"))
    for name in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"):
        if probe.get(name, 0) < 0:
            causes.append(invalid(f"{field}.{name}", probe[name], "must be greater than or equal to 0"))
    if kind != "readinessProbe" and probe.get("successThreshold", 1) != 1:
        causes.append(invalid(f"{field}.successThreshold", probe["successThreshold"], "must be 1"))
    return causes


def _resources(resources: Json, field: str) -> list[Cause]:
    causes = []
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    for part, found in (("limits", limits), ("requests", requests)):
        for name, amount in found.items():
            if _number(amount) < 0:
                words = "must be greater than or equal to 0"
                causes.append(invalid(f"{field}.{part}[{name}]", amount, words))
    for name, amount in requests.items():
        if name in limits and _number(amount) > _number(limits[name]):
            words = f"must be less than or equal to {name} limit of {limits[name]}"
            causes.append(invalid(f"{field}.requests", amount, words))
    return causes


def _number(amount: Any) -> float:
    return float(number_of(amount))
