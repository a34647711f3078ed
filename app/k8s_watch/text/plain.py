"""`--plain`: one line a change of interest, for logs, pipes and screen readers."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TextIO

from ..model.changes import Change
from ..model.view import View
from .facts import AnswerFact, AutoscalerFact, EventFact, Fact, LoadFact, MissingFact, PodFact
from .outage import Outages
from .sentences import sentences
from .telling import Teller

LOAD = 5.0  # seconds between two lines of a running burst
WARNED = 1000  # warnings that are remembered as told


class Plain:
    """Prints sentences. A closed pipe is a BrokenPipeError, for the caller to end quietly."""

    def __init__(self, out: TextIO, picture: Callable[[], View]) -> None:
        self._out = out
        self._teller = Teller(picture)
        self._outages = Outages()
        self._widths = [0, 0, 0, 0]
        self._load_at = -math.inf
        self._conditions: tuple[str, ...] = ()
        self._warned: set[tuple[str, str, str]] = set()
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="replace")  # an arrow must not end us where the locale is C

    def saw(self, change: Change) -> None:
        """Tell what the change brought; the world must have taken it already."""
        for fact in self._teller.take(change):
            for line in self._lines(change, fact):
                self._print(change, line)

    def finish(self) -> None:
        """The summary."""
        for change, fact in self._teller.finish():
            for line in sentences(fact):
                self._print(change, line)

    def _lines(self, change: Change, fact: Fact) -> list[str]:
        match fact:
            case PodFact():
                return [self._row(fact)]
            case AnswerFact():
                return self._outages.take(fact, change.mono)
            case AutoscalerFact():
                return sentences(self._scaled(fact))
            case MissingFact(kind="httproutes", permission=""):
                return []  # as on most clusters
            case EventFact():
                return sentences(fact) if self._new(fact) else []
            case LoadFact(state="running") if change.mono - self._load_at < LOAD:
                return []
            case LoadFact(state="running"):
                self._load_at = change.mono
            case LoadFact():
                self._load_at = -math.inf
        return sentences(fact)

    def _scaled(self, fact: AutoscalerFact) -> AutoscalerFact:
        """Without the conditions that were told already."""
        before, self._conditions = self._conditions, fact.conditions
        return replace(fact, conditions=()) if fact.conditions[:1] == before[:1] else fact

    def _new(self, event: EventFact) -> bool:
        """A kubelet repeats some warnings with each start and each minute; once is enough for a reader."""
        key = (event.object_name, event.reason, event.message)
        if key in self._warned:
            return False
        if len(self._warned) >= WARNED:
            self._warned.clear()
        self._warned.add(key)
        return True

    def _row(self, pod: PodFact) -> str:
        """As kubectl prints it; columns grow and never shrink, since nobody knows what comes."""
        cells = [pod.name, pod.ready, pod.status, pod.restarts]
        self._widths = [max(w, len(cell)) for w, cell in zip(self._widths, cells, strict=True)]
        return "pod " + "   ".join(
            [*(cell.ljust(w) for cell, w in zip(cells, self._widths, strict=True)), pod.age]
        )

    def _print(self, change: Change, line: str) -> None:
        at = time.strftime("%H:%M:%S", time.localtime(change.wall))
        self._out.write(f"{at} {line}\n")
        self._out.flush()
