from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.tui.chart_views import BEGIN, charts, steps, view

from k8s_watch.model.view import Charts, Scaling
from k8s_watch.tui.chart_words import cpu_words, flow, replica_words


def words(parts: list[tuple[str, str]]) -> list[str]:
    return [text for text, _style in parts]


def test_cpu_is_said_with_its_target_its_age_and_the_next_sync() -> None:
    assert words(cpu_words(view())) == ["2 % / 50 %", "sample 4 s old", "next sync ≈ 9 s"]


def test_an_unknown_cpu_is_said_with_the_reason() -> None:
    unknown = Charts(begin=BEGIN, cpu=steps((0, None)), target=50, unknown="metrics-server is not installed")
    assert words(cpu_words(view(drawn=unknown)))[:2] == ["unknown / 50 %", "metrics-server is not installed"]


def test_a_sync_that_nobody_saw_is_unknown() -> None:
    from dataclasses import replace

    from tests.tui.chart_views import scaling

    said = replace(scaling(), next_sync_in=None)
    assert words(cpu_words(view(said=said)))[-1] == "next sync unknown"


def test_replicas_are_said_with_the_decision() -> None:
    said = words(replica_words(view()))
    assert said[:2] == ["10 replicas", "shrinks in about 212 s unless load returns"]
    assert said[2].startswith("4 → 8 because")
    assert said[2].endswith("(44 s ago)")


def test_growing_says_how_many_are_wanted() -> None:
    growing = Charts(begin=BEGIN, current=steps((0, 2)), desired=steps((0, 4)))
    assert words(replica_words(view(drawn=growing)))[0] == "2 replicas, 4 wanted"


def test_no_autoscaler_is_said() -> None:
    assert (
        words(replica_words(view(drawn=charts(), said=Scaling())))[-1]
        == "no autoscaler (HPA) for this Deployment"
    )


def test_words_share_a_line_where_they_fit_and_end_in_an_ellipsis_where_not() -> None:
    parts = [("one two", ""), ("three", ""), ("four five six", "")]
    assert [line.plain for line in flow(parts, 15, 9)] == ["one two · three", "four five six"]
    assert [line.plain for line in flow(parts, 15, 1)] == ["one two · thre…"]


@given(st.lists(st.tuples(st.text(max_size=60), st.just(""))), st.integers(4, 80), st.integers(1, 5))
def test_words_never_leave_their_place(parts: list[tuple[str, str]], width: int, height: int) -> None:
    lines = flow(parts, width, height)
    assert len(lines) <= height
    assert all(line.cell_length <= width for line in lines)


def test_markup_in_a_reason_is_shown_as_it_is() -> None:
    hostile = "[/] [@click=app.quit]x[/]"
    assert flow([(hostile, "$healing")], 60, 2)[0].plain == hostile
