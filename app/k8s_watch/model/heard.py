"""How far off a moment may be: what only a relist or a stream's backlog tells happened since we last heard."""

from __future__ import annotations

from .changes import Gone, Kind, Listed, Live, Lost, Seen

BACKLOG = 1.0
"""Seconds for which a stream that was lost may still tell what happened meanwhile, or end with 410: a restarted
API server opens it, and says 410 15-120 ms later."""
SILENCE = 5.0
"""Seconds by which a loss may be told late: a server that says nothing is noticed after 2.5 to 4.3 s."""


class Heard:
    """When each kind was last known to be current. Times are monotonic."""

    def __init__(self) -> None:
        self._current: dict[Kind, float] = {}
        self._lost: dict[Kind, float] = {}  # since when
        self._opened: dict[Kind, tuple[float, float]] = {}  # lost and open again: when lost, when opened
        self._resumed: list[tuple[float, float]] = []

    def connected(self, change: Listed | Live | Lost, at: float) -> None:
        """A watch says how it is."""
        kind = change.kind
        match change:
            case Lost():
                if kind not in self._lost:
                    self._settle(kind, at)
                    self._current[kind] = max(self._current.get(kind, at), at - SILENCE)
                self._lost.setdefault(kind, at)
                self._opened.pop(kind, None)
            case Live() if kind in self._lost:
                self._opened[kind] = self._lost.pop(kind), at
            case _:
                self._lost.pop(kind, None)
                self._opened.pop(kind, None)
                self._current[kind] = at

    def error(self, change: Seen | Gone, at: float) -> float:
        """Seconds by which the moment of a change may be too late."""
        kind = change.kind
        self._settle(kind, at)
        if change.reconstructed or kind in self._opened:
            return at - self._current.get(kind, at)
        self._current[kind] = at
        return 0.0

    def resumed(self, now: float) -> list[tuple[float, float]]:
        """Streams that went on where they were lost, nothing listed anew: when lost, when open again."""
        for kind in tuple(self._opened):
            self._settle(kind, now)
        found, self._resumed = self._resumed, []
        return found

    def _settle(self, kind: Kind, at: float) -> None:
        """A stream that has been open for a while has told all that it missed."""
        if kind in self._opened and at - self._opened[kind][1] > BACKLOG:
            lost, opened = self._opened.pop(kind)
            self._current[kind] = opened
            self._resumed.append((lost, opened))
