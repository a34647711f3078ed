"""How long a restart or a pull is held back: kubelet's rule, pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_FIRST, _LAST = 10.0, 300.0  # seconds
_LOOK = 60.0  # seconds after which kubelet looks at every pod again, before 1 to 1.5 times at random


@dataclass(slots=True)
class RestartBackoff:
    """Delays before a container's restarts: 0, 10, 20, 40, 80, 160, 300, 300, ... seconds.

    What is really waited is longer, see `looks`.
    """

    factor: float = 1.0  # of the delays; `fast` labs shorten them
    forget: float = 600.0  # seconds since the last held restart after which the count begins again
    level: int = 0  # restarts so far
    last: float | None = None  # when the last restart was allowed

    def after(self, finished: float) -> float:
        """The delay in seconds, by the rule and without jitter, of the restart after an exit at `finished`."""
        if self.last is not None and finished - self.last > self.forget:
            self.level = 0
        delay = 0.0 if self.level == 0 else min(_FIRST * 2 ** (self.level - 1), _LAST)
        return delay * self.factor

    def restarted(self, at: float) -> None:
        """Count a restart that happens now."""
        self.level += 1
        self.last = at


def looks(delay: float, draw: Callable[[], float], factor: float = 1.0) -> list[float]:
    """The pauses after which kubelet looks at a pod whose restart is held back; at the last one it restarts.

    It waits for what is left, at most 60 s at a time, times 1 to 1.5 (pod_workers.go, completeWork): measured
    10 -> 11.9, 13.1, 15.1. So the whole is at most 1.5 times the delay, and never 30 s more than it. `draw` gives
    random numbers from 0 to 1; `factor`: of a fast lab.
    """
    pauses: list[float] = []
    while (left := delay - sum(pauses)) > 0:
        pauses.append(min(left, _LOOK * factor) * (1 + draw() / 2))
    return pauses


def jittered(delay: float, jitter: float) -> float:
    """What is really waited for an image; `jitter` is a random number from 0 to 1."""
    return delay * (1 + jitter / 2)


def pull_delays(factor: float = 1.0) -> list[float]:
    """Delays between two attempts to pull an image: 10, 20, 40, 80, 160, then 300 s for ever."""
    return [min(_FIRST * 2**n, _LAST) * factor for n in range(6)]


def said(seconds: float) -> str:
    """A delay as Go prints it: 10s, 1m20s, 5m0s."""
    whole = round(seconds)
    return f"{whole}s" if whole < 60 else f"{whole // 60}m{whole % 60}s"
