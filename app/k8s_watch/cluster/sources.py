"""Everything that is watched about one target: a task a kind, and what follows from what they tell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Literal

from ..model.changes import Absent, Denied, Kind, Listed, Said, Seen, Subject, Targeted
from ..model.objects import Autoscaler, Deployment, Event, Route
from ..model.ports import Emit
from ..model.words import _
from .connect import Cluster
from .entry import Entry
from .gateways import reached
from .known import Known, OfKind, stamp
from .metrics import polling
from .pace import Pace
from .paths import collection
from .pulse import Pulse
from .target import Target
from .watching import Source, Watch, following
from .ways import KINDS, Ways

log = logging.getLogger(__name__)

RESTART = 5.0  # seconds until a task that crashed is started again; doubled each time, up to 60
HEAD_START = 1.0  # seconds that a late list may keep the other watches waiting

FAST = 1.5  # seconds between looks at PodMetrics of a fast lab: it samples and decides each 3 s
GATEWAY = 30.0  # seconds between looks for a Gateway's address

Work = Callable[[], Coroutine[Any, Any, None]]


async def watch_target(cluster: Cluster, target: Target, emit: Emit, pace: Pace | None = None) -> None:
    """Watch everything about the target and emit what happens, until cancelled."""
    pace = pace or Pace()
    if target.fast:
        pace = replace(pace, metrics=FAST)
    sources = Sources(cluster, target, emit, pace)
    try:
        await sources.run()
    finally:
        await sources.end()


class Sources:
    """The tasks of one target. What they tell decides what else is watched."""

    def __init__(self, cluster: Cluster, target: Target, emit: Emit, pace: Pace) -> None:
        self.cluster = cluster
        self.target = target
        self.pulse = Pulse(cluster, emit, pace)
        self._emit = emit
        self._pace = pace
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._known: dict[Kind, Known] = {}
        self._selector = target.selector
        self._answered: set[Kind] = set()  # kinds whose first list came, or will not come
        self._progress = asyncio.Event()
        self._ways = Ways(
            target,
            cluster.clock,
            emit,
            self._follow_slices,
            lambda routes: self._start("gateways", lambda: self._ask_gateways(routes)),
            self._tell_target,
            cluster.server,
            cluster.is_here,
        )

    async def run(self) -> None:
        """Start everything; returns only by being cancelled."""
        for note in self.cluster.notes:
            self._say("warning", note)
        self.cluster.notes.clear()
        given = Entry(self.target.url, "url") if self.target.url else Entry(note=_("looking for the entry"))
        self._tell_target(given)
        self._start("pulse", self.pulse.run)
        if self._selector:
            self._follow_pods()
        self._watch("deployments", fields=f"metadata.name={self.target.deployment}")
        if self._selector:
            await self._wait_for("pods")
        for kind in KINDS:
            self._watch(kind)
        self._watch("autoscalers", wanted=self._scales_it)
        await self._wait_for("autoscalers", *KINDS)  # whose names tell which Events matter
        self._watch("events", wanted=self._is_about_it)
        await asyncio.Event().wait()

    async def _wait_for(self, *kinds: Kind) -> None:
        """Let these have their first answer before others compete for the server, but not for long."""
        try:
            async with asyncio.timeout(HEAD_START):
                while not self._answered.issuperset(kinds):
                    self._progress.clear()
                    await self._progress.wait()
        except TimeoutError:
            log.debug("the first lists of %s are late", kinds)

    async def end(self) -> None:
        """Cancel everything and wait for it."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- tasks

    def _start(self, name: str, work: Work) -> None:
        """Run `work` as a named task in place of the one of that name."""
        before = self._tasks.pop(name, None)
        if before is not None:
            before.cancel()
        self._tasks[name] = asyncio.create_task(self._kept(name, work, before), name=f"k8s-watch {name}")

    async def _kept(self, name: str, work: Work, before: asyncio.Task[None] | None) -> None:
        """Run it; a crash is logged, said, and followed by another try: the other tasks go on."""
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        told, pause = "", RESTART
        while True:
            try:
                await work()
                return
            except Exception as error:
                log.exception("the task %s failed", name)
                why = type(error).__name__
                if why != told:
                    words = _("The watch of {name} failed and is started again: {why}. The log has more.")
                    self._say("error", words.format(name=name, why=why))
                told = why
            for known in self._known.values():
                if known.kind == name:
                    known.version = ""
            await asyncio.sleep(pause)
            pause = min(60.0, pause * 2)

    def _watch(
        self, kind: Kind, labels: str = "", fields: str = "", wanted: Callable[[Subject], bool] | None = None
    ) -> None:
        """Watch a kind from here on; what an earlier watch of it knew is compared with the new list."""
        before = self._known.get(kind)
        known = Known(kind, self.cluster.clock, wanted)
        if before is not None:
            known.objects = before.objects
        self._known[kind] = known
        self._ways.learn(known)
        source = Source(kind, collection(kind, self.target.namespace), labels, fields, wanted)
        watch = Watch(source, known, self.cluster, self.pulse, self._pace)
        self._start(kind, lambda: following(watch, self._take))

    # -- what follows from what is told

    def _take(self, change: OfKind) -> None:
        """Emit a change, and draw the conclusions."""
        if isinstance(change, Listed | Denied | Absent):
            self._answered.add(change.kind)
            self._progress.set()
        if change.kind in KINDS:
            self._ways.take(change)
            return
        self._emit(change)
        if change.kind == "deployments":
            self._deployment(change)

    def _deployment(self, change: OfKind) -> None:
        name, namespace = self.target.deployment, self.target.namespace
        if isinstance(change, Seen) and isinstance(change.object, Deployment):
            found = change.object
            if found.selector != self._selector or "pods" not in self._known:
                self._selector = found.selector
                self._follow_pods()
            self._ways.relabel(found.labels)
        elif isinstance(change, Listed) and not change.count:
            words = _("There is no Deployment {name} in the namespace {namespace}: waiting for it.")
            self._say("info", words.format(name=name, namespace=namespace))
        elif isinstance(change, Denied) and "pods" not in self._known:
            # Without the Deployment its selector is unknown; `kubectl create deployment` makes this one.
            self._selector = f"app={name}"
            words = _(
                "The Deployment may not be read, so its pods are taken to be those with the label {label}."
            )
            self._say("warning", words.format(label=self._selector))
            self._follow_pods()
            self._ways.relabel({"app": name})

    def _follow_pods(self) -> None:
        self._watch("pods", labels=self._selector)
        self._watch("replicasets", labels=self._selector)
        namespace, labels = self.target.namespace, self._selector
        self._start(
            "metrics",
            lambda: polling(self.cluster, self.pulse, self._pace, namespace, labels, self._emit),
        )

    def _follow_slices(self, labels: str, wanted: Callable[[Subject], bool] | None) -> None:
        if labels:
            self._watch("endpointslices", labels=labels, wanted=wanted)
            return
        task, known = self._tasks.pop("endpointslices", None), self._known.pop("endpointslices", None)
        if task is not None and known is not None:
            task.cancel()
            for key in list(known.objects):
                for change in known.gone(key):
                    self._emit(change)

    async def _ask_gateways(self, routes: list[Route]) -> None:
        """Find the addresses of HTTPRoutes; again each 30 s while one has none: a Gateway may take its time."""
        while routes:
            found = {route: await reached(self.cluster, route) for route in routes}
            self._ways.reached(found)
            if all(route.addresses for route in found.values()):
                return
            await asyncio.sleep(GATEWAY)

    def _scales_it(self, subject: Subject) -> bool:
        return (
            isinstance(subject, Autoscaler)
            and subject.target_kind == "Deployment"
            and subject.target_name == self.target.deployment
        )

    def _is_about_it(self, subject: Subject) -> bool:
        """Whether an Event may be about the target: by the names that its ReplicaSets and pods get."""
        if not isinstance(subject, Event):
            return False
        name, own = subject.object_name, self.target.deployment
        if name == own or name.startswith(f"{own}-") or name in self._ways.names:
            return True
        autoscalers = self._known.get("autoscalers")
        return autoscalers is not None and any(key[1] == name for key in autoscalers.objects)

    def _say(self, level: Literal["info", "warning", "error"], text: str) -> None:
        self._emit(Said(**stamp(self.cluster.clock), level=level, text=text))

    def _tell_target(self, found: Entry) -> None:
        self._emit(
            Targeted(
                **stamp(self.cluster.clock),
                context=self.cluster.context,
                namespace=self.target.namespace,
                deployment=self.target.deployment,
                server=self.cluster.server,
                is_lab=self.target.is_lab,
                fast=self.target.fast,
                url=found.url,
                via=found.via,
                entry_note=found.note,
                host_header=found.host,
            )
        )
