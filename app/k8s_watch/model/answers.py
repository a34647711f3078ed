"""Who answered: the strip of seconds, each pod's share, and whether the answers go round."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from .changes import Answered
from .view import Answers, Cell, Share
from .words import _

Pattern = Literal["", "round robin", "random", "one pod", "uneven"]

WINDOW = 60.0  # seconds that shares and latency look back
CELLS = 300  # seconds that the strip keeps: more than the widest screen shows
RECENT = 40  # answers by which the order is judged; four rounds where the pods are many
ENOUGH = 12  # answers below which nothing is said about their order
DOUBT = 0.01  # a result that chance alone gives more rarely than this is not chance
CYCLE = 0.75  # of the answers must follow the cycle: a proxy of several workers is not perfect


@dataclass(frozen=True, slots=True)
class Face:
    """How a pod is known on the screen."""

    uid: str
    letter: str
    hue: int
    gone: bool


def slow_limit(recent: Sequence[float]) -> float:
    """Above how many ms an answer counts as slow: three times the median, and never under 100 ms.

    A proxy that hides a dead pod by asking the next one shows only as such an answer.
    """
    return max(100.0, 3 * median(recent)) if recent else 1000.0


class AnswerLog:
    """Folds answers; `faces` tells how a pod's name is shown (None: not one of ours)."""

    def __init__(self, faces: Callable[[str], Face | None]) -> None:
        self._faces = faces
        self._recent: deque[Answered] = deque()  # of the last 60 s
        self._took: deque[float] = deque(maxlen=60)  # ms of good answers: what "slow" is measured by
        self._seconds: dict[int, list[Cell]] = {}  # every answer of a second, in the order of their coming
        self._first: float | None = None
        self._faults: set[int] = set()
        self._order: deque[str] = deque(maxlen=240)  # names since the rotation last changed
        self._rotation: frozenset[str] = frozenset()
        self._rate = 1.0
        self._error = ""
        self.version = 0  # grows with each change that the strip shows

    def second(self, at: float) -> int:
        """The cell that a moment belongs to: cells are centred on the polls, so jitter never makes a hole."""
        return math.floor(at - (at if self._first is None else self._first) + 0.5)

    def apply(self, answer: Answered) -> None:
        """Take one answer."""
        self.version += 1
        if self._first is None:
            self._first = answer.sent
        self._rate = answer.rate
        limit = slow_limit(self._took)
        self._recent.append(answer)
        self._drop_old(answer.mono)
        if not answer.failure:
            self._took.append(answer.ms)
        face = self._faces(answer.pod) if answer.pod else None
        cell = Cell(
            second=self.second(answer.sent),
            kind="failed" if answer.failure else "pod" if face else "unknown",
            pod_uid=face.uid if face else "",
            letter=face.letter if face else "",
            hue=face.hue if face else 0,
            failure=_spelled(answer),
            slow=not answer.failure and answer.ms > limit,
            ms=answer.ms,
        )
        self._seconds.setdefault(cell.second, []).append(cell)
        while len(self._seconds) > CELLS:
            del self._seconds[min(self._seconds)]
        self._error = _spelled(answer)
        if answer.pod and not answer.failure:
            self._order.append(answer.pod)

    def fault(self, at: float) -> None:
        """Mark the second in which someone killed or loaded."""
        self.version += 1
        self._faults.add(self.second(at))

    def rotation(self, names: frozenset[str]) -> None:
        """Which pods are in rotation; the order of answers is judged from its last change on."""
        if names != self._rotation:
            self._rotation = names
            self._order.clear()
            self.version += 1

    def picture(self, now: float, loaded: bool) -> Answers:
        """The strip up to `now`; `loaded`: others are asking too, so our order tells little."""
        self._drop_old(now)
        total = sum(1 / a.rate for a in self._recent) or 1.0
        failures = Counter(_spelled(a) for a in self._recent if a.failure)
        kind, words = pattern(list(self._order), loaded)
        return Answers(
            cells=tuple(self._filled(now)),
            shares=tuple(self._shares(total)),
            failed=sum(1 / a.rate for a in self._recent if a.failure) / total,
            failures=tuple(failures.most_common()),
            pattern=kind,
            pattern_words=words,
            rate=self._rate,
            last_at=self._recent[-1].mono if self._recent else None,
            error=self._error,
        )

    def _drop_old(self, now: float) -> None:
        while self._recent and self._recent[0].mono < now - WINDOW:
            self._recent.popleft()

    def _filled(self, now: float) -> list[Cell]:
        """One cell a second, oldest first, without holes; polls overlap, so answers come in any order."""
        if not self._seconds:
            return []
        # the running second may still be waiting for its answer: not yet a hole
        running = self.second(now)
        first, last = min(self._seconds), max(*self._seconds, running - 1)
        filled = []
        for second in range(max(first, last - CELLS + 1), last + 1):
            answers = self._seconds.get(second)
            cell = _worst(answers, settled=second < running) if answers else self._none(second)
            filled.append(replace(cell, fault=True) if second in self._faults else cell)
        return filled

    def _none(self, second: int) -> Cell:
        return Cell(second=second, kind="none", count=0)

    def _shares(self, total: float) -> list[Share]:
        by_pod: dict[str, list[Answered]] = {}
        for answer in self._recent:
            if answer.pod and not answer.failure:
                by_pod.setdefault(answer.pod, []).append(answer)
        shares = []
        for name, answers in by_pod.items():
            face = self._faces(name)
            if face is None:
                continue
            took = [a.ms for a in answers]
            part = sum(1 / a.rate for a in answers) / total
            shares.append(
                Share(name, face.letter, face.hue, part, len(took), median(took), max(took), face.gone)
            )
        return sorted(shares, key=lambda s: (len(s.letter), s.letter))


