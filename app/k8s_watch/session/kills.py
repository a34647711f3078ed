"""Kills that were only noted down, told as a live session tells them: with their proof, or its absence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from k8s_watch.model.changes import Acted
from k8s_watch.model.objects import Pod
from k8s_watch.model.words import _

PATIENCE = 8.0  # seconds after which a kill that shows nothing has failed, as in a live session

_KILL = re.compile(r"exec (?P<pod>\S+): (?P<command>kill(?:all|)\b.*)")
_RETURNED = re.compile(r"(?P<command>kill(?:all|)\b.*?) returned (?P<code>-?\d+)")
_SIGNAL = re.compile(r"-(?:SIG)?(?P<name>[A-Z]+)\b")


@dataclass(frozen=True, slots=True)
class _Attempt:
    at: float
    uid: str
    pod: str
    container: str
    run: str  # the containerID that is to die
    signal: str


class Kills:
    """Follows the pods, and the kill that is under way."""

    def __init__(self) -> None:
        self._pods: dict[str, Pod] = {}  # by name
        self._open: _Attempt | None = None  # no proof yet
        self._last: _Attempt | None = None

    def note(self, text: str, at: float, wall: float) -> Iterator[Acted]:
        """The changes of a note; none where it is not about a kill."""
        if found := _KILL.fullmatch(text):
            pod = self._pods.get(found["pod"])
            main = pod.main if pod is not None else None
            named = _SIGNAL.search(found["command"])
            self._open = self._last = _Attempt(
                at,
                pod.uid if pod is not None else "",
                found["pod"],
                main.name if main is not None else "",
                main.container_id if main is not None else "",
                "SIG" + (named["name"] if named else "TERM"),
            )
            yield _step(self._last, "asked", at, wall, "")
            yield _step(self._last, "sent", at, wall, found["command"])
        elif _RETURNED.fullmatch(text) and self._last is not None:
            yield _step(self._last, "returned", at, wall, text)

    def seen(self, pod: Pod, at: float, wall: float) -> Iterator[Acted]:
        """Proof of death: that run ended, or another one is there (same pod)."""
        self._pods[pod.name] = pod
        attempt, main = self._open, pod.main
        if attempt is None or pod.uid != attempt.uid or main is None:
            return
        ended = main.state if main.state is not None and main.state.kind == "terminated" else main.last
        died = ended is not None and ended.container_id == attempt.run
        if died or main.container_id not in {"", attempt.run}:
            self._open = None
            detail = _("died")
            if died and ended is not None:
                detail = _("exit code {code} ({reason})").format(
                    code=ended.exit_code, reason=ended.reason or "-"
                )
            yield _step(attempt, "seen", at, wall, detail)

    def overdue(self, at: float, wall: float) -> Iterator[Acted]:
        """A kill that showed nothing for `PATIENCE`."""
        attempt = self._open
        if attempt is not None and at > attempt.at + PATIENCE:
            self._open = None
            when = attempt.at + PATIENCE
            words = _("Nothing died within {seconds} s: the process in {pod} does not obey {signal}.")
            detail = words.format(seconds=f"{PATIENCE:.0f}", pod=attempt.pod, signal=attempt.signal)
            yield _step(attempt, "failed", when, wall - (at - when), detail)


def _step(
    attempt: _Attempt,
    step: Literal["asked", "sent", "returned", "seen", "failed"],
    at: float,
    wall: float,
    detail: str,
) -> Acted:
    return Acted(
        wall=wall,
        mono=at,
        act="kill",
        step=step,
        pod_uid=attempt.uid,
        pod_name=attempt.pod,
        container=attempt.container,
        container_id=attempt.run,
        signal=attempt.signal,
        detail=detail,
    )
