"""The probe against servers that are well, dead, slow or hostile."""

from __future__ import annotations

import asyncio
import gzip
import socket

import pytest

from k8s_watch.model.ports import BadInput, LocalClock
from k8s_watch.traffic import asking, probe
from k8s_watch.traffic.asking import Reply, inflated
from k8s_watch.traffic.probe import Beat, Prober

POD = "hello-world-flask-6d8c9d7f5b-2xz7w"


async def ask(url, **more):
    """One poll's Answered."""
    told = []
    prober = Prober(url, told.append, LocalClock(), lambda: [POD], **more)
    async with asyncio.timeout(10):
        await prober.poll()
    return told[0]


async def test_an_answer_names_its_pod_and_carries_its_time(serving, saying):
    async with serving(saying(b"Hello, my first docker images! " + POD.encode())) as url:
        answer = await ask(url)
    assert (answer.pod, answer.status, answer.failure) == (POD, 200, "")
    assert answer.text == f"Hello, my first docker images! {POD}"
    assert answer.ms == pytest.approx((answer.mono - answer.sent) * 1000)
    assert 0 < answer.ms < 2000


async def test_a_poll_asks_plainly_and_for_the_host_that_was_given(serving):
    asked = []

    async def answer(request, writer):
        asked.append(request)
        writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")

    async with serving(answer) as url:
        await ask(url, host_header="hello.local")
        await ask(url)
    for head in asked:
        assert b"\r\nAccept-Encoding: identity\r\n" in head
        assert b"\r\nConnection: close\r\n" in head
        assert b"ookie" not in head
    assert asked[0].startswith(b"GET / HTTP/1.1\r\nHost: hello.local\r\n")
    assert b"Host: 127.0.0.1:" in asked[1]


async def test_each_poll_is_a_connection_of_its_own_without_the_last_ones_cookie(serving):
    asked = []

    async def answer(request, writer):
        asked.append((writer.get_extra_info("peername"), request))
        writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: pin=1; Path=/\r\nContent-Length: 2\r\n\r\nok")

    async with serving(answer) as url:
        told = []
        prober = Prober(url, told.append, LocalClock(), list)
        for _ in range(3):
            await prober.poll()
    assert len({peer for peer, _ in asked}) == 3
    assert not any(b"Cookie" in request for _, request in asked)


async def test_a_redirect_is_an_answer_and_is_not_followed(serving):
    asked = []

    async def answer(request, writer):
        asked.append(request)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")

    async with serving(answer) as url:
        answered = await ask(url)
    assert (answered.status, answered.failure, len(asked)) == (302, "", 1)


@pytest.mark.parametrize(
    ("status", "failure"), [(502, "502"), (503, "503"), (504, "504"), (500, "http"), (404, "http"), (299, "")]
)
async def test_each_status_has_its_word(serving, saying, status, failure):
    async with serving(saying(b"words", b"HTTP/1.1 %d X\r\nConnection: close\r\n" % status)) as url:
        answer = await ask(url)
    assert (answer.status, answer.failure, answer.text) == (status, failure, "words")


async def test_a_closed_port_is_refused():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for host in ("127.0.0.1", "localhost"):
        answer = await ask(f"http://{host}:{port}/")
        assert (answer.failure, answer.status, answer.pod) == ("refused", 0, "")
        assert answer.text == "connection refused"


async def test_an_unknown_host_is_an_error_in_words():
    answer = await ask("http://no-such-host.invalid/")
    assert (answer.failure, answer.text) == ("error", "the name of the host is not known")


async def test_a_server_that_hangs_up_is_an_error(serving, saying):
    async with serving(saying(b"", b"")) as url:
        answer = await ask(url)
    assert answer.failure == "error"
    assert answer.text


async def test_a_silent_server_is_a_timeout(serving, monkeypatch):
    monkeypatch.setattr(probe, "TIMEOUT", 0.1)

    async def answer(_request, _writer):
        await asyncio.Event().wait()

    async with serving(answer) as url:
        answered = await ask(url)
    assert (answered.failure, answered.status) == ("timeout", 0)
    assert 100 <= answered.ms < 1000


