"""How current the picture is: which watches are open, lost, forbidden or not served."""

from __future__ import annotations

from typing import Literal

from .changes import Absent, Denied, Kind, Listed, Live, Lost
from .view import Connection
from .words import _

STALE = 30.0  # seconds without a connection after which the picture counts as stale


class Links:
    """Folds what the watches say of themselves."""

    def __init__(self) -> None:
        self._live: set[Kind] = set()
        self._lost: dict[Kind, tuple[float, str]] = {}
        self._denied: dict[Kind, str] = {}
        self._absent: dict[Kind, str] = {}
        self._since = 0.0
        self._gap: tuple[float, float] | None = None
        self._ended = ""

    def apply(self, change: Listed | Live | Lost | Denied | Absent) -> None:
        """Fold one."""
        kind = change.kind
        match change:
            case Lost():
                if not self._lost:
                    self._since = change.mono
                self._lost.setdefault(kind, (change.mono, change.reason))
                self._live.discard(kind)
                return
            case Listed():
                self._found(kind, change.mono)
                if change.gap:
                    known = self._gap
                    longest = (
                        change.gap
                        if known is None or change.mono - known[1] > STALE
                        else max(known[0], change.gap)
                    )
                    self._gap = (longest, change.mono)
            case Live():
                self._found(kind, change.mono)
            case Denied():
                self._denied[kind] = change.permission
            case Absent():
                self._absent[kind] = change.message
        if self._lost.pop(kind, None) and not self._lost:
            self._since = change.mono

    def _found(self, kind: Kind, now: float) -> None:
        if not self._live and not self._lost:
            self._since = now
        self._live.add(kind)
        self._denied.pop(kind, None)
        self._absent.pop(kind, None)

    def end(self, now: float, reason: str) -> None:
        """Nothing more will come."""
        self._since, self._ended = now, reason

    def picture(self, now: float, missing: bool = False) -> Connection:
        """The state in one word, since when, and why. `missing`: there is no target, so no pods are asked for."""
        state: Literal["connecting", "live", "reconnecting", "stale", "ended"]
        if self._ended:
            state, reason = "ended", self._ended
        elif self._lost:
            state = "stale" if now - self._since > STALE else "reconnecting"
            reason = next(iter(self._lost.values()))[1]
        elif "pods" in self._live or "pods" in self._denied or missing:
            state, reason = "live", ""
        else:
            state, reason = "connecting", _("waiting for the first list of pods")
        return Connection(
            state=state,
            since=self._since,
            reason=reason,
            denied=tuple(self._denied.items()),
            absent=tuple(self._absent.items()),
            last_gap=self._gap[0] if self._gap else None,
            last_gap_at=self._gap[1] if self._gap else None,
        )