def pattern(order: Sequence[str], loaded: bool = False) -> tuple[Pattern, str]:
    """Whether the answers go round, by a test of their sequence.

    With k pods a cycle repeats after k answers; answers drawn by chance, each pod with its own share p,
    do so with probability sum(p^2). The binomial tail tells how likely chance alone is.
    """
    # what was long ago says little of now: a burst that ended leaves its disorder behind
    order = order[-max(RECENT, 4 * len(set(order))) :]
    n, pods = len(order), Counter(order)
    if n < ENOUGH:
        return "", _("too few answers to tell the order ({n} of {enough})").format(n=n, enough=ENOUGH)
    if len(pods) == 1:
        return "one pod", _("one pod answers all")
    chance = sum((c / n) ** 2 for c in pods.values())
    k = len(pods)
    # the k before an answer must differ, else "aaaabbbb" would pass; by chance that is rarer still
    cycles = sum(order[i] == order[i - k] and len(set(order[i - k : i])) == k for i in range(k, n))
    if n > 2 * k and cycles / (n - k) >= CYCLE and tail(cycles, n - k, chance) < DOUBT:
        return "round robin", _("in turn: {m} of {n} follow the cycle").format(m=cycles, n=n - k)
    if n < max(20, 4 * k):  # of many pods a short piece of a cycle looks random
        return "", _("too few answers to tell the order ({n} of {enough})").format(n=n, enough=max(20, 4 * k))
    if loaded:
        return "", _("others are asking too, so the order of our few polls tells little")
    repeats = sum(order[i] == order[i - 1] for i in range(1, n))
    expected = chance * (n - 1)
    by_chance = tail(repeats, n - 1, chance) >= DOUBT and 1 - tail(repeats + 1, n - 1, chance) >= DOUBT
    spread = sum((c - n / k) ** 2 / (n / k) for c in pods.values())
    if by_chance and spread <= 3 * math.sqrt(2 * (k - 1)) + (k - 1):  # mean + 3 sigma of chi-squared
        words = _("looks random: {m} of {n} repeat the pod before, chance gives {e:.0f}")
        return "random", words.format(m=repeats, n=n - 1, e=expected)
    words = _("neither in turn nor by even chance: {m} of {n} repeat the pod before")
    return "uneven", words.format(m=repeats, n=n - 1)


def tail(hits: int, of: int, chance: float) -> float:
    """The probability of at least `hits` in `of` independent draws."""
    if hits <= 0:
        return 1.0
    return min(1.0, sum(math.comb(of, i) * chance**i * (1 - chance) ** (of - i) for i in range(hits, of + 1)))


def _worst(answers: list[Cell], settled: bool) -> Cell:
    """The worst answer of a second. Among equals a fair sample: the n-th one in the n-th second.

    The last (or first) one would not do: at ten polls a second two pods in turn would look like one pod alone.
    A second that still runs shows its first answer, so that its cell does not flicker.
    """
    worst = max(_badness(c) for c in answers)
    equals = [c for c in answers if _badness(c) == worst]
    chosen = equals[equals[0].second % len(equals)] if settled and worst == 1 else equals[0]
    return replace(chosen, count=len(answers))


def _badness(cell: Cell) -> int:
    return 2 if cell.slow else 3 if cell.kind == "failed" else 1


def _spelled(answer: Answered) -> str:
    """A failure in a word or two: refused, timeout, 502, or the HTTP status."""
    if answer.failure == "http":
        return str(answer.status)
    return answer.failure