async def test_a_body_that_drips_is_a_timeout_that_still_names_its_pod(serving, monkeypatch):
    monkeypatch.setattr(probe, "TIMEOUT", 0.2)

    async def answer(_request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + POD.encode() + b" ")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(answer) as url:
        answered = await ask(url)
    assert (answered.failure, answered.status, answered.pod) == ("timeout", 200, POD)


async def test_headers_that_drip_are_a_timeout(serving, monkeypatch):
    monkeypatch.setattr(probe, "TIMEOUT", 0.2)

    async def answer(_request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(answer) as url:
        answered = await ask(url)
    assert (answered.failure, answered.status) == ("timeout", 0)


async def test_of_a_body_without_end_only_64_kb_are_taken(serving):
    sent = 0

    async def answer(_request, writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + POD.encode() + b" ")
        while True:
            writer.write(b"x" * 16384)
            sent += 16384
            await writer.drain()

    async with serving(answer) as url:
        answered = await ask(url)
    assert (answered.failure, answered.pod, len(answered.text)) == ("", POD, 200)
    assert sent < 20_000_000  # what the sockets' buffers swallow before our close is seen


async def test_ten_megabytes_cost_no_more_than_64_kb(serving, saying):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n"
    async with serving(saying(b"x" * 10_000_000, head)) as url:
        reply = await asking.Asker(url)(5)
    assert len(reply.body) == asking.LIMIT
    assert reply.cut


@pytest.mark.parametrize(
    "flood",
    [
        b"X-Flood: " + b"y" * 300_000 + b"\r\n",
        b"".join(b"X-%d: y\r\n" % n for n in range(30_000)),
        b"X" * 300_000,
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nffffffffffffffffff\r\n",
        b"Content-Length: -1\r\n",
        b"\0\xff\x1b]52;c;aGk=\x07: \x9b31m\r\n",
    ],
)
async def test_hostile_headers_are_an_error_and_no_more(serving, saying, flood):
    async with serving(saying(b"body", b"HTTP/1.1 200 OK\r\n" + flood)) as url:
        answered = await ask(url)
    assert answered.failure == "error"
    assert answered.text.isprintable()


async def test_many_headers_are_read_without_harm(serving, saying):
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(3000))
    async with serving(saying(POD.encode(), head)) as url:
        answered = await ask(url)
    assert (answered.failure, answered.pod) == ("", POD)


async def test_what_an_answer_says_can_only_be_seen(serving, saying):
    body = (
        b"\x1b]52;c;aGk=\x07\x9b31m\xff\xfe[@click=app.quit] "
        + "\u202eevil\u2028".encode()
        + b"\r\n"
        + POD.encode()
    )
    async with serving(saying(body)) as url:
        answered = await ask(url)
    assert answered.text.isprintable()
    assert answered.pod == POD


async def test_a_gzip_bomb_is_inflated_to_64_kb_only(serving, saying):
    bomb = gzip.compress(POD.encode() + b" " + b"\0" * 50_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n"
    async with serving(saying(bomb, head)) as url:
        reply = await asking.Asker(url)(5)
        answered = await ask(url)
    assert len(reply.body) == asking.LIMIT
    assert reply.cut
    assert (answered.pod, answered.failure) == (POD, "")


def test_inflating_leaves_alone_what_it_does_not_know():
    assert inflated(b"abc", "br") == (b"abc", False)
    assert inflated(b"abc", "gzip") == (b"abc", False)
    assert inflated(gzip.compress(b"abc"), "GZIP ") == (b"abc", False)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "//x",
        "",
        "http://x:99999/",
        "http://[",
    ],
)
def test_only_http_addresses_are_asked(url):
    with pytest.raises(BadInput):
        Prober(url, print, LocalClock(), list)


