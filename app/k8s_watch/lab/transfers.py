"""The applets that make requests: curl and ab. They reach the lab's own pods, Services and entry, nothing else."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from .applets import Address, Applet, Session

_LARGEST = 1024 * 1024  # bytes of an answer that curl prints


def split(url: str) -> tuple[str, int, str] | None:
    """Host, port and path of an http URL; None when it is not one."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or 80
    except ValueError:
        return None
    if parts.scheme != "http" or not parts.hostname:
        return None
    return parts.hostname, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


async def request(address: Address, host: str, path: str, method: str = "GET") -> tuple[int, bytes, bytes]:
    """One answer: status, head, body. Raises OSError, TimeoutError or ValueError."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(*address)
        try:
            writer.write(
                f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n"
                "Connection: close\r\n\r\n".encode("latin-1", "replace")
            )
            data = b""
            while len(data) < _LARGEST and (more := await reader.read(65536)):
                data += more
        finally:
            writer.close()
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), head, body


async def _curl(session: Session, argv: list[str]) -> int:
    flags = "".join(a[1:] for a in argv[1:] if a.startswith("-") and not a.startswith("--"))
    urls = [a for a in argv[1:] if not a.startswith("-") and a not in {"GET", "POST"}]
    method = "POST" if "POST" in argv else "GET"
    parts = split(urls[-1]) if urls else None
    if parts is None:
        await session.complain("curl: (3) URL using bad/illegal format or missing URL\n")
        return 3
    host, port, path = parts
    addresses = session.sandbox.reach(host, port)
    if addresses is None:
        await session.complain(f"curl: (6) Could not resolve host: {host}\n")
        return 6
    try:
        if not addresses:
            raise ConnectionRefusedError
        status, head, body = await request(addresses[0], host, path, method)
    except (OSError, ValueError, IndexError):
        await session.complain(
            f"curl: (7) Failed to connect to {host} port {port}: Couldn't connect to server\n"
        )
        return 7
    if "i" in flags:
        await session.out(head + b"\r\n\r\n")
    if "f" in flags and status >= 400:
        await session.complain(f"curl: (22) The requested URL returned error: {status}\n")
        return 22
    await session.out(body)
    return 0


_USAGE = "Usage: ab [-c concurrency] [-n requests] [-t seconds] [-qr] http://host[:port]/path\n"


async def _ab(session: Session, argv: list[str]) -> int:
    options = {"-c": 1, "-n": 0, "-t": 0}
    url = flags = ""
    words = iter(argv[1:])
    for word in words:
        key, value = word[:2], word[2:]
        if key in options:
            value = value or next(words, "")
            if not value.isdigit() or not 0 < int(value) <= 10_000_000:
                await session.complain(f"ab: invalid {key} {value}\n{_USAGE}")
                return 22
            options[key] = int(value)
        elif word in {"-q", "-r"}:
            flags += word[1]
        elif word.startswith("-"):
            await session.complain(f"ab: the lab knows -c, -n, -t, -q and -r, not {word}\n{_USAGE}")
            return 22
        else:
            url = word
    parts = split(url) if url else None
    if parts is None or "/" not in url.replace("://", ""):
        await session.complain(f"ab: invalid URL\n{_USAGE}")
        return 22
    requests = options["-n"] or (50_000 if options["-t"] else 1)
    if options["-c"] > min(requests, 1000):
        await session.complain("ab: Cannot use concurrency level greater than total number of requests\n")
        return 22
    host, port, path = parts
    addresses = session.sandbox.reach(host, port)
    if not addresses:
        reason = "Name or service not known" if addresses is None else "Connection refused"
        await session.complain(f"apr_sockaddr_info_get() for {host}: {reason}\n")
        return 1
    found = ",".join(f"{a}:{p}" for a, p in addresses)
    shown = [
        "--concurrency",
        str(options["-c"]),
        "--requests",
        str(requests),
        "--seconds",
        str(options["-t"]),
    ]
    arguments = [*shown, "--host", host, "--port", str(port), "--path", path, "--addresses", found]
    return await session.sandbox.bench([*arguments, "--flags", flags], session.out, session.err)


APPLETS: dict[str, Applet] = {"curl": _curl, "ab": _ab}
