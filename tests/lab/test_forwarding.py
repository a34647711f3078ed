"""Logs, exec and metrics through the API server, from a node that the test plays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, web
from tests.lab.conftest import TOKEN, Lab

PODS = "/api/v1/namespaces/default/pods"
METRICS = "/apis/metrics.k8s.io/v1beta1"
MERGE = "application/merge-patch+json"


async def running(lab: Lab, name: str = "web", **labels: str) -> None:
    value = {
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    await lab.make(PODS, value)
    await lab.ask("POST", f"{PODS}/{name}/binding", {"target": {"name": "lab"}})
    status = {"phase": "Running", "containerStatuses": [{"name": "c", "state": {"running": {}}}]}
    code, answer = await lab.ask("PATCH", f"{PODS}/{name}/status", {"status": status}, MERGE)
    assert code == 200, answer


class FakeNode:
    """Answers as the node does, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.items: list[dict[str, Any]] = []

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        self.asked.append(request.path_qs)
        if request.path == "/stats":
            return web.json_response({"items": self.items})
        if request.path.startswith("/containerLogs"):
            return web.Response(body=b"one\n\xff two\n", headers={"Content-Type": "text/plain"})
        socket = web.WebSocketResponse(protocols=("v5.channel.k8s.io",))
        await socket.prepare(request)
        message = await socket.receive()
        await socket.send_bytes(b"\x01" + message.data[1:])
        await socket.send_bytes(b'\x03{"status":"Success"}')
        await socket.close()
        return socket


@pytest.fixture
async def node(lab: Lab) -> AsyncIterator[FakeNode]:
    fake = FakeNode()
    runner = web.ServerRunner(web.Server(fake.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", lab.api.box.node_port).start()
    yield fake
    await runner.cleanup()


async def test_a_log_is_passed_on_byte_for_byte(lab: Lab, node: FakeNode) -> None:
    await running(lab)
    async with lab.session.get(f"{lab.base}{PODS}/web/log?tailLines=5&follow=true") as answer:
        assert await answer.read() == b"one\n\xff two\n"
    assert node.asked == ["/containerLogs/default/web/c?follow=true&tailLines=5"]


async def test_what_has_no_log_is_said_in_kubernetes_words(lab: Lab, node: FakeNode) -> None:
    await running(lab)
    _, wrong = await lab.ask("GET", f"{PODS}/web/log?container=zz")
    assert wrong["message"] == "container zz is not valid for pod web"
    _, none = await lab.ask("GET", f"{PODS}/web/log?previous=true")
    assert none["message"] == 'previous terminated container "c" in pod "web" not found'
    waiting = {"containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "ContainerCreating"}}}]}
    await lab.ask("PATCH", f"{PODS}/web/status", {"status": waiting}, MERGE)
    _, early = await lab.ask("GET", f"{PODS}/web/log")
    assert early["message"] == 'container "c" in pod "web" is waiting to start: ContainerCreating'
    assert node.asked == []


async def test_exec_passes_frames_both_ways_and_ends_with_the_node(lab: Lab, node: FakeNode) -> None:
    await running(lab)
    url = f"{lab.base}{PODS}/web/exec?command=sh&command=-c&stdin=true&stdout=true"
    async with lab.session.ws_connect(url, protocols=("v5.channel.k8s.io", "v4.channel.k8s.io")) as socket:
        assert socket.protocol == "v5.channel.k8s.io"
        await socket.send_bytes(b"\x00hello\xff")
        frames = [message.data async for message in socket if message.type is WSMsgType.BINARY]
        assert frames == [b"\x01hello\xff", b'\x03{"status":"Success"}']
        assert socket.close_code == 1000
    assert node.asked == ["/exec/default/web/c?command=sh&command=-c&stdin=true&stdout=true"]


@pytest.mark.usefixtures("node")
async def test_spdy_is_refused_at_once_with_a_status(lab: Lab) -> None:
    await running(lab)
    headers = {"Connection": "Upgrade", "Upgrade": "SPDY/3.1"}
    async with lab.session.post(f"{lab.base}{PODS}/web/exec?command=a", headers=headers) as answer:
        assert answer.status == 400
        assert "WebSocket" in (await answer.json())["message"]


async def test_exec_into_a_container_that_waits_says_that_it_is_not_there(lab: Lab) -> None:
    await running(lab)
    waiting = {"containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}
    await lab.ask("PATCH", f"{PODS}/web/status", {"status": waiting}, MERGE)
    _, answer = await lab.ask("POST", f"{PODS}/web/exec?command=a", {})
    assert answer["message"] == 'container not found ("c")'


async def test_exec_into_what_is_not_there_fails_at_the_handshake(lab: Lab) -> None:
    for name in ("web", "nope"):
        if name == "web":
            await lab.make(
                PODS, {"metadata": {"name": "web"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
            )
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await lab.session.ws_connect(
                f"{lab.base}{PODS}/{name}/exec?command=a", protocols=("v5.channel.k8s.io",)
            )
        assert caught.value.status == (400 if name == "web" else 404)


async def test_a_node_that_is_down_is_an_error(lab: Lab) -> None:
    await running(lab)
    status, answer = await lab.ask("GET", f"{PODS}/web/log")
    assert (status, "connection refused" in answer["message"]) == (500, True)
    status, answer = await lab.ask("GET", f"{METRICS}/pods")
    assert (status, answer["reason"]) == (503, "ServiceUnavailable")


async def test_pod_metrics_come_from_the_node_with_the_pods_labels(lab: Lab, node: FakeNode) -> None:
    await running(lab, "web", app="web")
    await running(lab, "other", app="other")
    await lab.make("/api/v1/nodes", {"metadata": {"name": "lab"}})
    node.items = [
        {
            "namespace": "default",
            "pod": name,
            "container": "c",
            "cpu_millicores": 12.5,
            "memory_bytes": 2048 * 1024,
            "timestamp": "2026-01-01T00:00:00Z",
            "window_seconds": 15.0,
        }
        for name in ("web", "other", "not there")
    ]
    _, listed = await lab.ask("GET", f"{METRICS}/namespaces/default/pods?labelSelector=app%3Dweb")
    (item,) = listed["items"]
    assert item["metadata"]["labels"] == {"app": "web"}
    assert item["containers"] == [{"name": "c", "usage": {"cpu": "12500000n", "memory": "2048Ki"}}]
    assert (item["timestamp"], item["window"]) == ("2026-01-01T00:00:00Z", "15s")
    _, one = await lab.ask("GET", f"{METRICS}/nodes/lab")
    assert one["usage"] == {"cpu": "25000000n", "memory": "4096Ki"}
    status, answer = await lab.ask("GET", f"{METRICS}/namespaces/default/pods/nope")
    assert (status, answer["message"]) == (404, 'pods "nope" not found')
