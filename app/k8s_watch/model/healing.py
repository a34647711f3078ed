"""One healing: killed → died → out of rotation → restarted → ready → back in rotation → answers again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .changes import Answered
from .meanwhile import Meanwhile
from .objects import Container, ContainerState, Pod
from .restarts import Range
from .view import Episode, Moment, Tone
from .words import _

Step = Literal["died", "out", "restarted", "ready", "back", "answers"]
ORDER: tuple[Step, ...] = ("died", "out", "restarted", "ready", "back", "answers")
SILENT = 30.0  # seconds after which a pod that is back and does not answer is told as such
LINGER = 1.0  # seconds for which slices may come after pods: two watches, 10-40 ms apart on a real cluster
NOTHING = 60.0  # seconds after which a kill that showed nothing is closed (the kill itself gives up after 8)


@dataclass(frozen=True, slots=True)
class Reached:
    """A step, when it was seen, and how far off that may be."""

    at: float
    error: float = 0.0


@dataclass(slots=True)
class Healing:
    """What is known of one container's death and comeback. Times are monotonic."""

    key: int
    pod_uid: str
    pod_name: str
    short: str
    container: str
    run: str  # the containerID that died, or is to
    restarts: int  # its restartCount
    begin: float
    wall: float
    meanwhile: Meanwhile
    ours: bool = False
    signal: str = ""
    steps: dict[Step, Reached] = field(default_factory=dict)
    end: ContainerState | None = None  # how the run ended
    was_in: bool = False  # in rotation when it began
    asks: bool = False  # the probe names pods, so an answer can be waited for
    held: Range | None = None  # the whole wait until the restart
    next_delay: Range = (0.0, 0.0)  # were it killed again
    closed_at: float | None = None
    outcome: str = ""  # why it closed without being whole again
    failed: bool = False

    @property
    def open(self) -> bool:
        """Whether more is to come."""
        return self.closed_at is None

    def shift(self, at: float, wall: float, signal: str) -> None:
        """Another signal is tried: the durations count from the one that works."""
        if self.open and not self.steps:
            self.begin, self.wall, self.signal = at, wall, signal
            self.meanwhile.since = at

    def reach(self, step: Step, at: float, error: float = 0.0) -> None:
        """A step was seen; the first time counts."""
        if self.open and step not in self.steps:
            self.steps[step] = Reached(max(at, self.begin), error)
            if step == "died" and not self.ours:
                self.meanwhile.since = self.begin

    def close(self, at: float, outcome: str = "", failed: bool = False) -> None:
        """No more is to come."""
        if self.open:
            self.closed_at, self.outcome, self.failed = max(at, self.begin), outcome, failed

    # -- what is seen

    def pod(self, pod: Pod, now: Container, at: float, error: float) -> None:
        """Its pod was seen, with this container."""
        changed = now.container_id not in {"", self.run} or now.restarts > self.restarts
        ended = _end_of(now, self.run, changed)
        if ended is not None or changed:
            self.end = self.end or ended
            folded = changed and "died" not in self.steps and self.ours
            self.reach("died", at, max(error, at - self.begin) if folded else error)
        if changed:
            self.reach("restarted", at, error)
        if "restarted" in self.steps and now.ready and pod.ready:
            self.reach("ready", at, error)
        self.settle(at)

    def rotation(self, in_rotation: bool, at: float, error: float) -> None:
        """Its address turned."""
        if not in_rotation:
            self.reach("out", at, error)
        elif "out" in self.steps and "died" in self.steps:
            self.reach("back", at, error)
        self.settle(at)

    def answered(self, answer: Answered) -> None:
        """Someone answered; itself only when it was asked after its restart."""
        if not self.open:
            return
        self.meanwhile.add(answer)
        back = self.steps.get("restarted")
        if (
            back
            and answer.pod == self.pod_name
            and not answer.failure
            and answer.sent >= back.at - back.error
        ):
            self.asks = True
            self.reach("answers", answer.mono, 1.0 / max(answer.rate, 0.01))
            self.settle(answer.mono)

    def settle(self, at: float) -> None:
        """Close when everything that can be seen was seen."""
        if "ready" not in self.steps or ("out" in self.steps and "back" not in self.steps):
            return
        lingers = self.was_in and "out" not in self.steps and at - self._last < LINGER
        if not lingers and ("answers" in self.steps or not self.asks):
            self.close(at)

    @property
    def _last(self) -> float:
        """When the last step was seen."""
        return max((s.at for s in self.steps.values()), default=self.begin)

    def tick(self, now: float) -> None:
        """Time alone closes it, when nothing more can be expected."""
        if not self.open:
            return
        if "died" not in self.steps and now - self.begin > NOTHING:
            self.close(now, _("nothing died"), failed=True)
        self.settle(now)
        if "ready" in self.steps and now - self._last > SILENT:
            silent = _("no answer from it within {n} s").format(n=round(SILENT))
            self.close(now, silent if self.asks else "")

    # -- picture out

    def episode(self, now: float) -> Episode:
        """As one line."""
        moments = sorted(
            (Moment(_word(step), r.at, r.at - self.begin, r.error) for step, r in self.steps.items()),
            key=lambda m: m.at,
        )
        return Episode(
            key=self.key,
            kind="healing",
            begin=self.begin,
            wall=self.wall,
            title=self._title(),
            moments=tuple(moments),
            tail="; ".join(part for part in self._tail() if part),
            tone=self._tone(),
            open=self.open,
            waiting=self.waiting() if self.open else "",
            pod_uid=self.pod_uid,
        )

    def _title(self) -> str:
        if self.failed and self.ours:
            words = _("could not kill {pod}").format(pod=self.short)
            return f"{words} ({self.signal})" if self.signal else words
        if not self.ours:
            return _("{pod} died").format(pod=self.short)
        sentence = _("you killed {pod}") if "died" in self.steps else _("you kill {pod}")
        words = sentence.format(pod=self.short)
        return f"{words} ({self.signal})" if self.signal else words

    def _tone(self) -> Tone:
        if self.failed:
            return "failed"
        return "healing" if self.open else "calm"

    def _tail(self) -> list[str]:
        counted = "" if self.failed else self.meanwhile.words()
        again = ""
        if "restarted" in self.steps and self.next_delay[1]:
            again = _("next restart after {range}").format(range=range_words(self.next_delay))
        return [self.outcome, counted, end_words(self.end), again]

    def waiting(self) -> str:
        """What is waited for."""
        if "died" not in self.steps:
            return _("waiting for its death to be seen")
        if "restarted" not in self.steps:
            if self.held:
                return _("restart held back for {range}").format(range=range_words(self.held))
            return _("restarting")
        if "ready" not in self.steps:
            return _("waiting until it is ready")
        if "out" in self.steps and "back" not in self.steps:
            return _("waiting until it is in rotation")
        return _("waiting for its first answer")


