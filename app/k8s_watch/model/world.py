"""Folds every change into what is known; `view` is one frozen picture of it. Nothing else holds state."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from .answers import AnswerLog, Face
from .autoscaling_story import AutoscalerStory
from .changes import (
    Absent,
    Acted,
    Answered,
    Change,
    Clocked,
    Denied,
    Gone,
    Listed,
    Live,
    LoadTick,
    Lost,
    Measured,
    Said,
    Seen,
    Targeted,
)
from .headline import headline
from .links import Links
from .objects import Autoscaler, Deployment, EndpointSlice, Event, Pod, ReplicaSet
from .pods import PodBook
from .series import ChartLog, Wearer
from .story import Story
from .view import Answers, Charts, Episode, Headline, Mark, View
from .words import _

EVENTS = 300  # events kept
NOTICE = 20  # notices kept


class World:
    """Everything known about the target. Not thread-safe: one loop applies and looks."""

    def __init__(self) -> None:
        self.version = 0
        self._offset = 0.0
        self._target: Targeted | None = None
        self._begin()

    def _begin(self) -> None:
        """Forget everything about a target."""
        self.story = Story()
        self._autoscaling = AutoscalerStory()
        self._pods = PodBook(self.story)
        self._links = Links()
        self._answers = AnswerLog(self._face)
        self._charts = ChartLog(self._wearer)
        self._presence: Literal["unknown", "present", "missing", "deleted"] = "unknown"
        self._deployment: Deployment | None = None
        self._replica_sets: dict[str, ReplicaSet] = {}
        self._autoscaler: Autoscaler | None = None
        self._load: LoadTick | None = None
        self._load_at: float | None = None
        self._acts: dict[str, str] = {}
        self._said: deque[tuple[float, str, str]] = deque(maxlen=NOTICE)
        self._events: dict[str, Event] = {}
        self._bursts: list[Mark] = []
        self._answers_kept: tuple[object, Answers] | None = None
        self._charts_kept: tuple[object, Charts] | None = None

    # -- changes in

    def apply(self, change: Change) -> None:
        """Fold one change."""
        self.version += 1
        if isinstance(change, Targeted):
            self._targeted(change)
        self.story.apply(change)
        self._autoscaling.apply(change)
        match change:
            case Seen():
                self._seen(change)
            case Gone():
                self._gone(change)
            case Answered():
                self._answers.apply(change)
            case Measured():
                self._charts.measured(change.mono, change.usages, change.wall + self._offset)
                self._pods.measured(u.pod for u in change.usages)
            case Acted():
                self._acted(change)
            case LoadTick():
                self._loaded(change)
            case Listed() | Live() | Lost() | Denied() | Absent():
                self._connected(change)
            case Clocked():
                self._offset = change.offset
            case Said():
                self._said.append((change.mono, change.level, change.text))

    def _targeted(self, change: Targeted) -> None:
        old = self._target
        self._target = change
        mine = (change.context, change.namespace, change.deployment)
        if old is not None and mine != (old.context, old.namespace, old.deployment):
            self._begin()

    def _loaded(self, change: LoadTick) -> None:
        running = change.state == "running"
        if running != (self._load is not None and self._load.state == "running"):
            kind: Literal["burst", "burst-end"] = "burst" if running else "burst-end"
            self._bursts.append(Mark(change.mono, kind, _("burst") if running else _("burst over")))
        self._load, self._load_at = change, change.mono

    def _connected(self, change: Listed | Live | Lost | Denied | Absent) -> None:
        self._links.apply(change)
        if (
            isinstance(change, Listed)
            and change.kind == "deployments"
            and change.count == 0
            and self._presence == "unknown"
        ):
            self._presence = "missing"

    def _seen(self, change: Seen) -> None:
        thing, at = change.object, change.mono
        match thing:
            case Pod():
                died = self._pods.seen(thing, at)
                if died:
                    self._charts.forget(thing.uid, thing.name, at)
            case EndpointSlice():
                self._pods.endpoints(thing)
                self._answers.rotation(self._pods.rotation())
            case Deployment():
                self._deployment, self._presence = thing, "present"
                self._charts.deployment(
                    at, thing, scaled=self._autoscaler is not None and self._autoscaler.looked
                )
                self._pods.generations(self._deployment, self._replica_sets)
            case ReplicaSet():
                self._replica_sets[thing.uid] = thing
                self._pods.generations(self._deployment, self._replica_sets)
            case Autoscaler():
                self._autoscaler = thing
                self._charts.autoscaler(at, thing)
            case Event():
                self._events.pop(thing.uid, None)
                self._events[thing.uid] = thing
                while len(self._events) > EVENTS:
                    del self._events[next(iter(self._events))]

    def _gone(self, change: Gone) -> None:
        match change.kind:
            case "pods":
                self._pods.gone(change.uid, change.name, change.mono)
            case "endpointslices":
                self._pods.no_endpoints(change.name)
                self._answers.rotation(self._pods.rotation())
            case "deployments":
                self._deployment, self._presence = None, "deleted"
            case "replicasets":
                self._replica_sets = {u: r for u, r in self._replica_sets.items() if r.name != change.name}
            case "autoscalers":
                self._autoscaler = None
                self._charts.no_autoscaler(change.mono)

    def _acted(self, change: Acted) -> None:
        self._answers.fault(change.mono)
        if change.step in {"failed", "refused"} and change.detail:
            self._said.append((change.mono, "warning", change.detail))
        key = f"{change.act} {change.pod_uid}"
        under_way = _under_way(change, self._pods.short(change.pod_name))
        if under_way:
            self._acts[key] = under_way
        else:
            self._acts.pop(key, None)

    # -- who is who

    def _face(self, name: str) -> Face | None:
        known = self._pods.by_name(name)
        return (
            None if known is None else Face(known.pod.uid, known.letter, known.hue, known.gone_at is not None)
        )

    def _wearer(self, name: str) -> Wearer | None:
        known = self._pods.by_name(name)
        return None if known is None else Wearer(known.pod.uid, name, known.letter, known.hue, known.request)

    def names(self) -> list[str]:
        """The names to look for in answers: every pod known, and those gone for up to 10 minutes."""
        return self._pods.names()

    def rotation(self) -> frozenset[str]:
        """The uids of the pods in rotation."""
        return self._pods.rotation()

    def pod(self, uid: str) -> Pod | None:
        """The pod as last seen, a gone one too."""
        known = self._pods.by_uid(uid)
        return None if known is None else known.pod

    @property
    def target(self) -> Targeted | None:
        """What is looked at."""
        return self._target

    @property
    def deployment(self) -> Deployment | None:
        """The Deployment as last seen."""
        return self._deployment

    # -- picture out

    def view(self, now: float, wall: float) -> View:
        """The whole picture at a moment."""
        server_now = wall + self._offset
        loaded = self._load is not None and self._load.state == "running"
        pods = self._pods.rows(now, server_now, self._charts.usage)
        scaling = self._autoscaling.picture(now, server_now)
        story = self.story.episodes(now)
        view = View(
            now=now,
            wall=wall,
            server_now=server_now,
            version=self.version,
            target=self._target,
            presence=self._presence,
            deployment=self._deployment,
            replica_sets=tuple(self._replica_sets.values()),
            pods=pods,
            ready=self._pods.ready_count(),
            wanted=self._deployment.replicas if self._deployment else 0,
            answers=self._answers_at(now, loaded),
            charts=self._charts_at(now, server_now, story),
            scaling=scaling,
            story=story,
            headline=Headline(),
            connection=self._links.picture(now, missing=self._presence == "missing"),
            load=self._load,
            load_at=self._load_at,
            acts=tuple(self._acts.values()),
            said=tuple(self._said),
            events=tuple(self._events.values()),
        )
        return replace(view, headline=headline(view))

    def _answers_at(self, now: float, loaded: bool) -> Answers:
        """The same object while nothing in it changes, so that a panel need not be drawn again."""
        key = (self._answers.version, self._answers.second(now), loaded)
        if self._answers_kept is None or self._answers_kept[0] != key:
            self._answers_kept = (key, self._answers.picture(now, loaded))
        return self._answers_kept[1]

    def _charts_at(self, now: float, server_now: float, story: tuple[Episode, ...]) -> Charts:
        marks, unknown = _marks(story, self._bursts), self._autoscaling.unknown()
        key = (self._charts.version, int(now), marks, unknown)
        if self._charts_kept is None or self._charts_kept[0] != key:
            self._charts_kept = (key, self._charts.picture(now, server_now, marks, unknown))
        return self._charts_kept[1]

    def end(self, now: float, reason: str) -> None:
        """No more changes will come: a replay is over."""
        self.version += 1
        self._links.end(now, reason)


def _marks(story: tuple[Episode, ...], bursts: Iterable[Mark]) -> tuple[Mark, ...]:
    """What someone did, whoever it was: healings, deletions and gaps from the story, bursts from the load."""
    kinds: dict[str, Literal["kill", "delete", "gap"]] = {
        "healing": "kill",
        "deletion": "delete",
        "gap": "gap",
    }
    told = [Mark(e.begin, kinds[e.kind], e.title) for e in story if e.kind in kinds]
    return tuple(sorted([*told, *bursts], key=lambda m: m.at))


def _under_way(change: Acted, pod: str) -> str:
    """What is being done, in words; "" when it is over."""
    if change.act == "kill" and change.step == "asked":
        return _("killing {pod}: asking which signal it handles").format(pod=pod)
    if change.act == "kill" and change.step in {"sent", "returned"}:
        return _("killing {pod}: {signal} sent, waiting for its death to be seen").format(
            pod=pod, signal=change.signal
        )
    if change.act == "delete" and change.step == "asked":
        return _("deleting {pod}").format(pod=pod)
    return ""
