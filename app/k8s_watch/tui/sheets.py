"""What the two charts show, from the view: the time axis that both share, curves, levels, ticks and signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from k8s_watch.model.view import Charts, Mark, PodSeries, Points
from k8s_watch.model.words import _

from .curves import Curve, Label, Sheet, Sign
from .look import pod_name

# seconds for which a pod's sample counts: one comes each 15 s, so three were missed by then
HOLD: Final = 60.0
# pods: the lesson has ten, more lines can't be told apart, and 2,000 would take a second to draw
DRAWN: Final = 12
# seconds that the axis may show: few, so that it seldom rescales
_SPANS: Final = (120, 180, 240, 300, 420, 600, 900, 1800, 3600)
_STEPS: Final = (15, 30, 60, 120, 300, 600, 1200, 1800, 3600)  # seconds between the time axis's labels
_TOPS: Final = (100, 150, 200, 300, 400, 500, 600, 800, 1000, 1500, 2000, 3000, 5000, 10_000)  # percent
_LETTERS: Final = {"kill": "K", "delete": "D", "burst": "B", "burst-end": "E", "gap": "?"}
_INKS: Final = {"kill": "failed", "delete": "failed", "burst": "busy", "burst-end": "quiet", "gap": "stale"}


@dataclass(frozen=True, slots=True)
class Axis:
    """The time axis of both charts, in monotonic seconds."""

    begin: float
    end: float

    @property
    def span(self) -> float:
        """Seconds shown."""
        return self.end - self.begin


def axis(begin: float, now: float, columns: int) -> Axis:
    """From at least `begin` to `now`, moving by a column at once, and at most each 4 s.

    So that what is drawn stays where it is until it moves by what can be seen, and nothing is drawn in between.
    """
    span = next((s for s in _SPANS if s >= now - begin - 1), _SPANS[-1])
    step = max(4.0, span / columns)
    end = ceil(now / step) * step
    return Axis(end - span, end)


def x_ticks(of: Axis, columns: int) -> tuple[tuple[float, str], ...]:
    """Labels "-5m" ... "now", at most one each 9 columns."""
    step = next((s for s in _STEPS if of.span / s * 9 <= columns), _STEPS[-1])
    ages = range(step, int(of.span) + 1, step)
    older = [(of.end - age, f"-{age}s" if age % 60 else f"-{age // 60}m") for age in reversed(ages)]
    return (*older, (of.end, _("now")))


def signs(marks: tuple[Mark, ...], of: Axis) -> tuple[Sign, ...]:
    """The marks inside the axis; what hurts comes first, for where two share a column."""
    order = list(_LETTERS)
    inside = [m for m in marks if of.begin <= m.at <= of.end]
    return tuple(
        Sign(m.at, _LETTERS[m.kind], _INKS[m.kind])
        for m in sorted(inside, key=lambda m: (order.index(m.kind), m.at))
    )


def last(points: Points) -> float | None:
    """The newest value, None where it is unknown."""
    return points[-1][1] if points else None


def busiest(pods: Sequence[PodSeries]) -> list[PodSeries]:
    """At most DRAWN of them, in their own order."""
    if len(pods) <= DRAWN:
        return list(pods)
    chosen = sorted(pods, key=lambda pod: -(last(pod.points) or 0.0))[:DRAWN]
    uids = {pod.uid for pod in chosen}
    return [pod for pod in pods if pod.uid in uids]


def cpu(charts: Charts, now: float, columns: int) -> Sheet:
    """CPU in percent of the request: the HPA's own value as an area, each pod's as a line."""
    of = axis(charts.begin, now, columns)
    target = charts.target
    curves = [Curve(charts.cpu, "calm-cpu", "area", high_ink="high-cpu")]
    pods = busiest(charts.pods)
    curves += [Curve(pod.points, pod_name(pod.hue), "thin", HOLD) for pod in pods]
    highest = max((v for c in curves for at, v in c.points if v is not None and at >= of.begin), default=0.0)
    wanted = max(highest, 1.5 * (target or 0))
    top = next((t for t in _TOPS if t >= wanted), ceil(wanted / _TOPS[-1]) * _TOPS[-1])
    ticks = [(0.0, _percent(0)), (float(top), _percent(top))]
    if target is None or abs(top / 2 - target) > top / 5:
        ticks.insert(1, (top / 2, _percent(top // 2)))
    return Sheet(
        *(of.begin, of.end, now, float(top)),
        curves=tuple(curves),
        levels=() if target is None else ((float(target), "target"),),
        y_ticks=tuple(ticks) if target is None else (*ticks, (float(target), _percent(target))),
        x_ticks=x_ticks(of, columns),
        signs=signs(charts.marks, of),
        labels=tuple(
            Label(value, pod.letter, pod_name(pod.hue))
            for pod in pods
            if (value := last(pod.points)) is not None and now - pod.points[-1][0] <= HOLD
        ),
        threshold=target,
    )


def replicas(charts: Charts, now: float, columns: int) -> Sheet:
    """Replicas: those there are as an area, what the HPA wants as a line wherever that differs, and its limits."""
    of = axis(charts.begin, now, columns)
    values = [v for points in (charts.current, charts.desired) for _at, v in points if v is not None]
    limits = sorted({limit for limit in (charts.minimum, charts.maximum) if limit is not None})
    highest = max([*values, *limits, 1])
    numbers = [0, *(limits or [int(highest)])]
    there, wanted = last(charts.current), last(charts.desired)
    labels = [] if there is None else [Label(there, str(int(there)), "healthy")]
    if wanted is not None and wanted != there:
        labels.append(Label(wanted, str(int(wanted)), "scaling"))
    return Sheet(
        *(of.begin, of.end, now, highest * 1.2),  # air above the maximum, so that its line is not the frame
        curves=(
            Curve(charts.current, "healthy", "area"),
            Curve(differing(charts.desired, charts.current), "scaling", "thick"),
        ),
        levels=tuple((float(limit), "target") for limit in limits),
        y_ticks=tuple((float(n), str(n)) for n in numbers),
        x_ticks=x_ticks(of, columns),
        signs=signs(charts.marks, of),
        labels=tuple(labels),
    )


def differing(points: Points, other: Points) -> Points:
    """`points` with gaps for as long as both have the same value."""
    times = sorted({at for at, _value in (*points, *other)})
    found: list[tuple[float, float | None]] = []
    value: float | None = None
    theirs: float | None = None
    mine, others = dict(points), dict(other)
    for at in times:
        value, theirs = mine.get(at, value), others.get(at, theirs)
        found.append((at, None if value == theirs else value))
    return tuple(found)


def _percent(value: float) -> str:
    """At most five characters: "50 %", "1500%"."""
    return f"{value:.0f} %" if value < 1000 else f"{value:.0f}%"
