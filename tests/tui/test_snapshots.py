"""The whole screen, pixel by pixel, at the three sizes; look at each new picture before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotext  # noqa: F401  imported here, so that no chart waits for it
import pytest

Make = Callable[..., Any]
Compare = Callable[..., bool]


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)], ids=lambda size: "{}x{}".format(*size))
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_healing(snap_compare: Compare, stage: Make, theme: str, size: tuple[int, int]) -> None:
    assert snap_compare(stage("healing", theme=theme).app, terminal_size=size)


@pytest.mark.parametrize("view", ["calm", "scaling", "rollout", "shrinking", "reconnecting"])
def test_situations_at_120_columns(snap_compare: Compare, stage: Make, view: str) -> None:
    assert snap_compare(stage(view).app, terminal_size=(120, 36))


def test_waiting_for_a_target_at_80_columns(snap_compare: Compare, stage: Make) -> None:
    assert snap_compare(stage("waiting").app, terminal_size=(80, 24))


def test_high_contrast(snap_compare: Compare, stage: Make) -> None:
    assert snap_compare(stage("scaling", theme="contrast").app, terminal_size=(80, 24))


def test_plain_signs(snap_compare: Compare, stage: Make) -> None:
    assert snap_compare(stage("healing", only_ascii=True).app, terminal_size=(120, 36))


def test_one_panel_and_a_frozen_picture(snap_compare: Compare, stage: Make) -> None:
    assert snap_compare(stage("scaling").app, press=["2", "space"], terminal_size=(80, 24))


def test_a_terminal_that_is_too_small(snap_compare: Compare, stage: Make) -> None:
    assert snap_compare(stage("calm").app, terminal_size=(50, 12))
