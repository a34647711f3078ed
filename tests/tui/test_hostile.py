"""Text that attacks the terminal, everywhere at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from tests.tui.conftest import hostile_view
from textual.color import Color

from k8s_watch.model.view import View
from k8s_watch.tui.answers_panel import draw_answers
from k8s_watch.tui.header import draw_header
from k8s_watch.tui.headline import draw_headline
from k8s_watch.tui.output import SafeOutput
from k8s_watch.tui.story_lines import draw_story

Make = Callable[..., Any]
BAD = {"Cc", "Cf", "Cs"}
texts = st.text(
    alphabet=st.one_of(
        st.characters(), st.sampled_from(list("[]/@=\\$\x1b\x07\x9b\u202e\u200b\ufeff\t\n\r"))
    ),
    max_size=80,
)


def painted(app: Any) -> str:
    """All characters that the terminal would get for the whole screen, styles aside."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_hostile_text_everywhere_leaves_no_control_character(
    stage: Make, size: tuple[int, int]
) -> None:
    one = stage("hostile")
    async with one.app.run_test(size=size) as pilot:
        await pilot.pause()
        drawn = painted(one.app)
        assert not [char for char in drawn if char != "\n" and unicodedata.category(char) in BAD]
        assert "[/][@click=app.quit]" in drawn  # shown as it is, so not taken for markup
        for line in drawn.split("\n"):
            assert len(line) <= size[0]
        await pilot.click(offset=(10, size[1] // 3))
        await pilot.press("enter")
        await pilot.pause()
        assert not [char for char in painted(one.app) if char != "\n" and unicodedata.category(char) in BAD]
        assert one.app.is_running


async def test_no_style_of_the_screen_links_to_anything_but_our_keys(stage: Make) -> None:
    one = stage("hostile")
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        clicks = set()
        for line in one.app.screen._compositor.render_strips():
            for segment in line:
                if segment.style is not None:
                    assert segment.style.link is None
                    clicks |= {str(segment.style.meta["@click"])} if "@click" in segment.style.meta else set()
    assert clicks
    assert all(re.fullmatch(r"(app|screen)\.[a-z_]+(\('pods'\))?", click) for click in clicks)


@given(texts)
def test_no_drawing_fails_or_reads_markup_whatever_the_text(text: str) -> None:
    view = hostile_view(text)
    lines = [
        draw_header(view, 100),
        *draw_headline(view, 120, 4),
        *draw_headline(view, 80, 2),
        *draw_answers(view, 60, 10),
        *draw_answers(view, 60, 4),
        *draw_story(view.story, view.now, 70, 8),
    ]
    for line in lines:
        assert line.cell_length <= 120
        for span in line.spans:
            assert isinstance(span.style, str)
            assert "@" not in span.style


@given(st.lists(texts, max_size=5), st.booleans())
def test_what_passes_the_last_door_is_text(pieces: list[str], only_ascii: bool) -> None:
    door = SafeOutput(only_ascii=only_ascii)
    style = Style(bold=True)
    passed = door.apply([Segment(piece, style) for piece in pieces], Color(0, 0, 0))
    assert len(passed) == len(pieces)
    for segment in passed:
        assert segment.style == style
        assert not [char for char in segment.text if unicodedata.category(char) in BAD]
        assert not only_ascii or segment.text.isascii()


def test_the_last_door_lets_ordinary_text_pass_untouched() -> None:
    segments = [Segment("● ready, 中文, ┌─┐, é"), Segment("x", control=[])]  # type: ignore[list-item]
    assert SafeOutput().apply(segments, Color(0, 0, 0)) == segments


def test_signs_become_plain_ones_of_the_same_width() -> None:
    door = SafeOutput(only_ascii=True)
    assert (
        door.apply([Segment("╭─ ● 2 → 4 ≈ 9 s … 中 │")], Color(0, 0, 0))[0].text == "+- o 2 > 4 ~ 9 s ~ ?? |"
    )


async def test_where_only_ascii_can_be_shown_nothing_else_reaches_the_terminal(
    stage: Make, views: dict[str, Callable[[], View]]
) -> None:
    one = stage("healing", only_ascii=True)
    async with one.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        assert painted(one.app).isascii()
        one.show(replace(views["scaling"](), version=50))
        await pilot.pause(0.1)
        assert painted(one.app).isascii()
