"""When to paint: at once when it was quiet, and less often the more pours in."""

from __future__ import annotations

from collections import deque

FASTEST = 1 / 10
"""Seconds from painting to painting while changes come: as often as the polls of a healing."""

POURING, SLOWER = 10, 1 / 5
"""More changes than that in one painting, and the next one waits that long: with 400 a second on 2,000 pods painting ten
times a second was half of our CPU, and nobody can read it."""

AT_ONCE = 3
"""Paintings that need not wait for one another when it was quiet before: a change is often followed by another."""


class Pace:
    """Times are monotonic seconds of this machine, also in a replay: terminals do not paint faster for it."""

    def __init__(self) -> None:
        self._due = False
        self._changes = self._folded = 0  # since the last painting; in it
        self._painted = deque([0.0] * AT_ONCE, maxlen=AT_ONCE)  # when, the last ones

    def changed(self, now: float) -> float | None:
        """How long the painting that shows this change has to wait; None where one is due already."""
        self._changes += 1
        if self._due:
            return None
        self._due = True
        pause = SLOWER if self._folded > POURING else FASTEST
        quiet = now - self._painted[0] >= AT_ONCE * pause
        return 0.0 if quiet else max(0.0, self._painted[-1] + pause - now)

    def painted(self, now: float) -> None:
        """Everything so far is on the screen."""
        self._due = False
        self._painted.append(now)
        self._folded, self._changes = self._changes, 0
