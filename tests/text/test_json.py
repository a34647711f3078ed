"""--json: what scripts read."""

from __future__ import annotations

import json
import re
from dataclasses import fields

import pytest

from k8s_watch.model.changes import Absent, Acted, Clocked, Denied, Gone, LoadTick, Lost, Said, Seen
from k8s_watch.model.objects import Autoscaler, Deployment, Event
from k8s_watch.text import jsonl
from k8s_watch.text.facts import Fact

WALL = 1_795_539_548.0
NAME = "web-6d8c9d7f5b-2xz7w"


def test_a_pod_is_told_with_kubectls_columns_when_one_of_them_changes(lines_of_json, make_pod):
    session = lines_of_json
    session.target()
    session.pod(1, make_pod())
    session.pod(2, make_pod())  # the same columns: nothing to tell
    session.pod(10.2, make_pod(running=False, ended=WALL + 10))
    session.pod(22, make_pod(restarts=1, ended=WALL + 10))
    session.pod(60, make_pod(restarts=1, ended=WALL + 10))  # "(50s ago)" is time, not a change
    told = session.objects("pod")
    assert [(p["t"], p["ready"], p["status"], p["restarts"], p["restart_count"], p["age"]) for p in told] == [
        (1.0, "1/1", "Running", "0", 0, "3m39s"),
        (10.2, "0/1", "Completed", "0", 0, "3m48s"),
        (22.0, "1/1", "Running", "1 (12s ago)", 1, "4m"),
    ]
    assert {p["name"] for p in told} == {NAME}
    assert [p["wall"] for p in told] == [WALL + 1, WALL + 10.2, WALL + 22]


def test_ages_are_those_of_the_servers_clock(lines_of_json, make_pod):
    lines_of_json.target()
    lines_of_json.tell(Clocked, 0.5, offset=60.0)
    lines_of_json.pod(1, make_pod())
    assert lines_of_json.objects("pod")[0]["age"] == "4m39s"


def test_a_second_crash_loop_of_the_same_words_is_told(lines_of_json, make_pod):
    lines_of_json.target()
    lines_of_json.pod(1, make_pod(restarts=1, ended=WALL))
    lines_of_json.pod(5, make_pod(restarts=2, ended=WALL + 4))
    assert [p["restart_count"] for p in lines_of_json.objects("pod")] == [1, 2]
    lines_of_json.front.finish()
    assert lines_of_json.objects("summary")[0]["restarts"] == 1


def test_a_pod_that_is_gone_is_told_once(lines_of_json, make_pod):
    lines_of_json.target()
    lines_of_json.pod(1, make_pod())
    for at in (2, 3):
        lines_of_json.tell(Gone, at, kind="pods", name=NAME, namespace="default", uid="uid-" + NAME)
    assert [(p["t"], p["name"]) for p in lines_of_json.objects("pod-gone")] == [(2.0, NAME)]


def test_rotation_is_told_as_the_slices_change(lines_of_json, make_pod):
    session, pod, other = lines_of_json, make_pod(), make_pod("web-6d8c9d7f5b-4f9qz")
    session.target()
    session.rotation(1, pod, other)
    session.rotation(2, pod, other)
    session.rotation(3, pod, other, terminating=True)
    session.rotation(4, pod)
    session.rotation(5, other, name="web-2")
    session.tell(Gone, 6, kind="endpointslices", name="web-2", namespace="default")
    told = [(r["t"], r["name"][-5:], r["in_rotation"]) for r in session.objects("rotation")]
    assert told == [
        (1, "2xz7w", True),
        (1, "4f9qz", True),
        (3, "2xz7w", False),
        (3, "4f9qz", False),
        (4, "2xz7w", True),
        (5, "4f9qz", True),
        (6, "4f9qz", False),
    ]


def test_each_answer_is_an_object(lines_of_json, make_pod):
    lines_of_json.target()
    lines_of_json.pod(0.5, make_pod())
    lines_of_json.answer(1, NAME, text="Hello")
    lines_of_json.answer(2, failure="refused")
    first, second = lines_of_json.objects("answer")
    assert first == {
        "t": 1.0,
        "wall": WALL + 1,
        "type": "answer",
        "pod": NAME,
        "status": 200,
        "failure": "",
        "ms": 5.0,
        "text": "Hello",
        "rate": 1.0,
        "sent_t": 0.995,
    }
    assert (second["failure"], second["status"], second["pod"]) == ("refused", 0, "")


def test_the_autoscaler_is_told_when_its_numbers_change(lines_of_json):
    scaler = {
        "uid": "h",
        "name": "web",
        "namespace": "default",
        "minimum": 2,
        "maximum": 10,
        "cpu_target": 50,
    }
    lines_of_json.target()
    for at, cpu, desired in [(1, None, 2), (2, None, 2), (3, 139, 4)]:
        thing = Autoscaler(**scaler, cpu=cpu, current=2, desired=desired)
        lines_of_json.tell(Seen, at, kind="autoscalers", object=thing)
    told = lines_of_json.objects("autoscaler")
    assert [(a["t"], a["cpu"], a["desired"], a["maximum"]) for a in told] == [
        (1, None, 2, 10),
        (3, 139, 4, 10),
    ]
    assert told[1]["decision"].startswith("2 → 4")


