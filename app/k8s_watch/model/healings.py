"""Every healing: finds deaths in what the pods say, and matches them with the kills that were asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .changes import Acted, Answered
from .healing import Healing
from .meanwhile import Meanwhile, UsualLatency
from .names import short_name
from .objects import Container, Pod
from .restarts import RestartHistory, restarts_after
from .rotation import Rotation
from .words import _

KEPT = 200
OUT_FIRST = 2.0  # seconds by which an address may be out of rotation before its pod's death is seen
NAMING = 60.0  # seconds after the last answer that named a pod for which answers are waited for


class Healings:
    """Follows each main container of each pod."""

    def __init__(self, keys: Callable[[], int], pods: dict[str, Pod], rotation: Rotation) -> None:
        self._keys = keys
        self._pods = pods  # the story's own: the pod is in it before `pod` is called
        self._rotation = rotation
        self._out: dict[str, float] = {}  # uid -> since when it is out of rotation
        self._usual = UsualLatency()
        self._named: float | None = None  # when an answer last named a pod
        self.history = RestartHistory()
        self.told: list[Healing] = []

    @property
    def fast(self) -> bool:
        """Whether the lab's back-off is shortened."""
        return self.history.fast

    @fast.setter
    def fast(self, value: bool) -> None:
        if value != self.history.fast:
            self.history = RestartHistory(value)

    def _open(self, uid: str) -> Iterator[Healing]:
        return (h for h in self.told if h.open and h.pod_uid == uid)

    # -- pods

    def pod(
        self, pod: Pod, before: Pod | None, at: float, wall: float, server_now: float, error: float
    ) -> None:
        """A pod was seen; `before` is what it was."""
        self.history.seen(pod, at, server_now, error > 0)
        here = {c.name: c for c in pod.containers}
        for healing in list(self._open(pod.uid)):
            healing.next_delay = self.history.next_delay(pod, at)
            if healing.container in here:
                healing.pod(pod, here[healing.container], at, error)
        if before is not None and pod.deleted is None:
            for was in before.containers:
                if was.name in here:
                    self._container(pod, was, here[was.name], at, wall, error)
        for healing in self._open(pod.uid):
            self._outlook(healing, pod, at)

    def _container(
        self, pod: Pod, was: Container, now: Container, at: float, wall: float, error: float
    ) -> None:
        """Deaths: the run that was known ended, and perhaps its successor too."""
        changed = bool(now.container_id) and (
            now.container_id != was.container_id or now.restarts > was.restarts
        )
        dead = _is_dead(now)
        if was.container_id and not _is_dead(was) and (changed or dead):
            self._died(pod, was, now, at, wall, error)
        if changed and dead and was.container_id:
            self._died(pod, now, now, at, wall, error)

    def _died(self, pod: Pod, run: Container, now: Container, at: float, wall: float, error: float) -> None:
        known = next(
            (
                h
                for h in self.told
                if (h.pod_uid, h.container, h.run) == (pod.uid, run.name, run.container_id)
                and (h.open or h.steps)  # a kill that was given up may yet succeed: that is told anew
            ),
            None,
        )
        if known is not None:  # its own kill was asked, or it was told already
            known.pod(pod, now, at, error)
            return
        for healing in list(self._open(pod.uid)):
            if healing.container == run.name and healing.steps:
                healing.close(at, _("died again before it was whole"))
        out = self._out.get(pod.uid)
        begin = out if out is not None and at - out <= OUT_FIRST else at
        made = self._begin(pod, run, begin, wall - (at - begin))
        if out is not None and at - out <= OUT_FIRST:
            made.was_in = True
            made.reach("out", out)
        made.next_delay = self.history.next_delay(pod, at)
        made.pod(pod, now, at, error)

    def _begin(self, pod: Pod, run: Container, at: float, wall: float) -> Healing:
        named = self._named is not None and at - self._named <= NAMING
        made = Healing(
            self._keys(),
            pod.uid,
            pod.name,
            short_name(pod.name, (p.name for p in self._pods.values())),
            run.name,
            run.container_id,
            run.restarts,
            at,
            wall,
            Meanwhile(at, self._usual.slow_above(at)),
            asks=named,
            was_in=self._rotation.has(pod.uid),
        )
        self.told.append(made)
        del self.told[:-KEPT]
        return made

    def _outlook(self, healing: Healing, pod: Pod, at: float) -> None:
        """How long the restart is held back, and would be the next time."""
        if "died" in healing.steps and "restarted" not in healing.steps:
            healing.held = self.history.held(pod, at) or healing.held
            main = pod.main
            if main is not None and main.name == healing.container and not restarts_after(pod, main):
                policy = _("its restartPolicy is {policy}: it stays dead").format(policy=pod.restart_policy)
                healing.close(at, policy, failed=True)
        if pod.deleted is not None:
            healing.close(at, _("the pod was deleted"))

    def gone(self, uid: str, at: float) -> None:
        """A pod is no more."""
        for healing in list(self._open(uid)):
            healing.close(at, _("the pod is gone"))
        self._out.pop(uid, None)
        self.history.gone(uid)

    # -- traffic

    def turned(self, uid: str, ready: bool, at: float, error: float) -> None:
        """A pod got into or out of rotation."""
        if ready:
            self._out.pop(uid, None)
        else:
            self._out[uid] = at
        for healing in list(self._open(uid)):
            healing.rotation(ready, at, error)

    def answered(self, answer: Answered) -> None:
        """Someone answered."""
        if answer.pod:
            self._named = answer.mono
        for healing in self.told:
            if healing.open:
                healing.answered(answer)
        self._usual.add(answer)

    # -- kills

    def acted(self, change: Acted, at: float) -> None:
        """A kill of ours, step by step."""
        known = self._ours(change)
        match change.step:
            case "asked" | "sent":
                if known is None:
                    known = self._asked(change, at)
                if known is not None and change.step == "sent":
                    known.shift(at, change.wall, change.signal)
            case "seen":
                if known is not None and known.open:
                    known.ours, known.signal = True, change.signal or known.signal
            case "failed" | "refused":
                if known is not None and "died" not in known.steps:
                    known.close(at, change.detail, failed=True)

    def _ours(self, change: Acted) -> Healing | None:
        return next(
            (
                h
                for h in reversed(self.told)
                if h.open
                and (h.pod_uid == change.pod_uid or (not change.pod_uid and h.pod_name == change.pod_name))
                and (not change.container_id or h.run == change.container_id)
            ),
            None,
        )

    def _asked(self, change: Acted, at: float) -> Healing | None:
        """A kill begins: whose container is known, so that its death is recognised."""
        pod = self._pods.get(change.pod_uid) or next(
            (p for p in self._pods.values() if p.name == change.pod_name), None
        )
        if pod is None or pod.main is None:
            return None
        target = next((c for c in pod.containers if c.name == change.container), pod.main)
        run = replace(target, container_id=change.container_id or target.container_id)
        if any(h.run == run.container_id and h.pod_uid == pod.uid and h.steps for h in self.told):
            return None  # that run's death was told already
        made = self._begin(pod, run, at, change.wall)
        made.ours, made.signal = True, change.signal
        return made

    def tick(self, now: float) -> None:
        """Time goes by."""
        for healing in self.told:
            if healing.open:
                healing.tick(now)


def _is_dead(container: Container) -> bool:
    state = container.state
    return state is not None and (
        state.kind == "terminated" or (state.kind == "waiting" and state.reason == "CrashLoopBackOff")
    )