async def test_an_injected_fetcher_is_asked_in_place_of_the_url(monkeypatch):
    async def fetch():
        return Reply(200, (("X-Pod-Name", POD),), b"hi")

    answered = await ask("", fetch=fetch)
    assert (answered.pod, answered.status, answered.text) == (POD, 200, "hi")


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (ConnectionRefusedError(111, "no"), "refused"),
        (TimeoutError(), "timeout"),
        (RuntimeError("\x1b[31mred"), "error"),
        (ExceptionGroup("all", [OSError(111, "x"), OSError(113, "y")]), "refused"),
    ],
)
async def test_a_fetcher_that_fails_is_a_failure_in_words(error, failure):
    async def fetch():
        raise error

    answered = await ask("", fetch=fetch)
    assert answered.failure == failure
    assert answered.text.isprintable()
    assert answered.text


async def test_a_fetcher_that_never_returns_is_a_timeout(monkeypatch):
    monkeypatch.setattr(probe, "TIMEOUT", 0.05)
    answered = await ask("", fetch=asyncio.Event().wait)
    assert answered.failure == "timeout"


def test_beats_are_a_second_apart_whatever_the_waking():
    beat = Beat(100.0)
    assert beat.next(100.0) == 100.0
    beat.struck(100.0)
    assert beat.next(100.0) == 101.0
    assert beat.next(100.7) == 101.0
    beat.struck(101.0)
    assert beat.next(101.004) == 102.0


def test_a_loop_that_slept_long_skips_beats_and_stays_on_the_grid():
    beat = Beat(100.0)
    beat.struck(100.0)
    assert beat.next(107.3) == 108.0


def test_in_a_hurry_there_are_ten_beats_a_second_and_then_one_again():
    beat = Beat(100.0)
    beat.struck(103.0)
    beat.hurry(104.0)
    assert beat.next(103.42) == pytest.approx(103.5)
    beat.struck(103.5)
    assert beat.next(103.5) == pytest.approx(103.6)
    assert beat.rate(103.9) == 10
    beat.struck(103.9)
    assert beat.next(104.0) == 104.0
    beat.struck(104.0)
    assert beat.next(104.0) == 105.0
    assert beat.rate(104.0) == 1


async def test_polls_overlap_and_come_faster_in_a_hurry():
    waiting = 0
    enough = asyncio.Event()

    async def fetch():
        nonlocal waiting
        waiting += 1
        if waiting == 3:
            enough.set()
        await asyncio.Event().wait()

    prober = Prober("", lambda change: None, LocalClock(), list, fetch=fetch)
    prober.hurry()
    running = asyncio.create_task(prober.run())
    async with asyncio.timeout(2):  # three polls wait at once, though none has been answered
        await enough.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_hurry_wakes_a_probe_that_waits_for_its_next_second():
    times, third = [], asyncio.Event()
    clock = LocalClock()

    async def fetch():
        times.append(clock.mono())
        if len(times) == 1:
            prober.hurry(5)
        if len(times) == 3:
            third.set()
        return Reply(200)

    told = []
    prober = Prober("", told.append, clock, list, fetch=fetch)
    running = asyncio.create_task(prober.run())
    async with asyncio.timeout(3):
        await third.wait()
    running.cancel()
    assert times[2] - times[0] < 0.9
    assert [answer.rate for answer in told[:2]] == [1.0, 10.0]


async def test_a_poll_that_breaks_in_our_own_code_does_not_end_the_probe(caplog):
    calls, again = 0, asyncio.Event()

    def names():
        nonlocal calls
        calls += 1
        if calls == 2:
            again.set()
        raise KeyError("ours")

    async def fetch():
        return Reply(200)

    prober = Prober("", lambda change: None, LocalClock(), names, fetch=fetch)
    prober.hurry()
    running = asyncio.create_task(prober.run())
    async with asyncio.timeout(2):
        await again.wait()
    running.cancel()
    assert "not foreseen" in caplog.text


def test_the_first_poll_is_due_at_once_and_not_a_beat_later():
    beat = Beat(10.0)
    assert beat.next(10.0001) == 10.0
    beat.struck(10.0)
    assert beat.next(10.0002) == 11.0
