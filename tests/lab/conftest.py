"""An API server inside the test, and one in a process of its own with a real kubectl."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from k8s_watch.lab import births, papers
from k8s_watch.lab.answering import Answering
from k8s_watch.lab.api import Api
from k8s_watch.lab.box import Box
from k8s_watch.lab.forwarding import Node
from k8s_watch.lab.kinds import KEPT
from k8s_watch.lab.store import Store

TOKEN = "test-token"
Json = dict[str, Any]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class Lab:
    """Asks an API server inside this process."""

    api: Api
    base: str
    session: aiohttp.ClientSession
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def ask(
        self, method: str, path: str, body: Any = None, kind: str = "application/json", accept: str = ""
    ) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"Content-Type": kind, **({"Accept": accept} if accept else {})}
        async with self.session.request(method, self.base + path, data=data, headers=headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else text

    async def make(self, path: str, value: Json) -> Json:
        status, answer = await self.ask("POST", path, value)
        assert status == 201, answer
        made: Json = answer
        return made

    async def watch(self, path: str) -> AsyncIterator[Json]:
        async with self.session.get(self.base + path) as answer:
            assert answer.status == 200, await answer.text()
            async for line in answer.content:
                yield json.loads(line)

    async def next_events(self, path: str, count: int) -> list[Json]:
        """The first events of a watch; the stream is closed then."""
        found: list[Json] = []
        async with asyncio.timeout(5):
            async for event in self.watch(path):
                found.append(event)
                if len(found) == count:
                    break
        return found


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    port = free_port()
    box = Box("", TOKEN, port, free_port(), 0, "127.83.12")
    api = Api(box, Store(KEPT))
    births.bear(api, "certificate")
    node = Node(box)
    server = web.Server(Answering(api, node), handler_cancellation=True)
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", port)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield Lab(api, f"http://127.0.0.1:{port}", session)
    listener.close()
    await server.shutdown(0.1)
    await node.close()


@dataclass
class RealServer:
    """The server as its own process, https, with a kubeconfig."""

    home: Path
    box: Box
    process: subprocess.Popen[bytes]

    def kubectl(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("kubectl")), *words]
        env = {**os.environ, "KUBECONFIG": str(self.home / "kubeconfig"), "HOME": str(self.home)}
        return subprocess.run(
            command, env=env, input=given, capture_output=True, text=True, timeout=60, check=False
        )

    def get(self, path: str, method: str = "GET") -> bytes:
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.box.api_port}{path}",
            headers={"Authorization": f"Bearer {self.box.token}"},
            method=method,
        )
        trust = ssl.create_default_context(cafile=str(self.home / "ca.crt"))
        with urllib.request.urlopen(request, timeout=5, context=trust) as answer:
            data: bytes = answer.read()
            return data

    def wait(self) -> None:
        """Until it answers."""
        for _ in range(400):
            try:
                self.get("/readyz")
            except OSError:
                assert self.process.poll() is None, "the server ended"
                select_nothing()
            else:
                return
        raise AssertionError("no answer")

    def kill_and_start(self) -> None:
        self.process.kill()
        self.process.wait(5)
        self.process = spawn(self.home)
        self.wait()


def select_nothing() -> None:
    import select

    select.select([], [], [], 0.02)


def spawn(home: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "k8s_watch.lab.server", str(home)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "app")}
    with (home / "server.log").open("ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)


@pytest.fixture
def real_server(tmp_path: Path) -> Iterator[RealServer]:
    papers.certificates(tmp_path)
    box = Box(str(tmp_path), TOKEN, free_port(), free_port(), free_port(), "")
    box.save()
    papers.kubeconfig(tmp_path, box.api_port, TOKEN)
    server = RealServer(tmp_path, box, spawn(tmp_path))
    try:
        server.wait()
        yield server
    finally:
        server.process.kill()
        server.process.wait(5)
