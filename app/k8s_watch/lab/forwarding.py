"""Logs and exec: asked of the API server, answered by the node; passed on byte for byte.

What can be said without the node is said here, in Kubernetes' words. A node that does not answer is an
error, as when a kubelet is down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, WSMsgType, web

from . import reading
from .api import Api
from .box import Box
from .calls import Call
from .errors import ApiError, Json, bad_request
from .store import Entry

_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
_CONNECT = 2.0  # seconds: the node is on this machine
_LOG_PARAMETERS = (
    "follow",
    "tailLines",
    "previous",
    "timestamps",
    "sinceSeconds",
    "sinceTime",
    "limitBytes",
)


class Node:
    """The node's own API, on loopback."""

    def __init__(self, box: Box) -> None:
        self._base = f"http://127.0.0.1:{box.node_port}"
        self._headers = {"Authorization": f"Bearer {box.token}"}
        self._session: ClientSession | None = None

    @property
    def session(self) -> ClientSession:
        """One session for all requests, made at the first."""
        if self._session is None:
            timeout = ClientTimeout(total=None, sock_connect=_CONNECT)
            self._session = ClientSession(self._base, headers=self._headers, timeout=timeout)
        return self._session

    async def stats(self) -> list[Json]:
        """What each container uses. ApiError 503 while the node does not answer."""
        try:
            async with self.session.get("/stats", timeout=ClientTimeout(total=_CONNECT)) as answer:
                answer.raise_for_status()
                items: list[Json] = (await answer.json())["items"]
                return items
        except (ClientError, TimeoutError, OSError) as error:
            message = "the server is currently unable to handle the request"
            raise ApiError(503, "ServiceUnavailable", message, {}) from error

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()


def container_of(call: Call, entry: Entry) -> str:
    """The container that is meant: the one named, or the only one."""
    spec = entry.object["spec"]
    names: list[str] = [one["name"] for one in spec.get("containers") or []]
    initial = [one["name"] for one in spec.get("initContainers") or []]
    wanted = call.query.get("container", "")
    if not wanted:
        if len(names) == 1 and not initial:
            return names[0]
        choices = f"choose one of: [{' '.join(names)}]"
        if initial:
            choices += f" or one of the init containers: [{' '.join(initial)}]"
        raise bad_request(f"a container name must be specified for pod {call.name}, {choices}")
    if wanted not in names and wanted not in initial:
        raise bad_request(f"container {wanted} is not valid for pod {call.name}")
    return wanted


def _place(call: Call, what: str, container: str) -> str:
    return f"/{what}/{quote(call.namespace)}/{quote(call.name)}/{quote(container)}"


def _state(entry: Entry, container: str) -> Json:
    statuses = entry.object.get("status", {}).get("containerStatuses") or []
    return next((one for one in statuses if one.get("name") == container), {})


def _check_log(call: Call, entry: Entry, container: str) -> None:
    """What kubelet says of containers that have nothing to tell."""
    status = _state(entry, container)
    name = f'container "{container}" in pod "{call.name}"'
    if call.flag("previous"):
        if "terminated" not in (status.get("lastState") or {}):
            raise bad_request(f"previous terminated {name} not found")
        return
    waiting = (status.get("state") or {}).get("waiting")
    if waiting is not None and not (status.get("lastState") or {}).get("terminated"):
        reason = waiting.get("reason", "")
        if reason in {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}:
            raise bad_request(f"{name} is waiting to start: {_image_words(reason)}")
        raise bad_request(f"{name} is waiting to start: {reason}")
    if not status:
        raise bad_request(f"{name} is not available")


def _image_words(reason: str) -> str:
    known = {"ErrImagePull": "image can't be pulled", "ImagePullBackOff": "trying and failing to pull image"}
    return known.get(reason, reason)


async def log(api: Api, node: Node, request: web.BaseRequest, call: Call) -> web.StreamResponse:
    """GET pods/NAME/log."""
    entry = reading.get(api.store, call)
    container = container_of(call, entry)
    if not entry.object["spec"].get("nodeName"):
        return web.Response(status=204)
    _check_log(call, entry, container)
    asked = {name: call.query[name] for name in _LOG_PARAMETERS if name in call.query}
    where = _place(call, "containerLogs", container)
    path = f"{where}?{urlencode(asked)}" if asked else where
    try:
        answer = await node.session.get(path)
    except (ClientError, OSError, TimeoutError) as error:
        raise _down("Get", api.box, where) from error
    async with answer:
        if answer.status != 200:
            raise _from_node(answer.status, await answer.text())
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        try:
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
        except ClientError:  # the node went away in the middle: what came is all there is
            request.protocol.force_close()
        await response.write_eof()
        return response


