"""How many pods CPU asks for: the HPA's arithmetic, ported line by line.

Source: Kubernetes 1.36, pkg/controller/podautoscaler/replica_calculator.go (GetResourceReplicas, groupPods,
calculateRequests) and metrics/utilization.go. What comes after it (the stabilisation window and the limits)
is in `autoscaling_limits`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

TOLERANCE = 0.1  # --horizontal-pod-autoscaler-tolerance
CPU_INITIALIZATION = 300.0  # seconds: --horizontal-pod-autoscaler-cpu-initialization-period
READINESS_DELAY = 30.0  # seconds: --horizontal-pod-autoscaler-initial-readiness-delay

UNABLE = "the HPA was unable to compute the replica count: failed to get cpu utilization: "
"""How the controller begins the message of ScalingActive=False."""


@dataclass(frozen=True, slots=True)
class PodSample:
    """One pod as the autoscaler sees it at a sync. Times are unix seconds of one clock."""

    name: str
    usage_m: int | None = None  # millicores, rounded up (Quantity.MilliValue); None: no sample
    request_m: int | None = None  # millicores; None: a container has no request
    ready: bool | None = True  # False where the Ready condition is "False"; None where there is none
    phase: str = "Running"
    deleted: bool = False  # it has a deletionTimestamp
    start_time: float | None = None  # status.startTime
    ready_transition: float | None = None  # lastTransitionTime of the Ready condition
    sample_at: float | None = None  # PodMetrics timestamp
    sample_window: float = 15.0  # PodMetrics window, seconds
    container: str = ""  # the container without a request, for the message


Outcome = Literal["failed", "within tolerance", "direct", "refilled", "direction would flip"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What CPU asks for, before any window or limit, and every number on the way to it.

    `error` is the controller's own sentence (without `UNABLE`) where no number could be had.
    """

    outcome: Outcome
    current: int  # replicas at the time: scale.spec.replicas
    target: int  # percent
    replicas: int = 0
    utilisation: int | None = None  # percent: what the HPA shows
    average_m: int | None = None  # millicores a pod: status' averageValue
    usage_ratio: float | None = None  # utilisation / target
    measured: int = 0  # pods that count as ready and have a sample
    refilled: int | None = None  # percent, with missing and unready pods filled in
    counted: int = 0  # pods that the result was multiplied with
    unready: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    error: str = ""
    tolerance: tuple[float, float] = (TOLERANCE, TOLERANCE)  # up, down

    @property
    def message(self) -> str:
        """ScalingActive's message where the metric failed."""
        return UNABLE + self.error if self.error else ""


@dataclass(slots=True)
class _Groups:
    """Pods sorted as `groupPods` does."""

    ready: list[PodSample]
    unready: list[PodSample]
    missing: list[PodSample]


def propose(
    samples: Iterable[PodSample],
    current: int,
    target_percent: int,
    now: float,
    *,
    tolerance_up: float = TOLERANCE,
    tolerance_down: float = TOLERANCE,
    cpu_init_period: float = CPU_INITIALIZATION,
    readiness_delay: float = READINESS_DELAY,
    metrics_error: str = "",
) -> Proposal:
    """GetResourceReplicas: how many replicas CPU asks for at `now` (same clock as the samples' times).

    `current` is scale.spec.replicas. `metrics_error` is what the metrics API answered when it failed, as in
    "the server could not find the requested resource (get pods.metrics.k8s.io)".
    """
    pods = list(samples)

    def failed(error: str) -> Proposal:
        return Proposal("failed", current, target_percent, error=error)

    if metrics_error:
        return failed(
            f"unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: {metrics_error}"
        )
    if all(p.usage_m is None for p in pods):
        return failed("unable to get metrics for resource cpu: no metrics returned from resource metrics API")
    groups = _group(pods, now, cpu_init_period, readiness_delay)
    if not groups.ready:
        return failed("did not receive metrics for targeted pods (pods might be unready)")
    for pod in pods:
        if pod.request_m is None:
            return failed(f"missing request for cpu in container {pod.container or '?'} of Pod {pod.name}")
    usage = {p.name: p.usage_m or 0 for p in groups.ready}
    requests = {p.name: p.request_m or 0 for p in pods}
    if not sum(requests[name] for name in usage):
        return failed("no metrics returned matched known pods")
    return _replicas(groups, usage, requests, (current, target_percent), (tolerance_up, tolerance_down))


