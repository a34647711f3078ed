"""Proof that a container died: a return code proves nothing, the pod's status does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec

from ..model.changes import Change, Gone, Seen
from ..model.objects import ContainerState, Pod
from ..model.ports import WatchError
from ..wire.translate import WireError, translate
from .connect import Cluster
from .failures import Answer
from .paths import item

log = logging.getLogger(__name__)

Died = Callable[[str, str], Awaitable[ContainerState | None]]
"""Waits until the run `container_id` of a container of the pod `uid` is dead: how it ended, as far as told; None where the pod is gone."""

UNTOLD = ContainerState("terminated")


def death(pod: Pod, container_id: str) -> ContainerState | None:
    """How that run of a container ended; None while it may live.

    A container can be back within 60 ms, so the end may be told by `last` alone, or only by a new id.
    """
    for one in (*pod.containers, *pod.init_containers):
        for state in (one.state, one.last):
            if state is not None and state.kind == "terminated" and state.container_id == container_id:
                return state
    known = {one.container_id for one in (*pod.containers, *pod.init_containers)}
    if container_id not in known and all(known):
        return UNTOLD
    return None


class DeathWatch:
    """Waits for deaths in the stream of changes: hand it every change by `take`."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], asyncio.Future[ContainerState | None]] = {}

    def take(self, change: Change) -> None:
        """Look at one change."""
        if not self._waiting:
            return
        for (uid, container_id), future in self._waiting.items():
            if future.done():
                continue
            if isinstance(change, Gone) and change.kind == "pods" and change.uid == uid:
                future.set_result(None)
            elif isinstance(change, Seen) and isinstance(change.object, Pod) and change.object.uid == uid:
                state = death(change.object, container_id)
                if state is not None:
                    future.set_result(state)

    async def died(self, uid: str, container_id: str) -> ContainerState | None:
        """A `Died`."""
        key = (uid, container_id)
        if key not in self._waiting:
            self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.shield(self._waiting[key])
        finally:
            self._waiting.pop(key, None)


async def look(cluster: Cluster, pod: Pod) -> Pod | None:
    """The pod as it is now; None where it is gone, or another has its name. Raises WatchError, WireError."""
    try:
        body = await cluster.get(item("pods", pod.namespace, pod.name), within=3.0)
    except Answer as error:
        if error.status == 404:
            return None
        raise
    try:
        found = translate("pods", msgspec.json.decode(body))
    except msgspec.DecodeError as error:
        raise WireError(str(error)) from error
    return found if isinstance(found, Pod) and found.uid == pod.uid else None


async def polled(cluster: Cluster, pod: Pod, container_id: str, every: float) -> ContainerState | None:
    """Wait for a death by asking for the pod again and again: for when no watch tells."""
    while True:
        try:
            found = await look(cluster, pod)
        except (WatchError, WireError) as error:
            log.debug("asking for %s failed: %s", pod.name, error)
        else:
            if found is None:
                return None
            state = death(found, container_id)
            if state is not None:
                return state
        await asyncio.sleep(every)
