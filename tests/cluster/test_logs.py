"""The tail of a log."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from k8s_watch.cluster import logs
from k8s_watch.cluster.pace import Backoff
from k8s_watch.model.ports import Forbidden


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "Backoff", lambda _bounds: Backoff((0.001, 0.005)))


async def read(cluster: Any, count: int) -> list[str]:
    found: list[str] = []
    async with contextlib.aclosing(logs.tail(cluster, "default", "p", "app")) as lines:
        async for line in lines:
            found.append(line)
            if len(found) == count:
                break
    return found


async def test_a_log_is_followed_over_a_restart_without_repeating_a_line(
    api: Any, cluster: Any, tricks: Any
) -> None:
    first = b"2026-01-01T00:00:01.5Z one\n2026-01-01T00:00:01.55Z two\n"
    api.tricks["list"].extend(
        [
            tricks["stream"](first[:20], first[20:], broken=True),
            tricks["status"](400, "container is waiting to start"),
            tricks["stream"](first + b"2026-01-01T00:00:01.6Z three\n"),
            tricks["stream"](b"2026-01-01T00:00:02.000000001Z four"),
        ]
    )
    assert await read(cluster, 4) == ["one", "two", "three", "four"]
    asked = [request.query for verb, request in api.asked if verb == "list"]
    assert asked[0]["tailLines"] == "200"
    assert asked[2]["sinceTime"] == "2026-01-01T00:00:01Z"


async def test_lines_are_harmless_and_cut(api: Any, cluster: Any, tricks: Any) -> None:
    api.tricks["list"].append(
        tricks["stream"](b"2026-01-01T00:00:01Z \x1b]52;c;aGk=\x07\xff\r\n", b"no stamp\n", b"x" * 200_000)
    )
    hostile, plain, *cut = await read(cluster, 3)
    assert "\x1b" not in hostile
    assert "\x07" not in hostile
    assert plain == "no stamp"
    assert len(cut[0]) <= logs.LINE


async def test_it_ends_when_the_pod_is_gone(api: Any, cluster: Any, tricks: Any) -> None:
    api.tricks["list"].extend([tricks["stream"](b"last\n"), tricks["status"](404, "no such pod")])
    assert await read(cluster, 99) == ["last"]


async def test_a_log_that_may_not_be_read_is_told(api: Any, cluster: Any, tricks: Any) -> None:
    api.tricks["list"].append(tricks["status"](403, "cannot get pods/log"))
    with pytest.raises(Forbidden, match="pods/log"):
        await read(cluster, 1)
