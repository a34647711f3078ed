"""What wings offer one another, and what can go wrong: Protocols and the tree of errors."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from .changes import Change

Emit = Callable[[Change], None]
"""Takes a change: never blocks, never raises."""


class Clock(Protocol):
    """Time is passed in, so that replays and tests have their own."""

    def wall(self) -> float:
        """Unix seconds."""
        ...

    def mono(self) -> float:
        """Monotonic seconds; only differences mean something."""
        ...


class LocalClock:
    """This machine's clock."""

    def wall(self) -> float:
        """Unix seconds."""
        return time.time()

    def mono(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()


class WatchError(Exception):
    """Base of everything that is told to the user as one sentence; `exit_code` ends a command line."""

    exit_code = 1


class BadInput(WatchError):
    """What the user gave can't be used: a flag, a file, a kubeconfig, an unknown target."""

    exit_code = 2


class Unreachable(WatchError):
    """No answer from the API server."""

    exit_code = 3


class Unauthorised(WatchError):
    """The API server does not know us (401): an expired token, a wrong certificate."""

    exit_code = 4


class Forbidden(WatchError):
    """The API server knows us and says no (403)."""

    exit_code = 5


class Refused(WatchError):
    """The safety gate says no."""

    exit_code = 6


@dataclass(frozen=True, slots=True)
class BurstPlan:
    """How hard to load: at least `requests` and at least `seconds`, `concurrency` at once."""

    requests: int = 10_000
    concurrency: int = 50
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class TargetChoice:
    """One Deployment that could be watched."""

    context: str
    namespace: str
    deployment: str
    ready: int = 0
    wanted: int = 0
    note: str = ""  # "HPA", "Ingress /", ...


class Acts(Protocol):
    """What the screen can ask for. Outcomes come back as changes; an impossible request is a WatchError."""

    def may(self, act: str, pod_uid: str = "", plan: BurstPlan | None = None) -> Decision:
        """The safety gate's word on "kill", "delete" or "burst" (of that plan), before anything is done."""
        ...

    async def kill(self, pod_uid: str) -> None:
        """Kill the main process of the pod's first container; returns when death was seen or was not."""
        ...

    async def delete(self, pod_uid: str) -> None:
        """Delete the pod."""
        ...

    async def burst(self, plan: BurstPlan) -> None:
        """Start the burst; returns when it runs."""
        ...

    async def stop(self) -> None:
        """End every load and fault of ours, within 200 ms."""
        ...

    def log(self, pod_uid: str, container: str) -> AsyncIterator[str]:
        """The last 200 lines of the container's log and then each new one, sanitised, without newline."""
        ...

    async def choices(self, context: str = "") -> list[TargetChoice]:
        """What could be watched in a context ("": the current one), all namespaces where allowed."""
        ...

    def contexts(self) -> list[str]:
        """The names of the kubeconfig's contexts, the current one first."""
        ...

    async def retarget(self, choice: TargetChoice) -> None:
        """Watch another Deployment."""
        ...


@dataclass(frozen=True, slots=True)
class Decision:
    """The safety gate's word. `ask`: a dialogue must name `sentence` and get a `y` first."""

    allowed: bool
    ask: bool = False
    sentence: str = ""  # why not, or what exactly will be hurt
    warning: str = ""  # worth saying first: the restart is held back, the last ready pod
    twice: bool = False  # where it asks, it asks a second time
