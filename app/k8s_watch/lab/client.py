"""A small client of the lab's API: calls, and mirrors that keep a kind's objects by list and watch."""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp

from .box import Box

Object = dict[str, Any]
Listener = Callable[[Object | None, Object | None], None]
"""Takes an object as it was and as it is; None where it was not, or is no more."""

GROUPS = {
    "pods": "/api/v1",
    "services": "/api/v1",
    "nodes": "/api/v1",
    "events": "/api/v1",
    "namespaces": "/api/v1",
    "deployments": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "endpointslices": "/apis/discovery.k8s.io/v1",
    "leases": "/apis/coordination.k8s.io/v1",
    "ingresses": "/apis/networking.k8s.io/v1",
    "horizontalpodautoscalers": "/apis/autoscaling/v2",
}
PATCHES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}
_DOWN = (aiohttp.ClientError, OSError, TimeoutError)


class ApiFault(Exception):
    """The API said no, or was away (status 0)."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason


def path(kind: str, namespace: str = "", name: str = "", sub: str = "") -> str:
    """The path of a collection, an object or a subresource."""
    parts = [GROUPS[kind]]
    if namespace:
        parts.append(f"namespaces/{namespace}")
    parts.append(kind)
    parts += [p for p in (name, sub) if p]
    return "/".join(parts)


def key(thing: Object) -> str:
    """namespace/name."""
    meta = thing["metadata"]
    return f"{meta.get('namespace', '')}/{meta['name']}"


class Api:
    """Calls to the lab's API server, over https with the lab's own CA and token."""

    def __init__(self, box: Box, agent: str = "kube-controller-manager") -> None:
        self._base = f"https://127.0.0.1:{box.api_port}"
        self._tls = ssl.create_default_context(cafile=str(Path(box.home) / "ca.crt"))
        self._headers = {"Authorization": f"Bearer {box.token}", "User-Agent": agent}
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one session; made at first use, inside the loop."""
        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=self._tls, limit=0)
            self._session = aiohttp.ClientSession(connector=connector, headers=self._headers)
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def call(
        self, method: str, where: str, body: object = None, content: str = "application/json"
    ) -> Object:
        """One call; raises ApiFault, with status 0 when nobody answers."""
        sent = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        headers = {"Content-Type": content} if sent is not None else {}
        timeout = aiohttp.ClientTimeout(total=10)
        try:
            async with self.session.request(
                method, self._base + where, data=sent, headers=headers, timeout=timeout
            ) as answer:
                raw = await answer.read()
        except _DOWN as error:
            raise ApiFault(0, "Unreachable", str(error)) from error
        try:
            found = json.loads(raw) if raw else {}
        except ValueError:
            found = {"reason": "BadAnswer", "message": raw[:200].decode("utf-8", "replace")}
        if answer.status >= 400:
            raise ApiFault(answer.status, str(found.get("reason", "")), str(found.get("message", "")))
        return found

    async def create(self, kind: str, thing: Object, sub: str = "", name: str = "") -> Object:
        """POST it to its collection (or to `name`'s subresource)."""
        namespace = thing["metadata"].get("namespace", "")
        return await self.call("POST", path(kind, namespace, name, sub), thing)

    async def replace(self, kind: str, thing: Object, sub: str = "") -> Object:
        """PUT it; 409 when its version is stale."""
        meta = thing["metadata"]
        return await self.call("PUT", path(kind, meta.get("namespace", ""), meta["name"], sub), thing)

    async def patch(
        self, kind: str, thing: Object, change: object, sub: str = "", how: str = "merge"
    ) -> Object:
        """PATCH the object that has this metadata."""
        meta = thing["metadata"]
        where = path(kind, meta.get("namespace", ""), meta["name"], sub)
        return await self.call("PATCH", where, change, PATCHES[how])

    async def delete(self, kind: str, thing: Object, grace: int | None = None) -> Object:
        """DELETE exactly this object (by uid)."""
        meta = thing["metadata"]
        options: Object = {"kind": "DeleteOptions", "apiVersion": "v1"}
        if meta.get("uid"):
            options["preconditions"] = {"uid": meta["uid"]}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        return await self.call("DELETE", path(kind, meta.get("namespace", ""), meta["name"]), options)

    async def watch(self, kind: str, version: str) -> AsyncIterator[tuple[str, Object]]:
        """Events after `version` until the server ends the stream; raises ApiFault."""
        seconds = random.randint(240, 420)
        where = f"{path(kind)}?watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={seconds}"
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=seconds + 30)
        try:
            async with self.session.get(self._base + where, timeout=timeout) as answer:
                if answer.status != 200:
                    raise ApiFault(answer.status, "WatchRefused", await answer.text())
                rest = b""
                async for chunk in answer.content.iter_any():
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        event = json.loads(line)
                        if event["type"] == "ERROR":
                            raise ApiFault(int(event["object"].get("code", 500)), "WatchError", "")
                        yield event["type"], event["object"]
        except _DOWN as error:
            raise ApiFault(0, "Unreachable", str(error)) from error


