"""The entry's proxy between real sockets: in turn, retried, refused, streamed."""

import asyncio
import contextlib

import pytest

from k8s_watch.lab.proxy import factory
from k8s_watch.lab.transfers import request


class Table:
    """Routes that a test sets."""

    def __init__(self, *targets):
        self.targets: list[tuple[str, int]] | None = list(targets)
        self.asked: list[tuple[str, str]] = []

    def route(self, host: str, path: str):
        self.asked.append((host, path))
        return None if self.targets is None else list(self.targets)


@contextlib.asynccontextmanager
async def pod(answer: bytes, *, keep: bool = False, seen: list[bytes] | None = None):
    seen = [] if seen is None else seen

    async def serve(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                seen.append(await reader.readuntil(b"\r\n\r\n"))
                if answer == b"hang":
                    await asyncio.sleep(3600)
                if answer != b"die":
                    writer.write(answer)
                    await writer.drain()
                if not keep:
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname(), seen
    finally:
        server.close()


@contextlib.asynccontextmanager
async def entry(table: Table):
    server = await asyncio.get_running_loop().create_server(factory(table, 80), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()
    finally:
        server.close()


def ok(body: bytes, extra: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%b\r\n%b" % (len(body), extra, body)


async def dead_address() -> tuple[str, int]:
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    server.close()
    await server.wait_closed()
    return address


async def test_an_answer_comes_through_with_forwarded_headers_on_the_way():
    async with pod(ok(b"hello")) as (address, seen), entry(Table(address)) as here:
        status, _head, body = await request(here, "a.test", "/x")
    assert (status, body) == (200, b"hello")
    assert b"X-Forwarded-For: 127.0.0.1" in seen[0]
    assert b"Host: a.test" in seen[0]


async def test_a_dead_pod_is_skipped_and_the_client_never_knows():
    async with pod(ok(b"alive")) as (address, _seen), entry(Table(await dead_address(), address)) as here:
        assert (await request(here, "x", "/"))[2] == b"alive"


async def test_a_pod_that_dies_over_the_request_is_skipped_too():
    async with pod(b"die") as (bad, _), pod(ok(b"alive")) as (good, _seen), entry(Table(bad, good)) as here:
        assert (await request(here, "x", "/"))[2] == b"alive"


async def test_a_post_that_may_have_been_taken_is_not_sent_twice():
    async with pod(b"die") as (bad, _), pod(ok(b"alive")) as (good, seen), entry(Table(bad, good)) as here:
        assert (await request(here, "x", "/", "POST"))[0] == 502
    assert seen == []


@pytest.mark.parametrize(("targets", "status"), [(None, 404), ([], 503)])
async def test_no_rule_is_404_and_no_endpoint_503(targets, status):
    table = Table()
    table.targets = targets
    async with entry(table) as here:
        assert (await request(here, "x", "/"))[0] == status


async def test_all_pods_dead_is_502():
    async with entry(Table(await dead_address(), await dead_address())) as here:
        assert (await request(here, "x", "/"))[0] == 502


async def test_connections_to_pods_are_used_again_and_a_stale_one_is_replaced():
    async with pod(ok(b"x"), keep=True) as (address, seen), entry(Table(address)) as here:
        for _ in range(3):
            assert (await request(here, "x", "/"))[0] == 200
    assert len(seen) == 3


async def test_one_client_connection_carries_many_requests():
    async with pod(ok(b"x"), keep=True) as (address, _seen), entry(Table(address)) as here:
        reader, writer = await asyncio.open_connection(*here)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3)  # all at once
        for _ in range(3):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(1) == b"x"
        writer.close()


async def test_chunked_and_endless_answers_are_passed_on_as_they_come():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    async with pod(chunked) as (address, _), entry(Table(address)) as here:
        assert (await request(here, "x", "/"))[2] == b"3\r\nabc\r\n0\r\n\r\n"
    async with pod(b"HTTP/1.1 200 OK\r\n\r\nto the end") as (address, _), entry(Table(address)) as here:
        assert (await request(here, "x", "/"))[2] == b"to the end"


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n"])
async def test_what_is_not_http_is_answered_400(sent):
    async with entry(Table()) as here:
        reader, writer = await asyncio.open_connection(*here)
        writer.write(sent)
        assert (await reader.read()).startswith(b"HTTP/1.1 400")
        writer.close()


async def test_a_pod_that_answers_nonsense_is_502():
    async with pod(b"nonsense\r\n\r\n") as (address, _), entry(Table(address)) as here:
        assert (await request(here, "x", "/"))[0] == 502


async def test_a_client_that_leaves_takes_its_request_with_it():
    arrived = asyncio.Event()

    class Announced(list[bytes]):
        def append(self, head: bytes) -> None:
            arrived.set()

    async with pod(b"hang", seen=Announced()) as (address, _), entry(Table(address)) as here:
        _reader, writer = await asyncio.open_connection(*here)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        async with asyncio.timeout(2):
            await arrived.wait()
        writer.close()
        await writer.wait_closed()
