"""Every deleted pod that is replaced, whoever deleted it; pods that were scaled away are not told here."""

from __future__ import annotations

from collections.abc import Callable

from .changes import Acted, Answered
from .deletion import PATIENCE, Deletion
from .meanwhile import Meanwhile, UsualLatency
from .names import short_name
from .objects import Pod
from .words import _

KEPT = 200


class Deletions:
    """Follows pods that get a deletionTimestamp, and those that come after them."""

    def __init__(self, keys: Callable[[], int], pods: dict[str, Pod]) -> None:
        self._keys = keys
        self._pods = pods
        self._usual = UsualLatency()
        self._all: list[Deletion] = []

    @property
    def told(self) -> list[Deletion]:
        """Those that count as an episode."""
        return [d for d in self._all if d.told]

    def pod(self, pod: Pod, before: Pod | None, at: float, wall: float, error: float) -> None:
        """A pod was seen; `before` is what it was."""
        if before is None and pod.deleted is None:
            self._replaces(pod, at, error)
        if before is not None and before.deleted is None and pod.deleted is not None:
            known = self._open(pod.uid) or self._begin(pod, at, wall)
            known.reach("terminating", _("terminating"), at, error)
        if pod.ready:
            for one in self._all:
                if one.open and one.replacement == pod.uid:
                    words = _("{pod} ready in its place").format(pod=self._short(pod))
                    one.reach("ready", words, at, error)

    def _replaces(self, pod: Pod, at: float, error: float) -> None:
        for one in self._all:
            late = at - one.begin > PATIENCE and not one.ours
            if one.open and not one.replacement and one.owner == pod.owner_uid and pod.owner_uid and not late:
                one.replacement = pod.uid
                one.reach("made", _("{pod} made").format(pod=self._short(pod)), at, error)
                return

    def _begin(self, pod: Pod, at: float, wall: float) -> Deletion:
        meanwhile = Meanwhile(at, self._usual.slow_above(at))
        made = Deletion(self._keys(), pod.uid, self._short(pod), pod.owner_uid, at, wall, meanwhile)
        self._all.append(made)
        del self._all[:-KEPT]
        return made

    def _short(self, pod: Pod) -> str:
        return short_name(pod.name, (p.name for p in self._pods.values()))

    def _open(self, uid: str) -> Deletion | None:
        return next((d for d in self._all if d.open and d.pod_uid == uid), None)

    def turned(self, uid: str, ready: bool, at: float, error: float) -> None:
        """A pod got into or out of rotation."""
        known = self._open(uid)
        if known is not None and not ready:
            known.reach("out", _("out of rotation"), at, error)

    def gone(self, uid: str, at: float, error: float) -> None:
        """A pod is no more."""
        known = self._open(uid)
        if known is not None:
            known.reach("gone", _("gone"), at, error)

    def answered(self, answer: Answered) -> None:
        """Someone answered."""
        for one in self._all:
            if one.open:
                one.meanwhile.add(answer)
        self._usual.add(answer)

    def acted(self, change: Acted, at: float) -> None:
        """A deletion of ours, step by step."""
        known = self._open(change.pod_uid)
        if change.step in {"failed", "refused"}:
            if known is not None:
                known.close(at, change.detail, failed=True)
            return
        pod = self._pods.get(change.pod_uid)
        if known is None and pod is not None and change.step == "asked":
            known = self._begin(pod, at, change.wall)
        if known is not None:
            known.ours = True

    def tick(self, now: float) -> None:
        """Time goes by; what nobody replaces is dropped."""
        for one in self._all:
            if one.open:
                one.tick(now)
        waited = [d for d in self._all if not d.told and now - d.begin > PATIENCE]
        if waited:
            self._all = [d for d in self._all if d not in waited]
