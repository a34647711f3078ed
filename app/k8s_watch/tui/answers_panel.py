"""WHO ANSWERED: the strip, the shares, and the load on the last line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from k8s_watch.model.view import Answers, View
from k8s_watch.model.words import _

from .lines import Lines, second, wrapped
from .load_lines import draw_load
from .strip_lines import draw_cells, draw_shares


class AnswersPanel(Lines):
    """Who answered, second by second."""

    def show(self, view: View) -> None:
        """Take a new picture."""
        self.title(draw_title(view.answers), draw_pattern(view.answers))
        super().show(view)

    def depends(self, view: View) -> object:
        """Answers and load."""
        return view.answers, view.load, view.load_at, view.target, second(view)

    def draw(self, view: View, width: int, height: int) -> Sequence[Content]:
        """The strip on top, the load at the bottom, the shares between."""
        return draw_answers(view, width, height)


def draw_title(answers: Answers) -> Content:
    """What the panel shows, and how often is asked."""
    rate = _("{n} a second").format(n=f"{answers.rate:g}")
    return Content.assemble((_("WHO ANSWERED"), "bold"), (f"  {rate}", "$quiet"))


def draw_pattern(answers: Answers) -> Content:
    """In words whether the answers go round."""
    words = {
        "": "",
        "round robin": _("round robin"),
        "random": _("random"),
        "one pod": _("one pod answers"),
        "uneven": _("uneven"),
    }[answers.pattern]
    return Content.styled(words, "$quiet")


def draw_answers(view: View, width: int, height: int) -> list[Content]:
    """All lines of the panel."""
    answers = view.answers
    size = 2 if width >= 120 else 1
    tall = height >= 9
    lines = draw_cells(answers.cells, width, size, 2 if tall else 1)
    if not answers.cells and answers.error:
        lines = [Content(""), *Content.styled(answers.error, "$healing").wrap(width)[:2]]
    lines = lines[: max(0, height - 1)]
    age = None if view.load_at is None else view.now - view.load_at
    load = draw_load(view.load, age, width, 2 if tall else 1)
    room = height - len(lines) - len(load) - tall
    middle = draw_shares(answers, width, max(0, room), view.load)
    note = view.target.entry_note if view.target is not None else ""
    for words in (answers.pattern_words, note if note != answers.error else ""):
        if words and len(middle) < room:
            middle += wrapped(Content.styled(words, "$quiet"), width, room - len(middle))
    gap = [Content("")] * tall
    blank = [Content("")] * max(0, height - len(lines) - len(gap) - len(middle) - len(load))
    return [*lines, *gap, *middle, *blank, *load]
