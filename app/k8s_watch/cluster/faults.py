"""Kill a container's main process, and believe it only when the pod's status says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..model.changes import Acted
from ..model.objects import Container, ContainerState, Pod
from ..model.ports import Emit, WatchError
from ..model.words import _
from ..wire.clean import clean
from ..wire.translate import WireError
from .access import can
from .connect import Cluster
from .deaths import Died, look, polled
from .executing import ExecResult, execute
from .hands import HANDS, Hand
from .known import stamp
from .paths import item
from .signals import ladder, read_status

log = logging.getLogger(__name__)

BUDGET = 8.0  # seconds from the key to the verdict
TRY = 2.5  # seconds for one signal; status follows a death by 0.3 s, a tidy shutdown takes some more
POLL = 1.0  # seconds between looks at the pod, beside the watch

Step = Literal["asked", "sent", "returned", "seen", "failed"]


async def kill(cluster: Cluster, pod: Pod, emit: Emit, died: Died | None = None) -> bool:
    """Kill the main process of the pod's first container; whether its death was seen, within 8 s.

    `died` waits for the death in what is watched anyway (`deaths.DeathWatch.died`); the pod is asked for
    beside it. Every step is emitted as Acted; nothing is raised for what the cluster refuses.
    """
    container = pod.main
    attempt = _Attempt(cluster, pod, container or Container(""), emit, died)
    attempt.tell("asked")
    try:
        reason = await attempt.look() or await attempt.impossible()
        return attempt.fail(reason) if reason else await attempt.climb()
    except (WatchError, WireError) as error:
        return attempt.fail(str(error))
    except asyncio.CancelledError:
        attempt.fail(_("Stopped before the death of {pod} was seen.").format(pod=pod.name))
        raise


@dataclass(slots=True)
class _Attempt:
    cluster: Cluster
    pod: Pod
    container: Container
    emit: Emit
    died: Died | None

    def tell(self, step: Step, signal: str = "", detail: str = "") -> None:
        self.emit(
            Acted(
                **stamp(self.cluster.clock),
                act="kill",
                step=step,
                pod_uid=self.pod.uid,
                pod_name=self.pod.name,
                container=self.container.name,
                container_id=self.container.container_id,
                signal=signal,
                detail=detail,
            )
        )

    def fail(self, sentence: str) -> bool:
        self.tell("failed", detail=sentence)
        return False

    async def look(self) -> str:
        """See the pod as it is: the run that is shown may have died already, which would pass for a success."""
        now = await look(self.cluster, self.pod)
        if now is None:
            return _("{pod} is gone already.").format(pod=self.pod.name)
        self.pod, self.container = now, now.main or self.container
        return ""

    async def impossible(self) -> str:
        """Why there is nothing to try; "" where there is."""
        pod, container = self.pod, self.container
        if pod.deleted is not None:
            return _("{pod} is being deleted already.").format(pod=pod.name)
        running = container.state is not None and container.state.kind == "running"
        if not running or not container.container_id:
            return _("{pod} has no running process now: nothing can be killed.").format(pod=pod.name)
        if pod.restart_policy == "Never":
            return _("{pod} is never restarted (restartPolicy Never): delete it instead.").format(
                pod=pod.name
            )
        if not await can(self.cluster, "create", "pods", "exec", pod.namespace):
            return _(
                "You may not run a command in {pod}: the permission to create pods/exec is missing."
            ).format(pod=pod.name)
        return ""

    async def climb(self) -> bool:
        """The ladder: every signal that PID 1 handles, then everything behind a shell."""
        loop = asyncio.get_running_loop()
        end = loop.time() + BUDGET
        hand, read = await self._find_hand()
        if hand is None:
            return self.fail(self._no_hand(read))
        rungs = ladder(read_status(read.stdout.decode(errors="replace")), self.pod.shares_processes)
        if not rungs:
            return self.fail(self._deaf())
        tried: list[str] = []
        for number, rung in enumerate(rungs):
            left = end - loop.time()
            if left <= 0.2:
                break
            tried.append(rung.words)
            self.tell("sent", rung.words)
            command = hand.kill(rung.signal, rung.number, rung.process)
            patience = left if number == len(rungs) - 1 else min(TRY, left)
            state = await self._try(rung.words, command, patience, left)
            if state is not None:
                return self._seen(rung.words, *state)
        return self.fail(self._survived(tried))

    async def _find_hand(self) -> tuple[Hand | None, ExecResult]:
        """Who can send signals in there, and what it read; or the first one's failure."""
        first = ExecResult()
        for hand in HANDS:
            read = await self._run(hand.read, TRY)
            # An exit code means that the program is there, even where it can't read the status.
            if read.exit_code is not None or read.stdout:
                return hand, read
            first = read if hand is HANDS[0] else first
            if not _is_missing(read.error):
                break
        return None, first

    async def _run(self, command: Sequence[str], within: float) -> ExecResult:
        pod = self.pod
        return await execute(self.cluster, pod.namespace, pod.name, self.container.name, command, within)

    async def _try(
        self, signal: str, command: Sequence[str], patience: float, longest: float
    ) -> tuple[ContainerState | None] | None:
        """Send one signal and wait: (how it ended,), or None where nothing died."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        async with asyncio.TaskGroup() as group:
            dead = [group.create_task(wait) for wait in self._waits()]
            sent = group.create_task(self._sent(signal, command, longest))
            pending: set[asyncio.Task[Any]] = {sent, *dead}
            found: tuple[ContainerState | None] | None = None
            while found is None and pending:
                left = end - loop.time()
                if left <= 0:
                    break
                done, pending = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    if task is sent:
                        if sent.result().exit_code == 137:  # the killer died with PID 1: be patient
                            end = max(end, loop.time() + min(longest, 2 * TRY))
                    else:
                        found = (task.result(),)
            for task in pending:
                task.cancel()
        return found

    def _waits(self) -> list[Coroutine[Any, Any, ContainerState | None]]:
        old = self.container.container_id
        waits = [polled(self.cluster, self.pod, old, POLL if self.died else POLL / 4)]
        if self.died is not None:
            waits.append(_awaited(self.died, self.pod.uid, old))
        return waits

    async def _sent(self, signal: str, command: Sequence[str], within: float) -> ExecResult:
        try:
            result = await self._run(command, within)
        except WatchError as error:  # the container may have died under it
            result = ExecResult(error=str(error))
        said = clean(result.stderr.decode(errors="replace").strip() or result.error, 200)
        log.info("kill %s in %s returned %s %s", signal, self.pod.name, result.exit_code, said)
        self.tell("returned", signal, said)
        return result

    def _seen(self, signal: str, state: ContainerState | None) -> bool:
        if state is None:
            return self.fail(_("{pod} was deleted meanwhile.").format(pod=self.pod.name))
        detail = _("died")
        if state.exit_code is not None:
            detail = _("exit code {code} ({reason})").format(code=state.exit_code, reason=state.reason or "-")
        self.tell("seen", signal, detail)
        return True

    def _no_hand(self, read: ExecResult) -> str:
        log.info("nothing can send signals in %s: %s", self.pod.name, read.error)
        if _is_missing(read.error):
            words = _(
                "The image of {pod} has no shell, so its process can't be signalled: delete the pod instead."
            )
            return words.format(pod=self.pod.name)
        words = _("No command could be run in {pod}: {why}. Delete the pod instead.")
        return words.format(pod=self.pod.name, why=read.error[-200:])

    def _deaf(self) -> str:
        words = _(
            "The main process of {pod} handles no signal, and the kernel drops those that PID 1 does not handle: delete the pod instead."
        )
        return words.format(pod=self.pod.name)

    def _survived(self, tried: list[str]) -> str:
        words = _("{pod} survived {signals}: nothing died within {n:.0f} s. Delete the pod instead.")
        return words.format(pod=self.pod.name, signals=", ".join(tried), n=BUDGET)


async def _awaited(died: Died, uid: str, container_id: str) -> ContainerState | None:
    return await died(uid, container_id)


def _is_missing(error: str) -> bool:
    """Whether the image lacks the program: runc and crun say so in their own words."""
    return "not found" in error or "no such file" in error.lower()


async def delete_pod(cluster: Cluster, pod: Pod, emit: Emit) -> bool:
    """Delete the pod, this one only (by uid); whether the API server took it. Emits Acted."""

    def tell(step: Step, detail: str = "") -> None:
        emit(
            Acted(
                **stamp(cluster.clock),
                act="delete",
                step=step,
                pod_uid=pod.uid,
                pod_name=pod.name,
                detail=detail,
            )
        )

    tell("asked")
    options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": pod.uid}}
    try:
        await cluster.request("DELETE", item("pods", pod.namespace, pod.name), options)
    except WatchError as error:
        tell("failed", _("{pod} was not deleted: {why}").format(pod=pod.name, why=error))
        return False
    tell("sent")
    return True
