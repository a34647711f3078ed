"""What every panel is made of: a widget that draws lines and repaints only those that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from k8s_watch.model.view import View


def second(view: View) -> int:
    """Stands for everything that turns with time alone: it all turns at once, with the clock in the header."""
    return int(view.wall)


def strip_of(widget: Widget, content: Content, width: int, style: str = "") -> Strip:
    """One line as the terminal gets it: the names of colours looked up, cut or filled to `width` cells."""
    parse = widget.app.stylesheet.parse_style
    base = widget.visual_style + parse(style) if style else widget.visual_style
    segments = [
        Segment(text, drawn.rich_style) for text, drawn in content.render(base, end="", parse_style=parse)
    ]
    return Strip(segments).adjust_cell_length(width, base.rich_style)


def fit(content: Content, width: int, *, right: bool = False) -> Content:
    """Cut (with an ellipsis) or filled to exactly `width` cells."""
    if content.cell_length > width:
        content = content.truncate(max(0, width), ellipsis=True)
    missing = width - content.cell_length
    return content.pad_left(missing) if right else content.pad_right(missing)


def cell(text: str, width: int, style: str = "", *, right: bool = False) -> Content:
    """A text in one style, cut or filled to exactly `width` cells."""
    return fit(Content.styled(text, style) if style else Content(text), width, right=right)


def spread(left: Content, right: Content, width: int) -> Content:
    """One content at each end of a line; where both don't fit, the left one is cut."""
    room = max(0, width - right.cell_length)
    return (fit(left, room) + right).truncate(width)


def wrapped(content: Content, width: int, height: int) -> list[Content]:
    """Wrapped between words on at most so many lines; where something is left out, an ellipsis says so."""
    lines = content.wrap(width)
    if len(lines) <= height:
        return lines
    return [*lines[: height - 1], Content(" ").join(lines[height - 1 :]).truncate(width, ellipsis=True)]


class Titled(Widget):
    """Something with a border; a new title has that one line painted again, where Textual would repaint all of it.

    In a storm of changes the number of ready pods in a title changes with each painting.
    """

    def title(self, title: Content, subtitle: Content | None = None) -> None:
        """Write into the border, where it is not written already."""
        for where, new in (("border_title", title), ("border_subtitle", subtitle)):
            old = getattr(self, f"_{where}_content", None)
            if new is not None and (old is None or not new.is_same(old)):
                setattr(self, f"_{where}_content", new)
                self._edge = 0 if where == "border_title" else self.outer_size.height - 1
                setattr(self, where, new if new.plain else None)
                self._edge = None

    _edge: int | None = None  # the line of the border that is being written, from the top

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """See `Widget.refresh`."""
        if self._edge is not None and self.is_mounted:
            left, top = self.content_offset
            regions = (
                Region(-left, self._edge - top, self.outer_size.width, 1),
            )  # it counts from the content
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class Lines(Titled):
    """A panel: `draw` says what its lines are; a line that stays the same is not painted again."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._view: View | None = None
        self._drawn: list[Content] = []
        self._of: object = None  # what they were last drawn of

    def depends(self, _view: View) -> object:
        """What the lines depend on, beside their size: while it stays equal, nothing is drawn. By default everything."""
        return object()

    def draw(self, view: View, width: int, height: int) -> Sequence[Content]:
        """The lines of the picture, at most `height`."""
        raise NotImplementedError

    def show(self, view: View) -> None:
        """Take a new picture."""
        self._view = view
        of = self.depends(view)
        if of != self._of:
            self._of = of
            self.redraw()

    def redraw(self) -> None:
        """Draw the picture again, and have those lines painted that are not as they were."""
        width, height = self.size
        if self._view is None or not width or not height:
            return
        lines = list(self.draw(self._view, width, height))[:height]
        lines += [Content("")] * (height - len(lines))
        before = self._drawn
        self._drawn = lines
        changed = [
            Region(0, y, width, 1)
            for y, line in enumerate(lines)
            if y >= len(before) or not line.is_same(before[y])
        ]
        if changed:
            self.refresh(*changed)

    def on_resize(self, _event: events.Resize) -> None:
        """A new width means new lines."""
        self._drawn = []
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """Textual asks for one line."""
        line = self._drawn[y] if y < len(self._drawn) else Content("")
        return strip_of(self, line, self.size.width)
