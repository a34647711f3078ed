"""The burst as the process that it is: real requests, real ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from k8s_watch.model.ports import BadInput, BurstPlan, LocalClock
from k8s_watch.traffic import burst as module
from k8s_watch.traffic import load
from k8s_watch.traffic.burst import Burst

A, B = "web-6d8c9d7f5b-2xz7w", "web-6d8c9d7f5b-4f9qz"


class Ticks(list):
    """Takes LoadTicks; `first` is set when one tells of requests."""

    def __init__(self):
        super().__init__()
        self.first = asyncio.Event()

    def __call__(self, tick):
        self.append(tick)
        if tick.done:
            self.first.set()


def start(plan, url, ticks, names=lambda: [A], **more):
    return Burst.start(plan, url, more.pop("host", ""), names, ticks, LocalClock(), **more)


def pid(burst):
    return burst._process.pid


def exists(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


async def silent(_request, _writer):
    await asyncio.Event().wait()


async def test_a_burst_asks_as_often_as_planned_each_time_anew(serving):
    asked = set()

    async def answer(request, writer):
        asked.add(writer.get_extra_info("peername"))
        assert b"\r\nHost: web.local\r\n" in request
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nHello " + A.encode())

    ticks = Ticks()
    async with serving(answer) as url:
        burst = await start(BurstPlan(200, 10, 0), url, ticks, host="web.local")
        await burst.wait()
    last = ticks[-1]
    assert ticks[0].state == "running"
    assert ticks[0].done == 0
    assert (last.state, last.done, last.errors, last.wanted) == ("ended", 200, 0, 200)
    assert last.per_pod == ((A, 200),)
    assert 0 < last.p50 <= last.p95 <= last.p99
    assert len(asked) == 200
    assert not burst.running
    assert not exists(pid(burst))


async def test_a_burst_goes_on_until_its_seconds_have_passed(serving, saying):
    ticks = Ticks()
    async with serving(saying(A.encode())) as url:
        burst = await start(BurstPlan(1, 2, 0.6), url, ticks)
        await burst.wait()
    assert ticks[-1].elapsed >= 0.6
    assert ticks[-1].done > 2
    assert sum(tick.state == "running" for tick in ticks) >= 2


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_stop_ends_it_within_200_ms(serving, saying, hangs, caplog):
    ticks = Ticks()
    async with serving(silent if hangs else saying(A.encode())) as url:
        burst = await start(BurstPlan(10_000, 50, 30), url, ticks)
        if not hangs:
            await ticks.first.wait()
        began = time.perf_counter()
        await burst.stop()
        took = time.perf_counter() - began
    assert took < 0.2
    assert not exists(pid(burst))
    assert [tick.state for tick in ticks if tick.state != "running"] == ["stopped"]
    assert not caplog.records  # what the process writes on stderr is logged
    await burst.stop()  # again: nothing happens
    assert ticks[-1].state == "stopped"


async def test_a_process_that_does_not_listen_is_killed_within_200_ms(serving, saying):
    ticks = Ticks()
    async with serving(saying(A.encode())) as url:
        burst = await start(BurstPlan(10_000, 5, 30), url, ticks)
        os.kill(pid(burst), signal.SIGSTOP)
        began = time.perf_counter()
        await burst.stop()
        assert time.perf_counter() - began < 0.2
    assert ticks[-1].state == "stopped"


async def test_errors_are_counted_by_their_reason(serving, saying):
    ticks = Ticks()
    async with serving(saying(b"no", b"HTTP/1.1 503 X\r\nConnection: close\r\n")) as url:
        burst = await start(BurstPlan(20, 5, 0), url, ticks)
        await burst.wait()
    assert (ticks[-1].state, ticks[-1].errors, ticks[-1].detail) == ("ended", 20, "20 × 503")
    assert ticks[-1].per_pod == (("", 20),)


async def test_a_closed_port_is_asked_gently_and_counted_as_refused():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ticks = Ticks()
    burst = await start(BurstPlan(20, 10, 0), f"http://127.0.0.1:{port}/", ticks)
    await burst.wait()
    assert (ticks[-1].errors, ticks[-1].detail) == (20, "20 × refused")
    assert ticks[-1].elapsed >= load.PAUSE
    assert ticks[-1].p99 == 0


async def test_a_pod_that_comes_while_it_runs_is_recognised(serving, saying):
    names = [A]
    ticks, seen = Ticks(), asyncio.Event()

    def emit(tick):
        ticks(tick)
        if B in dict(tick.per_pod):
            seen.set()

    async with serving(saying(B.encode())) as url:
        burst = await start(BurstPlan(10_000, 5, 30), url, emit, lambda: names)
        await ticks.first.wait()
        assert dict(ticks[-1].per_pod).keys() == {""}
        names.append(B)
        async with asyncio.timeout(5):
            await seen.wait()
        await burst.stop()


async def test_hostile_answers_do_not_stop_it(serving):
    turns = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 10_000_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\nnot gzip",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n",
        b"\0\xff\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\xff\xfe\x1b]0;x\x07" + A.encode(),
    ]
    turn = 0

    async def answer(_request, writer):
        nonlocal turn
        turn += 1
        writer.write(turns[turn % len(turns)])

    ticks = Ticks()
    async with serving(answer) as url:
        burst = await start(BurstPlan(21, 3, 0), url, ticks)
        await burst.wait()
    assert (ticks[-1].state, ticks[-1].done) == ("ended", 21)
    assert dict(ticks[-1].per_pod)[A] == 3


async def test_a_process_that_dies_is_a_failed_burst(serving, saying):
    ticks = Ticks()
    async with serving(saying(A.encode())) as url:
        burst = await start(BurstPlan(10_000, 5, 30), url, ticks)
        os.kill(pid(burst), signal.SIGKILL)
        await burst.wait()
    assert ticks[-1].state == "failed"
    assert "ended by itself" in ticks[-1].detail


async def test_a_process_that_falls_silent_is_ended_as_failed(serving, saying, monkeypatch):
    monkeypatch.setattr(module, "SILENCE", 0.6)
    ticks = Ticks()
    async with serving(saying(A.encode())) as url:
        burst = await start(BurstPlan(10_000, 5, 30), url, ticks)
        os.kill(pid(burst), signal.SIGSTOP)
        await burst.wait()
    assert ticks[-1].state == "failed"
    assert not exists(pid(burst))


def raw(url="http://127.0.0.1:9/", **more):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "k8s_watch.traffic.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": module._path()},
    )
    plan = {"url": url, "requests": 10**9, "concurrency": 10**9, "seconds": 10**9} | more
    process.stdin.write(json.dumps(plan).encode() + b"\n")
    process.stdin.flush()
    return process


def test_the_end_of_stdin_ends_it_at_once():
    process = raw()
    assert json.loads(process.stdout.readline())["type"] == "began"
    process.stdin.close()
    assert process.wait(1) == 0
    process.stdout.close()
    process.stderr.close()


def test_a_line_that_is_no_json_ends_it_too():
    process = raw()
    assert json.loads(process.stdout.readline())["type"] == "began"
    process.stdin.write(b"{nonsense\n")
    process.stdin.flush()
    assert process.wait(1) == 0
    process.communicate()


def test_sigterm_ends_it_at_once():
    process = raw()
    assert json.loads(process.stdout.readline())["type"] == "began"
    process.terminate()
    assert process.wait(1) == -signal.SIGTERM
    process.communicate()


def test_when_its_parent_is_killed_it_goes_too():
    script = """
