"""The answers while something heals: how many failed, how slow the slowest was."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from .answers import slow_limit
from .changes import Answered
from .words import _, ngettext

USUAL = 60.0  # seconds of answers before the fault that make the usual latency


@dataclass(slots=True)
class Meanwhile:
    """Counts from a moment on. `slow_above` is in milliseconds."""

    since: float
    slow_above: float
    count: int = 0
    failed: int = 0
    slow: int = 0
    slowest: float = 0.0

    def add(self, answer: Answered) -> None:
        """One answer; those that ended before are another time's."""
        if answer.mono < self.since:
            return
        self.count += 1
        if answer.failure:
            self.failed += 1
        else:
            self.slowest = max(self.slowest, answer.ms)
            self.slow += answer.ms > self.slow_above

    def words(self) -> str:
        """ "0 of 14 answers failed, 1 slow, slowest 210 ms"; "" without answers."""
        if not self.count:
            return ""
        parts = [
            ngettext("{failed} of {n} answer failed", "{failed} of {n} answers failed", self.count).format(
                failed=self.failed, n=self.count
            )
        ]
        if self.slow:
            parts.append(_("{n} slow").format(n=self.slow))
        if self.count > self.failed:
            parts.append(_("slowest {ms:.0f} ms").format(ms=self.slowest))
        return ", ".join(parts)


class UsualLatency:
    """The latencies of the last minute."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, float]] = deque(maxlen=1_000)  # 10 a second for 60 s is 600

    def add(self, answer: Answered) -> None:
        """One answer."""
        if not answer.failure:
            self._kept.append((answer.mono, answer.ms))

    def slow_above(self, now: float) -> float:
        """From how many milliseconds on an answer counts as slow."""
        recent = [ms for at, ms in self._kept if now - USUAL <= at]
        return slow_limit(recent)
