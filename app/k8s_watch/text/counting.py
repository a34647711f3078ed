"""What the summary adds up."""

from __future__ import annotations

from collections import Counter

from ..model.changes import Answered


class Counts:
    """Answers, restarts and gaps since the start."""

    def __init__(self) -> None:
        self.answers = 0
        self.failures: Counter[str] = Counter()
        self.pods: Counter[str] = Counter()
        self.slowest = 0.0  # ms, of those that did not fail
        self.restarts = 0
        self.gaps: list[float] = []

    def answer(self, answer: Answered) -> None:
        """One poll ended."""
        self.answers += 1
        if answer.failure:
            self.failures[spelled(answer.failure, answer.status)] += 1
            return
        self.pods[answer.pod] += 1
        self.slowest = max(self.slowest, answer.ms)


def spelled(failure: str, status: int) -> str:
    """A failure in a word: refused, timeout, 502, or the HTTP status."""
    return str(status) if failure == "http" else failure