def _word(step: Step) -> str:
    return {
        "died": _("died"),
        "out": _("out of rotation"),
        "restarted": _("restarted"),
        "ready": _("ready"),
        "back": _("back in rotation"),
        "answers": _("answers again"),
    }[step]


def _end_of(seen: Container, run: str, changed: bool) -> ContainerState | None:
    """How that run ended: in `state`, or in `lastState` when the container was back at once."""
    if seen.state and seen.state.kind == "terminated" and not changed:
        return seen.state
    for state in (seen.state, seen.last):
        if state and state.kind == "terminated" and run and state.container_id == run:
            return state
    return seen.last if changed and not run else None


SIGNALS = {1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 6: "SIGABRT", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM"}


def end_words(end: ContainerState | None) -> str:
    """ "exit 0 (Completed)", "exit 137 (SIGKILL, OOMKilled)"."""
    if end is None:
        return ""
    code = end.exit_code
    number = end.signal or (code - 128 if code is not None and code > 128 else 0)
    named = SIGNALS.get(number, f"signal {number}" if number else "")
    why = ", ".join(word for word in (named, end.reason) if word)
    words = _("exit {code}").format(code="?" if code is None else code)
    return f"{words} ({why})" if why else words


def range_words(span: Range) -> str:
    """ "10–15 s"; a sharp one is a number."""
    least, most = round(span[0]), round(span[1])
    if least == most:
        return _("{n} s").format(n=least)
    return _("{least}–{most} s").format(least=least, most=most)
