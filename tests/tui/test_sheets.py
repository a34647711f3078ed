from __future__ import annotations

import pytest
from tests.tui.chart_views import BEGIN, charts, series, steps

from k8s_watch.model.view import Charts, Mark
from k8s_watch.tui import sheets


def test_the_axis_stands_still_until_it_moves_by_a_column() -> None:
    ends = {sheets.axis(900, 1000 + tenth / 10, 50).end for tenth in range(60)}
    assert ends == {1000, 1004, 1008}


@pytest.mark.parametrize("age", [1, 100, 121, 300, 600, 3000])
def test_the_axis_shows_the_whole_time_and_now(age: float) -> None:
    of = sheets.axis(5000 - age, 5000, 47)
    assert of.begin <= 5000 - age + of.span / 47 + 4
    assert 5000 <= of.end <= 5000 + max(4, of.span / 47)


def test_the_axis_takes_few_lengths_while_it_grows() -> None:
    assert len({sheets.axis(0, now, 50).span for now in range(601)}) == 6


def test_time_labels_count_back_from_now() -> None:
    assert [text for _at, text in sheets.x_ticks(sheets.Axis(0, 300), 50)] == [
        "-5m",
        "-4m",
        "-3m",
        "-2m",
        "-1m",
        "now",
    ]
    assert [text for _at, text in sheets.x_ticks(sheets.Axis(0, 120), 80)] == [
        *("-2m", "-105s", "-90s", "-75s", "-1m", "-45s", "-30s", "-15s", "now")
    ]


def test_time_labels_do_not_collide_in_a_narrow_chart() -> None:
    for columns in (20, 31, 48, 111, 191):
        for span in (120, 300, 600, 3600):
            assert len(sheets.x_ticks(sheets.Axis(0, span), columns)) * 6 <= max(columns, 12)


def test_the_cpu_axis_has_room_for_target_and_values_and_round_ends() -> None:
    assert sheets.cpu(charts(), BEGIN + 170, 50).top == 500
    idle = Charts(begin=BEGIN, cpu=steps((0, 10)), target=50)
    assert sheets.cpu(idle, BEGIN + 10, 50).top == 100
    assert sheets.cpu(Charts(begin=BEGIN, target=90), BEGIN + 10, 50).top == 150


def test_a_pod_without_a_fresh_sample_has_no_letter_at_the_edge() -> None:
    old = Charts(
        begin=BEGIN, pods=(series("A", 0, (0, 10)), series("B", 1, (50, 10)), series("C", 2, (50, None)))
    )
    assert [label.text for label in sheets.cpu(old, BEGIN + 70, 50).labels] == ["B"]


def test_a_kill_and_a_burst_have_their_letters_and_the_kill_comes_first() -> None:
    marks = (Mark(BEGIN + 5, "burst", ""), Mark(BEGIN + 5, "kill", ""), Mark(BEGIN - 500, "kill", ""))
    assert [s.letter for s in sheets.signs(marks, sheets.Axis(BEGIN, BEGIN + 100))] == ["K", "B"]


def test_what_is_wanted_is_drawn_only_where_it_differs() -> None:
    assert sheets.differing(charts().desired, charts().current) == steps(
        (0, None), (111, 4), (126, 8), (141, 10), (156, None)
    )


def test_the_number_of_replicas_stands_at_the_edge_and_what_is_wanted_too() -> None:
    sheet = sheets.replicas(charts(), BEGIN + 170, 50)
    assert [(label.text, label.ink) for label in sheet.labels] == [("10", "healthy")]
    growing = Charts(begin=BEGIN, current=steps((0, 2)), desired=steps((0, 2), (5, 4)), minimum=2, maximum=10)
    assert [label.text for label in sheets.replicas(growing, BEGIN + 10, 50).labels] == ["2", "4"]


def test_both_charts_share_the_time_axis() -> None:
    one, other = sheets.cpu(charts(), BEGIN + 170, 50), sheets.replicas(charts(), BEGIN + 170, 50)
    assert (one.begin, one.end, one.x_ticks) == (other.begin, other.end, other.x_ticks)


def test_without_an_autoscaler_replicas_still_have_an_axis() -> None:
    sheet = sheets.replicas(Charts(begin=BEGIN, current=steps((0, 3)), desired=steps((0, 3))), BEGIN + 10, 50)
    assert sheet.y_ticks == ((0.0, "0"), (3.0, "3"))
    assert sheets.replicas(Charts(), 10, 50).top > 0


def test_of_very_many_pods_the_busiest_are_drawn() -> None:
    many = tuple(series(f"P{n}", n, (0, float(n))) for n in range(2000))
    sheet = sheets.cpu(Charts(begin=BEGIN, pods=many), BEGIN + 5, 50)
    assert [curve.points[0][1] for curve in sheet.curves[1:]] == [float(n) for n in range(1988, 2000)]


def test_even_an_absurd_value_is_on_the_chart() -> None:
    assert sheets.cpu(Charts(begin=BEGIN, cpu=steps((0, 123_456))), BEGIN + 5, 50).top == 130_000
