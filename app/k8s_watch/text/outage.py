"""When answers begin to fail and when they are well again, and when a pod answers that had not for a while."""

from __future__ import annotations

from collections import Counter

from ..model.words import _
from .counting import spelled
from .facts import AnswerFact

CALM = 3.0  # seconds without a failure after which an outage is over: one dead pod of two fails each other answer
AWAY = 10.0  # seconds without an answer of a pod after which its next one is worth a line


class Outages:
    """Folds answers into the few lines that matter."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._asked = 0
        self._began = self._last = 0.0
        self._seen: dict[str, float] = {}

    def take(self, answer: AnswerFact, now: float) -> list[str]:
        """What there is to say about it; `now` is monotonic seconds."""
        said = []
        if answer.failure:
            said += self._failed(answer, now)
        elif self._failures:
            self._asked += 1
            said += self._well(now)
        if not answer.failure:
            said += self._present(answer, now)
        return said

    def _failed(self, answer: AnswerFact, now: float) -> list[str]:
        first = not self._failures
        if first:
            self._began, self._asked = now, 0
        self._asked += 1
        self._last = now
        reason = spelled(answer.failure, answer.status)
        new = reason not in self._failures
        self._failures[reason] += 1
        if not new:
            return []
        words = _("answers fail: {reason}") if first else _("answers fail, now also: {reason}")
        line = words.format(reason=reason)
        return [f"{line} ({answer.text})" if answer.text else line]

    def _well(self, now: float) -> list[str]:
        if now - self._last < CALM:
            return []
        reasons = ", ".join(f"{n} × {reason}" for reason, n in self._failures.most_common())
        words = _("answers are well again: within {s:.1f} s {reasons}")
        line = words.format(s=self._last - self._began, reasons=reasons)
        self._failures.clear()
        return [line]

    def _present(self, answer: AnswerFact, now: float) -> list[str]:
        before = self._seen.get(answer.pod)
        self._seen[answer.pod] = now
        if before is not None and now - before < AWAY:
            return []
        if not answer.pod:
            return [
                _("an answer names no pod that is known: {text}").format(text=answer.text or answer.status)
            ]
        words = _("{pod} answers ({ms:.0f} ms)") if before is None else _("{pod} answers again ({ms:.0f} ms)")
        return [words.format(pod=answer.pod, ms=answer.ms)]
