"""A log that grows: the last lines, wrapped, at its end unless the reader scrolled up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from rich.cells import chop_cells
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from .lines import strip_of

KEPT = 1000  # lines: what fits into memory and mind; older ones are in `kubectl logs`


class LogView(ScrollView, can_focus=True):
    """Textual's own Log starts a thread for each write and cuts long lines; this one wraps, and has neither."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: deque[tuple[str, str]] = deque(maxlen=KEPT)
        self._rows: list[tuple[str, str]] = []

    @property
    def text(self) -> list[str]:
        """The lines as they came."""
        return [line for line, _style in self._lines]

    def write(self, lines: Iterable[str], style: str = "") -> None:
        """Add lines below."""
        at_end = self._at_end
        before = len(self._lines)
        new = [(line, style) for line in lines]
        self._lines.extend(new)
        if before + len(new) > KEPT:
            self._wrap()
        else:
            self._rows += self._wrapped(new)
            self._resize()
        if at_end:
            self._to_end()
        self.refresh()

    def clear(self) -> None:
        """Forget all lines."""
        self._lines.clear()
        self._wrap()

    def on_resize(self, _event: events.Resize) -> None:
        """A new width wraps anew."""
        at_end = self._at_end
        self._wrap()
        if at_end:
            self._to_end()

    @property
    def _at_end(self) -> bool:
        return self.scroll_offset.y >= self.max_scroll_y

    def _to_end(self) -> None:
        # forced: the bar, without which Textual would not scroll, comes only with the next layout
        self.scroll_end(animate=False, immediate=True, force=True)

    def _wrap(self) -> None:
        self._rows = self._wrapped(self._lines)
        self._resize()
        self.refresh()

    def _wrapped(self, lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        width = max(1, self.scrollable_content_region.width)
        return [(piece, style) for line, style in lines for piece in chop_cells(line, width) or [""]]

    def _resize(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows))

    def render_line(self, y: int) -> Strip:
        """Textual asks for one line."""
        at = y + self.scroll_offset.y
        text, style = self._rows[at] if at < len(self._rows) else ("", "")
        return strip_of(self, Content.styled(text, style) if style else Content(text), self.size.width)
