"""What a chart shows, without how it is drawn: curves, labels, signs; and a value over time as corners of steps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

from k8s_watch.model.view import Points


@dataclass(frozen=True, slots=True)
class Curve:
    """A value over time, as steps. `None` in it is a gap; it is never joined across."""

    points: Points
    ink: str
    kind: Literal["area", "thick", "thin"]
    hold: float = float("inf")  # seconds for which the last value still counts
    high_ink: str = ""  # an area's ink above `Sheet.threshold`


@dataclass(frozen=True, slots=True)
class Label:
    """Text at the right edge, at the height of a value."""

    value: float
    text: str
    ink: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A letter above the plot and a line down through it."""

    at: float
    letter: str
    ink: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that one chart shows. Times are monotonic seconds."""

    begin: float
    end: float
    now: float  # curves end here, at most `end`
    top: float  # the y axis goes from 0 to this
    curves: tuple[Curve, ...] = ()
    levels: tuple[tuple[float, str], ...] = ()  # (value, ink): dashed lines across
    y_ticks: tuple[tuple[float, str], ...] = ()
    x_ticks: tuple[tuple[float, str], ...] = ()
    signs: tuple[Sign, ...] = ()
    labels: tuple[Label, ...] = ()
    threshold: float | None = None


def runs(points: Points, begin: float, end: float, hold: float) -> list[list[tuple[float, float]]]:
    """The stretches between gaps, as corners of steps, cut to `begin`..`end`; a value holds for `hold` at most."""
    found: list[list[tuple[float, float]]] = []
    open_run: list[tuple[float, float]] | None = None
    for (at, value), following in pairwise([*points, (float("inf"), None)]):
        until = min(following[0], at + hold, end)
        if value is None or until < begin or at > end:
            open_run = None
            continue
        if open_run is None or open_run[-1][0] < max(at, begin):
            open_run = []
            found.append(open_run)
        open_run += [(max(at, begin), value), (until, value)]
    return found


def thinned(run: list[tuple[float, float]], slot: float) -> list[tuple[float, float]]:
    """First, lowest, highest and last corner of each `slot` seconds: more can't be seen in a column so wide."""
    kept: list[tuple[float, float]] = []
    for _slot, group in groupby(run, key=lambda corner: int(corner[0] / slot)):
        corners = list(group)
        if len(corners) > 4:
            by_value = sorted(range(len(corners)), key=lambda i: corners[i][1])
            corners = [corners[i] for i in sorted({0, by_value[0], by_value[-1], len(corners) - 1})]
        kept += corners
    return kept