class Mirror:
    """The objects of one kind in all namespaces, as the last event or our own last write said."""

    def __init__(self, api: Api, kind: str) -> None:
        self.kind = kind
        self.items: dict[str, Object] = {}
        self.listeners: list[Listener] = []
        self.synced = asyncio.Event()
        self._api = api
        self._version = ""
        self._gone: dict[
            str, None
        ] = {}  # uids of deleted objects, the last 1,000: a late answer must not revive one

    def get(self, namespace: str, name: str) -> Object | None:
        """The object of that name."""
        return self.items.get(f"{namespace}/{name}")

    def apply(self, thing: Object) -> None:
        """Take an object as the API has just given it, unless a newer one is here."""
        meta = thing["metadata"]
        known = self.items.get(key(thing))
        if meta.get("uid") in self._gone:
            return
        if known is not None and int(known["metadata"]["resourceVersion"]) >= int(meta["resourceVersion"]):
            return
        self.items[key(thing)] = thing
        self._tell(known, thing)

    def drop(self, thing: Object) -> None:
        """Forget an object that is deleted."""
        self._gone[thing["metadata"].get("uid", "")] = None
        if len(self._gone) > 1000:
            del self._gone[next(iter(self._gone))]
        known = self.items.get(key(thing))
        if known is not None and known["metadata"]["uid"] == thing["metadata"]["uid"]:
            del self.items[key(thing)]
            self._tell(known, None)

    def _tell(self, old: Object | None, new: Object | None) -> None:
        for listener in self.listeners:
            listener(old, new)

    async def run(self) -> None:
        """List, watch, and again, for ever."""
        pause = 0.05
        while True:
            try:
                if not self._version:
                    await self._list()
                async for kind, thing in self._api.watch(self.kind, self._version):
                    self._version = thing["metadata"]["resourceVersion"]
                    if kind == "DELETED":
                        self.drop(thing)
                    elif kind != "BOOKMARK":
                        self.apply(thing)
                    pause = 0.05
            except ApiFault as fault:
                if fault.status == 410:
                    self._version = ""
                await asyncio.sleep(pause * random.uniform(1, 1.5))
                pause = min(pause * 2, 1.0)
            else:
                await asyncio.sleep(0.01)

    async def _list(self) -> None:
        answer = await self._api.call("GET", path(self.kind))
        found = {key(item): item for item in answer.get("items") or []}
        for item in list(self.items.values()):
            now = found.get(key(item))
            if now is None or now["metadata"]["uid"] != item["metadata"]["uid"]:
                self.drop(item)
        single = str(answer.get("kind", "")).removesuffix("List")
        for item in found.values():
            self.apply({"kind": single, "apiVersion": answer.get("apiVersion", "v1"), **item})
        self._version = answer["metadata"]["resourceVersion"]
        self.synced.set()
