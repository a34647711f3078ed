"""How long a restart or a pull is held back: kubelet's rule, pure."""

from __future__ import annotations

from dataclasses import dataclass

_FIRST, _LAST = 10.0, 300.0  # seconds


@dataclass(slots=True)
class RestartBackoff:
    """Delays before a container's restarts: 0, 10, 20, 40, 80, 160, 300, 300, ... seconds.

    The worker that waits adds up to half of it again (`jitter` 0..1), as measured: 10 -> 11.9, 13.1, 15.1.
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


def jittered(delay: float, jitter: float) -> float:
    """What is really waited; `jitter` is a random number from 0 to 1."""
    return delay * (1 + jitter / 2)


def pull_delays(factor: float = 1.0) -> list[float]:
    """Delays between two attempts to pull an image: 10, 20, 40, 80, 160, then 300 s for ever."""
    return [min(_FIRST * 2**n, _LAST) * factor for n in range(6)]


def said(seconds: float) -> str:
    """A delay as Go prints it: 10s, 1m20s, 5m0s."""
    whole = round(seconds)
    return f"{whole}s" if whole < 60 else f"{whole // 60}m{whole % 60}s"
