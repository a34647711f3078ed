"""The headline: what is happening now, in words, on the colour of the state. The back of the room reads this."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.content import Content

from k8s_watch.model.view import Tone, View
from k8s_watch.model.words import _, ngettext

from .amounts import percent, whole
from .big import HEIGHT, big
from .lines import Lines, fit, second, wrapped
from .look import glyph, is_ascii

_TONES: tuple[Tone, ...] = ("calm", "healing", "scaling", "failed", "stale", "busy")


class HeadlineBar(Lines):
    """The headline; its ground's colour comes from the style sheet, by a class for each tone."""

    def show(self, view: View) -> None:
        """Take a new picture."""
        if self._view is None or self._view.headline.tone != view.headline.tone:
            for tone in _TONES:
                self.set_class(tone == view.headline.tone, f"-{tone}")
        super().show(view)

    def depends(self, view: View) -> object:
        """The words, and the figures behind them."""
        figures = (view.ready, view.wanted, view.scaling.autoscaler, view.answers, view.connection)
        return view.headline, view.acts, view.said, figures, second(view)

    def draw(self, view: View, width: int, height: int) -> Sequence[Content]:
        """The words in the middle of the bar, with the line of details under them."""
        return draw_headline(view, width, height)


def draw_headline(view: View, width: int, height: int) -> list[Content]:
    """The words (on two lines where one does not do), and what stands behind them on the line below.

    Where there is room the first word is written big.
    """
    said = view.headline.words or _("Looking for the pods …")
    first, rest = _split(said)
    tall = None if is_ascii() or height <= HEIGHT else big(first)
    if tall is not None and width - len(tall[0]) >= 50:
        beside = _beside(rest, view, width - len(tall[0]) - 6, HEIGHT)
        lines = [Content(f"  {part}  ") + line for part, line in zip(tall, beside, strict=True)]
    else:
        room = max(1, width - 4)
        lines = wrapped(Content.styled(said, "bold"), room, max(1, height))
        if len(lines) < height:
            lines.append(details(view, room))
        lines = [Content("  ") + line for line in lines]
    return [Content("")] * ((height - len(lines)) // 2) + lines


def _split(words: str) -> tuple[str, str]:
    """The word in capitals that a headline begins with ("All well" is one), and the rest."""
    found = re.match(r"([A-Z]{3,}(?: [A-Z]{2,})*|All well)(?![A-Za-z])[:,]? *(.*)", words, re.DOTALL)
    return (found[1].upper(), found[2]) if found else ("", words)


def _beside(rest: str, view: View, width: int, height: int) -> list[Content]:
    """What stands right of the big word: the rest of the words, the details under it."""
    lines = wrapped(Content.styled(rest, "bold"), width, height)
    if len(lines) < height:
        lines.append(details(view, width))
    above = [Content("")] * (height - len(lines))
    return above + lines


def details(view: View, width: int) -> Content:
    """The line below the headline: an act under way, else a fresh notice, else the figures behind it all."""
    if view.acts:
        return _joined(view.acts, width)
    fresh = [text for at, level, text in view.said if view.now - at < 10 and level != "info"]
    if fresh:
        return fit(Content(fresh[-1]), width)
    if view.connection.last_gap is not None and view.now - (view.connection.last_gap_at or 0.0) < 30:
        gap = whole(view.connection.last_gap)
        words = _("Nothing was known for {time}; what changed meanwhile was read anew.").format(time=gap)
        return fit(Content(words), width)
    return _joined(_figures(view), width)


def _joined(parts: Sequence[str], width: int) -> Content:
    """As many of the parts as fit, at least the first."""
    line = fit(Content(parts[0]), min(width, Content(parts[0]).cell_length))
    for part in parts[1:]:
        longer = line + f" {glyph('dot')} " + Content(part)
        if longer.cell_length > width:
            break
        line = longer
    return line


def _figures(view: View) -> list[str]:
    """Pods, autoscaler, answers: each in a few words."""
    denied = [
        _("may not {permission}").format(permission=permission)
        for _kind, permission in view.connection.denied
    ]
    figures = [*denied, _("{ready} of {wanted} pods ready").format(ready=view.ready, wanted=view.wanted)]
    scaler = view.scaling.autoscaler
    if scaler is not None:
        cpu = _("unknown") if scaler.cpu is None else f"{scaler.cpu} %"
        aim = f" / {scaler.cpu_target} %" if scaler.cpu_target is not None else ""
        figures.append(_("CPU {value}{aim}").format(value=cpu, aim=aim))
    answers = view.answers
    if answers.error and not answers.shares:
        figures.append(answers.error)
    elif answers.last_at is not None:
        failed = sum(n for _reason, n in answers.failures)
        if failed:
            share = percent(answers.failed)
            figures.append(
                ngettext("{n} answer failed ({share})", "{n} answers failed ({share})", failed).format(
                    n=failed, share=share
                )
            )
        else:
            figures.append(_("no answer failed in the last minute"))
    return figures
