"""A command in a container, by the WebSocket protocol of the API server.

The client package's exec ignores timeouts and loses the exit code, so the protocol is spoken here: binary
frames whose first byte is the channel, 1 stdout, 2 stderr, 3 the result as a JSON Status.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import msgspec

from ..model.ports import Unreachable
from ..model.words import _
from ..wire.clean import clean
from .connect import Cluster, Failures
from .failures import in_words, refusal
from .paths import item
from .transport import proxy_of, session_for

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
OUTPUT_LIMIT = 2**18  # bytes kept of each stream


@dataclass(frozen=True, slots=True)
class ExecResult:
    """How a command ended. The streams are raw: sanitise what is shown."""

    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int | None = None  # None: it did not run, or its end was not told
    error: str = ""  # why there is no exit code, sanitised


class _Cause(msgspec.Struct):
    reason: str | None = None
    message: str | None = None


class _Details(msgspec.Struct):
    causes: list[_Cause] | None = None


class _Result(msgspec.Struct):
    status: str | None = None
    message: str | None = None
    details: _Details | None = None


_decoder = msgspec.json.Decoder(_Result)


async def execute(
    cluster: Cluster, namespace: str, pod: str, container: str, command: Sequence[str], within: float = 8.0
) -> ExecResult:
    """Run `command` and wait for its end, at most `within` seconds: then the result says so.

    Raises Forbidden, `failures.Answer` (404: no such pod), Unauthorised, Unreachable before it runs. The
    connection is aborted at the end: a graceful close would wait for the remote process.
    """
    streams = {1: bytearray(), 2: bytearray(), 3: bytearray()}
    ran = False
    async with _lone_session(cluster) as session:
        try:
            async with asyncio.timeout(within):
                socket = await _open(
                    cluster, session, item("pods", namespace, pod, "exec"), container, command
                )
                ran = True
                await _read(socket, streams)
        except TimeoutError as error:
            words = _("no result within {n:.0f} s").format(n=within)
            if not ran:
                raise Unreachable(words) from error
            return ExecResult(bytes(streams[1]), bytes(streams[2]), error=words)
        except Failures as error:
            if not ran:
                raise Unreachable(in_words(error)) from error
    return _result(streams)


class _lone_session:  # noqa: N801  used as a function
    """A session for one request that is aborted at the end."""

    def __init__(self, cluster: Cluster) -> None:
        self._session = session_for(cluster.access, cluster.strict, lone=True)

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self._session

    async def __aexit__(self, *_error: object) -> None:
        if self._session.connector is not None:
            await self._session.connector.close(abort_ssl=True)
        await self._session.close()


async def _open(
    cluster: Cluster, session: aiohttp.ClientSession, path: str, container: str, command: Sequence[str]
) -> aiohttp.ClientWebSocketResponse:
    query = [("command", word) for word in command]
    query += [("container", container), ("stdout", "true"), ("stderr", "true")]
    url = cluster.url(path).with_query(query)
    try:
        return await session.ws_connect(
            url,
            protocols=PROTOCOLS,
            headers=cluster.access.headers,
            proxy=proxy_of(cluster.access),
            server_hostname=cluster.access.server_name or None,
            max_msg_size=0,
            autoping=True,
        )
    except aiohttp.WSServerHandshakeError as error:
        # aiohttp drops the body with the reason. Without the upgrade the same request is answered with the
        # same error (and can't run anything: the server asks for an upgrade).
        if error.status in {400, 401, 403, 404}:
            await cluster.get(path, {"command": command[0], "container": container, "stdout": "true"})
        raise refusal(error.status, b"", error.headers or {}) from error


async def _read(socket: aiohttp.ClientWebSocketResponse, streams: dict[int, bytearray]) -> None:
    """Collect the frames until the result or the end."""
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.BINARY or not message.data:
            continue
        stream = streams.get(message.data[0])
        if stream is not None:
            stream += message.data[1 : 1 + max(0, OUTPUT_LIMIT - len(stream))]
        if message.data[0] == 3 and len(message.data) > 1:
            return


def _result(streams: dict[int, bytearray]) -> ExecResult:
    stdout, stderr, told = bytes(streams[1]), bytes(streams[2]), bytes(streams[3])
    if not told:
        return ExecResult(stdout, stderr, error=_("the connection ended before the result"))
    try:
        found = _decoder.decode(told)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ExecResult(stdout, stderr, error=_("the result could not be read"))
    if found.status == "Success":
        return ExecResult(stdout, stderr, 0)
    for cause in (found.details.causes if found.details else None) or ():
        code = cause.message or ""
        if cause.reason == "ExitCode" and code.isascii() and code.isdigit() and len(code) < 6:
            return ExecResult(stdout, stderr, int(code))
    return ExecResult(stdout, stderr, error=clean(found.message or _("the command could not be run")))