def test_a_lost_connection_its_return_and_its_gap_are_told(lines_of_json):
    session = lines_of_json
    session.target()
    session.listed(1)
    session.tell(Lost, 10, kind="pods", reason="connection refused")
    session.listed(18, gap=8.0)
    assert [(c["t"], c["state"], c["gap"]) for c in session.objects("connection")] == [
        (1, "live", None),
        (10, "reconnecting", None),
        (18, "live", 8.0),
    ]
    session.front.finish()
    assert session.objects("summary")[0]["gaps"] == [8.0]


def test_what_cannot_be_watched_is_named(lines_of_json):
    lines_of_json.target()
    lines_of_json.tell(Denied, 1, kind="events", permission="list events")
    lines_of_json.tell(Absent, 2, kind="metrics", message="not installed")
    assert [(m["kind"], m["permission"], m["message"]) for m in lines_of_json.objects("missing")] == [
        ("events", "list events", ""),
        ("metrics", "", "not installed"),
    ]


def test_events_of_before_are_history_and_later_ones_are_told_once_a_count(lines_of_json):
    session = lines_of_json
    session.target()

    def event(at, count):
        thing = Event("e", "Warning", "BackOff", "words", "Pod", NAME, count=count)
        session.tell(Seen, at, kind="events", object=thing)

    event(1, 1)
    session.listed(2, "events")
    event(3, 2)
    event(4, 2)
    assert [(e["t"], e["count"], e["object_name"]) for e in session.objects("event")] == [(3, 2, NAME)]


def test_acts_load_and_notices_are_told(lines_of_json):
    lines_of_json.target()
    lines_of_json.tell(Acted, 1, act="kill", step="sent", pod_name=NAME, signal="SIGINT")
    numbers = {"wanted": 10, "rate": 3.5, "elapsed": 1.0, "p50": 1.0, "p95": 2.0, "p99": 3.0}
    lines_of_json.tell(LoadTick, 2, state="running", done=4, errors=1, per_pod=((NAME, 3),), **numbers)
    lines_of_json.tell(Said, 3, level="warning", text="words")
    assert lines_of_json.objects("act")[0]["signal"] == "SIGINT"
    load = lines_of_json.objects("load")[0]
    assert (load["state"], load["done"], load["errors"], load["pods"]) == ("running", 4, 1, [[NAME, 3]])
    assert lines_of_json.objects("notice")[0]["text"] == "words"


def test_the_deployment_is_told_missing_present_and_deleted(lines_of_json):
    session = lines_of_json
    session.target()
    session.listed(1, "deployments", 0)
    session.tell(Seen, 2, kind="deployments", object=Deployment("d", "web", "default", replicas=2, ready=1))
    session.tell(Gone, 3, kind="deployments", name="web", namespace="default")
    told = [(d["presence"], d["wanted"], d["ready"]) for d in session.objects("deployment")]
    assert told == [("missing", 0, 0), ("present", 2, 1), ("deleted", 0, 0)]


def test_another_target_begins_anew(lines_of_json, make_pod):
    lines_of_json.target()
    lines_of_json.pod(1, make_pod())
    lines_of_json.target(2, name="api")
    lines_of_json.pod(3, make_pod())
    assert [p["t"] for p in lines_of_json.objects("pod")] == [1.0, 3.0]


def test_the_summary_counts_answers_by_pod_and_failures_by_reason(lines_of_json, make_pod):
    session = lines_of_json
    session.target()
    session.pod(0.5, make_pod())
    for n in range(4):
        session.answer(n + 1.0, NAME, ms=5.0 + n)
    session.answer(5, failure="503")
    session.answer(6, failure="http", status=500)
    session.front.finish()
    summary = session.objects()[-1]
    assert summary["type"] == "summary"
    assert (summary["seconds"], summary["answers"], summary["failed"]) == (6.0, 6, 2)
    assert summary["pods"] == [[NAME, 4]]
    assert sorted(summary["failures"]) == [["500", 1], ["503", 1]]
    assert summary["slowest"] == 8.0


def test_without_any_change_there_is_no_summary(lines_of_json):
    lines_of_json.front.finish()
    assert lines_of_json.out.getvalue() == ""


def test_every_line_is_ascii_json_whatever_was_answered(lines_of_json):
    lines_of_json.target()
    lines_of_json.answer(1, text='你好 \N{REPLACEMENT CHARACTER} "quoted" [@click=app.quit]')
    text = lines_of_json.out.getvalue()
    assert text.isascii()
    assert json.loads(text.splitlines()[1])["text"].startswith("你好")


def test_the_documentation_names_every_type_and_field():
    rows = dict(re.findall(r"^\| ([a-z]\S+) \| [^|]* \| ([^\n]*) \|$", jsonl.__doc__, re.MULTILINE))
    rows.pop("type")
    kinds = {kind.type: kind for kind in Fact.__subclasses__()}
    assert rows.keys() == kinds.keys()
    for name, kind in kinds.items():
        missing = [f.name for f in fields(kind) if not re.search(rf"\b{f.name}\b", rows[name])]
        assert not missing, (name, missing)


def test_a_closed_pipe_is_said_to_the_caller(lines_of_json):
    class Closed:
        def write(self, _text):
            raise BrokenPipeError

        def flush(self):
            raise AssertionError

    lines_of_json.front._out = Closed()
    with pytest.raises(BrokenPipeError):
        lines_of_json.target()
