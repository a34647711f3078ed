"""What `kubectl get pods` prints for a pod, and how well the pod is.

The rules are those of printPod in pkg/printers/internalversion/printers.go and of HumanDuration in
apimachinery's pkg/util/duration, Kubernetes 1.36, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .objects import Container, ContainerState, Pod
from .view import Health

CRASH_LOOP = 3
"""Restarts after which a container that waits for the next one counts as failed, not as healing."""

# Waiting reasons that waiting alone does not mend: the spec, the registry or a Secret must change.
_STUCK = frozenset(
    {
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImageNeverPull",
        "ErrImagePull",
        "ImageInspectError",
        "ImagePullBackOff",
        "InvalidImageName",
        "PreCreateHookError",
        "PreStartHookError",
        "RegistryUnavailable",
        "RunContainerError",
        "SignatureValidationFailed",
    }
)
_NEVER_RAN = frozenset({"ContainerCannotRun", "StartError"})  # how a run ended that could not even begin
_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86_400, 365 * 86_400


@dataclass(frozen=True, slots=True)
class Columns:
    """kubectl's four columns beside the name."""

    ready: str  # "1/1"
    status: str  # "Running"
    restarts: str  # "3 (12s ago)"
    age: str  # "3m38s"


@dataclass(slots=True)
class _Restarts:
    """Restarts added up, and when the last of those runs ended."""

    count: int = 0
    last: float | None = None

    def add(self, container: Container) -> None:
        """Count a container's."""
        self.count += container.restarts
        ended = _terminated(container.last)
        if ended is not None and ended.finished is not None and ended.finished > (self.last or 0):
            self.last = ended.finished

    def text(self, now: float) -> str:
        """As kubectl prints them."""
        if self.count == 0 or self.last is None:
            return str(self.count)
        return f"{self.count} ({duration(now - self.last)} ago)"


def columns(pod: Pod, now: float) -> Columns:
    """READY, STATUS, RESTARTS and AGE at `now` (unix seconds by the server's clock)."""
    total = len(pod.containers) + sum(one.role == "sidecar" for one in pod.init_containers)
    reason = pod.reason or pod.phase
    scheduled = pod.condition("PodScheduled")
    if scheduled is not None and scheduled.reason == "SchedulingGated":
        reason = "SchedulingGated"
    ready, blocked, restarts, of_sidecars = _initialising(pod)
    initialized = pod.condition("Initialized")
    if blocked:
        reason = blocked
    if not blocked or (initialized is not None and initialized.status == "True"):
        restarts = of_sidecars
        for one in _with_status(pod.containers):
            restarts.add(one)
            ready += _serves(one)
        reason = _running(pod, reason)
    if pod.deleted is not None:
        if pod.reason == "NodeLost":
            reason = "Unknown"
        elif pod.phase not in {"Succeeded", "Failed"}:
            reason = "Terminating"
    age = "<unknown>" if pod.created is None else duration(now - pod.created)
    return Columns(f"{ready}/{total}", reason, restarts.text(now), age)


def _initialising(pod: Pod) -> tuple[int, str, _Restarts, _Restarts]:
    """Ready sidecars, the word for the init container that holds the pod up ("" for none), and restarts.

    The restarts are of all init containers and of the sidecars among them, up to the one that holds it up.
    """
    ready, restarts, of_sidecars = 0, _Restarts(), _Restarts()
    for container in _with_status(pod.init_containers):
        restarts.add(container)
        if container.role == "sidecar":
            of_sidecars.add(container)
        ended, waiting = _terminated(container.state), _waiting(container.state)
        if ended is not None and not ended.exit_code:
            continue
        if container.role == "sidecar" and container.started:
            ready += container.ready
            continue
        if ended is not None:
            return ready, "Init:" + _ending(ended), restarts, of_sidecars
        if waiting not in {"", "PodInitializing"}:
            return ready, f"Init:{waiting}", restarts, of_sidecars
        return ready, f"Init:{container.place}/{len(pod.init_containers)}", restarts, of_sidecars
    return ready, "", restarts, of_sidecars


def _running(pod: Pod, reason: str) -> str:
    """The word for the main containers; the first one in the status has the last say."""
    error, runs = "", False
    for container in reversed(_with_status(pod.containers)):
        ended = _terminated(container.state)
        if waiting := _waiting(container.state):
            reason = waiting
        elif ended is not None:
            reason = _ending(ended)
            error = reason if ended.exit_code else error
        elif _serves(container):
            runs = True
    if reason != "Completed":
        return reason
    if runs and pod.ready:
        return "Running"
    return error or ("NotReady" if runs else reason)


def _with_status(containers: Iterable[Container]) -> list[Container]:
    return sorted((one for one in containers if one.known), key=lambda one: one.place)


