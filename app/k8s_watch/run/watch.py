"""What runs while a live cluster is watched, and the acts that the screen can ask for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any, Literal

from ..cluster.claim import Claim, claimed, settled
from ..cluster.connect import Cluster, ConnectOptions, connect
from ..cluster.deaths import DeathWatch
from ..cluster.sources import watch_target
from ..cluster.target import Target, choose, named
from ..model.changes import Acted, Change, Said, Seen, Targeted
from ..model.objects import Pod
from ..model.ports import Acts, BadInput, BurstPlan, Decision, Refused, TargetChoice
from ..model.safety import Act, Asked, Place, decide
from ..model.view import PodRow
from ..model.words import _
from ..settings import Options
from .asking import Polls
from .flow import Flow

if TYPE_CHECKING:
    from ..traffic.burst import Burst

log = logging.getLogger(__name__)


class Watching(Acts):
    """One cluster and one target at a time; both can be changed while the screen stays."""

    def __init__(self, flow: Flow, cluster: Cluster, options: Options) -> None:
        self._flow = flow
        self._cluster = cluster
        self._options = options
        self._claims: dict[Cluster, Claim | None] = {}  # which of the connected clusters are labs
        self._sources: asyncio.Task[None] | None = None
        self._polls = Polls(flow, options, lambda: self._cluster)
        self._burst: Burst | None = None
        self._faults: set[asyncio.Task[Any]] = set()
        self._others: dict[str, Cluster] = {}  # connections to other contexts, for the picker
        self._deaths = DeathWatch()
        self._healing: set[str] = set()
        flow.listen(self._heard)
        flow.listen(self._deaths.take)  # costs nothing while no death is waited for

    # -- the sources

    def believe(self, cluster: Cluster, claim: Claim | None) -> None:
        """That this cluster is a lab, or is none."""
        self._claims[cluster] = claim

    def begin(self, target: Target) -> None:
        """Watch this target from here on."""
        work = watch_target(self._cluster, target, self._flow.emit)
        self._sources = asyncio.create_task(work, name="k8s-watch sources")
        self._sources.add_done_callback(self._sources_ended)

    def _sources_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("the sources ended", exc_info=task.exception())
            self.say(
                _("The watching ended for a reason that this program did not expect; the log has it."),
                "error",
            )

    async def forever(self) -> None:
        """Until cancelled: the sources run in tasks of their own."""
        await asyncio.Event().wait()

    async def end(self) -> None:
        """End everything that was begun."""
        await self.stop()
        await self._polls.end()
        if self._sources is not None:
            self._sources.cancel()
            await asyncio.gather(self._sources, return_exceptions=True)
        for cluster in {self._cluster, *self._others.values()}:
            await cluster.aclose()

    def _heard(self, change: Change) -> None:
        if isinstance(change, Targeted):
            self._polls.aim(change)
        elif isinstance(change, Acted) and change.act in {"kill", "delete"} and change.step == "asked":
            self._polls.hurry()
        elif isinstance(change, Seen) and change.kind == "pods":
            # somebody else's fault counts as well: each new healing hurries once
            healing = set(self._flow.world.story.open_healings)
            if healing - self._healing:
                self._polls.hurry()
            self._healing = healing

    # -- the gate

    def may(self, act: str, pod_uid: str = "", plan: BurstPlan | None = None) -> Decision:
        """The safety gate's word."""
        asked = self._asked(act, pod_uid, plan or BurstPlan())
        return decide(asked, self._place(), self._options.allow_faults, self._options.read_only)

    def _place(self) -> Place:
        target = self._flow.world.target
        return Place(
            context=self._cluster.context,
            server=self._cluster.server,
            namespace=target.namespace if target else "",
            deployment=target.deployment if target else "",
            is_lab=self._claims.get(self._cluster) is not None,
            via=target.via if target else "",
        )

    def _asked(self, act: str, pod_uid: str, plan: BurstPlan) -> Asked:
        view, target = self._flow.picture(), self._flow.world.target
        row: PodRow | None = next((r for r in view.pods if r.pod.uid == pod_uid), None)
        return Asked(
            act="burst" if act == "burst" else "delete" if act == "delete" else "kill",
            pod=row.pod.name if row else "",
            ready_pods=view.ready,
            pod_is_ready=bool(row and row.pod.ready),
            pod_is_gone=bool(row and row.gone_at is not None),
            next_delay=row.next_delay if row else (0.0, 0.0),
            url=target.url if target else "",
            why_no_url=target.entry_note if target else "",
            requests=plan.requests,
            concurrency=plan.concurrency,
        )

    def _checked(self, act: str, pod_uid: str = "", plan: BurstPlan | None = None) -> None:
        """The gate again, at the last moment: whoever calls must not get round it."""
        decision = self.may(act, pod_uid, plan)
        if not decision.allowed:
            raise Refused(decision.sentence)

    def _pod(self, pod_uid: str) -> Pod:
        pod = self._flow.world.pod(pod_uid)
        if pod is None:
            raise BadInput(_("Select a pod first."))
        return pod

    # -- faults and load

    async def kill(self, pod_uid: str) -> None:
        """See `Acts`."""
        from ..cluster.faults import kill

        self._checked("kill", pod_uid)
        await self._fault(kill(self._cluster, self._pod(pod_uid), self._flow.emit, self._deaths.died))

    async def delete(self, pod_uid: str) -> None:
        """See `Acts`."""
        from ..cluster.faults import delete_pod

        self._checked("delete", pod_uid)
        await self._fault(delete_pod(self._cluster, self._pod(pod_uid), self._flow.emit))

    async def _fault(self, work: Coroutine[Any, Any, bool]) -> None:
        """Run it as a task that `stop` can end."""
        task = asyncio.create_task(work)
        self._faults.add(task)
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            self._faults.discard(task)
        if not task.cancelled():
            task.result()

    async def burst(self, plan: BurstPlan) -> None:
        """See `Acts`."""
        from ..traffic.burst import Burst

        self._checked("burst", plan=plan)
        target = self._flow.world.target
        assert target is not None
        if self._burst is not None:
            await self._burst.stop()
        self._say_act(
            "burst", _("{n} requests, {c} at once").format(n=f"{plan.requests:,}", c=plan.concurrency)
        )
        self._burst = await Burst.start(
            plan,
            target.url,
            target.host_header,
            self._flow.world.names,
            self._flow.emit,
            self._flow.clock,
            verify=not target.host_header,
            answer_regex=self._options.answer_regex,
        )

    async def stop(self) -> None:
        """See `Acts`."""
        for task in tuple(self._faults):
            task.cancel()
        burst, self._burst = self._burst, None
        if burst is not None:
            await burst.stop()

    def _say_act(self, act: Act, detail: str) -> None:
        clock = self._flow.clock
        self._flow.emit(Acted(wall=clock.wall(), mono=clock.mono(), act=act, step="asked", detail=detail))

    # -- looking elsewhere

    async def log(self, pod_uid: str, container: str) -> AsyncIterator[str]:
        """See `Acts`."""
        from ..cluster.logs import tail

        pod = self._pod(pod_uid)
        async with contextlib.aclosing(tail(self._cluster, pod.namespace, pod.name, container)) as lines:
            async for line in lines:
                yield line

    def contexts(self) -> list[str]:
        """See `Acts`."""
        return list(self._cluster.contexts)

    async def choices(self, context: str = "") -> list[TargetChoice]:
        """See `Acts`."""
        return await choose(await self._connected(context))

    async def _connected(self, context: str) -> Cluster:
        if context in {"", self._cluster.context}:
            return self._cluster
        if context not in self._others:
            options = ConnectOptions(self._cluster.options.kubeconfig, context, "")
            self._others[context] = await connect(options, self._flow.clock)
        return self._others[context]

    async def retarget(self, choice: TargetChoice) -> None:
        """See `Acts`."""
        cluster = await self._connected(choice.context)
        target = await named(cluster, choice.namespace, choice.deployment)
        if cluster not in self._claims:
            self._claims[cluster] = await claimed(cluster)
        await self.stop()
        old = self._sources
        if old is not None:
            old.cancel()
            await asyncio.gather(old, return_exceptions=True)
        if cluster is not self._cluster:
            self._others[self._cluster.context] = self._cluster
            self._others.pop(cluster.context, None)
            self._cluster = cluster
        self.begin(settled(target, self._claims[cluster]))

    def say(self, text: str, level: Literal["info", "warning", "error"] = "info") -> None:
        """A notice."""
        clock = self._flow.clock
        self._flow.emit(Said(wall=clock.wall(), mono=clock.mono(), level=level, text=text))
