"""Heads of HTTP messages, as bytes: what a proxy must read of them, and what it changes. Pure."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST = 64 * 1024  # bytes of a head
# hop by hop (RFC 9110 7.6.1), and what the entry sets itself
_NOT_FORWARDED = {
    b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade", b"proxy-authorization",
    b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-real-ip",
}  # fmt: skip
_NOT_RETURNED = {b"connection", b"keep-alive", b"proxy-connection"}


class Malformed(ValueError):
    """Not HTTP that we forward."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line and the headers of a request or an answer."""

    first: tuple[bytes, bytes, bytes]
    headers: tuple[tuple[bytes, bytes], ...]

    def get(self, name: bytes) -> bytes | None:
        """The first header of that (lower-case) name."""
        return next((v for k, v in self.headers if k.lower() == name), None)

    @property
    def chunked(self) -> bool:
        """Whether its body comes in chunks."""
        return b"chunked" in (self.get(b"transfer-encoding") or b"").lower()

    @property
    def length(self) -> int | None:
        """Content-Length; None when it is not given. Raises Malformed."""
        values = {v for k, v in self.headers if k.lower() == b"content-length"}
        if not values:
            return None
        text = values.pop()
        if values or not text.isdigit() or len(text) > 15:
            raise Malformed("Content-Length")
        if self.chunked:
            raise Malformed("Content-Length with chunks")  # the two together smuggle requests
        return int(text)


def parse(raw: bytes) -> Head:
    """Read a head, without the empty line at its end. Raises Malformed."""
    lines = raw.split(b"\r\n")
    first = lines[0].split(b" ", 2)
    if len(first) == 2 and first[0].startswith(b"HTTP/"):
        first.append(b"")
    if len(first) != 3 or not (first[0].startswith(b"HTTP/1.") or first[2].startswith(b"HTTP/1.")):
        raise Malformed("first line")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise Malformed("header")
        headers.append((name, value.strip(b" \t")))
    return Head((first[0], first[1], first[2]), tuple(headers))


def persistent(head: Head) -> bool:
    """Whether the client that sent this request keeps its connection."""
    wish = (head.get(b"connection") or b"").lower()
    return b"keep-alive" in wish if head.first[2] == b"HTTP/1.0" else b"close" not in wish


def forwarded(head: Head, peer: str, port: int) -> bytes:
    """The request's head for the pod, with X-Forwarded-* as an ingress controller sets them."""
    method, target, _version = head.first
    host = head.get(b"host") or f"127.0.0.1:{port}".encode()
    lines = [method + b" " + target + b" HTTP/1.1"]
    lines += [k + b": " + v for k, v in head.headers if k.lower() not in _NOT_FORWARDED]
    if head.get(b"host") is None:
        lines.append(b"Host: " + host)
    known = peer.encode()
    lines += [
        b"X-Real-IP: " + known,
        b"X-Forwarded-For: " + known,
        b"X-Forwarded-Host: " + host,
        b"X-Forwarded-Proto: http",
        b"Connection: keep-alive",
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def returned(head: Head, keep: bool) -> bytes:
    """The answer's head for the client."""
    lines = [b" ".join((b"HTTP/1.1", *head.first[1:]))]
    lines += [k + b": " + v for k, v in head.headers if k.lower() not in _NOT_RETURNED]
    lines.append(b"Connection: keep-alive" if keep else b"Connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"


def own(status: int, reason: str, keep: bool) -> bytes:
    """An answer of the entry itself."""
    body = f"<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n</body>\r\n</html>\r\n".encode()
    top = f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: {'keep-alive' if keep else 'close'}\r\n\r\n"
    return top.encode() + body


class Body:
    """Follows a body's bytes to its end."""

    def __init__(self, length: int | None, chunked: bool) -> None:
        self._left = length  # None: until the connection ends
        self._chunked = chunked
        self._buffer = b""
        self._chunk = 0  # bytes left of this chunk, its line end included
        self._trailer = False
        self.done = length == 0 and not chunked

    def feed(self, data: bytes) -> int:
        """How many of these bytes belong to the body; `done` tells whether it is complete. Raises Malformed."""
        if self.done:
            return 0
        if not self._chunked:
            if self._left is None:
                return len(data)
            taken = min(self._left, len(data))
            self._left -= taken
            self.done = self._left == 0
            return taken
        return self._chunks(data)

    def _chunks(self, data: bytes) -> int:
        at = 0
        while at < len(data) and not self.done:
            if self._chunk:
                step = min(self._chunk, len(data) - at)
                self._chunk -= step
                at += step
                continue
            end = data.find(b"\n", at)
            stop = len(data) if end < 0 else end + 1
            self._buffer += data[at:stop]
            at = stop
            if len(self._buffer) > 8192:
                raise Malformed("chunk line")
            if end >= 0:
                self._line(self._buffer.strip())
                self._buffer = b""
        return at

    def _line(self, line: bytes) -> None:
        if self._trailer:
            self.done = not line
            return
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError as error:
            raise Malformed("chunk size") from error
        if size < 0:
            raise Malformed("chunk size")
        if size:
            self._chunk = size + 2
        else:
            self._trailer = True