def _down(verb: str, box: Box, where: str) -> ApiError:
    address = f"127.0.0.1:{box.node_port}"
    message = f'{verb} "http://{address}{where}": dial tcp {address}: connect: connection refused'
    return ApiError(500, "InternalError", f"Internal error occurred: {message}", {})


def _from_node(status: int, text: str) -> ApiError:
    reason = {400: "BadRequest", 404: "NotFound"}.get(status, "InternalError")
    return ApiError(status, reason, text.strip() or f"the node answered {status}")


def check_exec(api: Api, call: Call) -> str:
    """The container of an exec, or why there can be none."""
    entry = reading.get(api.store, call)
    container = container_of(call, entry)
    phase = entry.object.get("status", {}).get("phase")
    if not entry.object["spec"].get("nodeName"):
        raise bad_request(f"pod {call.name} does not have a host assigned")
    if phase in {"Succeeded", "Failed"}:
        raise bad_request(f"cannot exec into a container in a completed pod; current phase is {phase}")
    state = _state(entry, container).get("state") or {}
    if "running" not in state:
        raise not_running(container)
    return container


def not_running(container: str) -> ApiError:
    """What kubelet says of an exec into a container that does not run."""
    return ApiError(404, "NotFound", f'container not found ("{container}")', {})


async def execute(api: Api, node: Node, request: web.BaseRequest, call: Call) -> web.StreamResponse:
    """pods/NAME/exec, by WebSocket."""
    container = check_exec(api, call)
    upgrade = request.headers.get("Upgrade", "").lower()
    if upgrade != "websocket":
        if upgrade.startswith("spdy"):  # kubectl's second try, whatever was wrong with the first
            if not await _runs(api.box, node, call, container):
                raise not_running(container)
            raise bad_request(
                "unable to upgrade: the lab speaks WebSocket (v5.channel.k8s.io), not SPDY: use kubectl 1.31 or newer"
            )
        raise bad_request("Upgrade request required")
    offered = [one.strip() for one in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    protocols = [one for one in offered if one in _PROTOCOLS]
    if not protocols:
        raise bad_request(f"unable to upgrade: none of {offered} is spoken here, {list(_PROTOCOLS)} are")
    behind = await _dial(api.box, node, call, container, protocols)
    chosen = behind.protocol or protocols[0]
    front = web.WebSocketResponse(protocols=[chosen], autoping=True, max_msg_size=0)
    try:
        await front.prepare(request)
        await _join(front, behind)
    finally:
        await behind.close()
    return front


async def _runs(box: Box, node: Node, call: Call, container: str) -> bool:
    """Whether the node has that container running: one that runs asks for a WebSocket (400)."""
    where = _place(call, "exec", container)
    try:
        async with node.session.get(where) as answer:
            return answer.status not in {404, 500}
    except (ClientError, OSError, TimeoutError) as error:
        raise _down("Get", box, where) from error


async def _dial(
    box: Box, node: Node, call: Call, container: str, protocols: Sequence[str]
) -> ClientWebSocketResponse:
    asked: list[tuple[str, str]] = [("command", one) for one in call.many.get("command", [])]
    if not asked:
        raise bad_request("you must specify at least one command for the container")
    asked += [(name, call.query[name]) for name in ("stdin", "stdout", "stderr", "tty") if name in call.query]
    where = _place(call, "exec", container)
    try:
        return await node.session.ws_connect(
            f"{where}?{urlencode(asked)}", protocols=protocols, max_msg_size=0
        )
    except (ClientError, OSError, TimeoutError) as error:
        status = getattr(error, "status", 0)
        if status in {400, 404, 500}:
            raise not_running(container) from error
        raise _down("Get", box, where) from error


async def _join(front: web.WebSocketResponse, behind: ClientWebSocketResponse) -> None:
    """Pass messages both ways until the node closes, or the client does."""
    up = asyncio.create_task(_pass(front, behind))
    down = asyncio.create_task(_pass(behind, front))
    try:
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        if down.done() and not front.closed:
            # 1006 says that there was no goodbye; it may not be sent as one
            await front.close(code=1000 if behind.close_code in {None, 1006} else behind.close_code)
    finally:
        for task in (up, down):
            task.cancel()
        await asyncio.gather(up, down, return_exceptions=True)


async def _pass(source: Any, target: Any) -> None:
    try:
        async for message in source:
            if message.type == WSMsgType.BINARY:
                await target.send_bytes(message.data)
            elif message.type == WSMsgType.TEXT:
                await target.send_str(message.data)
    except (ClientError, ConnectionError):
        return  # the other end is gone: the join ends
