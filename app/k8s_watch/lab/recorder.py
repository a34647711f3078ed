"""Events as kubelet and the controllers write them: counted where they repeat, dropped while the API is away."""

from __future__ import annotations

import asyncio
import time

from . import names
from .client import Api, ApiFault, Object

_KNOWN = 4096  # events kept for counting, as client-go's cache


class Recorder:
    """Writes events in the background, in order."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[tuple[str, ...], Object] = {}
        self._queue: asyncio.Queue[tuple[tuple[str, ...], Object]] = asyncio.Queue(maxsize=10_000)

    def tell(
        self, thing: Object, component: str, reason: str, message: str, warning: bool = False, field: str = ""
    ) -> None:
        """An event about an object; `field` names the container ("spec.containers{app}")."""
        meta = thing["metadata"]
        about: Object = {
            "kind": thing.get("kind", "Pod"),
            "namespace": meta.get("namespace", ""),
            "name": meta["name"],
            "uid": meta.get("uid", ""),
            "apiVersion": thing.get("apiVersion", "v1"),
            "resourceVersion": meta.get("resourceVersion", ""),
        }
        if field:
            about["fieldPath"] = field
        node = {"host": "lab"} if component == "kubelet" else {}
        at = time.time()
        event: Object = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{meta['name']}.{time.time_ns():x}",
                "namespace": meta.get("namespace") or "default",
            },
            "involvedObject": about,
            "reason": reason,
            "message": message,
            "type": "Warning" if warning else "Normal",
            "source": {"component": component, **node},
            "firstTimestamp": names.stamp(at),
            "lastTimestamp": names.stamp(at),
            "count": 1,
            "eventTime": None,
            "reportingComponent": component,
            "reportingInstance": "lab" if node else "",
        }
        same = (component, about["uid"] or meta["name"], reason, message, field)
        if not self._queue.full():
            self._queue.put_nowait((same, event))

    async def run(self) -> None:
        """Write them."""
        while True:
            same, event = await self._queue.get()
            try:
                await self._write(same, event)
            except ApiFault as fault:
                if fault.status == 0:
                    await asyncio.sleep(0.2)

    async def _write(self, same: tuple[str, ...], event: Object) -> None:
        told = self._known.get(same)
        if told is not None:
            count = int(told["count"]) + 1
            change = {"count": count, "lastTimestamp": event["lastTimestamp"]}
            try:
                self._known[same] = await self._api.patch("events", told, change)
            except ApiFault as fault:
                if fault.status != 404:
                    raise
            else:
                return
        self._known[same] = await self._api.create("events", event)
        if len(self._known) > _KNOWN:
            del self._known[next(iter(self._known))]
