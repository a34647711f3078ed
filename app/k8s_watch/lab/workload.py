"""The app in a pod: a small HTTP server that burns CPU as the lesson's Flask app does.

Run as a file (`python -I -S workload.py SETTINGS-AS-JSON`) with a minimal standard library: it must be up in
some tens of milliseconds, and ten of them must be light. It is PID 1 of its container, so it handles the
signals that its image handles and ignores the others. Its log is written in the container runtime's format.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not worth its import here
    from collections.abc import Callable

_STAY, _LARGEST = 5.0, 64 * 1024  # seconds that an idle connection is kept; bytes of a head that are read
_ROTATE = 10 * 1024 * 1024  # bytes; kubelet's containerLogMaxSize
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Log:
    """The container's log file: `TIME STREAM F TEXT` a line, turned over at 10 MiB like kubelet's."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.size = os.fstat(self.file).st_size

    def write(self, stream: str, text: str) -> None:
        """One line."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        line = f"{stamp}.{int(now % 1 * 1e9):09d}Z {stream} F {text}\n".encode()
        if self.size > _ROTATE:
            os.replace(self.path, self.path + ".1")
            os.close(self.file)
            self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self.size = 0
        self.size += os.write(self.file, line)


class App:
    """What the image answers."""

    def __init__(self, settings: dict[str, object]) -> None:
        self.serves = str(settings["serves"])
        self.name = str(settings["name"])
        self.burn = float(str(settings["burn_ms"])) / 1000
        self.healthy = True

    def answer(self, method: str, path: str) -> tuple[int, bytes]:
        """Status and body."""
        path = path.partition("?")[0]
        if self.serves == "netexec":
            return self._netexec(path)
        if self.serves == "name":
            return 200, f"{self.name}\n".encode()
        if self.serves == "moody" and path in {"/ready", "/fail", "/heal"}:
            return self._mood(path)
        if path != "/":
            return 404, b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
        if method not in {"GET", "HEAD"}:
            return 405, b"<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n"
        return 200, f"Hello, my first docker images! {self.name}\n".encode()

    def _mood(self, path: str) -> tuple[int, bytes]:
        if path != "/ready":
            self.healthy = path == "/heal"
            return 200, b"healed\n" if self.healthy else b"failing\n"
        return (200, b"ok\n") if self.healthy else (503, b"not ready\n")

    def _netexec(self, path: str) -> tuple[int, bytes]:
        if path == "/":
            return 200, time.strftime("NOW: %Y-%m-%d %H:%M:%S +0000 UTC", time.gmtime()).encode()
        if path in {"/hostname", "/hostName"}:
            return 200, self.name.encode()
        if path == "/healthz":
            return 200, b""
        return 404, b"404 page not found\n"


_REASONS = {
    200: "OK",
    400: "BAD REQUEST",
    404: "NOT FOUND",
    405: "METHOD NOT ALLOWED",
    503: "SERVICE UNAVAILABLE",
}


class Connection:
    """One client."""

    def __init__(self, sock: socket.socket, peer: str) -> None:
        self.sock = sock
        self.peer = peer
        self.read = b""
        self.write = b""
        self.closing = False
        self.seen = time.monotonic()


class Server:
    """One thread, one poll loop: like a Python app under the GIL it uses one core at most."""

    def __init__(self, app: App, log: Log, address: tuple[str, int]) -> None:
        self.app = app
        self.log = log
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(address)
        self.listener.listen(128)  # Werkzeug's own backlog
        self.listener.setblocking(False)
        self.connections: dict[int, Connection] = {}
        self.poll = select.poll()
        self.poll.register(self.listener.fileno(), select.POLLIN)
        self.swept = time.monotonic()

    def run(self) -> None:
        """Serve until a signal or the lifeline ends the process."""
        while True:
            for number, _event in self.poll.poll(1000):
                if number == 0:
                    lifeline()
                elif number == self.listener.fileno():
                    self.accept()
                elif number in self.connections:
                    self.serve(self.connections[number])
            self.sweep()

    def accept(self) -> None:
        """Take every connection that waits."""
        while True:
            try:
                sock, peer = self.listener.accept()
            except OSError:  # none waits, or it has gone again
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections[sock.fileno()] = Connection(sock, peer[0])
            self.poll.register(sock.fileno(), select.POLLIN)

    def serve(self, connection: Connection) -> None:
        """Read what has come, answer the requests in it, write what goes."""
        connection.seen = time.monotonic()
        try:
            if not connection.write:
                came = connection.sock.recv(65536)
                if not came:
                    self.drop(connection)
                    return
                connection.read += came
                self.requests(connection)
            if connection.write:
                sent = connection.sock.send(connection.write)
                connection.write = connection.write[sent:]
        except BlockingIOError:
            return
        except OSError:  # the client has gone
            self.drop(connection)
            return
        if not connection.write and connection.closing:
            self.drop(connection)
            return
        self.poll.modify(connection.sock.fileno(), select.POLLOUT if connection.write else select.POLLIN)

    def requests(self, connection: Connection) -> None:
        """Answer every complete request in the buffer."""
        while not connection.closing:
            head, mark, rest = connection.read.partition(b"\r\n\r\n")
            if not mark:
                if len(connection.read) > _LARGEST:
                    connection.write += (
                        b"HTTP/1.1 431 REQUEST HEADER FIELDS TOO LARGE\r\nConnection: close\r\n\r\n"
                    )
                    connection.closing = True
                return
            headers = head.lower()
            length = _length(headers)
            if len(rest) < length:
                if length > 16 * _LARGEST:
                    connection.closing = True
                return
            connection.read = rest[length:]
            self.one(connection, head.split(b"\r\n", 1)[0].decode("latin-1"), headers)

    def one(self, connection: Connection, line: str, headers: bytes) -> None:
        """Answer one request, at the price in CPU time that a small Flask app pays."""
        began = time.thread_time()
        parts = line.split(" ")
        method, path = (parts[0], parts[1]) if len(parts) == 3 else ("", "")
        status, body = self.app.answer(method, path) if method else (400, b"Bad Request\n")
        old = line.endswith("HTTP/1.0")
        keep = b"connection: keep-alive" in headers if old else b"connection: close" not in headers
        connection.closing = not keep or not method
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        top = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nServer: Werkzeug/3.1.3 Python/3.11.2\r\nDate: {date}\r\n"
            f"Content-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
        )
        connection.write += top.encode("latin-1") + (b"" if method == "HEAD" else body)
        if self.app.serves in {"hello", "moody"}:
            at = time.gmtime()
            stamp = f"{at.tm_mday:02d}/{_MONTHS[at.tm_mon - 1]}/{at.tm_year} {time.strftime('%H:%M:%S', at)}"
            said = "".join(c if c.isprintable() else "?" for c in line[:2000])
            self.log.write("stderr", f'{connection.peer} - - [{stamp}] "{said}" {status} -')
        while time.thread_time() - began < self.app.burn:
            pass

    def sweep(self) -> None:
        """Close what has been idle for 5 s."""
        now = time.monotonic()
        if now - self.swept < 1:
            return
        self.swept = now
        for connection in [c for c in self.connections.values() if now - c.seen > _STAY]:
            self.drop(connection)

    def drop(self, connection: Connection) -> None:
        """Close it."""
        number = connection.sock.fileno()
        self.connections.pop(number, None)
        self.poll.unregister(number)
        connection.sock.close()


def _length(headers: bytes) -> int:
    for line in headers.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            text = line[15:].strip()
            return int(text) if text.isdigit() else 0
    return 0


def lifeline() -> None:
    """End at once when the node's end of our standard input is closed: the node has gone."""
    if not os.read(0, 1024):
        os._exit(137)