import asyncio
from k8s_watch.model.ports import BurstPlan, LocalClock
from k8s_watch.traffic.burst import Burst
async def main():
    burst = await Burst.start(BurstPlan(), "http://127.0.0.1:9/", "", list, lambda t: None, LocalClock())
    print(burst._process.pid, flush=True)
    await burst.wait()
asyncio.run(main())
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": module._path()},
    )
    child = int(parent.stdout.readline())
    assert exists(child)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 2
    while exists(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not exists(child)


def test_nothing_goes_beyond_the_hard_limits():
    line = json.dumps({"url": "http://x/", "requests": 1e12, "concurrency": 1e6, "seconds": 1e9})
    plan, _names, _recogniser = load.planned(line)
    assert (plan.requests, plan.concurrency, plan.seconds) == (5_000_000, 500, 600.0)


@pytest.mark.parametrize("url", ["ftp://x/", "file:///etc/passwd", "http://", "unix:/run/x"])
async def test_only_http_addresses_are_loaded(url):
    with pytest.raises(BadInput):
        await start(BurstPlan(), url, Ticks())
    with pytest.raises(BadInput):
        load.planned(json.dumps({"url": url, "requests": 1, "concurrency": 1, "seconds": 1}))


@pytest.mark.parametrize(
    "plan",
    [
        BurstPlan(0),
        BurstPlan(concurrency=0),
        BurstPlan(concurrency=501),
        BurstPlan(seconds=601),
        BurstPlan(10**7),
    ],
)
async def test_a_plan_beyond_the_limits_is_refused_in_words(plan):
    with pytest.raises(BadInput):
        await start(plan, "http://127.0.0.1/", Ticks())
