"""The sentences below the charts: what the newest numbers are, how old, and why the autoscaler decided so."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from k8s_watch.model.view import View
from k8s_watch.model.words import _, ngettext

from .amounts import whole
from .look import glyph
from .sheets import last

Parts = list[tuple[str, str]]
"""(words, style), the most important first."""


def cpu_words(view: View) -> Parts:
    """CPU against its target, the sample's age, the next sync; where CPU is unknown, why, and what to do."""
    charts, scaling = view.charts, view.scaling
    value, target = last(charts.cpu), charts.target
    parts: Parts = []
    if target is not None:
        known = value is not None
        over = value is not None and value > target
        number = f"{value:.0f} %" if value is not None else _("unknown")
        parts.append(
            (
                f"{number} / {target} %",
                "$scaling bold" if over else "$foreground bold" if known else "$healing bold",
            )
        )
    if charts.unknown:
        parts.append((charts.unknown, "$healing"))
    if charts.sample_age is not None:
        old = _("sample {age} old").format(age=whole(charts.sample_age))
        parts.append((old, "$healing" if charts.sample_age > 60 else "$quiet"))
    if scaling.autoscaler is not None:
        parts.append((_next_sync(scaling.next_sync_in), "$quiet"))
    return parts


def _next_sync(seconds: float | None) -> str:
    if seconds is None:
        return _("next sync unknown")
    return _("next sync {about} {age}").format(about=glyph("about"), age=whole(max(0.0, seconds)))


def replica_words(view: View) -> Parts:
    """How many there are and are wanted, why, when it shrinks, and what the HPA says of itself."""
    charts, scaling = view.charts, view.scaling
    there, wanted = last(charts.current), last(charts.desired)
    parts: Parts = []
    if there is not None and wanted is not None:
        if there == wanted:
            words = ngettext("{n} replica", "{n} replicas", int(there)).format(n=int(there))
            parts.append((words, "$healthy bold"))
        else:
            words = _("{there} replicas, {wanted} wanted").format(there=int(there), wanted=int(wanted))
            parts.append((words, "$scaling bold"))
    if scaling.window_words:
        parts.append((scaling.window_words, "$quiet"))
    if scaling.decision:
        since = view.now - scaling.decided_at if scaling.decided_at is not None else None
        age = "" if since is None else " (" + _("{age} ago").format(age=whole(since)) + ")"
        parts.append((scaling.decision + age, "$foreground"))
    parts += [(words, "$quiet") for words in scaling.conditions]
    if charts.minimum is not None and charts.maximum is not None:
        parts.append(
            (_("limits {least} to {most}").format(least=charts.minimum, most=charts.maximum), "$quiet")
        )
    if scaling.autoscaler is None:
        parts.append((_("no autoscaler (HPA) for this Deployment"), "$quiet"))
    return parts


def flow(parts: Sequence[tuple[str, str]], width: int, height: int) -> list[Content]:
    """The parts in at most `height` lines of `width` cells, joined by dots.

    A part that fits in what is left of a line goes there, a longer one begins a new line; the last line ends in
    an ellipsis where words had to go.
    """
    separator = f" {glyph('dot')} "
    lines: list[Content] = []
    for words, style in parts:
        part = Content.styled(words, style)
        joined = lines[-1] + Content.styled(separator, "$faint") + part if lines else None
        if joined is not None and joined.cell_length <= width:
            lines[-1] = joined
        else:
            lines += part.wrap(width)
    if len(lines) <= height:
        return lines
    kept = lines[:height]
    if kept:
        cut = kept[-1].truncate(max(1, width - 1), ellipsis=False)
        kept[-1] = cut.rstrip() + Content.styled(glyph("ellipsis"), "$quiet")
    return kept
