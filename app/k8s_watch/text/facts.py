"""What the front ends without a screen tell: one class a kind of line. `--json` prints their fields as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from ..model.changes import LoadTick
from ..model.view import Episode, View


@dataclass(frozen=True, slots=True)
class Fact:
    """Something worth a line. `type` is its name in JSON."""

    type: ClassVar[str]


@dataclass(frozen=True, slots=True)
class TargetFact(Fact):
    """What is watched from here on."""

    type: ClassVar[str] = "target"
    context: str
    namespace: str
    deployment: str
    server: str
    is_lab: bool
    fast: bool
    url: str
    via: str
    note: str


@dataclass(frozen=True, slots=True)
class PodFact(Fact):
    """A pod's columns, as `kubectl get pods` prints them, at the moment when one of them changed."""

    type: ClassVar[str] = "pod"
    name: str
    ready: str
    status: str
    restarts: str
    restart_count: int
    age: str
    uid: str
    reconstructed: bool


@dataclass(frozen=True, slots=True)
class PodGoneFact(Fact):
    """A pod is no more."""

    type: ClassVar[str] = "pod-gone"
    name: str
    uid: str
    reconstructed: bool


@dataclass(frozen=True, slots=True)
class RotationFact(Fact):
    """A pod's address is (no longer) one that its Service sends requests to."""

    type: ClassVar[str] = "rotation"
    name: str
    uid: str
    in_rotation: bool


@dataclass(frozen=True, slots=True)
class DeploymentFact(Fact):
    """The Deployment's numbers changed, or it is missing or deleted (`presence`)."""

    type: ClassVar[str] = "deployment"
    presence: str
    wanted: int
    ready: int


@dataclass(frozen=True, slots=True)
class AutoscalerFact(Fact):
    """The autoscaler's numbers or reasons changed. `cpu` is None where kubectl prints <unknown>."""

    type: ClassVar[str] = "autoscaler"
    name: str
    cpu: int | None
    target: int | None
    current: int
    desired: int
    minimum: int
    maximum: int
    decision: str
    conditions: tuple[str, ...]
    unknown: str


@dataclass(frozen=True, slots=True)
class AnswerFact(Fact):
    """One poll of the app ended. `sent_t` is when it began, in the seconds of `t`."""

    type: ClassVar[str] = "answer"
    pod: str
    status: int
    failure: str
    ms: float
    text: str
    rate: float
    sent_t: float


@dataclass(frozen=True, slots=True)
class PatternFact(Fact):
    """How the answers go round, as far as a test of their sequence tells."""

    type: ClassVar[str] = "pattern"
    pattern: str
    words: str


@dataclass(frozen=True, slots=True)
class PodShare:
    """One pod's part of the answers."""

    name: str
    share: float
    count: int
    p50: float
    worst: float


@dataclass(frozen=True, slots=True)
class SharesFact(Fact):
    """Each 10 s: who answered in the last 60 s. `share` and `failed` are 0..1 of the time, ms else."""

    type: ClassVar[str] = "shares"
    ready: int
    wanted: int
    pods: tuple[PodShare, ...]
    failed: float
    failures: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, view: View) -> Self:
        """As the picture has it."""
        answers = view.answers
        pods = tuple(
            PodShare(s.name, round(s.share, 4), s.count, round(s.p50, 2), round(s.worst, 2))
            for s in answers.shares
        )
        return cls(view.ready, view.wanted, pods, round(answers.failed, 4), answers.failures)


@dataclass(frozen=True, slots=True)
class ConnectionFact(Fact):
    """The connection's state changed."""

    type: ClassVar[str] = "connection"
    state: str
    reason: str
    gap: float | None


@dataclass(frozen=True, slots=True)
class MissingFact(Fact):
    """A kind of object can't be watched: a permission is missing, or the server does not serve it."""

    type: ClassVar[str] = "missing"
    kind: str
    permission: str
    message: str


@dataclass(frozen=True, slots=True)
class ActFact(Fact):
    """A step of something that the user did."""

    type: ClassVar[str] = "act"
    act: str
    step: str
    pod: str
    signal: str
    detail: str


@dataclass(frozen=True, slots=True)
class LoadFact(Fact):
    """How the burst goes."""

    type: ClassVar[str] = "load"
    state: str
    done: int
    wanted: int
    errors: int
    rate: float
    elapsed: float
    p50: float
    p95: float
    p99: float
    concurrency: int
    pods: tuple[tuple[str, int], ...]
    detail: str

    @classmethod
    def of(cls, tick: LoadTick) -> Self:
        """As the burst told."""
        return cls(
            tick.state,
            tick.done,
            tick.wanted,
            tick.errors,
            tick.rate,
            tick.elapsed,
            tick.p50,
            tick.p95,
            tick.p99,
            tick.concurrency,
            tick.per_pod,
            tick.detail,
        )


@dataclass(frozen=True, slots=True)
class MomentOf:
    """One step of an episode: seconds after its begin, and how far off that may be."""

    word: str
    after: float
    error: float


@dataclass(frozen=True, slots=True)
class EpisodeFact(Fact):
    """A healing, a scaling, a deletion, a rollout or a gap, when it is over (`open`: in the summary only)."""

    type: ClassVar[str] = "episode"
    key: int
    kind: str
    title: str
    begin_t: float
    begin_wall: float
    moments: tuple[MomentOf, ...]
    tail: str
    open: bool

    @classmethod
    def of(cls, episode: Episode, begin_t: float) -> Self:
        """As the story has it; `begin_t` in the seconds of `t`."""
        return cls(
            episode.key,
            episode.kind,
            episode.title,
            round(begin_t, 3),
            round(episode.wall, 3),
            tuple(MomentOf(m.word, round(m.after, 3), round(m.error, 3)) for m in episode.moments),
            episode.tail,
            episode.open,
        )


@dataclass(frozen=True, slots=True)
class EventFact(Fact):
    """An Event of the cluster, of those that came after the first list. `level` is Normal or Warning."""

    type: ClassVar[str] = "event"
    level: str
    reason: str
    object_kind: str
    object_name: str
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class NoticeFact(Fact):
    """Something that the user must know."""

    type: ClassVar[str] = "notice"
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class SummaryFact(Fact):
    """The last line."""

    type: ClassVar[str] = "summary"
    seconds: float
    answers: int
    failed: int
    failures: tuple[tuple[str, int], ...]
    slowest: float
    pods: tuple[tuple[str, int], ...]
    restarts: int
    gaps: tuple[float, ...]
    episodes: tuple[EpisodeFact, ...]
