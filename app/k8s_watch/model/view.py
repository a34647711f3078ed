"""One frozen picture of everything a front end shows. `World.view(now)` makes it; front ends only draw.

Every `*_at`, `since` and series time is local monotonic seconds; `View.now` is the same clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .changes import Kind, LoadTick, Targeted
from .objects import Autoscaler, Deployment, Event, Pod, ReplicaSet

Health = Literal["healthy", "starting", "healing", "failed", "leaving", "gone"]
Tone = Literal["calm", "healing", "scaling", "failed", "stale", "busy"]


@dataclass(frozen=True, slots=True)
class PodRow:
    """A line of the pod table; what kubectl prints comes from `columns.columns(row.pod, server_now)`."""

    pod: Pod
    letter: str  # "A".."Z", "AA"..: keeps while the pod is known
    hue: int  # index of its colour; keeps as well
    health: Health
    in_rotation: bool | None  # None: no EndpointSlice tells
    generation: Literal["", "new", "old"]  # only while a rollout runs
    cpu: int | None  # percent of its request; millicores where it has none (then cpu_unit "m")
    cpu_unit: Literal["%", "m"]
    gone_at: float | None = None
    restart_range: tuple[float, float] | None = (
        None  # held back: seconds from now until the restart, at least and at most
    )
    next_delay: tuple[float, float] = (
        0.0,
        0.0,
    )  # were it killed now: seconds that kubelet would hold it back


@dataclass(frozen=True, slots=True)
class Cell:
    """One second of the strip: the worst answer of that second."""

    second: int  # counts from the first poll
    kind: Literal["pod", "unknown", "failed", "none"]
    pod_uid: str = ""
    letter: str = ""
    hue: int = 0
    failure: str = ""  # refused, timeout, 502, ...
    slow: bool = False
    ms: float = 0.0
    count: int = 1
    fault: bool = False  # someone killed or loaded in this second


@dataclass(frozen=True, slots=True)
class Share:
    """What one pod answered in the last 60 s."""

    name: str
    letter: str
    hue: int
    share: float  # 0..1 of the time, not of the count
    count: int
    p50: float  # ms
    worst: float  # ms
    gone: bool = False  # answers though the pod is gone: a finding


@dataclass(frozen=True, slots=True)
class Answers:
    """Who answered."""

    cells: tuple[Cell, ...] = ()  # oldest first, one a second without holes, at most 300
    shares: tuple[Share, ...] = ()  # by letter
    failed: float = 0.0  # 0..1 of the last 60 s
    failures: tuple[tuple[str, int], ...] = ()  # (reason, count) of the last 60 s
    pattern: Literal["", "round robin", "random", "one pod", "uneven"] = ""
    pattern_words: str = ""  # "in turn (48 of 49 changes)", or why nothing can be said
    rate: float = 1.0  # polls a second now
    last_at: float | None = None
    error: str = ""  # why nothing is asked (no URL), or the last failure in words


Points = tuple[tuple[float, float | None], ...]
"""(time, value); None is a gap."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Someone did something: a line across both charts."""

    at: float
    kind: Literal["kill", "burst", "burst-end", "delete", "gap"]
    label: str


@dataclass(frozen=True, slots=True)
class PodSeries:
    """One pod's CPU over time, in percent of its request."""

    uid: str
    name: str
    letter: str
    hue: int
    points: Points


@dataclass(frozen=True, slots=True)
class Charts:
    """Both charts share `begin`..`View.now`."""

    begin: float = 0.0
    cpu: Points = ()  # the HPA's own value: steps
    pods: tuple[PodSeries, ...] = ()
    target: int | None = None
    current: Points = ()  # replicas: steps
    desired: Points = ()
    minimum: int | None = None
    maximum: int | None = None
    marks: tuple[Mark, ...] = ()
    sample_age: float | None = None  # of the newest PodMetrics sample, seconds, +-1 s (server's clock)
    unknown: str = ""  # why CPU is unknown, with the fix, in words


@dataclass(frozen=True, slots=True)
class Scaling:
    """The autoscaler in words. None of the times marked "about" is in the API: they are extrapolated."""

    autoscaler: Autoscaler | None = None
    conditions: tuple[str, ...] = ()  # in words, the telling one first
    decision: str = ""  # "2 -> 4 because ceil(2 x 139/50) = 6, limited to max(2 x 2, 4) = 4 a step"
    decided_at: float | None = None
    next_sync_in: float | None = None  # about; None: unknown
    window_ends_in: float | None = None  # about; None: unknown or not shrinking
    window_words: str = ""  # "shrinks in about 212 s unless load returns", or that it is unknown


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of an episode. `after` counts from the episode's begin; `error` is how far off it may be."""

    word: str  # "died", "out of rotation", "restarted", "ready", "answers again"
    at: float
    after: float
    error: float = 0.0  # +- seconds: a polling interval, 0 for a watch event


@dataclass(frozen=True, slots=True)
class Episode:
    """A healing or a scaling, as one line that grows."""

    key: int
    kind: Literal["healing", "scaling", "deletion", "rollout", "gap", "note"]
    begin: float
    wall: float  # unix seconds of the begin
    title: str  # "you killed 2xz7w (SIGINT)", "2xz7w died", "load began"
    moments: tuple[Moment, ...] = ()
    tail: str = ""  # "0 of 14 answers failed, slowest 210 ms; exit 0 (Completed); next restart after 10-15 s"
    tone: Tone = "calm"
    open: bool = False
    waiting: str = ""  # while open: what is waited for, in words ("restart held back for 10-15 s")
    pod_uid: str = ""


@dataclass(frozen=True, slots=True)
class Headline:
    """What is happening now, for the back of the room."""

    tone: Tone = "stale"
    words: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """How current the picture is."""

    state: Literal["connecting", "live", "reconnecting", "stale", "ended"] = "connecting"
    since: float = 0.0
    reason: str = ""
    denied: tuple[tuple[Kind, str], ...] = ()  # (kind, missing permission)
    absent: tuple[tuple[Kind, str], ...] = ()
    last_gap: float | None = None  # seconds of the last gap
    last_gap_at: float | None = None


@dataclass(frozen=True, slots=True)
class View:
    """The whole picture."""

    now: float  # monotonic
    wall: float  # unix, local
    server_now: float  # unix, by the server's clock: for ages
    version: int  # grows with each change that may alter the picture
    target: Targeted | None = None
    presence: Literal["unknown", "present", "missing", "deleted"] = "unknown"
    deployment: Deployment | None = None
    replica_sets: tuple[ReplicaSet, ...] = ()
    pods: tuple[PodRow, ...] = ()  # oldest first; those gone less than 10 s ago included
    ready: int = 0
    wanted: int = 0
    answers: Answers = field(default_factory=Answers)
    charts: Charts = field(default_factory=Charts)
    scaling: Scaling = field(default_factory=Scaling)
    story: tuple[Episode, ...] = ()  # oldest first
    headline: Headline = field(default_factory=Headline)
    connection: Connection = field(default_factory=Connection)
    load: LoadTick | None = None  # of the running burst, or of the last one
    load_at: float | None = None  # when it came
    acts: tuple[str, ...] = ()  # what is under way in words: "killing 2xz7w: SIGINT sent"
    said: tuple[tuple[float, str, str], ...] = ()  # (at, level, text) notices
    events: tuple[Event, ...] = ()  # newest last, of the target's objects
