from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.tui.chart_views import BEGIN, charts, scaling, steps, view

from k8s_watch.model.view import Charts, Scaling
from k8s_watch.tui.chart_words import Part, cpu_words, flow, lines_wanted, replica_words


def words(parts: list[Part]) -> list[str]:
    return [part.words for part in parts]


def test_cpu_is_said_with_its_target_its_age_and_the_next_sync() -> None:
    assert words(cpu_words(view())) == ["2 % / 50 %", "sample 4 s old", "next sync ≈ 9 s"]


def test_an_unknown_cpu_is_said_with_the_reason() -> None:
    unknown = Charts(begin=BEGIN, cpu=steps((0, None)), target=50, unknown="metrics-server is not installed")
    assert words(cpu_words(view(drawn=unknown)))[:2] == ["unknown / 50 %", "metrics-server is not installed"]


def test_a_sync_that_nobody_saw_is_unknown() -> None:
    said = replace(scaling(), next_sync_in=None)
    assert words(cpu_words(view(said=said)))[-1] == "next sync unknown"


def test_replicas_are_said_with_the_decision() -> None:
    said = words(replica_words(view()))
    assert said[0] == "10 replicas"
    assert said[1].startswith("4 → 8 because")
    assert said[1].endswith("(44 s ago)")
    assert said[2] == "shrinks in about 212 s unless load returns"


def test_growing_says_how_many_are_wanted() -> None:
    growing = Charts(begin=BEGIN, current=steps((0, 2)), desired=steps((0, 4)))
    assert words(replica_words(view(drawn=growing)))[0] == "2 replicas, 4 wanted"


def test_no_autoscaler_is_said() -> None:
    assert (
        words(replica_words(view(drawn=charts(), said=Scaling())))[-1]
        == "no autoscaler (HPA) for this Deployment"
    )


def test_words_share_a_line_where_they_fit() -> None:
    parts = [Part("one two"), Part("three"), Part("four five six")]
    assert [line.plain for line in flow(parts, 15, 9)] == ["one two · three", "four five six"]


def test_where_there_is_no_room_the_least_weight_goes_first() -> None:
    parts = [Part("number", weight=1), Part("the decision is long", weight=3), Part("condition", weight=0)]
    assert [line.plain for line in flow(parts, 20, 3)] == ["number", "the decision is long", "condition"]
    assert [line.plain for line in flow(parts, 20, 2)] == ["number", "the decision is long"]
    assert [line.plain for line in flow(parts, 20, 1)] == ["the decision is long"]
    assert [line.plain for line in flow(parts, 14, 1)] == ["the decision…"]


def test_a_weighty_part_is_cut_rather_than_left_out_where_two_lines_are_left() -> None:
    parts = [
        Part("number", weight=1),
        Part("the decision is long and goes on", weight=2),
        Part("shrinks", weight=3),
    ]
    assert [line.plain for line in flow(parts, 12, 3)] == ["shrinks", "the decision", "is long and…"]
    assert [line.plain for line in flow(parts, 12, 2)] == ["shrinks"]
    assert lines_wanted(parts, 12) == 4


def test_once_the_window_runs_when_it_shrinks_is_said_first() -> None:
    shrinking = replace(scaling(), window_ends_in=212.0)
    kept = flow(replica_words(view(said=shrinking)), 44, 1)
    assert kept[0].plain == "shrinks in about 212 s unless load returns"


@given(st.lists(st.builds(Part, st.text(max_size=60))), st.integers(4, 80), st.integers(1, 5))
def test_words_never_leave_their_place(parts: list[Part], width: int, height: int) -> None:
    lines = flow(parts, width, height)
    assert len(lines) <= height
    assert all(line.cell_length <= width for line in lines)


def test_markup_in_a_reason_is_shown_as_it_is() -> None:
    hostile = "[/] [@click=app.quit]x[/]"
    assert flow([Part(hostile, "$healing")], 60, 2)[0].plain == hostile
