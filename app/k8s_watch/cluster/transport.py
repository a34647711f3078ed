"""The connection below a cluster: TLS, name look-up, proxies, one aiohttp session."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from ..model.ports import BadInput
from ..model.safety import host_is_here
from ..model.words import _
from .credentials import Access

CONNECT_TIMEOUT = 5.0  # seconds
T = TypeVar("T")


async def aside(work: Callable[[], T]) -> T:
    """Run blocking work in a daemon thread: unlike an executor's, it can't hold the program's end back.

    A dead name server blocks getaddrinfo for 10 s and more; the start has 5 s in all.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        try:
            outcome: tuple[T | None, BaseException | None] = (work(), None)
        except BaseException as error:  # noqa: BLE001  handed over to the caller
            outcome = (None, error)
        if not loop.is_closed():
            try:
                loop.call_soon_threadsafe(settle, *outcome)
            except RuntimeError:  # the loop ended in between: nobody waits any more
                return

    threading.Thread(target=run, daemon=True, name="k8s-watch-aside").start()
    return await done


class Resolver(AbstractResolver):
    """Name look-up that never delays the end of the program."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of `host`."""
        found = await aside(
            lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _type, proto, _name, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


def tls(access: Access, strict: bool = True) -> ssl.SSLContext:
    """The TLS settings of one cluster. Raises BadInput on a certificate or key that can't be read."""
    try:
        if access.ca:
            context = ssl.create_default_context(cadata=access.ca.decode("ascii"))
        else:
            context = ssl.create_default_context()
        if access.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if not strict:
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if access.certificate:
            _load_pair(context, access.certificate, access.key)
    except (ssl.SSLError, UnicodeDecodeError, ValueError) as error:
        words = _("The certificates of the context {context} can't be used: {why}.")
        raise BadInput(words.format(context=access.context, why=error)) from error
    return context


def _load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """OpenSSL takes a client's certificate from a file only: one of mode 600, for a moment."""
    descriptor, name = tempfile.mkstemp(prefix="k8s-watch-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(certificate + b"\n" + key + b"\n")
        context.load_cert_chain(name)
    finally:
        os.unlink(name)


def proxy_of(access: Access) -> str | None:
    """The proxy to use: the kubeconfig's, else the environment's, which never serves loopback (as in Go)."""
    if access.proxy:
        return access.proxy
    parts = urlsplit(access.server)
    if host_is_here(access.server):
        return None
    proxies = getproxies()
    if proxy_bypass(parts.hostname or ""):
        return None
    found: str | None = proxies.get(parts.scheme)
    return found


def session_for(access: Access, strict: bool = True, lone: bool = False) -> aiohttp.ClientSession:
    """A session for one cluster; each watch holds a connection, so their number is not limited.

    `lone`: for one request whose connection is not kept (exec).
    """
    options: dict[str, Any] = {} if lone else {"keepalive_timeout": 30}
    if access.server.startswith("https"):
        options["ssl"] = tls(access, strict)
    connector = aiohttp.TCPConnector(
        limit=0,
        force_close=lone,
        resolver=Resolver(),
        ttl_dns_cache=10,
        **options,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=True,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT),
        read_bufsize=2**18,
    )
