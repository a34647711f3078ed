"""Who answered, as text: a cell a second, each pod's share, and how the load goes."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from k8s_watch.model.changes import LoadTick
from k8s_watch.model.view import Answers, Cell, Share
from k8s_watch.model.words import _

from .amounts import millis, percent, whole
from .lines import fit, spread
from .look import glyph, pod_chip, pod_style


def reason(failure: str) -> str:
    """A failure in a word: "refused", "502"."""
    words = {
        "refused": _("refused"),
        "timeout": _("timeout"),
        "http": _("HTTP error"),
        "error": _("error"),
    }
    return words.get(failure, failure)


def draw_cells(cells: Sequence[Cell], width: int, size: int = 1, rows: int = 1) -> list[Content]:
    """Marks above, the answers, reasons (or the time) below. The newest second is at the right.

    `size` is a second's width in cells, `rows` its height.
    """
    shown = list(cells)[-(width // size) :]
    lead = width - size * len(shown)
    marks: list[str | tuple[str, str]] = [" " * lead]
    answers: list[str | tuple[str, str]] = [" " * lead]
    for one in shown:
        marks.append(_mark(one, size))
        answers.append(_answer(one, size))
    colours = [part if isinstance(part, str) else (" " * size, part[1]) for part in answers]
    more = [Content.assemble(*colours)] * (rows - 1)  # the letter once: the colour is seen from farther away
    return [Content.assemble(*marks), Content.assemble(*answers), *more, _below(shown, width, size)]


def _mark(one: Cell, size: int) -> tuple[str, str]:
    """What stands above a second: someone did something, or the answer was slow."""
    if one.fault:
        return glyph("fault").ljust(size), "bold $failed"
    return (glyph("slow").ljust(size), "$healing") if one.slow else (" " * size, "")


def _answer(one: Cell, size: int) -> tuple[str, str]:
    """One second's answer."""
    if one.kind == "pod":
        return one.letter[-1:].ljust(size), pod_chip(one.hue)
    if one.kind == "failed":
        return glyph("failed").ljust(size), "bold $ink on $failed"
    if one.kind == "unknown":
        return glyph("unknown").ljust(size), "$ink on $stale"
    return glyph("none").ljust(size), "$faint"


def _below(shown: Sequence[Cell], width: int, size: int) -> Content:
    """Under each run of failures its reason, as far as there is room; else how far back the strip goes."""
    line = [" "] * width
    free = width + 1
    for at in range(len(shown) - 1, -1, -1):  # the newest first: it is the one that is asked about
        one = shown[at]
        before = shown[at - 1] if at else None
        if one.kind != "failed" or (before and before.kind == "failed" and before.failure == one.failure):
            continue
        word = reason(one.failure)
        begin = min(width - size * (len(shown) - at), width - len(word))
        if begin >= 0 and begin + len(word) < free:
            line[begin : begin + len(word)] = word
            free = begin
    if free <= width:
        return Content.styled("".join(line), "$failed")
    ago = _("{time} ago").format(time=whole(len(shown)))
    return (
        spread(Content.styled(ago, "$faint"), Content.styled(_("now"), "$faint"), width)
        if shown
        else Content("")
    )


def draw_shares(answers: Answers, width: int, height: int, load: LoadTick | None = None) -> list[Content]:
    """Each pod's share of the last 60 s: a bar a pod where there is room, else one after the other.

    While a burst runs, its share stands beside the probe's.
    """
    burst = _burst_shares(load)
    shares = answers.shares
    failures = 1 if answers.failures else 0
    if len(shares) + failures <= height:
        lines = [_bar(share, width, burst) for share in shares]
        return lines + ([_failed(answers)] if failures else [])
    words = [_brief(share, burst) for share in shares]
    if failures:
        words.append(_failed(answers))
    return _flow(words, width, height)


def _burst_shares(load: LoadTick | None) -> dict[str, float]:
    """Pod name -> its part of the running burst's answers."""
    if load is None or load.state != "running":
        return {}
    whole_burst = sum(n for _name, n in load.per_pod)
    return {name: n / whole_burst for name, n in load.per_pod} if whole_burst else {}


def _short(name: str) -> str:
    """A pod's own part of its name: what is after the last dash."""
    return name.rsplit("-", 1)[-1]


def _bar(share: Share, width: int, burst: dict[str, float]) -> Content:
    """One pod's share as a bar with its figures."""
    figures = Content.assemble(
        f" {percent(share.share):>5}",
        (f" {millis(share.p50):>7}", "$quiet"),
        (f"  {_('worst {ms}').format(ms=millis(share.worst)):<13}" if width >= 60 else "", "$quiet"),
    )
    if burst:
        part = percent(burst.get(share.name, 0.0))
        figures += Content.styled("  " + _("burst {share}").format(share=f"{part:>5}"), "$busy")
    name = Content.assemble(
        (share.letter[-1:], pod_chip(share.hue)),
        " ",
        (_short(share.name), "strike $faint" if share.gone else ""),
        (" " + _("gone, yet it answers") if share.gone else "", "$failed"),
        " ",
    )
    room = min(60, max(0, width - name.cell_length - figures.cell_length))
    filled = round(room * share.share)
    bar = Content.assemble(
        (glyph("line") * filled, pod_style(share.hue)), (glyph("rest") * (room - filled), "$line")
    )
    return fit(name + bar + figures, width)


def _brief(share: Share, burst: dict[str, float]) -> Content:
    """One pod's share in as few cells as tell it."""
    words = f" {percent(share.share)} {millis(share.p50)}"
    if burst:
        words += " " + _("burst {share}").format(share=percent(burst.get(share.name, 0.0)))
    return Content.assemble((share.letter[-1:], pod_chip(share.hue)), words)


def _failed(answers: Answers) -> Content:
    """The failures of the last 60 s by reason."""
    reasons = ", ".join(f"{n} {reason(failure)}" for failure, n in answers.failures)
    return Content.styled(f"{glyph('failed')} {percent(answers.failed)}: {reasons}", "$failed")


def _flow(words: Sequence[Content], width: int, height: int) -> list[Content]:
    """One after the other, wrapped between them; what does not fit is counted."""
    lines: list[Content] = []
    line = Content("")
    for at, word in enumerate(words):
        joined = line + "   " + word if line.cell_length else word
        last = len(lines) == height - 1
        # the last line keeps room for saying how many are left out, unless nothing will be
        room = width - (_more(len(words)).cell_length if last and at < len(words) - 1 else 0)
        if joined.cell_length <= room:
            line = joined
        elif last:
            return [*lines, line + _more(len(words) - at)]
        else:
            lines.append(line)
            line = word
    return [*lines, line] if height > 0 else []


def _more(n: int) -> Content:
    """How many have no room."""
    return Content.styled("  " + _("{n} more").format(n=n), "$quiet")
