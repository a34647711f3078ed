"""Everything that is watched about one target: a task a kind, and what follows from what they tell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from ..model.changes import Denied, Gone, Kind, Listed, Said, Seen, Subject, Targeted
from ..model.objects import Autoscaler, Deployment, EndpointSlice, Route, Service
from ..model.ports import Emit
from ..model.words import _
from .connect import Cluster
from .entry import Entry, entry, leading, selects
from .known import Known, OfKind, key_of, stamp, uid_of
from .metrics import polling
from .pace import Pace
from .paths import collection
from .pulse import Pulse
from .target import Target
from .watching import Source, Watch, following

log = logging.getLogger(__name__)

RESTART = 5.0  # seconds until a task that crashed is started again
HEAD_START = 1.0  # seconds that the pods' first list may keep the others waiting


async def watch_target(cluster: Cluster, target: Target, emit: Emit, pace: Pace | None = None) -> None:
    """Watch everything about the target and emit what happens, until cancelled."""
    sources = Sources(cluster, target, emit, pace or Pace())
    try:
        await sources.run()
    finally:
        await sources.end()


class Sources:
    """The tasks of one target, and what they found that decides what else is watched."""

    def __init__(self, cluster: Cluster, target: Target, emit: Emit, pace: Pace) -> None:
        self.cluster = cluster
        self.target = target
        self.pulse = Pulse(cluster, emit, pace)
        self._emit = emit
        self._pace = pace
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._known: dict[Kind, Known] = {}
        self._selector = target.selector
        self._labels = dict(target.labels)
        self._told: dict[Kind, dict[tuple[str, str], Subject]] = {
            "services": {},
            "ingresses": {},
            "httproutes": {},
        }
        self._settled: set[Kind] = set()  # kinds of which we know all there is, or that we may not know it
        self._slices = ""  # the endpoint slices' label selector that runs
        self._entry: Entry | None = None
        self._pods_listed = asyncio.Event()

    # -- tasks

    async def run(self) -> None:
        """Start everything; returns only by being cancelled."""
        for note in self.cluster.notes:
            self._emit(Said(**stamp(self.cluster.clock), level="warning", text=note))
        self.cluster.notes.clear()
        self._tell_target(Entry(url=self.target.url, via="url" if self.target.url else ""))
        self._start("pulse", self.pulse.run)
        if self._selector:
            self._follow_pods()
        self._watch("deployments", fields=f"metadata.name={self.target.deployment}")
        try:
            async with asyncio.timeout(HEAD_START if self._selector else 0):
                await self._pods_listed.wait()
        except TimeoutError:
            log.debug("the pods' list is late: starting the other watches")
        kinds: tuple[Kind, ...] = ("services", "ingresses", "httproutes", "events")
        for kind in kinds:
            self._watch(kind)
        self._watch("autoscalers", wanted=self._scales_it)
        await asyncio.Event().wait()

    async def end(self) -> None:
        """Cancel everything and wait for it."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` as a named task in place of the one of that name."""
        before = self._tasks.pop(name, None)
        if before is not None:
            before.cancel()
        self._tasks[name] = asyncio.create_task(self._kept(name, work, before), name=f"k8s-watch {name}")

    async def _kept(
        self, name: str, work: Callable[[], Coroutine[Any, Any, None]], before: asyncio.Task[None] | None
    ) -> None:
        """Run it; a crash is logged, said, and followed by another try: the other tasks go on."""
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        while True:
            try:
                await work()
                return
            except Exception as error:
                log.exception("the task %s failed", name)
                words = _(
                    "The watch of {name} failed and starts again in {n:.0f} s: {why}. The log has more."
                )
                text = words.format(name=name, n=RESTART, why=type(error).__name__)
                self._emit(Said(**stamp(self.cluster.clock), level="error", text=text))
            for known in self._known.values():
                if known.kind == name:
                    known.version = ""
            await asyncio.sleep(RESTART)

    def _watch(
        self, kind: Kind, labels: str = "", fields: str = "", wanted: Callable[[Subject], bool] | None = None
    ) -> None:
        """Watch a kind from here on; what an earlier watch of it knew is compared with the new list."""
        before = self._known.get(kind)
        known = Known(kind, self.cluster.clock, wanted)
        if before is not None:
            known.objects = before.objects
        self._known[kind] = known
        source = Source(kind, collection(kind, self.target.namespace), labels, fields, wanted)
        watch = Watch(source, known, self.cluster, self.pulse, self._pace)
        self._start(kind, lambda: following(watch, self._take))

    # -- what follows from what is seen

    def _take(self, change: OfKind) -> None:
        """Emit a change, and draw the conclusions."""
        kind = change.kind
        if kind in self._told:
            if not isinstance(change, Seen | Gone):
                self._emit(change)
                self._settled.add(kind)
            if isinstance(change, Seen | Gone) and kind not in self._settled:
                return  # the first list is judged whole
            self._consider()
            return
        self._emit(change)
        if kind == "deployments":
            self._deployment(change)
        elif kind == "pods" and isinstance(change, Listed | Denied):
            self._pods_listed.set()

    def _deployment(self, change: OfKind) -> None:
        clock = self.cluster.clock
        if isinstance(change, Seen) and isinstance(change.object, Deployment):
            found = change.object
            if found.selector != self._selector or "pods" not in self._known:
                self._selector = found.selector
                self._follow_pods()
            if dict(found.labels) != self._labels:
                self._labels = dict(found.labels)
                self._consider()
        elif isinstance(change, Listed) and not change.count:
            words = _("There is no Deployment {name} in the namespace {namespace}: waiting for it.")
            text = words.format(name=self.target.deployment, namespace=self.target.namespace)
            self._emit(Said(**stamp(clock), level="info", text=text))
        elif isinstance(change, Denied) and "pods" not in self._known:
            # Without the Deployment its selector is unknown; `kubectl create deployment` makes this one.
            self._selector = f"app={self.target.deployment}"
            self._labels = {"app": self.target.deployment}
            words = _(
                "The Deployment may not be read, so its pods are taken to be those with the label {label}."
            )
            self._emit(Said(**stamp(clock), level="warning", text=words.format(label=self._selector)))
            self._follow_pods()
            self._consider()

    def _follow_pods(self) -> None:
        self._watch("pods", labels=self._selector)
        self._watch("replicasets", labels=self._selector)
        self._start(
            "metrics",
            lambda: polling(
                self.cluster, self.pulse, self._pace, self.target.namespace, self._selector, self._emit
            ),
        )

    def _scales_it(self, subject: Subject) -> bool:
        return (
            isinstance(subject, Autoscaler)
            and subject.target_kind == "Deployment"
            and subject.target_name == self.target.deployment
        )

    def _objects(self, kind: Kind) -> Iterable[Subject]:
        known = self._known.get(kind)
        return known.objects.values() if known else ()

    def _consider(self) -> None:
        """Tell those Services and routes that matter, follow their endpoints, and find the URL."""
        services = [
            s for s in self._objects("services") if isinstance(s, Service) and selects(s, self._labels)
        ]
        routes: list[Route] = []
        kinds: tuple[Kind, ...] = ("ingresses", "httproutes")
        for kind in kinds:
            of_kind = [r for r in self._objects(kind) if isinstance(r, Route)]
            matter = leading(of_kind, services)
            routes += matter
            self._tell(kind, matter)
        self._tell("services", services)
        if "services" in self._settled:
            self._follow_slices(services)
        if self._settled >= self._told.keys():
            self._find_entry(services, routes)

    def _tell(self, kind: Kind, matter: Iterable[Subject]) -> None:
        """Emit what changed among the objects that matter."""
        now = {key_of(one): one for one in matter}
        before, self._told[kind] = self._told[kind], now
        for key, one in before.items():
            if key not in now:
                self._emit(
                    Gone(
                        **stamp(self.cluster.clock), kind=kind, name=key[1], namespace=key[0], uid=uid_of(one)
                    )
                )
        for key, one in now.items():
            if before.get(key) != one:
                self._emit(Seen(**stamp(self.cluster.clock), kind=kind, object=one))

    def _follow_slices(self, services: list[Service]) -> None:
        names = sorted(service.name for service in services)
        known = self._known.get("services")
        wanted: Callable[[Subject], bool] | None = None
        labels = f"kubernetes.io/service-name in ({','.join(names)})" if names else ""
        if known is not None and not known.listed:  # denied: take the slices that name our pods
            wanted, labels = self._ours, "kubernetes.io/service-name"
        if labels == self._slices:
            return
        self._slices = labels
        if labels:
            self._watch("endpointslices", labels=labels, wanted=wanted)
            return
        task, slices = self._tasks.pop("endpointslices", None), self._known.pop("endpointslices", None)
        if task is not None and slices is not None:
            task.cancel()
            for key in list(slices.objects):
                for change in slices.gone(key):
                    self._emit(change)

    def _ours(self, subject: Subject) -> bool:
        prefix = f"{self.target.deployment}-"
        return isinstance(subject, EndpointSlice) and any(
            one.pod_name.startswith(prefix) for one in subject.endpoints
        )

    # -- the URL

    def _find_entry(self, services: list[Service], routes: list[Route]) -> None:
        if self.target.url:
            return
        target = self.target
        found = entry(services, routes, self.cluster.server, self.cluster.is_here, target.base)
        if found != self._entry:
            self._tell_target(found)

    def _tell_target(self, found: Entry) -> None:
        self._entry = found
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
