from __future__ import annotations

from k8s_watch.tui.curves import Curve, Label, Sheet, Sign, runs, thinned
from k8s_watch.tui.plot import LEFT, RIGHT, Cell, Rows, columns, draw, row_of

X = ((0.0, "-1m"), (60.0, "now"))
Y = ((0.0, "0 %"), (100.0, "100 %"))


def sheet(*curves: Curve, **more: object) -> Sheet:
    return Sheet(0.0, 60.0, 60.0, 100.0, curves=curves, x_ticks=X, y_ticks=Y, **more)  # type: ignore[arg-type]


def text(rows: Rows) -> list[str]:
    return ["".join(cell.text for cell in row).rstrip() for row in rows]


def area(*points: tuple[float, float | None]) -> Curve:
    return Curve(points, "calm", "area", high_ink="hot")


def test_an_area_is_drawn_as_steps() -> None:
    rows = draw(sheet(area((0, 25), (30, 75))), 29, 7, fill=False)
    assert text(rows) == [
        "100 %┤",
        "     │          ▄▄▄▄▄▄▄▄▄▖",
        "     │          ▌",
        "     │          ▌",
        "     │▝▀▀▀▀▀▀▀▀▀▘",
        "  0 %┤",
        "      -1m              now",
    ]


def test_a_gap_stays_a_gap() -> None:
    rows = draw(sheet(area((0, 50), (20, None), (40, 50))), 29, 6, fill=False)
    assert text(rows)[2] == "     │▗▄▄▄▄▄▄      ▄▄▄▄▄▄▖"


def test_nothing_is_drawn_where_nothing_is_known() -> None:
    assert text(draw(sheet(area((0, None))), 29, 5)) == [
        "100 %┤",
        "     │",
        "     │",
        "  0 %┤",
        "      -1m              now",
    ]


def test_a_filled_area_is_the_ground_of_the_line_on_it() -> None:
    rows = draw(sheet(area((0, 100)), Curve(((0, 30),), "pod-1", "thin")), 29, 5)
    line = [cell for row in rows for cell in row if cell.ink == "pod-1"]
    assert len(line) == columns(29)
    assert {cell.ground for cell in line[1:-1]} == {"under calm"}  # at both ends the area has half a cell


def test_an_area_is_hot_above_the_threshold_alone() -> None:
    rows = draw(sheet(area((0, 100)), threshold=50.0), 29, 5)
    column = [row[LEFT + 5] for row in rows[:4]]
    assert [cell.ink or cell.ground for cell in column] == ["hot", "under hot", "under calm", "under calm"]


def test_marks_have_their_letter_above_and_a_line_down_to_the_axis() -> None:
    rows = draw(sheet(signs=(Sign(30, "K", "failed"),)), 29, 9)
    assert text(rows) == [
        "                K",
        "100 %┤          │",
        "     │          │",
        "     │          │",
        "     │          │",
        "     │          │",
        "  0 %┤          │",
        "     └┬─────────┴────────┬",
        "      -1m              now",
    ]
    assert rows[0][16] == Cell("K", "failed")
    assert rows[3][16] == Cell("│", "failed")


def test_of_two_marks_in_one_column_the_first_is_drawn() -> None:
    rows = draw(sheet(signs=(Sign(30, "K", "failed"), Sign(30.4, "B", "busy"))), 29, 9)
    assert text(rows)[0] == "                K"
    assert not [cell for row in rows for cell in row if cell.ink == "busy"]


def test_marks_outside_the_axis_are_not_drawn() -> None:
    assert text(draw(sheet(signs=(Sign(-30, "K", "failed"), Sign(90, "B", "busy"))), 29, 9))[0] == "100 %┤"


def test_the_target_is_a_dashed_line_across() -> None:
    rows = draw(sheet(levels=((50.0, "target"),)), 29, 7, fill=False)
    assert text(rows)[3] == "     ├" + "┈" * 20


def test_labels_stand_at_the_height_of_their_value_and_make_room() -> None:
    labels = (Label(90, "A", "pod-0"), Label(5, "B", "pod-1"), Label(4, "C", "pod-2"), Label(3, "D", "pod-3"))
    rows = draw(sheet(labels=labels), 29, 7)
    assert [row[-2].text for row in rows] == ["A", " ", " ", "D", "C", "B", " "]
    assert rows[0][-2] == Cell("A", "pod-0")


def test_a_label_that_would_stand_far_from_its_value_is_left_out() -> None:
    rows = draw(sheet(labels=tuple(Label(1, letter, "x") for letter in "ABCDEF")), 29, 7)
    assert [row[-2].text for row in rows] == [" ", " ", " ", "C", "B", "A", " "]


