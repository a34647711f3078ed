"""The store: one counter, past events, watchers; and the journal that brings it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from k8s_watch.lab import store as stores
from k8s_watch.lab.journal import Journal
from k8s_watch.lab.store import Store, TooOld


def thing(name: str, **more: object) -> dict[str, object]:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}, **more}


def test_every_change_of_any_kind_moves_the_one_counter() -> None:
    store = Store(["pods", "configmaps"], 10)
    assert store.put("pods", ("a", "x"), thing("x")).version == 11
    assert store.put("configmaps", ("a", "x"), thing("x")).version == 12
    gone = store.remove("pods", ("a", "x"))
    assert gone.version == 13
    assert gone.object["metadata"]["resourceVersion"] == "13"


def test_events_after_a_version_come_in_order_and_say_what_was_before() -> None:
    store = Store(["pods"])
    first = store.put("pods", ("", "x"), thing("x"))
    store.put("pods", ("", "x"), thing("x", data=1))
    store.remove("pods", ("", "x"))
    events = store.since("pods", first.version)
    assert [event.type for event in events] == ["MODIFIED", "DELETED"]
    assert events[0].before is first


def test_events_that_are_forgotten_are_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "RING", 5)
    store = Store(["pods"])
    begin = store.version
    for number in range(10):
        store.put("pods", ("", "x"), thing("x", n=number))
    with pytest.raises(TooOld, match="too old resource version: 1 "):
        store.since("pods", begin)
    assert len(store.since("pods", store.version - 5)) == 5


def test_a_restart_forgets_even_the_last_version() -> None:
    store = Store(["pods"])
    last = store.put("pods", ("", "x"), thing("x")).version
    store.forget()
    with pytest.raises(TooOld):
        store.since("pods", last)
    assert store.since("pods", store.version) == []


def test_listed_objects_stay_sorted_through_changes() -> None:
    store = Store(["pods"])
    for name in ("b", "c", "a"):
        store.put("pods", ("n", name), thing(name))
    store.listed("pods")
    store.put("pods", ("n", "b"), thing("b", data=1))
    assert [entry.key[1] for entry in store.listed("pods")] == ["a", "b", "c"]
    assert store.listed("pods")[1].object["data"] == 1
    assert store.listed("pods", "other") == []


def journaled(path: Path) -> tuple[Store, Journal]:
    journal = Journal(path)
    version, kept = journal.load({"configmaps"})
    store = Store(["configmaps"], version, journal.record)
    for (shelf, key), value in kept.items():
        store.restore(shelf, key, value)
    store.forget()
    journal.start(store)
    return store, journal


def test_a_journal_brings_back_objects_and_counter(tmp_path: Path) -> None:
    store, journal = journaled(tmp_path / "journal")
    store.put("configmaps", ("a", "x"), thing("x", data={"k": "1"}))
    store.put("configmaps", ("a", "y"), thing("y"))
    kept = store.put("configmaps", ("a", "x"), thing("x", data={"k": "2"}))
    last = store.remove("configmaps", ("a", "y")).version
    journal.close()
    again, journal = journaled(tmp_path / "journal")
    assert again.version > last
    (entry,) = again.listed("configmaps")
    assert entry.object["data"] == {"k": "2"}
    assert entry.version == kept.version
    assert entry.body == kept.body
    journal.close()


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    store, journal = journaled(tmp_path / "journal")
    store.put("configmaps", ("a", "x"), thing("x"))
    store.put("configmaps", ("a", "y"), thing("y"))
    journal.close()
    data = (tmp_path / "journal").read_bytes()
    (tmp_path / "journal").write_bytes(data[:-20])
    again, journal = journaled(tmp_path / "journal")
    assert [entry.key[1] for entry in again.listed("configmaps")] == ["x"]
    journal.close()
