"""The sentences below the charts: what the newest numbers are, how old, and why the autoscaler decided so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from k8s_watch.model.view import View
from k8s_watch.model.words import _, ngettext

from .amounts import whole
from .look import glyph
from .sheets import DRAWN, HOLD, last

ESSENTIAL = 2  # the weight from which on words are worth a line of the plot


@dataclass(frozen=True, slots=True)
class Part:
    """Some words; where there is no room for all parts, those of the least weight go first."""

    words: str
    style: str = ""
    weight: int = 0


def cpu_words(view: View) -> list[Part]:
    """CPU against its target, the sample's age, the next sync; where CPU is unknown, why, and what to do."""
    charts, scaling = view.charts, view.scaling
    value, target = last(charts.cpu), charts.target
    parts = []
    if target is not None:
        if value is None:
            style = "$healing bold"
        else:
            style = "$scaling bold" if value > target else "$foreground bold"
        number = _("unknown") if value is None else f"{value:.0f} %"
        parts.append(Part(f"{number} / {target} %", style, 3))
    if charts.unknown:
        parts.append(Part(charts.unknown, "$healing", 4))
    if charts.sample_age is not None:
        old = _("sample {age} old").format(age=whole(charts.sample_age))
        parts.append(Part(old, "$healing" if charts.sample_age > HOLD else "$quiet", 2))
    if scaling.autoscaler is not None:
        parts.append(Part(_next_sync(scaling.next_sync_in), "$quiet", 1))
    if len(charts.pods) > DRAWN:
        words = _("lines for the busiest {n} of {all} pods")
        parts.append(Part(words.format(n=DRAWN, all=len(charts.pods)), "$quiet", 0))
    return parts


def _next_sync(seconds: float | None) -> str:
    if seconds is None:
        return _("next sync unknown")
    return _("next sync {about} {age}").format(about=glyph("about"), age=whole(max(0.0, seconds)))


def replica_words(view: View) -> list[Part]:
    """How many there are and are wanted, why, when it shrinks, and what the HPA says of itself."""
    charts, scaling = view.charts, view.scaling
    there, wanted = last(charts.current), last(charts.desired)
    parts = []
    if there is not None and wanted is not None:
        parts.append(_number(int(there), int(wanted)))
    if scaling.decision:
        since = view.now - scaling.decided_at if scaling.decided_at is not None else None
        age = "" if since is None else " (" + _("{age} ago").format(age=whole(since)) + ")"
        # once the window runs, when it shrinks is more than why it grew
        parts.append(Part(scaling.decision + age, "$foreground", 3 if scaling.window_ends_in is None else 2))
    if scaling.window_words:
        parts.append(Part(scaling.window_words, "$quiet", 2 if scaling.window_ends_in is None else 3))
    if scaling.autoscaler is None:
        parts.append(Part(_("no autoscaler (HPA) for this Deployment"), "$quiet", 3))
    parts += [Part(words, "$quiet", 0) for words in scaling.conditions]
    return parts


def _number(there: int, wanted: int) -> Part:
    if there == wanted:
        return Part(ngettext("{n} replica", "{n} replicas", there).format(n=there), "$healthy bold", 1)
    words = _("{there} replicas, {wanted} wanted").format(there=there, wanted=wanted)
    return Part(words, "$scaling bold", 1)


def flow(parts: Sequence[Part], width: int, height: int) -> list[Content]:
    """As many parts as fit into `height` lines of `width` cells, the weightiest at least.

    A weighty part for which two lines are left is cut, with an ellipsis, rather than left out.
    """
    kept = list(parts)
    lines = _lines(kept, width)
    while len(lines) > height and len(kept) > 1:
        least = min(reversed(kept), key=lambda part: part.weight)
        kept.remove(least)
        lines = _lines(kept, width)
        spare = height - len(lines)
        if least.weight >= ESSENTIAL and spare >= 2:
            return lines + _cut(_lines([least], width), width, spare)
    return _cut(lines, width, height)


def lines_wanted(parts: Sequence[Part], width: int) -> int:
    """How many lines it takes to say everything that matters."""
    return len(_lines([part for part in parts if part.weight >= ESSENTIAL], width))


def _cut(lines: list[Content], width: int, height: int) -> list[Content]:
    if len(lines) <= height:
        return lines
    last_line = lines[height - 1].truncate(max(1, width - 1), ellipsis=False).rstrip()
    return [*lines[: height - 1], last_line + Content.styled(glyph("ellipsis"), "$quiet")]


def _lines(parts: Sequence[Part], width: int) -> list[Content]:
    """Joined by dots; a part that fits in what is left of a line goes there, another begins a new line."""
    lines: list[Content] = []
    dot = Content.styled(f" {glyph('dot')} ", "$faint")
    for part in parts:
        words = Content.styled(part.words, part.style)
        joined = lines[-1] + dot + words if lines else words
        if lines and joined.cell_length <= width:
            lines[-1] = joined
        else:
            lines += words.wrap(width)
    return lines
