"""The headline: what is happening now, in words, on the colour of the state. The back of the room reads this."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from k8s_watch.model.view import Tone, View
from k8s_watch.model.words import _, ngettext

from .amounts import clock_time, percent, whole
from .lines import Lines, fit
from .look import glyph

_TONES: tuple[Tone, ...] = ("calm", "healing", "scaling", "failed", "stale", "busy")


class HeadlineBar(Lines):
    """The headline; its ground's colour comes from the style sheet, by a class for each tone."""

    def show(self, view: View) -> None:
        """Take a new picture."""
        for tone in _TONES:
            self.set_class(tone == view.headline.tone, f"-{tone}")
        super().show(view)

    def draw(self, view: View, width: int, height: int) -> Sequence[Content]:
        """The words in the middle of the bar, with the line of details under them."""
        return draw_headline(view, width, height)


def draw_headline(view: View, width: int, height: int) -> list[Content]:
    """The words (on two lines where one does not do), and what stands behind them on the line below."""
    room = max(1, width - 4)
    words = Content.styled(view.headline.words or _("Looking for the pods …"), "bold")
    lines = words.wrap(room)[: max(1, height)]
    if len(lines) < height:
        lines.append(fit(details(view), room))
    above = (height - len(lines)) // 2
    return [Content("")] * above + [Content("  ") + line for line in lines]


def details(view: View) -> Content:
    """The line below the headline: an act under way, else a fresh notice, else the figures behind it all."""
    if view.acts:
        return Content(f" {glyph('dot')} ").join([Content(act) for act in view.acts])
    fresh = [text for at, level, text in view.said if view.now - at < 10 and level != "info"]
    if fresh:
        return Content(fresh[-1])
    if view.connection.last_gap is not None and view.now - (view.connection.last_gap_at or 0.0) < 30:
        gap = whole(view.connection.last_gap)
        return Content(
            _("Nothing was known for {time}; what changed meanwhile was read anew.").format(time=gap)
        )
    return Content(f" {glyph('dot')} ").join([Content(figure) for figure in _figures(view)])


def _figures(view: View) -> list[str]:
    """Pods, autoscaler, answers: each in a few words."""
    figures = [_("{ready} of {wanted} pods ready").format(ready=view.ready, wanted=view.wanted)]
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


def frozen_words(at: float) -> str:
    """What the screen says when it keeps its picture."""
    return _("Frozen since {time}. Space goes on.").format(time=clock_time(at))
