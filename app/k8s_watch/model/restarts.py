"""How long the kubelet holds a restart back: a range, from the crashes that were seen or can be inferred.

Source: Kubernetes 1.36, kuberuntime_manager.go (doBackOff), client-go/util/flowcontrol/backoff.go and
pod_workers.go (completeWork). The first crash restarts at once; the next ones wait 10, 20, 40, 80, 160, 300 s
from the end of the run. The pod is looked at again after what is left (at most 60 s at a time) times 1 to 1.5,
so the wait is at most half as long again, and never more than 30 s longer. All is forgotten when a run lasted
600 s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .objects import Container, Pod

DELAYS = (0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)  # seconds, by crashes before this one
FORGOTTEN = 600.0  # seconds: kubelet.go, HasExpiredFunc
FAST, FAST_FORGOTTEN = 0.2, 120.0  # a fast lab's factor and its time to forget
_BACK_OFF = re.compile(r"back-off (?:(\d+)m)?(?:(\d+)s)?")

Range = tuple[float, float]


def delay_range(crashes: int, factor: float = 1.0) -> Range:
    """Seconds at least and at most, after that many crashes before this one."""
    base = DELAYS[min(crashes, len(DELAYS) - 1)]
    return base * factor, min(1.5 * base, base + 30.0) * factor


@dataclass(slots=True)
class _Run:
    """A container's run. Times are monotonic."""

    run: str
    restarts: int
    least: int  # crashes before this run, at least
    most: int  # ... and at most: both are equal where all of them were seen
    began: float
    died: float | None = None


class RestartHistory:
    """The runs of every pod's main containers."""

    def __init__(self, fast: bool = False) -> None:
        self.fast = fast
        self._factor = FAST if fast else 1.0
        self._forgotten = FAST_FORGOTTEN if fast else FORGOTTEN
        self._runs: dict[str, dict[str, _Run]] = {}  # by pod uid, then container

    def seen(self, pod: Pod, now: float, server_now: float, reconstructed: bool = False) -> None:
        """A pod is as follows."""
        for container in pod.containers:
            if container.container_id or container.restarts:
                self._container(pod.uid, container, now, server_now, reconstructed)

    def gone(self, uid: str) -> None:
        """A pod is no more."""
        self._runs.pop(uid, None)

    def _container(self, uid: str, seen: Container, now: float, server_now: float, late: bool) -> None:
        runs = self._runs.setdefault(uid, {})
        known = runs.get(seen.name)
        died = _death(seen)
        if known is None:
            known = runs[seen.name] = self._inferred(seen, now, server_now)
        elif seen.restarts > known.restarts or seen.container_id != known.run:
            began = _ago(seen.state.started if seen.state else None, now, server_now) if late else now
            self._next(known, seen, began)
        told = _told(seen.state.message) if seen.state and seen.state.kind == "waiting" else None
        if told is not None:
            known.least = known.most = _crashes(told / self._factor)
        if died is not None and known.died is None:
            known.died = _ago(died, now, server_now) if late else now
        elif died is None and known.died is not None:
            known.died = None

    def _next(self, run: _Run, seen: Container, now: float) -> None:
        """It was restarted: one crash more, or the first again."""
        more = max(1, seen.restarts - run.restarts)
        if (run.died or now) - run.began > self._forgotten:
            run.least = run.most = 0
        run.least, run.most = run.least + more, run.most + more
        run.run, run.restarts, run.began, run.died = seen.container_id, seen.restarts, now, None

    def _inferred(self, seen: Container, now: float, server_now: float) -> _Run:
        """What happened before we came, by how long the last restart took (CrashLoopBackOff tells it itself)."""
        state, last = seen.state, seen.last
        began = _ago(state.started if state else None, now, server_now)
        died = _death(seen)
        run = _Run(seen.container_id, seen.restarts, 0, seen.restarts, began)
        run.died = None if died is None else _ago(died, now, server_now)
        if seen.restarts and state and state.started is not None and last and last.finished is not None:
            run.least = run.most = min(
                seen.restarts, 1 + _crashes((state.started - last.finished) / self._factor)
            )
        elif seen.restarts:
            run.least = 1
        return run

    # -- what is asked

    def restart_range(self, pod: Pod, now: float) -> Range | None:
        """Held back: seconds from now until the restart, at least and at most; None where nothing holds it."""
        total = self.held(pod, now)
        run = self._main(pod)
        if total is None or run is None or run.died is None:
            return None
        since = now - run.died
        return max(0.0, total[0] - since), max(0.0, total[1] - since)

    def held(self, pod: Pod, now: float) -> Range | None:
        """The whole wait of the main container that died, in seconds; None where nothing holds it back."""
        run, main = self._main(pod), pod.main
        if run is None or main is None or run.died is None or pod.deleted is not None:
            return None
        if not restarts_after(pod, main):
            return None
        least, most = self._crashes_before(run, run.died)
        found = delay_range(least, self._factor)[0], delay_range(most, self._factor)[1]
        return found if found[1] else None

    def next_delay(self, pod: Pod, now: float) -> Range:
        """Were it killed now: seconds that the restart would be held back, at least and at most."""
        run = self._main(pod)
        if run is None:
            return 0.0, 0.0
        least, most = self._crashes_before(run, now if run.died is None else run.died)
        return delay_range(least, self._factor)[0], delay_range(most, self._factor)[1]

    def _crashes_before(self, run: _Run, died: float) -> tuple[int, int]:
        return (0, 0) if died - run.began > self._forgotten else (run.least, run.most)

    def _main(self, pod: Pod) -> _Run | None:
        return self._runs.get(pod.uid, {}).get(pod.main.name) if pod.main else None


def restarts_after(pod: Pod, container: Container) -> bool:
    """Whether restartPolicy lets it come back."""
    if pod.restart_policy == "OnFailure":
        ended = (
            container.state if container.state and container.state.kind == "terminated" else container.last
        )
        return ended is None or ended.exit_code != 0
    return pod.restart_policy != "Never"


def _death(seen: Container) -> float | None:
    """When the last run ended, by the server's clock, if no new one runs; 0.0 where the API does not say."""
    state = seen.state
    if state and state.kind == "terminated":
        return state.finished or 0.0
    if state and state.kind == "waiting" and state.reason == "CrashLoopBackOff":
        return (seen.last.finished if seen.last else None) or 0.0
    return None


def _ago(moment: float | None, now: float, server_now: float) -> float:
    """A server's moment on our clock; now where there is none."""
    return now - max(0.0, server_now - moment) if moment else now


def _told(message: str) -> float | None:
    """The delay in "back-off 2m40s restarting failed container=..."."""
    found = _BACK_OFF.search(message)
    if found is None or not any(found.groups()):
        return None
    return 60.0 * int(found[1] or 0) + int(found[2] or 0)


def _crashes(seconds: float) -> int:
    """How many crashes were before the one whose restart took that long (whole seconds, +-1)."""
    return sum(seconds + 1.5 >= base for base in DELAYS[1:])
