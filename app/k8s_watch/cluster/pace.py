"""How long everything around the watches takes: one place, so that tests have a faster clockwork."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds, unless said otherwise."""

    page: int = 500  # objects a LIST page, as kubectl asks
    list_timeout: float = 30.0  # one page
    open: float = 10.0  # until a watch's headers must be there
    watch: tuple[int, int] = (240, 420)  # timeoutSeconds, random: so that watches do not end together
    idle: tuple[float, float] = (75.0, 90.0)  # silence of a stream; bookmarks come about once a minute
    backoff: tuple[float, float] = (0.2, 5.0)  # first and longest
    denied: tuple[float, float] = (2.0, 60.0)  # an API server that starts says 403 until its roles are read
    absent: float = 60.0  # between looks for a kind that is not served
    storm: float = 1.0  # a stream shorter than this is no success: the next one is held back
    beat: float = 1.5  # between health probes: 0.08 % of a core
    beat_timeout: float = 2.5  # with `beat`: silence is noticed after 2.5 to 4.3 s
    beat_down: float = 0.5  # between probes while nothing answers
    metrics: float = 5.0


class Backoff:
    """Growing pauses with full jitter: a random part of 0.2, 0.4, ... 5 s."""

    def __init__(self, bounds: tuple[float, float]) -> None:
        self._first, self._longest = bounds
        self._next = self._first

    def pause(self) -> float:
        """The next pause in seconds."""
        bound = self._next
        self._next = min(self._longest, bound * 2)
        return random.uniform(0, bound)

    def firm(self) -> float:
        """The next pause without jitter."""
        bound = self._next
        self._next = min(self._longest, bound * 2)
        return bound

    def reset(self) -> None:
        """After a success."""
        self._next = self._first
