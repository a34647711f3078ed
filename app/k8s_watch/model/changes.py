"""The only things that pass between wings: what happened, and when it was received here.

Durations are differences of `mono`; `wall` is for people and for files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .objects import (
    Autoscaler,
    Deployment,
    EndpointSlice,
    Event,
    Pod,
    ReplicaSet,
    Route,
    Service,
    Usage,
)

Kind = Literal[
    "pods",
    "endpointslices",
    "deployments",
    "replicasets",
    "autoscalers",
    "services",
    "ingresses",
    "httproutes",
    "events",
    "metrics",
]
"""What a source watches; each is one panel's permission."""

Subject = Pod | EndpointSlice | Deployment | ReplicaSet | Autoscaler | Service | Route | Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something happened."""

    wall: float  # unix seconds, local clock, when received
    mono: float  # local monotonic seconds, when received


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Change):
    """The API says that an object is as follows. `reconstructed`: from a relist, so the moment is too late."""

    kind: Kind
    object: Subject
    reconstructed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(Change):
    """The API says that an object is no more."""

    kind: Kind
    name: str
    namespace: str
    uid: str = ""
    reconstructed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Change):
    """A list was taken whole. `gap`: seconds for which nothing was known before it (0 at the first)."""

    kind: Kind
    count: int
    gap: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Live(Change):
    """A watch stream is open (again)."""

    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost(Change):
    """A request failed, so this kind is not current; it is being tried again."""

    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied(Change):
    """The user lacks a permission; `permission` names it: "list pods", "create pods/exec"."""

    kind: Kind
    permission: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent(Change):
    """The server does not serve this kind at all (no metrics-server, no Gateway API)."""

    kind: Kind
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocked(Change):
    """The server's clock, by a Date header: server = local + `offset` seconds, +-1 s."""

    offset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Targeted(Change):
    """What is looked at from here on. Everything known about another target is dropped."""

    context: str
    namespace: str
    deployment: str
    server: str
    is_lab: bool = False
    fast: bool = False  # a lab whose periods are shortened
    url: str = ""  # what the probe asks
    via: Literal["", "url", "ingress", "httproute", "service-proxy"] = ""
    entry_note: str = ""  # why there is no URL, or what was assumed
    host_header: str = (
        ""  # the Host to send where it is not the URL's own (a rule's host, asked at an address)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Change):
    """The metrics API was asked. `error` says why there is nothing."""

    usages: tuple[Usage, ...] = ()
    error: str = ""


Failure = Literal["", "refused", "timeout", "502", "503", "504", "http", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Change):
    """One poll ended. `mono` is when it ended, `sent` (monotonic) when it began."""

    sent: float
    pod: str = ""  # name; "" where no known pod was recognised
    status: int = 0  # HTTP; 0 without an answer
    failure: Failure = ""
    ms: float = 0.0
    text: str = ""  # the first 200 characters, sanitised
    rate: float = 1.0  # polls a second at that time: each answer weighs 1/rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted(Change):
    """The user's act, step by step.

    kill: asked -> sent (each signal tried) -> returned -> seen (death verified) | failed
    delete: asked -> sent | failed; burst: asked | failed; stop: asked; note: something noted (replay)
    """

    act: Literal["kill", "delete", "burst", "stop", "note"]
    step: Literal["asked", "sent", "returned", "seen", "failed", "refused"]
    pod_uid: str = ""
    pod_name: str = ""
    container: str = ""
    container_id: str = ""  # the run that is to die
    signal: str = ""  # "SIGINT"
    detail: str = ""  # a sentence for the user


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTick(Change):
    """How the burst goes; cumulative save `rate`, which is of the last tick."""

    state: Literal["running", "ended", "stopped", "failed"]
    done: int  # requests answered or failed so far
    wanted: int
    errors: int
    rate: float  # requests/s
    elapsed: float  # seconds since the first request
    p50: float  # ms, over the whole burst
    p95: float
    p99: float
    per_pod: tuple[tuple[str, int], ...] = ()  # (pod name, answers), most first; "" for unrecognised
    concurrency: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Change):
    """Our own health: something the user must know (a log line, a recorder's failure)."""

    level: Literal["info", "warning", "error"]
    text: str
