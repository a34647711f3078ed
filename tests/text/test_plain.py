"""--plain: what people read in a log."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.model.changes import Acted, LoadTick, Lost, Seen
from k8s_watch.model.objects import Autoscaler, Event
from k8s_watch.text.facts import AnswerFact
from k8s_watch.text.outage import Outages
from k8s_watch.text.plain import Plain

WALL = 1_795_539_548.0
A, B = "web-6d8c9d7f5b-2xz7w", "web-6d8c9d7f5b-4f9qz"
NUMBERS = {"wanted": 10_000, "p50": 40.0, "p95": 80.0, "p99": 120.0, "concurrency": 50}


def test_each_line_begins_with_the_time_of_its_change(plain):
    plain.target()
    assert re.fullmatch(r"\d\d:\d\d:\d\d watching default/web in kind-kind .*\n", plain.out.getvalue())


def test_a_pods_row_is_kubectls_with_columns_that_keep_their_places(plain, make_pod):
    plain.target()
    plain.pod(1, make_pod())
    plain.pod(12, make_pod(restarts=1, ended=WALL + 10))
    plain.pod(13, make_pod(B))
    assert [line for line in plain.lines() if line.startswith("pod ")] == [
        f"pod {A}   1/1   Running   0   3m39s",
        f"pod {A}   1/1   Running   1 (2s ago)   3m50s",
        f"pod {B}   1/1   Running   0            3m51s",
    ]


def test_a_pod_that_answers_is_said_when_it_had_been_silent(plain, make_pod):
    plain.target()
    plain.pod(0.1, make_pod(A))
    plain.pod(0.2, make_pod(B))
    for n in range(1, 9):
        plain.answer(n, A if n % 2 else B)
    for n in range(9, 25):
        plain.answer(n, A)
    plain.answer(25, B, ms=31)
    said = [line for line in plain.lines() if "ms)" in line]
    assert said == [f"{A} answers (5 ms)", f"{B} answers (5 ms)", f"{B} answers again (31 ms)"]


def test_a_failure_is_said_when_it_begins_and_when_it_is_over(plain):
    plain.target()
    plain.answer(1, text="hi")
    plain.answer(2, failure="refused", text="connection refused")
    plain.answer(3, failure="refused", text="connection refused")
    plain.answer(4, failure="503")
    for n in range(5, 9):
        plain.answer(n, text="hi")
    said = [line for line in plain.lines() if line.startswith("answers")]
    assert said == [
        "answers fail: refused (connection refused)",
        "answers fail, now also: 503",
        "answers are well again: within 2.0 s 2 × refused, 1 × 503",
    ]


def test_an_answer_that_fails_each_other_time_is_one_failure(plain):
    plain.target()
    for n in range(1, 11):
        plain.answer(n, failure="502" if n % 2 else "", text="x")
    assert sum(line.startswith("answers fail") for line in plain.lines()) == 1


def test_shares_come_each_ten_seconds(plain, make_pod):
    plain.target()
    plain.pod(0.1, make_pod(A))
    plain.pod(0.2, make_pod(B))
    for n in range(1, 45):
        plain.answer(n, A if n % 2 else B)
    shares = [line for line in plain.lines() if "of the last 60 s" in line]
    assert len(shares) == 4
    assert re.fullmatch(
        rf"2 of 0 ready; answers of the last 60 s: {A} 5\d% 5 ms, {B} [45]\d% 5 ms", shares[-1]
    )


def test_the_order_of_answers_is_said_when_it_changes(plain, make_pod):
    plain.target()
    plain.pod(0.1, make_pod(A))
    plain.pod(0.2, make_pod(B))
    for n in range(1, 40):
        plain.answer(n, A if n % 2 else B)
    assert sum(line.startswith("answers: in turn") for line in plain.lines()) == 1


def test_rotation_connection_and_gap_are_sentences(plain, make_pod):
    plain.target()
    plain.listed(1)
    plain.rotation(2, make_pod())
    plain.rotation(3, make_pod(), ready=False)
    plain.tell(Lost, 4, kind="pods", reason="connection refused")
    plain.listed(9, gap=5.0)
    assert plain.lines()[1:] == [
        "live",
        f"{A} is in rotation",
        f"{A} is out of rotation",
        "connection lost, reconnecting: connection refused",
        "live; nothing was known for 5.0 s, what happened meanwhile is told as seen now",
        *plain.lines()[6:],
    ]


def test_the_autoscaler_is_told_with_its_reason(plain):
    plain.target()
    for at, cpu, desired in [(1, 5, 2), (16, 139, 4)]:
        thing = Autoscaler(
            "h", "web", "default", minimum=2, maximum=10, cpu_target=50, cpu=cpu, current=2, desired=desired
        )
        plain.tell(Seen, at, kind="autoscalers", object=thing)
    first, second = [line for line in plain.lines() if line.startswith("autoscaler: CPU")]
    assert first.startswith("autoscaler: CPU 5 % of 50 %, 2 replicas")
    assert second.startswith("autoscaler: CPU 139 % of 50 %, replicas 2 -> 4: ")


def test_a_burst_is_told_each_five_seconds_and_at_its_end(plain):
    plain.target()
    for n in range(40):
        elapsed = n / 4
        tick = NUMBERS | {"done": 250 * n, "errors": 0, "rate": 1000.0, "elapsed": elapsed}
        plain.tell(LoadTick, 1 + elapsed, state="running", per_pod=((A, 250 * n),), **tick)
    end = NUMBERS | {"done": 10_000, "errors": 1, "rate": 0.0, "elapsed": 10.0}
    plain.tell(LoadTick, 11, state="ended", per_pod=((A, 9_999),), detail="1 × timeout", **end)
    told = [line for line in plain.lines() if line.startswith("burst")]
    assert len(told) == 3
    assert told[-1] == (
        "burst ended: 10000 of 10000 requests in 10.0 s, 1000/s, p50 40 p95 80 p99 120 ms, 1 error, "
        f"9999 × {A}, 1 × timeout"
    )


def test_acts_are_told_step_by_step(plain):
    plain.target()
    for at, step in enumerate(["asked", "sent", "seen"], 1):
        plain.tell(Acted, at, act="kill", step=step, pod_name=A, signal="SIGINT")
    told = [line for line in plain.lines() if line.startswith("kill")]
    assert told == [f"kill {A}: asked", f"kill {A}: SIGINT sent", f"kill {A}: its death was seen"]


def test_a_healing_is_told_when_it_is_over_and_again_in_the_summary(plain, make_pod):
    plain.target()
    plain.listed(0.5)
    plain.pod(1, make_pod(A))
    plain.pod(1, make_pod(B))
    plain.answer(2, A)
    plain.tell(Acted, 3, act="kill", step="asked", pod_uid="uid-" + A, pod_name=A, container_id="c0")
    plain.pod(3.4, make_pod(A, running=False, ended=WALL + 3))
    plain.pod(3.6, make_pod(A, restarts=1, ended=WALL + 3))
    for n in range(4, 20):
        plain.answer(n, A if n % 2 else B)
    healed = [line for line in plain.lines() if "answers again" in line and "died" in line]
    assert len(healed) == 1
    assert "restarted 0.60" in healed[0]
    plain.front.finish()
    assert plain.lines().count(healed[0]) == 2


def test_a_warning_is_told_once_and_a_normal_event_never(plain):
    plain.target()
    plain.listed(1, "events")
    for n, kind in enumerate(["Warning", "Warning", "Normal"]):
        thing = Event(f"e{n}", kind, "BackOff", "words", "Pod", A)
        plain.tell(Seen, 2 + n, kind="events", object=thing)
    assert [line for line in plain.lines() if "words" in line] == [f"warning of Pod {A}: BackOff: words"]


def test_the_summary_tells_shares_and_the_slowest_answer(plain, make_pod):
    plain.target()
    plain.pod(0.1, make_pod(A))
    for n in range(1, 4):
        plain.answer(n, A, ms=10.0 * n)
    plain.answer(4, failure="timeout")
    plain.front.finish()
    lines = plain.lines()
    assert "summary: watched for 4 s; 4 answers, 1 failed; 0 restarts" in lines
    assert f"{A} answered 3 times (100%)" in lines
    assert "failed answers: 1 × timeout" in lines
    assert "slowest answer: 30 ms" in lines


def test_an_arrow_does_not_end_it_where_the_locale_is_c():
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Plain(out, lambda: None)
    out.write("2 → 4")
    out.flush()
    assert raw.getvalue() == b"2 ? 4"


def test_a_closed_pipe_is_said_to_the_caller(plain):
    class Closed:
        def write(self, _text):
            raise BrokenPipeError

    plain.front._out = Closed()
    with pytest.raises(BrokenPipeError):
        plain.target()


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "a", "b"]), st.sampled_from(["", "refused", "503", "http"])),
        max_size=60,
    )
)
def test_whatever_the_answers_an_outage_that_began_is_over_once_all_has_been_well(answers):
    outages = Outages()
    said = []
    for n, (pod, failure) in enumerate([*answers, *[("a", "")] * 5]):
        fact = AnswerFact(pod, 500 if failure == "http" else 200, failure, 1.0, "", 1.0, float(n))
        said += outages.take(fact, float(n))
    begun = sum(line.startswith("answers fail:") for line in said)
    assert sum(line.startswith("answers are well again") for line in said) == begun