def _terminated(state: ContainerState | None) -> ContainerState | None:
    return state if state is not None and state.kind == "terminated" else None


def _waiting(state: ContainerState | None) -> str:
    return state.reason if state is not None and state.kind == "waiting" else ""


def _serves(container: Container) -> bool:
    return container.ready and container.state is not None and container.state.kind == "running"


def _ending(state: ContainerState) -> str:
    if state.reason:
        return state.reason
    return f"Signal:{state.signal}" if state.signal else f"ExitCode:{state.exit_code or 0}"


def duration(seconds: float) -> str:
    """An age as kubectl prints it: "45s", "3m38s", "5h2m", "2d3h", "400d"; two or three figures."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"  # clocks differ by more than the 2 s that kubectl forgives
    if whole < 2 * _MINUTE:
        return f"{max(whole, 0)}s"
    if whole < 10 * _MINUTE:
        return _two(whole, _MINUTE, "m", 1, "s")
    if whole < 3 * _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < 8 * _HOUR:
        return _two(whole, _HOUR, "h", _MINUTE, "m")
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}h"
    if whole < 8 * _DAY:
        return _two(whole, _DAY, "d", _HOUR, "h")
    if whole < 2 * _YEAR:
        return f"{whole // _DAY}d"
    if whole < 8 * _YEAR:
        return _two(whole, _YEAR, "y", _DAY, "d")
    return f"{whole // _YEAR}y"


def _two(seconds: int, big: int, big_unit: str, small: int, small_unit: str) -> str:
    rest = seconds % big // small
    return f"{seconds // big}{big_unit}" + (f"{rest}{small_unit}" if rest else "")


def health(pod: Pod, now: float) -> Health:
    """How well the pod is, as far as its last event tells; `now` as for `columns`."""
    if pod.deleted is not None:
        return "leaving"
    if pod.phase in {"Succeeded", "Failed"} or pod.reason == "NodeLost" or _unschedulable(pod):
        return "failed" if pod.phase != "Succeeded" else "healthy"
    containers = [*pod.init_containers, *pod.containers]
    if any(_waiting(one.state) in _STUCK or _loops(pod, one) for one in containers):
        return "failed"
    if any(_comes_back(pod, one) for one in containers):
        return "healing"
    if pod.ready or (pod.containers and all(_done(pod, one) for one in pod.containers)):
        return "healthy"
    # Its containers ran before and run again, but it is not asked again yet: the end of the same healing.
    was_ready = any(one.restarts and one.role != "init" for one in containers)
    return "healing" if was_ready or _lost_readiness(pod) else "starting"


def _unschedulable(pod: Pod) -> bool:
    found = pod.condition("PodScheduled")
    return found is not None and found.status == "False" and found.reason == "Unschedulable"


def _loops(pod: Pod, container: Container) -> bool:
    """Held back after several restarts, over for good, or never able to begin."""
    ended = _terminated(container.state)
    before = ended or _terminated(container.last)
    up = container.state is not None and container.state.kind == "running"
    if before is not None and before.reason in _NEVER_RAN and not up:
        return True
    if ended is not None and not _restarts(pod, container, ended):
        return bool(ended.exit_code)
    held = (ended is not None and _short(ended)) or _waiting(container.state) == "CrashLoopBackOff"
    return held and container.restarts >= CRASH_LOOP


def _done(pod: Pod, container: Container) -> bool:
    """Over for good, and well."""
    ended = _terminated(container.state)
    return ended is not None and not ended.exit_code and not _restarts(pod, container, ended)


def _short(run: ContainerState) -> bool:
    """Whether kubelet still holds a restart back after such a run: it forgets after ten minutes without a crash."""
    return run.finished is not None and run.started is not None and run.finished - run.started < 600


def _comes_back(pod: Pod, container: Container) -> bool:
    """Ended, or waiting to run again."""
    ended = _terminated(container.state)
    if ended is not None:
        return _restarts(pod, container, ended)
    waits = container.state is not None and container.state.kind == "waiting"
    return waits and (container.restarts > 0 or container.last is not None)


def _restarts(pod: Pod, container: Container, ended: ContainerState) -> bool:
    """Whether kubelet starts it again, by the restart policy."""
    if container.role == "sidecar":
        return True
    if container.role == "init":
        return bool(ended.exit_code) and pod.restart_policy != "Never"
    return pod.restart_policy == "Always" or (pod.restart_policy == "OnFailure" and bool(ended.exit_code))


def _lost_readiness(pod: Pod) -> bool:
    """Not ready though its containers have been up for long enough to have been so before."""
    found = pod.condition("Ready")
    starts = [one.state.started for one in pod.containers if one.state is not None and one.state.started]
    if found is None or found.since is None or len(starts) < len(pod.containers) or not starts:
        return False
    return found.since > max(starts)
