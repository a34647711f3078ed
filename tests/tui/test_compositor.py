"""A partial update writes what Textual's own compositor would have written, from fewer rendered lines."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._compositor import Compositor
from textual.geometry import Region
from textual.widget import Widget

from k8s_watch.model.view import View
from k8s_watch.tui.compositor import NarrowCompositor, merged
from k8s_watch.tui.pod_table import PodTable

Make = Callable[..., Any]
Views = dict[str, Callable[[], View]]

_IDLE = re.compile(r"\x1b\[\d+;\d+H(?=(\n|\x1b\[[0-9;]*m)*(\x1b\[\d+;\d+H|$))")
"""A move of the cursor after which nothing is written: Textual makes one for a neighbour that was not asked for."""

SIZES = ((60, 16), (80, 24), (120, 36), (200, 50))


def some(rng: random.Random, width: int, height: int) -> list[Region]:
    """Regions of the screen, as changes leave them: mostly lines."""
    found = []
    for _ in range(rng.randint(1, 6)):
        x, y = rng.randrange(width), rng.randrange(height)
        high = rng.choice((1, 1, 1, height - y))
        found.append(Region(x, y, rng.randint(1, width - x), rng.randint(1, high)))
    return found


def written(one: NarrowCompositor, regions: list[Region], console: Any, how: type[Compositor]) -> str:
    """What goes to the terminal for these regions."""
    one._dirty_regions.clear()
    one._dirty_regions.update(regions)
    update = how.render_partial_update(one)
    assert update is not None
    return _IDLE.sub("", update.render_segments(console))


@pytest.mark.parametrize("size", SIZES)
async def test_any_regions_are_written_as_textual_writes_them(
    stage: Make, views: Views, size: tuple[int, int]
) -> None:
    rng = random.Random(20)
    one = stage("calm")
    async with one.app.run_test(size=size) as pilot:
        for name, make in views.items():
            one.show(make())
            await pilot.pause()
            compositor = one.app.screen._compositor
            assert isinstance(compositor, NarrowCompositor)
            with one.app._context():
                for _ in range(30):
                    regions = some(rng, *size)
                    mine = written(compositor, regions, one.app.console, NarrowCompositor)
                    assert mine == written(compositor, regions, one.app.console, Compositor), (name, regions)
                compositor._dirty_regions.clear()


async def test_for_one_line_one_line_of_one_widget_is_rendered(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = stage("calm")
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        asked: list[tuple[str, Region]] = []
        for widget in one.app.screen._compositor.visible_widgets:

            def lines(crop: Region, widget: Widget = widget, real: Any = widget.render_lines) -> Any:
                asked.append((type(widget).__name__, crop))
                return real(crop)

            monkeypatch.setattr(widget, "render_lines", lines)
        table = one.app.screen.query_one(PodTable)
        line = Region(table.region.x, table.region.y + 2, table.scrollable_content_region.width, 1)
        with one.app._context():
            written(one.app.screen._compositor, [line], one.app.console, NarrowCompositor)
        assert asked == [("PodTable", Region(0, 2, table.region.width, 1))]


@pytest.mark.parametrize("situation", ["calm", "crowd", "hostile"])
async def test_the_pod_table_renders_what_textual_would_make_of_its_lines(
    stage: Make, situation: str
) -> None:
    one = stage(situation)
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        table = one.app.screen.query_one(PodTable)
        for keys in ((), ("down", "down"), ("end",), ("o",)):
            await pilot.press(*keys)
            await pilot.pause()
            width, height = table.size
            with one.app._context():
                for crop in (Region(0, 0, width, height), Region(0, 3, width, 2), Region(5, 1, 20, 4)):
                    mine = [strip.simplify()._segments for strip in table.render_lines(crop)]
                    assert mine == [s.simplify()._segments for s in Widget.render_lines(table, crop)], (
                        keys,
                        crop,
                    )


regions = st.builds(Region, st.integers(0, 5), st.integers(0, 9), st.integers(1, 3), st.integers(1, 3))


@given(st.lists(regions, max_size=8))
def test_merged_regions_cover_the_same_cells(given: list[Region]) -> None:
    def cells(some: list[Region]) -> set[tuple[int, int]]:
        return {(x, y) for one in some for x in one.column_range for y in one.line_range}

    found = merged(given)
    assert cells(found) == cells(given)
    assert len(found) <= len(set(given))


def test_lines_below_one_another_become_one() -> None:
    assert merged([Region(2, y, 9, 1) for y in (3, 1, 2, 7)]) == [Region(2, 1, 9, 3), Region(2, 7, 9, 1)]