def _replicas(
    groups: _Groups,
    usage: dict[str, int],
    requests: dict[str, int],
    asked: tuple[int, int],
    tolerances: tuple[float, float],
) -> Proposal:
    current, target = asked
    utilisation = _utilisation(usage, requests)
    ratio = utilisation / target
    up_with_unready = bool(groups.unready) and ratio > 1.0

    def proposal(outcome: Outcome, replicas: int, counted: int, refilled: int | None = None) -> Proposal:
        return Proposal(
            outcome,
            current,
            target,
            replicas,
            utilisation,
            sum(p.usage_m or 0 for p in groups.ready) // len(groups.ready),
            ratio,
            len(groups.ready),
            refilled,
            counted,
            tuple(p.name for p in groups.unready),
            tuple(p.name for p in groups.missing),
            tolerance=tolerances,
        )

    if not up_with_unready and not groups.missing:
        if _within(ratio, tolerances):
            return proposal("within tolerance", current, len(groups.ready))
        return proposal("direct", math.ceil(ratio * len(groups.ready)), len(groups.ready))
    _refill(usage, requests, groups, ratio, target)
    refilled = _utilisation(usage, requests)
    again = refilled / target
    if _within(again, tolerances):
        return proposal("within tolerance", current, len(usage), refilled)
    wanted = math.ceil(again * len(usage))
    if (ratio < 1.0 < again) or (again < 1.0 < ratio):
        return proposal("direction would flip", current, len(usage), refilled)
    if (again < 1.0 and wanted > current) or (again > 1.0 and wanted < current):
        return proposal("direction would flip", current, len(usage), refilled)
    return proposal("refilled", wanted, len(usage), refilled)


def _refill(
    usage: dict[str, int], requests: dict[str, int], groups: _Groups, ratio: float, target: int
) -> None:
    """Scaling up, pods without a sample count as idle; scaling down, as using all (or the target above it)."""
    for pod in groups.missing:
        if ratio < 1.0:
            usage[pod.name] = requests[pod.name] * max(100, target) // 100
        elif ratio > 1.0:
            usage[pod.name] = 0
    if ratio > 1.0:
        usage.update((p.name, 0) for p in groups.unready)


def _utilisation(usage: dict[str, int], requests: dict[str, int]) -> int:
    return 100 * sum(usage.values()) // sum(requests[name] for name in usage)


def _within(ratio: float, tolerances: tuple[float, float]) -> bool:
    up, down = tolerances
    return 1.0 - down <= ratio <= 1.0 + up


def _group(pods: list[PodSample], now: float, init: float, delay: float) -> _Groups:
    groups = _Groups([], [], [])
    for pod in pods:
        if pod.deleted or pod.phase == "Failed":
            continue
        if pod.phase == "Pending":
            groups.unready.append(pod)
        elif pod.usage_m is None:
            groups.missing.append(pod)
        elif _is_unready(pod, now, init, delay):
            groups.unready.append(pod)
        else:
            groups.ready.append(pod)
    return groups


def _is_unready(pod: PodSample, now: float, init: float, delay: float) -> bool:
    if pod.ready is None or pod.start_time is None:
        return True
    turned = pod.ready_transition or 0.0
    if pod.start_time + init > now:  # still young: wants one whole window since it turned ready
        sampled = pod.sample_at if pod.sample_at is not None else now
        return pod.ready is False or sampled < turned + pod.sample_window
    return pod.ready is False and pod.start_time + delay > turned  # never was ready
