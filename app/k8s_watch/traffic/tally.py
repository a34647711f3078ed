"""What came of a burst's requests: counts, errors by reason, and times in buckets."""

from __future__ import annotations

import math
from collections import Counter

GROWTH = 1.01
"""Each bucket is 1 % wider than the last; its middle is at most 0.5 % off."""

LEAST = 0.01  # ms: where the first bucket ends
MOST = 120_000.0  # ms: what is above counts as this

_BUCKETS = math.ceil(math.log(MOST / LEAST) / math.log(GROWTH)) + 1


class Times:
    """Durations in ms, in 1,639 buckets however many there are; quantiles are at most 0.5 % off."""

    def __init__(self) -> None:
        self._buckets = [0] * _BUCKETS
        self.count = 0

    def add(self, ms: float) -> None:
        """Count one."""
        place = 0 if ms <= LEAST else math.ceil(math.log(min(ms, MOST) / LEAST) / math.log(GROWTH) - 1e-9)
        self._buckets[place] += 1
        self.count += 1

    def quantiles(self, *parts: float) -> list[float]:
        """The times that those parts (0..1, rising) of all do not exceed; 0 where there are none."""
        found: list[float] = []
        seen, place = self._buckets[0], 0
        for part in parts:
            wanted = max(1, math.ceil(part * self.count))
            while seen < wanted and place < _BUCKETS - 1:
                place += 1
                seen += self._buckets[place]
            found.append(LEAST * GROWTH ** (place - 0.5) if self.count else 0.0)
        return found


class Tally:
    """Everything that a tick tells, cumulative."""

    def __init__(self) -> None:
        self.done = 0
        self.answered = 0  # with any HTTP status
        self.errors: Counter[str] = Counter()
        self.pods: Counter[str] = Counter()
        self.times = Times()

    def answer(self, ms: float, status: int, pod: str) -> None:
        """An answer came; from status 400 on it is an error."""
        self.done += 1
        self.answered += 1
        self.times.add(ms)
        self.pods[pod] += 1
        if status >= 400:
            self.errors[str(status)] += 1

    def failure(self, ms: float, reason: str) -> None:
        """No answer came. A timeout took its time, which counts; a refusal says nothing of the app's."""
        self.done += 1
        self.errors[reason] += 1
        if reason == "timeout":
            self.times.add(ms)

    def told(self) -> dict[str, object]:
        """As a tick carries it."""
        p50, p95, p99 = (round(ms, 3) for ms in self.times.quantiles(0.5, 0.95, 0.99))
        return {
            "done": self.done,
            "errors": dict(self.errors.most_common()),
            "pods": dict(self.pods.most_common()),
            "p50": p50,
            "p95": p95,
            "p99": p99,
        }
