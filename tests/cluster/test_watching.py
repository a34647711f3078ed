"""The watch loop, against a server that behaves badly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from k8s_watch.cluster.known import Known
from k8s_watch.cluster.paths import collection
from k8s_watch.cluster.watching import Source, Watch, following
from k8s_watch.model.changes import Absent, Denied, Gone, Listed, Live, Lost, Said, Seen
from k8s_watch.model.ports import LocalClock


@pytest.fixture
async def watch(cluster: Any, pulse: Any, pace: Any) -> Watch:
    known = Known("pods", LocalClock())
    return Watch(Source("pods", collection("pods", "default")), known, cluster, pulse, pace)


@pytest.fixture
async def running(watch: Watch, heard: Any) -> AsyncIterator[Any]:
    tasks: list[asyncio.Task[None]] = []

    def start() -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(following(watch, heard.emit)))
        return tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, asyncio.CancelledError), result


def names(heard: Any) -> set[str]:
    return {name for _kind, name in heard.table}


async def test_a_list_comes_first_and_then_each_change(api: Any, heard: Any, running: Any) -> None:
    for n in range(7):  # three pages
        await api.put("pods", f"a{n}")
    running()
    await heard.until(lambda: heard.of(Live))
    assert [c.count for c in heard.of(Listed)] == [7]
    assert heard.of(Listed)[0].gap == 0.0
    assert not any(c.reconstructed for c in heard.of(Seen))
    await api.put("pods", "b", status={"phase": "Running"})
    await api.remove("pods", "a3")
    await heard.until(lambda: heard.of(Gone))
    assert names(heard) == {"a0", "a1", "a2", "a4", "a5", "a6", "b"}
    assert heard.table["pods", "b"].phase == "Running"
    assert heard.of(Gone)[0].uid.startswith("a3-")


async def test_an_expired_version_as_a_status_is_followed_by_a_list_at_once(
    api: Any, heard: Any, running: Any
) -> None:
    await api.put("pods", "stays")
    await api.put("pods", "goes")
    running()
    await heard.until(lambda: heard.of(Live))
    del api.objects["pods"]["goes"]  # inside the gap, with no event
    api.forget()
    await api.put("pods", "new")
    api.forget()
    api.drop()
    await heard.until(lambda: len(heard.of(Listed)) == 2)
    assert names(heard) == {"stays", "new"}
    assert [(c.name, c.reconstructed) for c in heard.of(Gone)] == [("goes", True)]
    assert [c.object.name for c in heard.of(Seen) if c.reconstructed] == ["new"]
    assert heard.of(Listed)[1].gap > 0


async def test_an_expired_version_as_an_event_is_followed_by_a_list(
    api: Any, heard: Any, running: Any, tricks: Any
) -> None:
    error = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}}
    api.tricks["watch"].append(tricks["stream"](json.dumps(error).encode() + b"\n"))
    running()
    await heard.until(lambda: len(heard.of(Listed)) == 2)
    assert not heard.of(Lost)


async def test_a_continue_token_that_expires_starts_the_list_again(
    api: Any, heard: Any, running: Any, tricks: Any
) -> None:
    for n in range(5):
        await api.put("pods", f"p{n}")

    async def first_page(request: Any) -> Any:
        api.tricks["list"].append(tricks["status"](410, "expired", "Expired"))
        return await api._list(request, "pods")

    api.tricks["list"].append(first_page)
    running()
    await heard.until(lambda: heard.of(Live))
    assert len(names(heard)) == 5
    assert api.count("list") == 4  # a page, the expired one, then both pages


async def test_a_broken_stream_is_followed_again_without_a_word(api: Any, heard: Any, running: Any) -> None:
    running()
    await heard.until(lambda: heard.of(Live))
    api.drop()
    await api.put("pods", "a")
    await heard.until(lambda: names(heard) == {"a"})
    assert not heard.of(Lost)
    assert len(heard.of(Live)) == len(heard.of(Listed)) == 1


async def test_a_server_that_restarts_is_said_to_be_lost_then_live_with_the_length_of_the_gap(
    api: Any, heard: Any, running: Any, watch: Watch
) -> None:
    await api.put("pods", "old")
    running()
    await heard.until(lambda: heard.of(Live))
    await api.stop()
    await heard.until(lambda: heard.of(Lost))
    await heard.until(lambda: watch.now() - heard.of(Lost)[0].mono > 0.2)
    assert "refused" in heard.of(Lost)[0].reason
    port = int(api.server.rsplit(":", 1)[1])
    del api.objects["pods"]["old"]
    api.forget()
    await api.put("pods", "new")
    api.forget()
    await api.start(port)
    await heard.until(lambda: len(heard.of(Listed)) == 2)
    assert names(heard) == {"new"}
    assert 0.2 < heard.of(Listed)[1].gap < 5


async def test_the_gap_is_told_too_where_a_restarted_server_opens_the_watch_before_it_says_expired(
    api: Any, heard: Any, running: Any, watch: Watch, tricks: Any
) -> None:
    running()
    await heard.until(lambda: heard.of(Live))
    port = int(api.server.rsplit(":", 1)[1])
    await api.stop()
    await heard.until(lambda: heard.of(Lost))
    await heard.until(lambda: watch.now() - heard.of(Lost)[0].mono > 0.2)
    error = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}}
    api.tricks["watch"].append(tricks["stream"](json.dumps(error).encode() + b"\n"))
    await api.start(port)
    await heard.until(lambda: len(heard.of(Listed)) == 2)
    assert 0.2 < heard.of(Listed)[1].gap < 5


async def test_a_quiet_stream_that_expires_leaves_no_gap(
    api: Any, heard: Any, running: Any, watch: Watch, tricks: Any
) -> None:
    async def quiet(request: Any) -> Any:
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.sleep(0.5)
        await response.write(b'{"type":"ERROR","object":{"code":410,"message":"too old"}}\n')
        return response

    api.tricks["watch"].append(quiet)
    running()
    await heard.until(lambda: len(heard.of(Listed)) == 2)
    assert heard.of(Listed)[1].gap < 0.3  # since the last beat, not since the last event


async def test_a_silent_server_is_lost_within_its_patience_and_live_again_without_a_list(
    api: Any, heard: Any, running: Any, watch: Watch
) -> None:
    running()
    await heard.until(lambda: heard.of(Live))
    api.silent.clear()
    before = watch.now()
    await heard.until(lambda: heard.of(Lost))
    assert watch.now() - before < 1.5  # 0.05 between beats, 0.3 for each
    assert "no answer" in heard.of(Lost)[0].reason
    await api.put("pods", "meanwhile")
    api.silent.set()
    await heard.until(lambda: len(heard.of(Live)) == 2)
    await heard.until(lambda: names(heard) == {"meanwhile"})
    assert len(heard.of(Listed)) == 1
    assert [c.text for c in heard.of(Said) if "answers again" in c.text]


async def test_streams_that_end_at_once_do_not_make_it_spin(
    api: Any, heard: Any, running: Any, tricks: Any, watch: Watch
) -> None:
    api.tricks["watch"].extend(tricks["stream"]() for _ in range(100_000))
    running()
    await heard.until(lambda: api.count("watch") >= 8)
    began, before = watch.now(), api.count("watch")
    await heard.until(lambda: watch.now() - began > 0.3)
    # pauses grow to 20 ms here (5 s in earnest), so the mean is 10 ms: 30 requests in 0.3 s, not thousands
    assert api.count("watch") - before < 120
    api.tricks["watch"].clear()
    await api.put("pods", "a")
    await heard.until(lambda: names(heard) == {"a"})


async def test_events_split_over_chunks_are_put_together(
    api: Any, heard: Any, running: Any, tricks: Any
) -> None:
    line = json.dumps(
        {
            "type": "ADDED",
            "object": {"metadata": {"name": "ünïcode", "namespace": "default", "resourceVersion": "101"}},
        }
    ).encode()
    whole = line + b"\n" + line.replace(b"101", b"102").replace(b"code", b"kode") + b"\n"
    api.tricks["watch"].append(tricks["stream"](*(whole[n : n + 1] for n in range(len(whole)))))
    running()
    await heard.until(lambda: len(names(heard)) == 2)


async def test_an_unfinished_line_is_asked_for_again(api: Any, heard: Any, running: Any, tricks: Any) -> None:
    running()
    await heard.until(lambda: heard.of(Live))
    line = b'{"type":"ADDED","object":{"metadata":{"name":"tr'
    for broken in (False, True):
        api.tricks["watch"].append(tricks["stream"](line, broken=broken))
    api.drop()
    await api.put("pods", "true")
    await heard.until(lambda: names(heard) == {"true"})


async def test_lines_that_are_no_events_do_not_stop_it(
    api: Any, heard: Any, running: Any, tricks: Any
) -> None:
    for nonsense in (
        b"<html>502 Bad Gateway</html>\n",
        b"\xff\xfe\x00\n",
        b"{}\n",
        b"[" * 100_000 + b"\n",
        b"\n\n",
    ):
        api.tricks["watch"].append(tricks["stream"](nonsense))
    running()
    await heard.until(lambda: not api.tricks["watch"])
    await api.put("pods", "a")
    await heard.until(lambda: names(heard) == {"a"})


@pytest.mark.parametrize("verb", ["list", "watch"])
async def test_a_proxy_that_answers_html_is_lost_and_then_found(
    api: Any, heard: Any, running: Any, tricks: Any, verb: str
) -> None:
    api.tricks[verb].extend([tricks["text"](503, "<html>no backend"), tricks["text"](200, "<html>login")])
    running()
    await heard.until(lambda: heard.of(Live))
    await api.put("pods", "a")
    await heard.until(lambda: names(heard) == {"a"})
    assert "503" in heard.of(Lost)[0].reason


async def test_too_many_requests_waits_as_long_as_it_is_told(
    api: Any, heard: Any, running: Any, tricks: Any, watch: Watch
) -> None:
    api.tricks["list"].append(tricks["status"](429, "slow down", **{"Retry-After": "1"}))
    running()
    await heard.until(lambda: heard.of(Lost))
    began = watch.now()
    await heard.until(lambda: heard.of(Listed))
    assert 0.8 < watch.now() - began < 3


async def test_a_retry_after_of_nothing_does_not_make_it_spin(
    api: Any, heard: Any, running: Any, tricks: Any, watch: Watch
) -> None:
    api.tricks["list"].extend(tricks["status"](429, "slow", **{"Retry-After": "0"}) for _ in range(100_000))
    running()
    await heard.until(lambda: heard.of(Lost))
    began = watch.now()
    await heard.until(lambda: watch.now() - began > 0.3)
    assert api.count("list") < 120
    api.tricks["list"].clear()
    await heard.until(lambda: heard.of(Live))


async def test_a_missing_permission_is_named_and_heals_when_granted(
    api: Any, heard: Any, running: Any
) -> None:
    api.denied["pods"] = 403
    running()
    await heard.until(lambda: api.count("list") >= 3)
    assert len(heard.of(Denied)) == 1
    assert heard.of(Denied)[0].permission == "list pods"
    assert "forbidden" in heard.of(Denied)[0].message
    assert not heard.of(Lost)
    api.denied.clear()
    await heard.until(lambda: heard.of(Live))


async def test_a_permission_to_watch_is_told_from_one_to_list(
    api: Any, heard: Any, running: Any, tricks: Any
) -> None:
    api.tricks["watch"].append(tricks["status"](403, "may not watch"))
    running()
    await heard.until(lambda: heard.of(Denied))
    assert heard.of(Denied)[0].permission == "watch pods"


async def test_a_kind_that_is_not_served_is_absent_and_looked_for_again(
    api: Any, heard: Any, running: Any
) -> None:
    api.served = set()
    running()
    await heard.until(lambda: heard.of(Absent))
    api.served = None
    await heard.until(lambda: heard.of(Live))


async def test_credentials_are_read_again_when_they_expire(
    api: Any, heard: Any, running: Any, write_kubeconfig: Any
) -> None:
    api.token = "secret"
    running()
    await heard.until(lambda: heard.of(Live))
    api.token = "renewed"
    write_kubeconfig(api.server, "renewed")
    api.drop()
    await api.put("pods", "a")
    await heard.until(lambda: names(heard) == {"a"})
    assert not heard.of(Lost)


async def test_credentials_that_stay_bad_are_said(api: Any, heard: Any, running: Any) -> None:
    running()
    await heard.until(lambda: heard.of(Live))
    api.token = "another"
    api.drop()
    await heard.until(lambda: heard.of(Lost))
    assert "does not accept these credentials" in heard.of(Lost)[0].reason


async def test_a_pod_made_anew_under_the_same_name_in_a_gap_is_another_pod(
    api: Any, heard: Any, running: Any
) -> None:
    first = await api.put("pods", "same")
    running()
    await heard.until(lambda: heard.of(Live))
    api.objects["pods"].clear()
    second = await api.put("pods", "same")
    api.forget()
    api.drop()
    await heard.until(lambda: len(heard.of(Listed)) == 2)
    assert heard.of(Gone)[0].uid == first["metadata"]["uid"]
    assert heard.table["pods", "same"].uid == second["metadata"]["uid"] != first["metadata"]["uid"]


async def test_the_last_state_of_a_deleted_pod_is_told_before_it_is_gone(
    api: Any, heard: Any, running: Any
) -> None:
    await api.put("pods", "a", status={"phase": "Running"})
    running()
    await heard.until(lambda: heard.of(Live))
    api.objects["pods"]["a"] = {**api.objects["pods"]["a"], "status": {"phase": "Failed"}}
    await api.remove("pods", "a")
    await heard.until(lambda: heard.of(Gone))
    assert heard.of(Seen)[-1].object.phase == "Failed"


async def test_a_change_that_was_not_taken_comes_again(
    api: Any, watch: Watch, running: Any, heard: Any
) -> None:
    await api.put("pods", "before")
    taken: list[Any] = []

    def refuse(change: Any) -> None:
        if isinstance(change, Seen) and change.object.name == "late":
            raise ValueError("not now")
        taken.append(change)

    task = asyncio.create_task(following(watch, refuse))
    await heard.until(lambda: any(isinstance(c, Live) for c in taken))
    version = watch.known.version
    await api.put("pods", "late")
    with pytest.raises(ValueError, match="not now"):
        await task
    assert watch.known.version == version
    running()
    await heard.until(lambda: names(heard) == {"late"})


async def test_a_server_that_was_set_back_is_listed_anew(
    api: Any, heard: Any, running: Any, tricks: Any
) -> None:
    running()
    await heard.until(lambda: heard.of(Live))
    api.tricks["watch"].append(tricks["status"](504, "Timeout: Too large resource version: 9, current: 3"))
    api.drop()
    await heard.until(lambda: len(heard.of(Listed)) == 2)
    assert not heard.of(Lost)


async def test_a_cluster_made_anew_at_another_port_is_found_by_its_rewritten_kubeconfig(
    api: Any, parts: Any, heard: Any, running: Any, watch: Watch, write_kubeconfig: Any
) -> None:
    for _ in range(20):
        await api.put("pods", "old")
    running()
    await heard.until(lambda: heard.of(Live))
    await api.stop()
    await heard.until(lambda: heard.of(Lost))
    other = parts["FakeApi"]()  # its versions begin at 100 again
    await other.start()
    try:
        await other.put("pods", "new")
        write_kubeconfig(other.server)
        watch.cluster._reloaded = -100.0
        await heard.until(lambda: names(heard) == {"new"})
        assert watch.cluster.server == other.server
    finally:
        await other.stop()
