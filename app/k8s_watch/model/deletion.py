"""A pod that was deleted and replaced: another experiment than a killed process (new name, new address)."""

from __future__ import annotations

from dataclasses import dataclass, field

from .meanwhile import Meanwhile
from .view import Episode, Moment
from .words import _

PATIENCE = 5.0  # seconds within which a replacement must appear for it to count as one
LONGEST = 180.0  # seconds after which nothing more is waited for


@dataclass(slots=True)
class Deletion:
    """One deleted pod and the pod that replaces it. Times are monotonic."""

    key: int
    pod_uid: str
    short: str
    owner: str
    begin: float
    wall: float
    meanwhile: Meanwhile
    ours: bool = False
    replacement: str = ""  # uid
    moments: dict[str, Moment] = field(default_factory=dict)
    closed_at: float | None = None
    outcome: str = ""
    failed: bool = False

    @property
    def open(self) -> bool:
        """Whether more is to come."""
        return self.closed_at is None

    @property
    def told(self) -> bool:
        """A pod that nobody replaces was scaled away: that is the scaling's story."""
        return self.ours or bool(self.replacement)

    def reach(self, step: str, word: str, at: float, error: float = 0.0) -> None:
        """A step was seen; the first time counts."""
        if self.open and step not in self.moments:
            at = max(at, self.begin)
            self.moments[step] = Moment(word, at, at - self.begin, error)
        if {"ready", "gone"} <= self.moments.keys():
            self.close(at)

    def close(self, at: float, outcome: str = "", failed: bool = False) -> None:
        """No more is to come."""
        if self.open:
            self.closed_at, self.outcome, self.failed = max(at, self.begin), outcome, failed

    def tick(self, now: float) -> None:
        """Time alone closes it."""
        if self.open and now - self.begin > LONGEST:
            self.close(now, _("not replaced within {n} s").format(n=round(LONGEST)))

    def episode(self, now: float) -> Episode:
        """As one line."""
        if self.failed:
            title = _("could not delete {pod}").format(pod=self.short)
        elif self.ours:
            title = _("you deleted {pod}: another experiment, a new pod replaces it").format(pod=self.short)
        else:
            title = _("{pod} was deleted: another experiment, a new pod replaces it").format(pod=self.short)
        counted = "" if self.failed else self.meanwhile.words()
        return Episode(
            key=self.key,
            kind="deletion",
            begin=self.begin,
            wall=self.wall,
            title=title,
            moments=tuple(sorted(self.moments.values(), key=lambda m: m.at)),
            tail="; ".join(part for part in (self.outcome, counted) if part),
            tone="failed" if self.failed else "healing" if self.open else "calm",
            open=self.open,
            waiting=self._waiting() if self.open else "",
            pod_uid=self.pod_uid,
        )

    def _waiting(self) -> str:
        if "terminating" not in self.moments:
            return _("waiting until it is terminating")
        if "ready" not in self.moments:
            return _("waiting until the new pod is ready")
        return _("waiting until the old pod is gone")
