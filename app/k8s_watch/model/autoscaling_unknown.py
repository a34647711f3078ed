"""Why CPU is `<unknown>`, with the command that mends it."""

from __future__ import annotations

import re

from .objects import Autoscaler
from .words import _

_NO_REQUEST = re.compile(r"missing request for cpu in container (\S+) of Pod (\S+)")
_INSTALL = "kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml"
_LOOK = "kubectl -n kube-system get pods -l k8s-app=metrics-server"


def why_unknown(autoscaler: Autoscaler | None, metrics_error: str = "") -> str:
    """Why there is no CPU value, and the fix; "" where there is one.

    `metrics_error` is what our own request to the metrics API said: it tells where there is no HPA.
    """
    if autoscaler is None:
        return _from_message(metrics_error, "") if metrics_error else ""
    if autoscaler.cpu is not None:
        return ""
    if autoscaler.cpu_target is None:
        return _("The HPA has no CPU utilisation target, so it shows no CPU.")
    able, active = autoscaler.condition("AbleToScale"), autoscaler.condition("ScalingActive")
    if able and able.status == "False":
        return _("The HPA can't reach its target {kind}/{name}: {message}").format(
            kind=autoscaler.target_kind, name=autoscaler.target_name, message=able.message
        )
    if active is None:
        return _("The HPA has not looked yet: it does within 15 s.")
    if active.status == "True":
        return _("The HPA did not ask for CPU: the number of pods is outside its minimum and maximum.")
    return _from_reason(active.reason, active.message, autoscaler)


def _from_reason(reason: str, message: str, autoscaler: Autoscaler) -> str:
    match reason:
        case "ScalingDisabled":
            return _(
                "Scaled to zero, so the HPA is off: kubectl scale deployment {name} --replicas={n}"
            ).format(name=autoscaler.target_name, n=max(1, autoscaler.minimum))
        case "InvalidSelector":
            return _("The target's selector is missing or broken: {message}").format(message=message)
        case "AmbiguousSelector":
            return _("Two HPAs scale the same pods: delete one (kubectl get hpa).")
    return _from_message(message, autoscaler.target_name)


def _from_message(message: str, target: str) -> str:
    """By the tail of the message: the controller's own sentences (facts of 1.36), else the message itself."""
    missing = _NO_REQUEST.search(message)
    if missing:
        return _(
            "Container {container} has no CPU request, and a percentage needs one: kubectl set resources deployment {name} --requests=cpu=100m"
        ).format(container=missing[1], name=target)
    known = (
        (
            "could not find the requested resource",
            _("metrics-server is not installed: {command}").format(command=_INSTALL),
        ),
        (
            "currently unable to handle the request",
            _("metrics-server is installed but does not answer: {command}").format(command=_LOOK),
        ),
        (
            "no metrics returned from resource metrics API",
            _("No sample yet: a new container needs two scrapes of metrics-server, 15 to 30 s."),
        ),
        (
            "did not receive metrics for targeted pods",
            _("The pods are too young or not ready: a sample counts once it was taken whole after Ready."),
        ),
        (
            "no metrics returned matched known pods",
            _("The samples are of other pods: wait for the next scrape, 15 s."),
        ),
        (
            "no pods returned by selector",
            _("The target's selector matches no pod: kubectl get pods --show-labels"),
        ),
        ("forbidden", _("The HPA may not read metrics: {message}").format(message=message)),
    )
    for tail, words in known:
        if tail in message:
            return words
    return message
