"""One cluster: its address and ours, and the requests that can be made to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from yarl import URL

from ..model.ports import Clock, Forbidden, LocalClock, Unreachable, WatchError
from ..model.safety import host_is_here
from ..model.words import _
from .clockwork import ServerClock
from .credentials import IN_CLUSTER, Access, load
from .failures import Answer, certificate_words, in_words, is_strict_only, refusal
from .kubeconfig import ConnectOptions, forbid_terminal, has_kubeconfig, stamps
from .transport import CONNECT_TIMEOUT, aside, proxy_of, session_for

__all__ = ["Cluster", "ConnectOptions", "connect", "has_kubeconfig"]

log = logging.getLogger(__name__)

START_TIMEOUT = 3.5  # seconds for the first answer: the start has 5 in all, with 1 for Python itself
RELOAD_PAUSE = 5.0  # seconds: with a token that stays bad, nine watches would run the exec plugin without end
Failures = (aiohttp.ClientError, TimeoutError, OSError)
"""What a request to a server that is not there raises."""


_Asking = AbstractAsyncContextManager[aiohttp.ClientResponse]


class Cluster:
    """An API server and who we are to it. Made by `connect`."""

    def __init__(self, options: ConnectOptions, access: Access, clock: Clock, strict: bool = True) -> None:
        # The context is kept by name: another terminal may choose another current one at any time.
        self.options = options if access.context == IN_CLUSTER else replace(options, context=access.context)
        self.clock = clock
        self.server_clock = ServerClock()
        self.notes: list[str] = []  # sentences to be said once there is a screen
        self.strict = strict
        self._take(access)
        self.epoch = 0  # grows when this may be another server, where old versions mean nothing
        self._stamps = stamps(options)
        self._turn = 0  # how often the credentials were read again
        self._reloaded = -RELOAD_PAUSE
        self._reloading = asyncio.Lock()

    def _take(self, access: Access) -> None:
        self.access = access
        self.session = session_for(access, self.strict)
        self._proxy = proxy_of(access)

    @property
    def context(self) -> str:
        """The context's name in the kubeconfig, or "in-cluster"."""
        return self.access.context

    @property
    def namespace(self) -> str:
        """The namespace that -n or the context names, or "default"."""
        return self.access.namespace

    @property
    def server(self) -> str:
        """The API server's URL, without a slash at its end."""
        return self.access.server

    @property
    def server_host(self) -> str:
        """The host in it."""
        return urlsplit(self.access.server).hostname or ""

    @property
    def is_here(self) -> bool:
        """Whether the API server is on this machine."""
        return host_is_here(self.access.server)

    @property
    def contexts(self) -> tuple[str, ...]:
        """The kubeconfig's contexts, this one first."""
        return self.access.contexts

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | Mapping[str, Any] | None = None,
        *,
        content_type: str = "application/json",
        timeout: float = 10.0,  # noqa: ASYNC109  the word of every HTTP library
        params: Mapping[str, str] | None = None,
    ) -> bytes:
        """Ask once and read the whole answer; `timeout` in seconds.

        Raises Unauthorised, Forbidden, `failures.Answer` (other errors of HTTP), Unreachable (no answer).
        """
        try:
            async with (
                asyncio.timeout(timeout),
                self.stream(method, path, body, content_type=content_type, params=params) as answer,
            ):
                return await answer.read()
        except Failures as error:
            raise Unreachable(in_words(error)) from error

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        body: bytes | Mapping[str, Any] | None = None,
        *,
        content_type: str = "application/json",
        params: Mapping[str, str] | None = None,
        read_timeout: float | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask once and hand over the answer while it comes; `read_timeout`: seconds without a byte.

        Raises as `request` does, but a broken connection as aiohttp's own error or TimeoutError.
        """
        again = True
        while True:
            turn = self._turn
            async with self._send(method, path, body, content_type, params, read_timeout) as answer:
                if answer.status < 400:
                    yield answer
                    return
                error = refusal(answer.status, await answer.content.read(65536), answer.headers)
                status = answer.status
            if status != 401 or not again or not await self._reload(turn):
                raise error
            again = False

    def bare(self, method: str, path: str) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """One request whose answer is handed over whatever its status: what lies behind the Service proxy."""
        sent: AbstractAsyncContextManager[aiohttp.ClientResponse] = self._send(
            method, path, None, "", None, None
        )
        return sent

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | Mapping[str, Any] | None,
        content_type: str,
        params: Mapping[str, str] | None,
        read_timeout: float | None,
    ) -> _Asking:
        headers = [*self.access.headers, ("Accept", "application/json")]
        if body is not None:
            headers.append(("Content-Type", content_type))
        return self.session.request(
            method,
            self.url(path, params),
            data=body if body is None or isinstance(body, bytes) else msgspec.json.encode(body),
            headers=headers,
            proxy=self._proxy,
            server_hostname=self.access.server_name or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_TIMEOUT, connect=CONNECT_TIMEOUT, sock_read=read_timeout
            ),
        )

    def url(self, path: str, params: Mapping[str, str] | None = None) -> URL:
        """The whole URL of a path, which is taken as it stands."""
        made = URL(self.access.server + path, encoded=True)
        return made.update_query(params) if params else made

    async def get(self, path: str, params: Mapping[str, str] | None = None, within: float = 10.0) -> bytes:
        """`request` with GET, `within` seconds."""
        return await self.request("GET", path, params=params, timeout=within)

    async def look_again(self) -> bool:
        """Read the kubeconfig again if it was written since: a cluster made anew has other keys and ports.

        Whether anything changed. For when nothing answers; raises nothing.
        """
        now = stamps(self.options)
        if now == self._stamps or self.clock.mono() - self._reloaded < RELOAD_PAUSE:
            return False
        self._stamps = now
        try:
            return await self._reload(self._turn)
        except WatchError as error:
            log.info("the kubeconfig changed, but gives nothing: %s", error)
            return False

    async def _reload(self, turn: int) -> bool:
        """Read the credentials again; whether it is worth asking again."""
        async with self._reloading:
            if turn != self._turn:
                return True  # another request did it meanwhile
            now = self.clock.mono()
            if not self.access.renewable or now - self._reloaded < RELOAD_PAUSE:
                return False
            self._reloaded = now
            access = await aside(lambda: load(self.options))
            if access == self.access:
                return False
            log.info("credentials of %s were read again", access.context)
            self._turn += 1
            if access.transport == self.access.transport:
                self.access = access
            else:
                old = self.session
                self._take(access)
                self.epoch += 1
                await old.close()
            return True

    async def hello(self, within: float) -> None:
        """The first request: is anyone there, and does it trust us? Raises as `request` does."""
        try:
            async with asyncio.timeout(within), self.stream("GET", "/version") as answer:
                await answer.read()
        except aiohttp.ClientConnectorCertificateError as error:
            if not self.strict or not is_strict_only(error):
                raise
            self.strict = False
            old = self.session
            self._take(self.access)
            await old.close()
            words = _(
                "The API server's certificate breaks one of the stricter rules of Python 3.13 ({why}), so it was checked without them."
            )
            self.notes.append(words.format(why=certificate_words(error)))
            await self.hello(within)

    async def aclose(self) -> None:
        """End every connection."""
        connector = self.session.connector
        if connector is not None:
            # A TLS goodbye to a server that is stopped would wait for it.
            await connector.close(abort_ssl=True)
        await self.session.close()


async def connect(options: ConnectOptions, clock: Clock | None = None) -> Cluster:
    """Read the kubeconfig and greet the server.

    Raises BadInput, Unreachable (within 3.5 s, exec plugins apart), Unauthorised.
    """
    access = await aside(lambda: load(options))
    forbid_terminal()  # from here on a screen has it: credentials are renewed without a word
    cluster = Cluster(options, access, clock or LocalClock())
    try:
        await cluster.hello(START_TIMEOUT)
    except Failures as error:
        await cluster.aclose()
        raise Unreachable(_nobody(access, error)) from error
    except (Forbidden, Answer) as error:
        if isinstance(error, Answer) and error.status >= 500:
            await cluster.aclose()
            raise Unreachable(_nobody(access, error)) from error
        return cluster  # someone is there: /version is merely not for us
    except BaseException:
        await cluster.aclose()
        raise
    return cluster


def _nobody(access: Access, error: BaseException) -> str:
    why = in_words(error)
    if isinstance(error, TimeoutError):
        why = _("no answer within {n:g} s").format(n=START_TIMEOUT)
    words = _(
        "The API server {server} of the context {context} can't be reached: {why}. "
        "Start it, choose another --context, or start with --lab."
    )
    return words.format(server=access.server, context=access.context, why=why.rstrip("."))
