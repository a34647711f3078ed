"""The last line: the keys that matter, from the bindings themselves; a click does what the key does."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.content import Content
from textual.style import Style

from k8s_watch.model.view import View

from .lines import Lines
from .look import is_ascii


class KeysLine(Lines):
    """The keys. Textual's own footer is composed anew at each change of focus; this one is a line."""

    def __init__(self, keys: Sequence[Binding]) -> None:
        super().__init__(id="keys")
        self._keys = [key for key in keys if key.show]

    def depends(self, _view: View) -> object:
        """On no picture."""
        return ()

    def draw(self, view: View, width: int, height: int) -> Sequence[Content]:
        """One line."""
        return [draw_keys(self._keys, width)]


def draw_keys(keys: Sequence[Binding], width: int) -> Content:
    """Key and word, apart by two cells, or by one where two don't fit; the last one, help, is never left out."""
    words = [_word(key) for key in keys]
    gap = 2 if sum(word.cell_length + 2 for word in words) <= width else 1
    while len(words) > 1 and sum(word.cell_length + gap for word in words) > width:
        del words[-2]
    return Content(" ") + Content(" " * gap).join(words)


def _word(key: Binding) -> Content:
    """One key with its word; a click on it does what it does."""
    action = key.action if key.action.startswith("app.") else f"screen.{key.action}"
    click = Style.from_meta({"@click": action})
    name = key.key_display or key.key
    word = Content.assemble(
        (key.key if is_ascii() and not name.isascii() else name, "bold $accent"), f" {key.description}"
    )
    return word.stylize(click)
