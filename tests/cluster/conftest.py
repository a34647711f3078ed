"""A small API server in this process that can be made to behave badly."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from k8s_watch.cluster.connect import Cluster, ConnectOptions, connect
from k8s_watch.cluster.pace import Pace
from k8s_watch.cluster.pulse import Pulse
from k8s_watch.model.changes import Change, Gone, Seen
from k8s_watch.model.ports import LocalClock

Trick = Callable[[web.Request], Awaitable[web.StreamResponse]]

FAST = Pace(
    page=3,
    list_timeout=2.0,
    open=2.0,
    idle=(5.0, 5.0),
    backoff=(0.005, 0.02),
    denied=(0.02, 0.02),
    absent=0.02,
    storm=0.05,
    beat=0.05,
    beat_timeout=0.3,
    beat_down=0.02,
    metrics=0.02,
)


def status(code: int, message: str = "no", reason: str = "", **headers: str) -> Trick:
    """Answer with a Status."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        body = {"kind": "Status", "status": "Failure", "message": message, "reason": reason, "code": code}
        return web.json_response(
            body, status=code, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return answer


def text(code: int, body: str, kind: str = "text/html") -> Trick:
    """Answer with anything."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, text=body, content_type=kind)

    return answer


def stream(*chunks: bytes, broken: bool = False) -> Trick:
    """A watch that sends these chunks, then ends: cleanly, or with a broken connection."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
            await asyncio.sleep(0)
        if broken and request.transport is not None:
            request.transport.abort()
        return response

    return answer


async def nothing(_command: list[str]) -> tuple[str, str, Any]:
    return "", "", 0


class FakeApi:
    """Lists and watches of any collection, as Kubernetes answers them; `tricks` come first, one a request."""

    def __init__(self) -> None:
        self.version = 100
        self.oldest = 100  # watches from below are answered with 410
        self.objects: dict[str, dict[str, Any]] = defaultdict(dict)
        self.history: list[tuple[int, str, dict[str, Any]]] = []
        self.tricks: dict[str, deque[Trick]] = defaultdict(deque)  # "list", "watch", "version", "post"
        self.asked: list[tuple[str, web.Request]] = []
        self.token = ""  # requests without it are answered with 401
        self.served: set[str] | None = None  # resources; None: all
        self.denied: dict[str, int] = {}  # resource -> 403 or another status, until taken out
        self.silent = asyncio.Event()
        self.silent.set()
        self.moved = asyncio.Condition()
        self.open = 0
        self.allowed = True  # what access reviews say
        self.ran: list[list[str]] = []
        self.shell: Callable[[list[str]], Awaitable[tuple[str, str, Any]]] = nothing
        self._streams: list[web.Request] = []
        self.server = ""
        self._runner: web.AppRunner | None = None

    # -- life

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.server = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self.drop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def restart(self) -> None:
        port = int(self.server.rsplit(":", 1)[1])
        await self.stop()
        self.forget()
        await self.start(port)

    def drop(self) -> None:
        """Break every stream."""
        for request in tuple(self._streams):
            if request.transport is not None:
                request.transport.abort()

    def forget(self) -> None:
        """Lose the past events: what watches from before is answered with 410."""
        self.version += 1
        self.oldest = self.version
        self.history.clear()

    # -- objects

    async def put(self, resource: str, name: str, **more: Any) -> dict[str, Any]:
        known = self.objects[resource]
        self.version += 1
        meta: dict[str, Any] = {
            "name": name,
            "namespace": "default",
            "uid": known[name]["metadata"]["uid"] if name in known else f"{name}-{self.version}",
            "resourceVersion": str(self.version),
            **more.pop("metadata", {}),
        }
        what = "MODIFIED" if name in known else "ADDED"
        known[name] = {"metadata": meta, **more}
        await self._tell(what, resource, known[name])
        return known[name]

    async def remove(self, resource: str, name: str) -> None:
        gone = self.objects[resource].pop(name, None)
        if gone is not None:
            self.version += 1
            gone = {**gone, "metadata": {**gone["metadata"], "resourceVersion": str(self.version)}}
            await self._tell("DELETED", resource, gone)

    async def _tell(self, what: str, resource: str, obj: dict[str, Any]) -> None:
        self.history.append((self.version, resource, {"type": what, "object": obj}))
        async with self.moved:
            self.moved.notify_all()

    # -- answers

    async def answer(self, request: web.Request) -> web.StreamResponse:
        await self.silent.wait()
        resource = request.path.rsplit("/", 1)[-1]
        if request.path.endswith("/exec"):
            return await self.exec(request)
        verb = "watch" if request.query.get("watch") == "true" else "list"
        if request.path == "/version":
            verb = "version"
        elif request.method != "GET":
            verb = request.method.lower()
        self.asked.append((verb, request))
        if self.tricks[verb]:
            return await self.tricks[verb].popleft()(request)
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return await status(401, "Unauthorized")(request)
        if verb == "version":
            return web.json_response({"gitVersion": "v1.36.0"})
        if verb == "post":
            return web.json_response({"status": {"allowed": self.allowed}}, status=201)
        parts = request.path.split("/")
        if "namespaces" in parts and len(parts) - parts.index("namespaces") == 4:
            return await self._one(request, parts[-2], parts[-1], verb)
        if resource in self.denied:
            code = self.denied[resource]
            return await status(code, f"{resource} is forbidden")(request)
        if self.served is not None and resource not in self.served:
            return await text(404, "404 page not found", "text/plain")(request)
        return await (self._watch(request, resource) if verb == "watch" else self._list(request, resource))

    async def _one(self, request: web.Request, resource: str, name: str, verb: str) -> web.StreamResponse:
        found = self.objects[resource].get(name)
        if found is None:
            return await status(404, f'{resource} "{name}" not found', "NotFound")(request)
        if verb == "delete":
            wanted = (await request.json())["preconditions"]["uid"]
            if wanted != found["metadata"]["uid"]:
                return await status(409, "the uid in the precondition is another", "Conflict")(request)
            await self.remove(resource, name)
        return web.json_response(found)

    async def exec(self, request: web.Request) -> web.StreamResponse:
        """Run `self.shell(command)`, which gives stdout, stderr, and an exit code, an error, or neither."""
        pod = request.path.rsplit("/", 2)[1]
        if pod not in self.objects["pods"]:
            return await status(404, f'pods "{pod}" not found', "NotFound")(request)
        if request.headers.get("Upgrade") != "websocket":
            return await status(400, "Upgrade request required")(request)
        socket = web.WebSocketResponse(protocols=["v5.channel.k8s.io"])
        await socket.prepare(request)
        command = request.query.getall("command")
        self.ran.append(command)
        out, err, end = await self.shell(command)
        for channel, text in ((1, out), (2, err)):
            await socket.send_bytes(bytes([channel]))
            await socket.send_bytes(bytes([channel]) + text.encode())
        result: dict[str, Any] = {"status": "Success"}
        if isinstance(end, int) and end:
            cause = {"reason": "ExitCode", "message": str(end)}
            result = {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": [cause]}}
        elif isinstance(end, str):
            result = {"status": "Failure", "message": end}
        if end is not None:
            await socket.send_bytes(b"\x03" + json.dumps(result).encode())
        await socket.close()
        return socket

    async def _list(self, request: web.Request, resource: str) -> web.StreamResponse:
        items = sorted(self.objects[resource].values(), key=lambda o: o["metadata"]["name"])
        field = request.query.get("fieldSelector", "")
        if field.startswith("metadata.name="):
            items = [o for o in items if o["metadata"]["name"] == field.partition("=")[2]]
        begin, limit = int(request.query.get("continue") or 0), int(request.query.get("limit") or 0)
        meta = {"resourceVersion": str(self.version)}
        if limit and len(items) > begin + limit:
            meta["continue"] = str(begin + limit)
        return web.json_response(
            {"metadata": meta, "items": items[begin : begin + limit] if limit else items}
        )

    async def _watch(self, request: web.Request, resource: str) -> web.StreamResponse:
        at = int(request.query["resourceVersion"])
        if at < self.oldest:
            return await status(410, "too old resource version", "Expired")(request)
        response = web.StreamResponse()
        await response.prepare(request)
        self._streams.append(request)
        self.open += 1
        try:
            while True:
                for version, kind, event in list(self.history):
                    if version > at and kind == resource:
                        await response.write(json.dumps(event).encode() + b"\n")
                        at = version
                async with self.moved:
                    await self.moved.wait()
        finally:
            self._streams.remove(request)
            self.open -= 1

    def count(self, verb: str) -> int:
        return sum(1 for one, _request in self.asked if one == verb)


class Heard:
    """Collects changes, folds objects, and lets a test wait for something."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.table: dict[tuple[str, str], Any] = {}
        self._moved = asyncio.Event()

    def emit(self, change: Change) -> None:
        self.changes.append(change)
        if isinstance(change, Seen):
            self.table[change.kind, getattr(change.object, "name", "")] = change.object
        elif isinstance(change, Gone):
            self.table.pop((change.kind, change.name), None)
        self._moved.set()

    def of(self, kind: type[Any]) -> list[Any]:
        return [one for one in self.changes if isinstance(one, kind)]

    async def until(self, condition: Callable[[], object], within: float = 5.0) -> None:
        async with asyncio.timeout(within):
            while not condition():
                self._moved.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self._moved.wait()
                except TimeoutError:
                    continue


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    fake = FakeApi()
    await fake.start()
    yield fake
    fake.silent.set()
    await fake.stop()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def pace() -> Pace:
    return FAST


def kubeconfig_text(server: str, token: str = "secret", namespace: str = "default") -> str:
    return json.dumps(
        {
            "current-context": "fake",
            "contexts": [{"name": "fake", "context": {"cluster": "c", "user": "u", "namespace": namespace}}],
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": {"token": token}}],
        }
    )


@pytest.fixture
def write_kubeconfig(tmp_path: Path) -> Callable[..., Path]:
    def write(server: str, token: str = "secret", namespace: str = "default") -> Path:
        path = tmp_path / "kubeconfig"
        path.write_text(kubeconfig_text(server, token, namespace))
        return path

    return write


@pytest.fixture
async def cluster(api: FakeApi, write_kubeconfig: Callable[..., Path]) -> AsyncIterator[Cluster]:
    made = await connect(ConnectOptions(str(write_kubeconfig(api.server))), LocalClock())
    yield made
    await made.aclose()


@pytest.fixture
async def pulse(cluster: Cluster, heard: Heard) -> AsyncIterator[Pulse]:
    made = Pulse(cluster, heard.emit, FAST)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def tricks() -> dict[str, Any]:
    return {"status": status, "text": text, "stream": stream}


@pytest.fixture(scope="session")
def parts() -> dict[str, Any]:
    """For tests that make their own loop."""
    return {
        "FakeApi": FakeApi,
        "Heard": Heard,
        "FAST": FAST,
        "kubeconfig_text": kubeconfig_text,
        "status": status,
        "text": text,
        "stream": stream,
    }
