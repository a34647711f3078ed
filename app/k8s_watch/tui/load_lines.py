"""How the load goes, as text."""

from __future__ import annotations

from textual.content import Content

from k8s_watch.model.changes import LoadTick
from k8s_watch.model.words import _, ngettext

from .amounts import count, millis, percent, whole
from .lines import fit
from .look import glyph


def draw_load(load: LoadTick | None, age: float | None, width: int, height: int = 1) -> list[Content]:
    """The burst's figures on one line, or on two with its progress as a bar.

    `age` is how long ago the figures came, in seconds.
    """
    if load is None:
        return [Content.styled(_("No load.  b starts a burst."), "$faint")]
    if load.state == "failed" and load.detail:
        return [fit(_head(load) + "  " + Content(load.detail), width)]
    rates, tail = _rates(load), _delays(load, age)
    if height > 1:
        bar = [_progress(load, width)] if load.state == "running" else []
        first = _joined([_head(load), *bar, *rates], width)
        return [first, _joined(tail, width)]
    done = [Content(percent(_share(load)))] if load.state == "running" else []
    return [_joined([_head(load), *done, *rates[::-1], *tail], width)]


def _head(load: LoadTick) -> Content:
    """What state it is in."""
    words, style = {
        "running": (_("BURST"), "bold $busy"),
        "ended": (_("burst done"), "$quiet"),
        "stopped": (_("burst stopped"), "$quiet"),
        "failed": (_("burst failed"), "$failed"),
    }[load.state]
    return Content.styled(words, style)


def _share(load: LoadTick) -> float:
    """How much of it is done, 0 to 1; it may go on beyond its requests until its seconds have passed."""
    return min(1.0, load.done / load.wanted) if load.wanted else 0.0


def _progress(load: LoadTick, width: int) -> Content:
    """The share done as a bar."""
    cells = max(0, min(30, width - 40))
    filled = round(cells * _share(load))
    return Content.assemble((glyph("line") * filled, "$busy"), (glyph("rest") * (cells - filled), "$line"))


def _rates(load: LoadTick) -> list[Content]:
    """How many, how fast."""
    running = load.state == "running"
    rate = load.rate if running else load.done / load.elapsed if load.elapsed else 0.0
    done = _("{done} of {wanted}").format(done=count(load.done), wanted=count(load.wanted))
    return [
        Content(done if running and load.done <= load.wanted else count(load.done)),
        Content.assemble((f"{rate:,.0f}", "bold" if running else ""), ("/s", "$quiet")),
    ]


def _delays(load: LoadTick, age: float | None) -> list[Content]:
    """Errors, then latencies, then how old the figures are."""
    figures = [
        Content.styled(
            ngettext("{n} error", "{n} errors", load.errors).format(n=count(load.errors)),
            "bold $failed" if load.errors else "$quiet",
        ),
        *_latencies(load),
    ]
    if load.state != "running" and age is not None:
        figures.append(Content.styled(_("{time} ago").format(time=whole(age)), "$quiet"))
    return figures


def _latencies(load: LoadTick) -> list[Content]:
    """ "p50 44", "p95 97", "p99 141 ms": the unit once, so that all three fit 80 columns."""
    if load.p99 <= 0:  # nobody measured them: a burst that was recorded by others
        return []
    named = (("p50", load.p50), ("p95", load.p95), ("p99", load.p99))
    short = load.p99 < 1000
    figures = [
        Content.assemble((name, "$quiet"), " ", f"{ms:.0f}" if short else millis(ms)) for name, ms in named
    ]
    if short:
        figures[-1] = Content.assemble(("p99", "$quiet"), " ", millis(load.p99))
    return figures


def _joined(parts: list[Content], width: int) -> Content:
    """As many parts as fit, the first ones first."""
    line = parts[0]
    for part in parts[1:]:
        if not part.cell_length:
            continue
        if line.cell_length + 2 + part.cell_length > width:
            break
        line = line + "  " + part
    return line
