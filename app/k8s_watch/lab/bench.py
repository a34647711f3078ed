"""The lab's `ab`: a process in the pod that loads an address and prints ab's report.

Run as a file (`python -I -S bench.py ...`), standard library only; the addresses were looked up by the node.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not worth its import here
    from typing import TextIO


def options(argv: list[str]) -> dict[str, str]:
    """`--name value` pairs."""
    words = iter(argv)
    return {word[2:]: next(words, "") for word in words}


def say(text: str, stream: TextIO | None = None) -> None:
    """A line for whoever ran it."""
    print(text, file=stream or sys.stdout, flush=True)


class Client:
    """One of the connections at once."""

    def __init__(self) -> None:
        self.sock: socket.socket | None = None
        self.began = 0.0
        self.connected = 0.0
        self.first = 0.0
        self.answer = b""


class Bench:
    """The run: its clients, and what they measured."""

    def __init__(self, given: dict[str, str]) -> None:
        self.requests = int(given["requests"])
        self.concurrency = int(given["concurrency"])
        self.seconds = int(given["seconds"])
        flags = given.get("flags", "")  # ab's -q and -r
        self.quiet, self.stubborn = "q" in flags or self.requests <= 150, "r" in flags
        self.host, self.port, self.path = given["host"], given["port"], given["path"]
        self.addresses = [
            (a.rsplit(":", 1)[0], int(a.rsplit(":", 1)[1])) for a in given["addresses"].split(",")
        ]
        name = self.host if self.port == "80" else f"{self.host}:{self.port}"
        self.message = (
            f"GET {self.path} HTTP/1.0\r\nHost: {name}\r\nUser-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n"
        ).encode("latin-1", "replace")
        self.turn = 0
        self.started = self.done = self.failed = self.bad = self.received = self.body = 0
        self.times: list[tuple[float, float, float]] = []  # (connect, first byte, total), milliseconds
        self.server = ""
        self.length = -1
        self.wrong_length = 0
        self.clients: dict[int, Client] = {}
        self.poll = select.poll()
        self.poll.register(0, select.POLLIN)  # the lifeline

    def run(self) -> int:
        """Load until the number or the time is reached."""
        began = time.perf_counter()
        end = began + self.seconds if self.seconds else float("inf")
        for _ in range(self.concurrency):
            self.open(Client())
        step = max(self.requests // 10, 100)
        told = 0
        while self.clients and time.perf_counter() < end:
            for number, _event in self.poll.poll(500):
                if number == 0:
                    if not os.read(0, 1024):
                        os._exit(137)
                    continue
                self.ready(self.clients[number])
            while not self.quiet and self.done - told >= step:
                told += step
                say(f"Completed {told} requests", sys.stderr)
            if not self.stubborn and self.failed > 10 and self.failed * 2 > self.done:
                say("apr_socket_recv: Connection refused (111)", sys.stderr)
                say(f"Total of {self.done} requests completed", sys.stderr)
                return 111
        took = time.perf_counter() - began
        if self.quiet:
            say("..done")
        else:
            say(f"Finished {self.done} requests", sys.stderr)
        say("\n")
        self.report(took)
        return 0

    def open(self, client: Client) -> None:
        """Begin the next request; a new connection each, like ab without -k."""
        while self.started < self.requests:
            self.started += 1
            address = self.addresses[self.turn % len(self.addresses)]
            self.turn += 1
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sock.setblocking(False)
            client.sock, client.answer, client.began = sock, b"", time.perf_counter()
            client.connected = client.first = 0.0
            if sock.connect_ex(address) in {0, 115, 36}:  # EINPROGRESS on Linux and macOS
                self.clients[sock.fileno()] = client
                self.poll.register(sock.fileno(), select.POLLOUT)
                return
            sock.close()
            self.lost()

    def lost(self) -> None:
        """Count a request that got no answer."""
        self.failed += 1
        self.done += 1

    def ready(self, client: Client) -> None:
        """Go on with one connection."""
        sock = client.sock
        assert sock is not None
        try:
            if not client.connected:
                problem = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if problem:
                    raise OSError(problem)
                client.connected = time.perf_counter()
                sock.send(self.message)
                self.poll.modify(sock.fileno(), select.POLLIN)
                return
            came = sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            self.close(sock)
            self.lost()
            self.open(client)
            return
        if came:
            client.first = client.first or time.perf_counter()
            client.answer += came
            return
        self.close(sock)
        self.finish(client)
        self.open(client)

    def close(self, sock: socket.socket) -> None:
        """Forget the connection."""
        self.poll.unregister(sock.fileno())
        del self.clients[sock.fileno()]
        sock.close()

    def finish(self, client: Client) -> None:
        """Take an answer that is complete."""
        head, mark, body = client.answer.partition(b"\r\n\r\n")
        if not mark:
            self.lost()
            return
        now = time.perf_counter()
        self.done += 1
        self.received += len(client.answer)
        self.body += len(body)
        marks = (client.connected, client.first, now)
        connect, first, total = ((mark - client.began) * 1e3 for mark in marks)
        self.times.append((connect, first, total))
        if not head[9:12].startswith(b"2"):
            self.bad += 1
        if self.length < 0:
            self.length = len(body)
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"server:"):
                    self.server = line[7:].strip().split(b" ")[0].decode("latin-1")  # ab: its first word
        elif len(body) != self.length:
            self.wrong_length += 1

    def report(self, took: float) -> None:
        """ab's own report."""
        totals = sorted(t for _c, _f, t in self.times) or [0.0]
        count = max(len(self.times), 1)
        rate = len(self.times) / took if took else 0.0
        lines = [
            f"Server Software:        {self.server}",
            f"Server Hostname:        {self.host}",
            f"Server Port:            {self.port}",
            "",
            f"Document Path:          {self.path}",
            f"Document Length:        {max(self.length, 0)} bytes",
            "",
            f"Concurrency Level:      {self.concurrency}",
            f"Time taken for tests:   {took:.3f} seconds",
            f"Complete requests:      {self.done}",
            f"Failed requests:        {self.failed + self.wrong_length}",
            *([f"Non-2xx responses:      {self.bad}"] if self.bad else []),
            f"Total transferred:      {self.received} bytes",
            f"HTML transferred:       {self.body} bytes",
            f"Requests per second:    {rate:.2f} [#/sec] (mean)",
            f"Time per request:       {self.concurrency * took * 1e3 / count:.3f} [ms] (mean)",
            f"Time per request:       {took * 1e3 / count:.3f} [ms] (mean, across all concurrent requests)",
            f"Transfer rate:          {self.received / 1024 / took if took else 0:.2f} [Kbytes/sec] received",
            "",
            "Connection Times (ms)",
            "              min  mean[+/-sd] median   max",
            *self.spread(),
            "",
            "Percentage of the requests served within a certain time (ms)",
        ]
        for percent in (50, 66, 75, 80, 90, 95, 98, 99, 100):
            at = totals[min(len(totals) - 1, len(totals) * percent // 100)]
            lines.append(f" {percent:>3}%  {at:>5.0f}{' (longest request)' if percent == 100 else ''}")
        say("\n".join(lines))

    def spread(self) -> list[str]:
        """The table of connection times."""
        rows = []
        for name, values in (
            ("Connect:", [c for c, _f, _t in self.times]),
            ("Processing:", [t - c for c, _f, t in self.times]),
            ("Waiting:", [f - c for c, f, _t in self.times]),
            ("Total:", [t for _c, _f, t in self.times]),
        ):
            ordered = sorted(values) or [0.0]
            mean = sum(ordered) / len(ordered)
            deviation = (sum((v - mean) ** 2 for v in ordered) / len(ordered)) ** 0.5
            middle = ordered[len(ordered) // 2]
            rows.append(
                f"{name:<11} {ordered[0]:>5.0f} {mean:>4.0f} {deviation:>5.1f} {middle:>6.0f} {ordered[-1]:>7.0f}"
            )
        return rows


def main() -> int:
    """Load and report."""
    given = options(sys.argv[1:])
    os.nice(5)  # behind the screen, before the pods: it must be able to keep them busy
    # the report of the real one, its first lines too: learners compare what they see with the lesson
    say("This is ApacheBench, Version 2.3 <$Revision: 1934973 $>")
    say("Copyright 1996 Adam Twiss, Zeus Technology Ltd, http://www.zeustech.net/")
    say("Licensed to The Apache Software Foundation, http://www.apache.org/\n")
    bench = Bench(given)
    print(f"Benchmarking {given['host']} (be patient)", end="..." if bench.quiet else "\n", flush=True)  # noqa: T201
    return bench.run()


if __name__ == "__main__":
    raise SystemExit(main())