def pause(seconds: float) -> None:
    """Do nothing for a while, but end with the node."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    if poll.poll(seconds * 1000):
        lifeline()


def signals(handled: dict[str, int]) -> None:
    """Behave as PID 1 of a container: signals that nobody handles do nothing."""
    for number in range(1, signal.NSIG):
        if number in {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
            continue
        code = handled.get(str(number))
        try:
            signal.signal(number, signal.SIG_IGN if code is None else _ender(code))
        except (OSError, ValueError):  # reserved by the C library
            continue


def _ender(code: int) -> Callable[[int, object], None]:
    def end(_number: int, _frame: object) -> None:
        os._exit(code)

    return end


def main() -> None:
    """Run the container's main process."""
    settings = json.loads(sys.argv[1])
    signals(settings["ends_with"])
    os.nice(10)  # the screen and the API stay live on two cores while every pod burns
    log = Log(settings["log"])
    if settings["lives"] is not None:
        log.write("stdout", str(settings["says"]))
        pause(settings["lives"])
        os._exit(settings["exit_code"])
    pause(settings["warm_up"])  # nothing listens meanwhile, though the pod may already count as ready
    for line in settings["greeting"]:
        log.write("stderr", line)
    server = Server(App(settings), log, (settings["host"], settings["port"]))
    server.poll.register(0, select.POLLIN)
    os.set_blocking(0, False)
    server.run()


if __name__ == "__main__":
    main()
