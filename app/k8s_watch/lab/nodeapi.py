"""What the node answers to the API server: logs, exec and usage, as kubelet does."""

from __future__ import annotations

import asyncio
import json
import secrets

from aiohttp import WSMsgType, web

from . import logs, names
from .applets import Left, Session, find
from .box import Box
from .container import Container
from .kubelet import Kubelet
from .usage import Usage

STDIN, STDOUT, STDERR, RESULT, CLOSE = 0, 1, 2, 3, 255


class NodeApi:
    """The node's http endpoints on 127.0.0.1, behind the lab's token."""

    def __init__(self, box: Box, kubelet: Kubelet, usage: Usage) -> None:
        self._box, self._kubelet, self._usage = box, kubelet, usage

    async def start(self) -> web.AppRunner:
        """Listen."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/containerLogs/{namespace}/{pod}/{container}", self._logs)
        app.router.add_get("/exec/{namespace}/{pod}/{container}", self._exec)
        app.router.add_get("/stats", self._stats)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._box.node_port, reuse_address=True).start()
        return runner

    @web.middleware
    async def _guard(self, request: web.Request, handler: object) -> web.StreamResponse:
        assert callable(handler)
        if request.headers.get("Authorization") != f"Bearer {self._box.token}":
            return web.Response(status=401, text="Unauthorized\n")
        answer: web.StreamResponse = await handler(request)
        return answer

    def _container(self, request: web.Request) -> Container | None:
        place = request.match_info
        return self._kubelet.container(place["namespace"], place["pod"], place["container"])

    async def _stats(self, _request: web.Request) -> web.Response:
        items = [
            {
                "namespace": namespace,
                "pod": pod,
                "container": name,
                "cpu_millicores": r.cpu,
                "memory_bytes": r.memory,
                "timestamp": names.stamp(r.at),
                "window_seconds": round(r.window, 3),
            }
            for (namespace, pod, name), r in self._usage.readings.items()
        ]
        return web.json_response({"items": items})

    async def _logs(self, request: web.Request) -> web.StreamResponse:
        container = self._container(request)
        if container is None:
            why = f'container "{request.match_info["container"]}" in pod "{request.match_info["pod"]}" is waiting to start'
            return web.Response(status=400, text=why)
        wish = logs.wish(dict(request.query), names.unix)
        file = container.previous_log if wish.previous else container.log
        if wish.previous and not file.exists():
            name, pod = request.match_info["container"], request.match_info["pod"]
            return web.Response(
                status=400, text=f'previous terminated container "{name}" in pod "{pod}" not found'
            )
        answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        number = container.run.restarts
        async for piece in logs.read(
            file, wish, lambda: container.alive() and container.run.restarts == number
        ):
            await answer.write(piece)
        await answer.write_eof()
        return answer

    async def _exec(self, request: web.Request) -> web.StreamResponse:
        container = self._container(request)
        if container is None or not container.alive():
            return web.Response(status=404, text=f'container not found ("{request.match_info["container"]}")')
        socket = web.WebSocketResponse(protocols=("v5.channel.k8s.io", "v4.channel.k8s.io"))
        await socket.prepare(request)
        await Exec(container, socket, request).run()
        return socket


class Exec:
    """One exec session over a WebSocket."""

    def __init__(self, container: Container, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._container = container
        self._socket = socket
        query = request.query
        self._command = query.getall("command", [])
        self._tty = _true(query.get("tty"))
        self._stdin = _true(query.get("stdin"))
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._rest = ""

    async def run(self) -> None:
        """Run the command, send its result, close."""
        listening = asyncio.create_task(self._listen())
        working = asyncio.create_task(self._work())
        try:
            await asyncio.wait({listening, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await self._send(RESULT, json.dumps(working.result()).encode())
                # aiohttp hangs up without the client's goodbye where another task still reads: the client
                # would see 1006
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await self._socket.close()
        finally:
            listening.cancel()
            working.cancel()
            await asyncio.gather(listening, working, return_exceptions=True)

    async def _work(self) -> dict[str, object]:
        run = self._container
        applet = find(run, self._command[0]) if self._command else None
        if applet is None:
            return not_found(self._command[0] if self._command else "")
        main = run.main
        session = Session(run, self._out, self._err, self._line, self._tty)
        task = asyncio.ensure_future(applet(session, self._command))
        death = asyncio.ensure_future(main.ended.wait()) if main else None
        try:
            await asyncio.wait({task, *([death] if death else [])}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                return failure(137)
            try:
                return result(task.result())
            except Left as left:
                return result(left.code)
        finally:
            task.cancel()
            if death is not None:
                death.cancel()

    async def _listen(self) -> None:
        """Take what the client types, until it goes."""
        async for message in self._socket:
            if message.type is not WSMsgType.BINARY or not message.data:
                continue
            channel, data = message.data[0], message.data[1:]
            if channel == STDIN and self._stdin:
                await self._typed(data.decode("utf-8", "replace"))
            elif channel == CLOSE and data[:1] == bytes([STDIN]):
                self._end_of_input()

    async def _typed(self, text: str) -> None:
        if self._tty:
            await self._echo(text)
            text = self._edited(text.replace("\r", "\n"))
        self._rest += text
        *lines, self._rest = self._rest.split("\n")
        for line in lines:
            self._lines.put_nowait(line)

    def _edited(self, text: str) -> str:
        out = ""
        for char in text:
            if char in "\x7f\b":
                out, self._rest = (out[:-1], self._rest) if out else (out, self._rest[:-1])
            elif char == "\x03":  # ^C: begin the line again
                out = self._rest = ""
            elif char == "\x04":
                self._end_of_input()
            else:
                out += char
        return out

    async def _echo(self, text: str) -> None:
        shown = (
            text.replace("\r", "\r\n").replace("\x7f", "\b \b").replace("\x03", "^C\r\n").replace("\x04", "")
        )
        await self._send(STDOUT, shown.encode())

    def _end_of_input(self) -> None:
        if self._rest:
            self._lines.put_nowait(self._rest)
            self._rest = ""
        self._lines.put_nowait(None)

    async def _line(self) -> str | None:
        return await self._lines.get() if self._stdin else None

    async def _out(self, data: bytes) -> None:
        await self._send(STDOUT, data.replace(b"\n", b"\r\n") if self._tty else data)

    async def _err(self, data: bytes) -> None:
        await self._send(STDOUT if self._tty else STDERR, data.replace(b"\n", b"\r\n") if self._tty else data)

    async def _send(self, channel: int, data: bytes) -> None:
        if not self._socket.closed:
            try:
                await self._socket.send_bytes(bytes([channel]) + data)
            except ConnectionError:
                return


def _true(text: str | None) -> bool:
    return text in {"true", "1"}


def result(code: int) -> dict[str, object]:
    """The Status of an exec that ended with a code."""
    return {"metadata": {}, "status": "Success"} if code == 0 else failure(code)


def failure(code: int) -> dict[str, object]:
    """The Status of an exec whose exit code is not 0, as kubelet sends it."""
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def not_found(command: str) -> dict[str, object]:
    """The Status of an exec whose command the image does not have."""
    why = (
        "Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: "
        f'failed to start exec "{secrets.token_hex(32)}": OCI runtime exec failed: exec failed: unable to start container process: '
        f'exec: "{command}": executable file not found in $PATH: unknown'
    )
    return {
        "metadata": {},
        "status": "Failure",
        "message": why,
        "reason": "InternalError",
        "details": {"causes": [{"message": why.removeprefix("Internal error occurred: ")}]},
        "code": 500,
    }
