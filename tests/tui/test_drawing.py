"""What the drawing functions write, as strings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from k8s_watch.model.view import Connection, Episode, Moment, View
from k8s_watch.tui import look
from k8s_watch.tui.amounts import clock_time, count, millis, percent, span, whole
from k8s_watch.tui.answers_panel import draw_answers
from k8s_watch.tui.big import big
from k8s_watch.tui.dashboard import draw_title
from k8s_watch.tui.footer import draw_keys
from k8s_watch.tui.header import draw_header
from k8s_watch.tui.headline import draw_headline
from k8s_watch.tui.keys import KEYS
from k8s_watch.tui.load_lines import draw_load
from k8s_watch.tui.pod_lines import Layout, arrange, draw_head, draw_row, layout, suffixes
from k8s_watch.tui.story_lines import draw_episode, draw_story
from k8s_watch.tui.strip_lines import draw_cells, draw_shares

Views = dict[str, Callable[[], View]]
FULL = Layout(34, True, rotation=8)


def plain(lines: Any) -> list[str]:
    return [line.plain.rstrip() for line in lines]


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (span(0.345), "0.34 s"),
        (span(1.34), "1.3 s"),
        (span(13.31), "13.3 s"),
        (span(212.4), "212 s"),
        (whole(4.9), "4 s"),
        (whole(212), "3 min 32 s"),
        (whole(-1), "0 s"),
        (millis(9.4), "9 ms"),
        (millis(1234), "1.2 s"),
        (percent(0.001), "<1 %"),
        (percent(0.999), ">99 %"),
        (percent(0.62), "62 %"),
        (percent(0), "0 %"),
        (percent(1), "100 %"),
        (count(10_000), "10,000"),
    ],
)
def test_amounts_are_written_to_the_digit_that_means_something(written: str, wanted: str) -> None:
    assert written == wanted


def test_a_row_tells_a_pod_as_kubectl_does(views: Views) -> None:
    view = views["calm"]()
    line = draw_row(view.pods[0], FULL, {}, view.now, view.server_now, selected=True).plain
    assert (
        line
        == "▌A ● hello-world-flask-7c9d8b6f54-2xz7w 1/1   Running           0             in        11 %  3m38s"
    )
    assert len(draw_head(FULL).plain) == len(line) == FULL.width


def test_a_row_whose_restart_is_held_back_counts_down(views: Views) -> None:
    view = views["healing"]()
    line = draw_row(view.pods[0], FULL, {}, view.now, view.server_now).plain
    assert " ↻ " in line
    assert "Completed" in line
    assert "1 (2s ago)" in line
    assert "out" in line
    assert "≈13s" in line


def test_a_gone_pod_says_since_when(views: Views) -> None:
    view = views["shrinking"]()
    line = draw_row(view.pods[-1], FULL, {}, view.now, view.server_now)
    assert line.plain.rstrip().endswith("gone 8 s ago")
    assert len(line.plain) == FULL.width


def test_names_are_whole_where_the_width_allows_and_else_their_shortest_unique_ending() -> None:
    names = ["web-7c9d8-2xz7w", "web-7c9d8-4f9qz", "web-5d4f6-4f9qz", "web"]
    assert suffixes(names) == {
        "web-7c9d8-2xz7w": "…2xz7w",
        "web-7c9d8-4f9qz": "…7c9d8-4f9qz",
        "web-5d4f6-4f9qz": "…5d4f6-4f9qz",
        "web": "web",
    }
    assert layout(78, 34, 6).whole_names
    assert not layout(62, 34, 6).whole_names
    assert layout(62, 34, 6).restarts == 13
    assert layout(92, 34, 6) == Layout(34, True)


@pytest.mark.parametrize("width", range(40, 200, 7))
def test_a_row_is_never_wider_than_the_panel(width: int, views: Views) -> None:
    view = views["rollout"]()
    short = suffixes(row.pod.name for row in view.pods)
    how = layout(width, 34, max(map(len, short.values())))
    for row in view.pods:
        assert draw_row(row, how, short, view.now, view.server_now).cell_length == how.width
    assert how.width <= width or width < 46


def test_a_rollout_marks_old_and_new(views: Views) -> None:
    view = views["rollout"]()
    lines = [draw_row(row, FULL, {}, view.now, view.server_now).plain[1:4] for row in view.pods]
    assert lines == ["A▽●", "B▽◌", "C▲●", "D▲◐"]
    assert "▲ new  ▽ old ReplicaSet" in draw_title(view, "oldest", "", 4).plain


def test_the_filter_looks_at_name_state_and_letter(views: Views) -> None:
    view = views["scaling"]()
    assert [row.letter for row in arrange(view.pods, "oldest", "KK8")] == ["C"]
    assert [row.letter for row in arrange(view.pods, "oldest", "starting")] == ["C", "D"]
    assert [row.letter for row in arrange(view.pods, "newest", "")] == ["D", "C", "B", "A"]
    assert [row.letter for row in arrange(view.pods, "state", "")] == ["C", "D", "A", "B"]
    assert [row.letter for row in arrange(view.pods, "cpu", "")] == ["A", "B", "C", "D"]


def test_the_strip_has_the_newest_second_at_the_right_and_names_the_reason(views: Views) -> None:
    cells = views["healing"]().answers.cells
    marks, answers, below = plain(draw_cells(cells, 12))
    assert answers == "ABABAbBBBBxB".upper().replace("X", "✖")
    assert marks == "     ▼"
    assert below == "     refused"


def test_a_short_strip_stands_at_the_right(views: Views) -> None:
    cells = views["calm"]().answers.cells[-4:]
    _marks, answers, below = draw_cells(cells, 20)
    assert answers.plain == " " * 16 + "ABAB"
    assert below.plain == "4 s ago          now"


def test_a_slow_answer_is_marked(views: Views) -> None:
    cells = views["calm"]().answers.cells
    marks = draw_cells([*cells[:-1], replace(cells[-1], slow=True)], 10)[0]
    assert marks.plain == " " * 9 + "▴"


def test_shares_are_bars_where_there_is_room_and_one_line_where_not(views: Views) -> None:
    answers = views["healing"]().answers
    tall = plain(draw_shares(answers, 50, 4))
    assert tall == [
        "A 2xz7w ━━━━━━━━━━━─────────────────  41 %    9 ms",
        "B 4f9qz ━━━━━━━━━━━━━━━━────────────  57 %   10 ms",
        "✖ 2 %: 1 refused",
    ]
    assert plain(draw_shares(answers, 50, 1)) == ["A 41 % 9 ms   B 57 % 10 ms   ✖ 2 %: 1 refused"]


def test_what_has_no_room_is_counted(views: Views) -> None:
    answers = views["calm"]().answers
    many = replace(answers, shares=answers.shares * 8)
    assert plain(draw_shares(many, 40, 1)) == ["A 50 % 9 ms   B 50 % 10 ms  14 more"]


def test_while_a_burst_runs_its_shares_stand_beside(views: Views) -> None:
    view = views["scaling"]()
    assert "burst  55 %" in draw_shares(view.answers, 60, 4, view.load)[0].plain
    assert "burst" not in draw_shares(view.answers, 60, 4, replace(view.load, state="ended"))[0].plain


def test_the_load_line_drops_from_the_right_what_has_no_room(views: Views) -> None:
    load = views["scaling"]().load
    assert plain(draw_load(load, 0.0, 78)) == [
        "BURST  42 %  312/s  4,210 of 10,000  0 errors  p50 44  p95 97  p99 141 ms"
    ]
    assert plain(draw_load(load, 0.0, 45)) == ["BURST  42 %  312/s  4,210 of 10,000  0 errors"]
    assert plain(draw_load(None, None, 45)) == ["No load.  b starts a burst."]
    done = views["shrinking"]().load
    assert plain(draw_load(done, 88.0, 99)) == [
        "burst done  323/s  10,000  3 errors  p50 44  p95 97  p99 141 ms  88 s ago"
    ]
    slow = replace(load, p95=900, p99=2345.6)
    assert draw_load(slow, 0.0, 99)[0].plain.endswith("p50 44 ms  p95 900 ms  p99 2.3 s")
    failed = replace(done, state="failed", detail="connection refused")
    assert draw_load(failed, 1.0, 60)[0].plain.rstrip() == "burst failed  connection refused"


def test_where_there_is_room_the_load_has_a_bar(views: Views) -> None:
    load = views["scaling"]().load
    assert plain(draw_load(load, 0.0, 50, 2)) == [
        "BURST  ━━━━──────  4,210 of 10,000  312/s",
        "0 errors  p50 44  p95 97  p99 141 ms",
    ]


def test_the_header_drops_the_url_before_the_lab(views: Views) -> None:
    view = views["calm"]()
    assert (
        draw_header(view, 100).plain
        == " default/hello-world-flask  ● live   LAB   http://127.0.0.1:38080/                         17:27:44 "
    )
    assert "http" not in draw_header(view, 60).plain
    assert "LAB" in draw_header(view, 60).plain
    assert "‖ FROZEN since 17:27:44" in draw_header(view, 100, view.wall).plain


def test_the_header_says_how_old_the_picture_is(views: Views) -> None:
    view = views["reconnecting"]()
    assert "◌ reconnecting 4 s" in draw_header(view, 80).plain
    stale = replace(view, connection=Connection("stale", view.now - 12))
    assert "○ stale 12 s" in draw_header(stale, 80).plain


def test_however_long_the_name_how_current_the_picture_is_stays_visible(views: Views) -> None:
    view = views["reconnecting"]()
    assert view.target is not None
    long = replace(view, target=replace(view.target, deployment="d" * 200))
    for width in (60, 80, 120):
        line = draw_header(long, width, view.wall).plain
        assert "◌ reconnecting 4 s" in line
        assert "FROZEN" in line
        assert line.endswith("17:27:44 ")
        assert len(line) == width


def test_polls_through_the_api_server_are_named(views: Views) -> None:
    view = views["calm"]()
    assert view.target is not None
    proxied = replace(view, target=replace(view.target, via="service-proxy"))
    assert "via API server's Service proxy" in draw_header(proxied, 100).plain


def test_the_headline_is_in_the_middle_with_its_figures_below(views: Views) -> None:
    view = views["calm"]()
    assert plain(draw_headline(view, 80, 4)) == [
        "",
        "  All well: 2 pods answer in turn",
        "  2 of 2 pods ready · CPU 11 % / 50 % · no answer failed in the last minute",
    ]
    long = replace(view, headline=replace(view.headline, words="word " * 60))
    assert len(draw_headline(long, 80, 2)) == 2
    assert draw_headline(long, 80, 2)[1].plain.endswith("…")
    assert all(line.cell_length <= 80 for line in draw_headline(long, 80, 2))


def test_a_missing_permission_is_named(views: Views) -> None:
    view = views["calm"]()
    denied = replace(view.connection, denied=(("autoscalers", "list horizontalpodautoscalers"),))
    lines = plain(draw_headline(replace(view, connection=denied), 120, 2))
    assert lines[1].startswith("  may not list horizontalpodautoscalers · 2 of 2 pods ready")


def test_a_gap_is_named_with_its_length(views: Views) -> None:
    view = views["calm"]()
    mended = replace(view.connection, last_gap=10.4, last_gap_at=view.now - 5)
    lines = plain(draw_headline(replace(view, connection=mended), 120, 2))
    assert lines[1] == "  Nothing was known for 10 s; what changed meanwhile was read anew."


def test_a_fresh_warning_comes_before_the_figures(views: Views) -> None:
    view = views["calm"]()
    warned = replace(view, said=((view.now - 3, "warning", "The disk is full."),))
    assert plain(draw_headline(warned, 120, 2))[1] == "  The disk is full."
    assert "2 of 2" in plain(draw_headline(replace(warned, now=view.now + 20), 120, 2))[1]


def test_where_there_is_room_the_first_word_is_big(views: Views) -> None:
    view = views["healing"]()
    assert plain(draw_headline(view, 120, 4)) == [
        "  ▄  ▄ ▄▄▄▄  ▄▄  ▄    ▄▄▄ ▄   ▄  ▄▄▄",
        "  █▄▄█ █▄▄  █▄▄█ █     █  █▀▄ █ █ ▄▄   2xz7w: restarting for 2.1 s, 4f9qz carries everything",
        "  █  █ █▄▄▄ █  █ █▄▄▄ ▄█▄ █  ▀█ ▀▄▄█   killing 2xz7w: SIGINT sent",
    ]
    strange = replace(view, headline=replace(view.headline, words="HÄLT"))
    assert plain(draw_headline(strange, 120, 4))[1] == "  HÄLT"


def test_every_capital_is_five_pixels_high_and_a_line_is_as_wide_as_the_others() -> None:
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        top, middle, bottom = big(letter) or ["", "", ""]
        assert len(top) == len(middle) == len(bottom) > 3
        assert set(top) <= {" ", "▄"}
    assert big("") is None
    assert big("Ä") is None


def test_an_episode_that_ended_is_wrapped_between_its_moments(views: Views) -> None:
    view = views["healing"]()
    assert plain(draw_episode(view.story[0], view.now, 80)) == [
        "17:25:44 you killed 2xz7w (SIGINT): died 0.32 s · out of rotation 0.35 s",
        "         restarted 0.45 s · ready 0.45 s · answers again 1.3 s ±0.1",
        "         0 of 14 answers failed, slowest 210 ms; exit 0 (Completed); next",
        "         restart after 10–15 s",
    ]


def test_the_running_episode_draws_a_line_that_grows(views: Views) -> None:
    view = views["healing"]()
    early = plain(draw_episode(view.story[1], view.now, 120))
    late = plain(draw_episode(view.story[1], view.now + 10, 120))
    assert early[1] == (
        "         ━━● died 0.32 s ━● out of rotation 0.35 s ━━○ restart held back for 10–15 s 2.1 s"
    )
    assert late[1].endswith("━━━━━━━━━━━━○ restart held back for 10–15 s 12.1 s")


def test_an_episode_without_a_moment_yet_is_told_all_the_same(views: Views) -> None:
    view = views["calm"]()
    begun = Episode(1, "healing", view.now, view.wall, "you killed 2xz7w", open=True, waiting="death")
    assert plain(draw_episode(begun, view.now, 60)) == [
        "17:27:44 you killed 2xz7w",
        "         ━○ death 0.00 s",
    ]
    closed = Episode(1, "note", view.now, view.wall, "a note")
    assert plain(draw_episode(closed, view.now, 60)) == ["17:27:44 a note"]


@pytest.mark.parametrize("width", [20, 40, 60, 78, 118, 198])
def test_no_story_line_is_too_wide(width: int, views: Views) -> None:
    view = views["healing"]()
    moments = tuple(Moment("a moment with quite a long name", view.now, 1.0) for _n in range(5))
    long = replace(view.story[0], moments=moments, title="t" * 100, tail="tail " * 50)
    for line in draw_story((*view.story, long, replace(long, open=True)), view.now, width, 99):
        assert line.cell_length <= width


def test_the_newest_episode_is_at_the_bottom_and_always_there(views: Views) -> None:
    view = views["healing"]()
    assert plain(draw_story(view.story, view.now, 100, 2))[0].startswith("17:27:41")
    assert plain(draw_story(view.story, view.now, 60, 4))[:1] == [
        "17:25:44 you killed 2xz7w (SIGINT): answers again 1.3 s ±0.…"
    ]
    assert plain(draw_story(view.story, view.now, 100, 9))[0].startswith("17:25:44")


def test_a_story_too_long_for_its_panel_keeps_its_title_and_its_end(views: Views) -> None:
    view = views["healing"]()
    lines = plain(draw_story(view.story[:1], view.now, 60, 3))
    assert lines[0].startswith("17:25:44 you killed 2xz7w (SIGINT)")
    assert lines[-1].strip().endswith("restart after 10–15 s")
    assert len(lines) == 3


def test_every_answers_line_fits_its_panel(views: Views) -> None:
    for name, make in views.items():
        for width, height in ((50, 10), (76, 5), (96, 14), (40, 3)):
            lines = draw_answers(make(), width, height)
            assert len(lines) <= height, name
            assert all(line.cell_length <= width for line in lines), name


def test_the_footer_fits_eighty_columns() -> None:
    line = draw_keys([key for key in KEYS if key.show], 80)
    assert line.cell_length <= 80
    assert line.plain.endswith("? help")
    narrow = draw_keys([key for key in KEYS if key.show], 60)
    assert narrow.cell_length <= 60
    assert narrow.plain.endswith("? help")
    assert draw_keys([key for key in KEYS if key.show], 120).plain == (
        " k kill  b burst  x stop all  ⏎ pod  / filter  space freeze  1-5 one panel  ? help"
    )


def test_where_only_ascii_can_be_shown_only_ascii_is_drawn(views: Views) -> None:
    view = views["healing"]()
    look.use_ascii(True)
    try:
        line = draw_row(view.pods[0], FULL, {}, view.now, view.server_now, selected=True).plain
    finally:
        look.use_ascii(False)
    assert line.isascii()
    assert look.unicode_works("UTF-8")
    assert not look.unicode_works("ISO-8859-1")
    assert not look.unicode_works("ANSI_X3.4-1968")


def test_the_clock_is_local_time() -> None:
    assert clock_time(0) == "00:00:00"