def test_plotext_puts_a_value_where_row_of_says() -> None:
    for rows in (3, 4, 5, 6):  # from 8 rows on the axis takes one
        for value in (0, 3, 24, 25, 26, 49, 50, 51, 74, 75, 99, 100):
            drawn = draw(sheet(Curve(((0, value),), "c", "thin")), 29, rows + 1, fill=False)
            found = {y for y, row in enumerate(drawn) for cell in row if cell.ink == "c"}
            assert found == {row_of(value, 100, rows)}, (rows, value)


def test_every_row_has_the_full_width_at_any_size() -> None:
    full = sheet(area((0, 10), (20, 90)), signs=(Sign(30, "K", "failed"),), labels=(Label(3, "AA", "pod-0"),))
    for width in (1, 8, 13, 40, 80, 200):
        for height in (1, 2, 3, 4, 8, 9, 40):
            rows = draw(full, width, height)
            assert [len(row) for row in rows] == [width] * height


def test_ascii_is_enough_where_the_terminal_has_no_more() -> None:
    full = sheet(
        area((0, 10), (20, 90)),
        Curve(((0, 30),), "pod-0", "thin"),
        signs=(Sign(30, "K", "failed"),),
        levels=((50.0, "target"),),
    )
    rows = draw(full, 40, 10, ascii_only=True)
    assert "".join(text(rows)).isascii()
    assert any("#" in line for line in text(rows))


def test_the_same_sheet_gives_the_same_cells() -> None:
    full = sheet(area((0, 10), (20, 90)), Curve(((0, 30),), "pod-0", "thin"))
    assert draw(full, 60, 12) == draw(full, 60, 12)


def test_steps_hold_no_longer_than_they_may() -> None:
    assert runs(((0.0, 5.0),), 0.0, 100.0, 60.0) == [[(0.0, 5.0), (60.0, 5.0)]]
    assert runs(((0.0, 5.0), (70.0, 6.0)), 0.0, 100.0, 60.0) == [
        [(0.0, 5.0), (60.0, 5.0)],
        [(70.0, 6.0), (100.0, 6.0)],
    ]


def test_steps_are_cut_to_the_axis() -> None:
    assert runs(((-50.0, 1.0), (10.0, 2.0), (200.0, 3.0)), 0.0, 100.0, float("inf")) == [
        [(0.0, 1.0), (10.0, 1.0), (10.0, 2.0), (100.0, 2.0)]
    ]


def test_the_plot_lies_between_the_same_columns_whatever_the_labels() -> None:
    short = draw(Sheet(0, 60, 60, 10, y_ticks=((0, "0"), (10, "10")), x_ticks=X), 40, 8)
    long = draw(Sheet(0, 60, 60, 9999, y_ticks=((0, "0 %"), (9999, "9999%")), x_ticks=X), 40, 8)
    assert [row[LEFT - 1].text for row in short] == [row[LEFT - 1].text for row in long]
    assert all(row[-RIGHT:] == [Cell()] * RIGHT for row in short + long)


def test_a_small_value_is_seen_behind_a_pods_line_and_a_gap_is_not() -> None:
    rows = draw(sheet(area((0, 2), (30, None)), Curve(((0, 3),), "pod-0", "thin")), 29, 5)
    grounds = [cell.ground for cell in rows[3][LEFT:-RIGHT]]
    assert set(grounds[:9]) == {"hint calm"}
    assert set(grounds[12:]) == {""}


def test_a_number_that_does_not_fit_is_left_out_rather_than_cut() -> None:
    rows = draw(sheet(labels=(Label(50, "100", "x"),)), 29, 7)
    assert all(row[-RIGHT:] == [Cell()] * RIGHT for row in rows)


def test_many_corners_in_a_dot_become_those_that_can_be_seen() -> None:
    run = [(0.0, 5.0), (0.1, 9.0), (0.2, 1.0), (0.3, 7.0), (0.4, 6.0), (0.9, 4.0), (1.2, 8.0)]
    assert thinned(run, 1.0) == [(0.0, 5.0), (0.1, 9.0), (0.2, 1.0), (0.9, 4.0), (1.2, 8.0)]
    assert thinned(run, 0.05) == run


def test_thinning_keeps_the_extremes() -> None:
    wild = [(n / 20, float((n * 37) % 100)) for n in range(1200)]
    few = thinned(wild, 0.5)
    assert len(few) <= 4 * 121
    assert (min(v for _at, v in few), max(v for _at, v in few)) == (0.0, 99.0)
    assert (few[0], few[-1]) == (wild[0], wild[-1])
