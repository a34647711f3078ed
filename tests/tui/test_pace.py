"""How often is painted, and what of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from textual.geometry import Region

from k8s_watch.model.view import View
from k8s_watch.tui.dashboard import Dashboard
from k8s_watch.tui.pacing import AT_ONCE, FASTEST, POURING, SLOWER, Pace
from k8s_watch.tui.pod_table import PodTable

Make = Callable[..., Any]
Views = dict[str, Callable[[], View]]


@pytest.mark.parametrize(("changes", "pause"), [(1, FASTEST), (POURING + 1, SLOWER)])
async def test_the_first_change_is_painted_at_once_then_ten_times_a_second_and_five_in_a_storm(
    stage: Make, changes: int, pause: float
) -> None:
    one = stage("calm")
    painted: list[float] = []
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause(2 * FASTEST)
        made = one.app.picture
        one.app.picture = lambda: (painted.append(time.monotonic()), made())[1]
        begin = time.monotonic()
        one.show(one.view)
        await pilot.pause()
        assert len(painted) == 1
        assert painted[0] - begin < FASTEST  # it did not wait for the next turn
        while time.monotonic() - begin < 0.8:
            for _ in range(changes):
                one.show(one.view)
            await pilot.pause(0.02)
    assert len(painted) <= 0.8 / pause + AT_ONCE
    assert min(b - a for a, b in pairwise(painted[AT_ONCE:])) > pause * 0.9


def test_a_painting_that_folded_much_is_followed_by_a_longer_pause_until_it_is_quiet() -> None:
    pace, now = Pace(), 100.0
    for _ in range(AT_ONCE):
        assert pace.changed(now) == 0.0
        pace.painted(now)
    assert pace.changed(now) == pytest.approx(FASTEST)
    assert [pace.changed(now) for _ in range(POURING)] == [None] * POURING
    now += FASTEST
    pace.painted(now)
    assert pace.changed(now) == pytest.approx(SLOWER)
    now += SLOWER
    pace.painted(now)  # one change only
    assert pace.changed(now) == pytest.approx(FASTEST)
    pace.painted(now + FASTEST)
    assert pace.changed(now + 1.0) == 0.0


async def test_a_change_soon_after_another_does_not_wait(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause(AT_ONCE * FASTEST)
        made, painted = one.app.picture, []
        one.app.picture = lambda: (painted.append(time.monotonic()), made())[1]
        for _ in range(2):
            one.show(one.view)
            await pilot.pause()
        assert len(painted) == 2


async def test_a_picture_of_the_same_version_is_not_drawn_again(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        shown: list[View] = []
        one.app.screen.show = lambda view, _frozen=None: shown.append(view)
        one.app._paint()
        assert not shown
        one.view = replace(one.view, version=99)
        one.app._paint()
        assert len(shown) == 1


async def test_what_is_covered_gets_no_picture_and_the_newest_when_it_is_seen_again(
    stage: Make, views: Views
) -> None:
    one = stage("calm")
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        board = one.app.screen
        assert isinstance(board, Dashboard)
        table = board.query_one(PodTable)
        await pilot.press("question_mark")
        await pilot.pause()
        one.show(views["scaling"]())
        await pilot.pause(0.1)
        assert len(table.rows) == 2
        await pilot.press("escape")
        await pilot.pause()
        assert len(table.rows) == 4


async def test_the_help_is_made_once_and_begins_at_its_top(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        help_screen = one.app.screen
        await pilot.press("end", "question_mark", "question_mark")
        await pilot.pause()
        assert one.app.screen is help_screen
        assert help_screen.query_one("#help-scroll").scroll_offset.y == 0
        await pilot.resize_terminal(120, 36)
        await pilot.press("escape", "question_mark")
        await pilot.pause()
        keys, signs = (help_screen.query_one(f"#help-{name}").region for name in ("keys", "signs"))
        assert keys.y == signs.y, "beside one another, where there is room"


async def test_a_change_before_the_screen_is_there_does_no_harm(stage: Make, views: Views) -> None:
    one = stage("calm")
    one.app.changed()
    async with one.app.run_test(size=(120, 36)) as pilot:
        one.show(views["scaling"]())
        await pilot.pause(0.1)
        assert len(one.app.screen.query_one(PodTable).rows) == 4


async def test_only_lines_that_changed_are_painted_again(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = stage("crowd")
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        table = one.app.screen.query_one(PodTable)
        regions: list[Region] = []
        monkeypatch.setattr(table, "refresh", lambda *given, **_more: regions.extend(given))
        rows = one.view.pods
        changed = replace(rows[3], cpu=99)
        far = replace(rows[1500], cpu=98)
        one.app._hand_down(
            replace(one.view, pods=(*rows[:3], changed, *rows[4:1500], far, *rows[1501:]), version=77)
        )
        assert [(region.y, region.height) for region in regions] == [(4, 1)]


async def test_two_thousand_pods_scroll_and_only_those_in_sight_are_drawn(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = stage("crowd")
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        table = one.app.screen.query_one(PodTable)
        drawn: list[int] = []
        line = table._line
        monkeypatch.setattr(table, "_line", lambda y: (drawn.append(y), line(y))[1])
        await pilot.press("end")
        await pilot.pause()
        assert table.selected_row is one.view.pods[-1]
        assert "01999" in line(table.size.height - 1).plain
        assert line(0).plain.lstrip().startswith("POD")
        assert len(drawn) < 10 * table.size.height
        await pilot.press("pageup", "home")
        await pilot.pause()
        assert "00000" in line(1).plain


async def test_ages_go_on_with_the_second_when_nothing_changes(stage: Make, views: Views) -> None:
    one = stage("calm")
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        table = one.app.screen.query_one(PodTable)
        assert "3m38s" in table._line(1).plain
        view = one.view
        one.view = replace(view, now=view.now + 1, wall=view.wall + 1, server_now=view.server_now + 1)
        one.app._paint(True)
        assert "3m39s" in table._line(1).plain


async def test_a_screen_of_any_size_is_drawn_for_every_situation(stage: Make, views: Views) -> None:
    one = stage("calm")
    async with one.app.run_test(size=(120, 36)) as pilot:
        for name, make in views.items():
            for size in ((60, 16), (120, 20), (90, 60)):
                await pilot.resize_terminal(*size)
                one.show(make())
                await pilot.pause()
                assert isinstance(one.app.screen, Dashboard), name


async def test_a_picture_that_comes_while_the_screens_are_taken_down_is_dropped(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = stage("calm")
    late: list[int] = []
    prune = one.app._prune

    async def prune_and_paint(*nodes: Any, **more: Any) -> None:
        await prune(*nodes, **more)
        late.append(len(one.app.screen_stack))
        one.app._paint(True)

    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        monkeypatch.setattr(one.app, "_prune", prune_and_paint)
    assert late == [1]
