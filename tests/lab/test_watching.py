"""WATCH and LIST, as clients meet them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.lab.conftest import Lab

from k8s_watch.lab import store as stores
from k8s_watch.lab import watching

MAPS = "/api/v1/namespaces/kube-public/configmaps"


def named(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels}}


async def relabel(lab: Lab, name: str, **labels: str | None) -> None:
    patch = {"metadata": {"labels": labels}}
    status, answer = await lab.ask("PATCH", f"{MAPS}/{name}", patch, "application/merge-patch+json")
    assert status == 200, answer


async def test_a_watch_from_a_version_tells_everything_after_it_once(lab: Lab) -> None:
    begin = lab.api.store.version
    await lab.make(MAPS, named("one"))
    await relabel(lab, "one", a="b")
    await lab.ask("DELETE", f"{MAPS}/one")
    events = await lab.next_events(f"{MAPS}?watch=1&resourceVersion={begin}", 3)
    assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert versions == sorted(set(versions))
    assert events[0]["object"]["kind"] == "ConfigMap"


async def test_a_watch_without_a_version_begins_with_what_there_is(lab: Lab) -> None:
    await lab.make(MAPS, named("one"))
    events = await lab.next_events(f"{MAPS}?watch=true", 2)
    assert {event["object"]["metadata"]["name"] for event in events} == {"one", "kube-root-ca.crt"}


async def test_an_object_that_starts_or_stops_to_match_is_added_or_deleted(lab: Lab) -> None:
    begin = lab.api.store.version
    await lab.make(MAPS, named("one"))
    await relabel(lab, "one", app="web")
    await relabel(lab, "one", x="y")
    await relabel(lab, "one", app=None)
    events = await lab.next_events(f"{MAPS}?watch=1&resourceVersion={begin}&labelSelector=app%3Dweb", 3)
    assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "DELETED"]


async def test_a_watch_from_a_forgotten_version_is_told_410(lab: Lab) -> None:
    made = await lab.make(MAPS, named("one"))
    lab.api.store.forget()
    version = made["metadata"]["resourceVersion"]
    (event,) = await lab.next_events(f"{MAPS}?watch=1&resourceVersion={version}", 1)
    assert event["type"] == "ERROR"
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")
    assert event["object"]["message"].startswith(f"too old resource version: {version} (")


async def test_a_watcher_that_falls_behind_the_ring_is_told_410(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "RING", 4)
    begin = lab.api.store.version
    for number in range(10):
        await lab.make(MAPS, named(f"n{number}"))
    (event,) = await lab.next_events(f"{MAPS}?watch=1&resourceVersion={begin}", 1)
    assert event["object"]["code"] == 410


async def test_bookmarks_tell_how_far_a_quiet_watch_is(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "BOOKMARK", 0.02)
    begin = lab.api.store.version
    await lab.make("/api/v1/namespaces", named("other"))
    path = f"/api/v1/namespaces/kube-public/secrets?watch=1&allowWatchBookmarks=true&resourceVersion={begin}"
    (event,) = await lab.next_events(path, 1)
    assert event["type"] == "BOOKMARK"
    assert int(event["object"]["metadata"]["resourceVersion"]) == lab.api.store.version


async def test_a_watch_ends_when_its_time_is_up(lab: Lab) -> None:
    async with asyncio.timeout(5):
        path = f"{MAPS}?watch=1&timeoutSeconds=1&resourceVersion={lab.api.store.version}"
        assert [event async for event in lab.watch(path)] == []


async def test_a_client_that_streams_its_list_gets_it_with_an_end_mark(lab: Lab) -> None:
    path = f"{MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    events = await lab.next_events(path, 2)
    assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"]
    assert events[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_a_watch_ends_its_subscription_with_its_connection(lab: Lab) -> None:
    waiting = lab.api.store._shelves["configmaps"].waiting
    await lab.next_events(f"{MAPS}?watch=1", 1)
    for _ in range(1000):
        if not waiting:
            return
        await asyncio.sleep(0.001)
    raise AssertionError(waiting)


async def test_pages_of_a_list_show_one_moment(lab: Lab) -> None:
    for number in range(5):
        await lab.make(MAPS, named(f"n{number}"))
    _, first = await lab.ask("GET", f"{MAPS}?limit=2")
    await lab.ask("DELETE", f"{MAPS}/n4")
    await lab.make(MAPS, named("n5"))
    token = first["metadata"]["continue"]
    assert first["metadata"]["remainingItemCount"] == 4
    _, second = await lab.ask("GET", f"{MAPS}?limit=10&continue={token}")
    names = [one["metadata"]["name"] for page in (first, second) for one in page["items"]]
    assert names == ["kube-root-ca.crt", "n0", "n1", "n2", "n3", "n4"]
    assert second["metadata"] == {"resourceVersion": first["metadata"]["resourceVersion"]}
    assert "kind" not in first["items"][0]


async def test_a_page_after_a_restart_is_told_410(lab: Lab) -> None:
    await lab.make(MAPS, named("one"))
    _, first = await lab.ask("GET", f"{MAPS}?limit=1")
    lab.api.pages.kept.clear()
    status, answer = await lab.ask("GET", f"{MAPS}?limit=1&continue={first['metadata']['continue']}")
    assert (status, answer["reason"]) == (410, "Expired")


async def test_a_version_from_the_future_is_a_504(lab: Lab) -> None:
    status, answer = await lab.ask("GET", f"{MAPS}?resourceVersion=999999")
    assert (status, answer["reason"], answer["details"]["retryAfterSeconds"]) == (504, "Timeout", 1)
