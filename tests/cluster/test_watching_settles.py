"""Whatever the server does, after it settles the table is what a fresh list says."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from k8s_watch.cluster.connect import ConnectOptions, connect
from k8s_watch.cluster.known import Known
from k8s_watch.cluster.paths import collection
from k8s_watch.cluster.pulse import Pulse
from k8s_watch.cluster.watching import Source, Watch, following
from k8s_watch.model.ports import LocalClock

NAMES = ("a", "b", "c", "d", "e")
EXPIRED = json.dumps({"type": "ERROR", "object": {"code": 410, "message": "too old"}}).encode() + b"\n"
FAILED = json.dumps({"type": "ERROR", "object": {"code": 500, "message": "etcd"}}).encode() + b"\n"

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(NAMES)),
        st.tuples(st.just("put"), st.sampled_from(NAMES)),
        st.tuples(st.just("remove"), st.sampled_from(NAMES)),
        st.tuples(st.just("hidden remove"), st.sampled_from(NAMES)),
        st.tuples(st.sampled_from(["drop", "forget", "restart", "silence", "pause", "anew"]), st.just("a")),
        st.tuples(
            st.sampled_from(["list", "watch"]),
            st.sampled_from(["410", "429", "500", "html", "ok html", "403"]),
        ),
        st.tuples(
            st.just("stream"), st.sampled_from(["end", "cut", "garbage", "expired", "failed", "bookmark"])
        ),
    ),
    max_size=14,
)


async def happen(api: Any, tricks: Any, what: str, which: str) -> None:
    match what:
        case "put":
            await api.put("pods", which, status={"phase": f"Phase{api.version}"})
        case "remove":
            await api.remove("pods", which)
        case "hidden remove":  # its event is lost with the past
            api.objects["pods"].pop(which, None)
            api.forget()
            api.drop()
        case "anew":
            await api.remove("pods", which)
            await api.put("pods", which)
        case "drop":
            api.drop()
        case "forget":
            api.forget()
            api.drop()
        case "restart":
            await api.restart()
        case "silence":
            api.silent.clear()
            await asyncio.sleep(0.01)
            api.silent.set()
        case "pause":
            await asyncio.sleep(0.01)
        case "stream":
            stream, bookmark = tricks["stream"], {"type": "BOOKMARK", "object": {"metadata": {}}}
            api.tricks["watch"].append(
                {
                    "end": stream(),
                    "cut": stream(b'{"type":"ADDED","obj', broken=True),
                    "garbage": stream(b"\x00\xff\n{}\n"),
                    "expired": stream(EXPIRED),
                    "failed": stream(FAILED),
                    "bookmark": stream(json.dumps(bookmark).encode() + b"\n"),
                }[which]
            )
            api.drop()
        case _:
            api.tricks[what].append(
                {
                    "410": tricks["status"](410, "too old", "Expired"),
                    "429": tricks["status"](429, "slow", **{"Retry-After": "0"}),
                    "500": tricks["status"](500, "etcd has no leader"),
                    "403": tricks["status"](403, "RBAC: not yet"),
                    "html": tricks["text"](502, "<html>"),
                    "ok html": tricks["text"](200, "<html>"),
                }[which]
            )
            api.drop()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(happenings)
def test_the_table_equals_a_fresh_list_after_anything(tmp_path: Any, parts: Any, story: Any) -> None:
    async def play() -> None:
        api, heard = parts["FakeApi"](), parts["Heard"]()
        await api.start()
        file = tmp_path / "kubeconfig"
        file.write_text(parts["kubeconfig_text"](api.server))
        cluster = await connect(ConnectOptions(str(file)), LocalClock())
        pulse = Pulse(cluster, heard.emit, parts["FAST"])
        known = Known("pods", LocalClock())
        watch = Watch(Source("pods", collection("pods", "default")), known, cluster, pulse, parts["FAST"])
        tasks = [asyncio.create_task(pulse.run()), asyncio.create_task(following(watch, heard.emit))]
        try:
            for name in NAMES[:4]:  # two pages
                await api.put("pods", name)
            await heard.until(lambda: len(heard.table) == 4)
            for what, which in story:
                await happen(api, parts, what, which)

            def settled() -> bool:
                told = {name: (p.uid, p.phase) for (_kind, name), p in heard.table.items()}
                true = {
                    name: (p["metadata"]["uid"], p.get("status", {}).get("phase", ""))
                    for name, p in api.objects["pods"].items()
                }
                return told == true and known.is_live and not any(task.done() for task in tasks)

            await heard.until(settled)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await cluster.aclose()
            await api.stop()

    asyncio.run(play())
