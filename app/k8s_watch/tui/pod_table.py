"""The pod table: scrolls, selects, filters; only the lines in sight are ever drawn."""

from __future__ import annotations

from operator import attrgetter
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from k8s_watch.model.view import PodRow, View
from k8s_watch.model.words import _

from .lines import second, strip_of
from .look import glyph
from .pod_lines import ORDERS, Layout, Order, arrange, draw_head, draw_row, layout, suffixes
from .requests import OpenPod

_NAME = attrgetter("pod.name")  # of 2,000 rows in 0.1 ms, where a comprehension takes 0.4

REMEMBERED = 500  # written lines: some screenfuls, which scroll and move when a pod comes above them


class PodTable(ScrollView, can_focus=True):
    """The pods, a line each. The selection stays on its pod, whatever comes or goes around it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False, id="pods.up"),
        Binding("down", "move(1)", "down", show=False, id="pods.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="pods.page_up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="pods.page_down"),
        Binding("home", "move(-1000000)", "first", show=False, id="pods.first"),
        Binding("end", "move(1000000)", "last", show=False, id="pods.last"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._pods: tuple[PodRow, ...] = ()
        self._rows: list[PodRow] = []
        self._short: dict[str, str] = {}
        self._endings: set[str] = set()  # of the names, after the last dash
        self._longest = self._shortest = 8
        self._how = Layout(8, False)
        self._head = Content("")
        self._drawn: dict[int, tuple[Content, bool]] = {}  # by line on the screen: what, and whether selected
        self._written: dict[str, tuple[object, Content]] = {}  # by the pod's uid: from what, and what
        self._strips: dict[
            int, tuple[Content, object, Strip]
        ] = {}  # by the line's id: the line, from what, and what
        self._at = 0  # the selected row's index
        self.selected: str = ""
        """The selected pod's uid; "" where there is none."""
        self.order: Order = "oldest"
        self.needle = ""

    @property
    def selected_row(self) -> PodRow | None:
        """The selected pod's row."""
        return self._rows[self._at] if self._rows else None

    @property
    def view(self) -> View | None:
        """The picture that is shown."""
        return self._view

    @property
    def rows(self) -> list[PodRow]:
        """What the table holds, in its order."""
        return self._rows

    def show(self, view: View) -> None:
        """Take a new picture."""
        self._view = view
        if view.pods is not self._pods:
            before, self._pods = self._pods, view.pods
            self._call(before)
            self._arrange()
        self._draw()

    def filter(self, needle: str) -> None:
        """Show only the pods in whose name, health or node this text is."""
        self.needle = needle
        self._arrange()
        self._draw()

    def next_order(self) -> Order:
        """The next order; returns it."""
        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        self._arrange()
        self._scroll_to_selected()
        self._draw()
        return self.order

    def _arrange(self) -> None:
        """Rows, layout and selection anew: after the pods, the order or the filter changed."""
        self._rows = arrange(self._pods, self.order, self.needle)
        self._layout()
        last = max(0, len(self._rows) - 1)
        if self._at > last or not self._rows or self._rows[self._at].pod.uid != self.selected:
            places = (at for at, row in enumerate(self._rows) if row.pod.uid == self.selected)
            # a pod that has left gives its place to the row that is there now
            self._at = next(places, min(self._at, last))
            self.selected = self._rows[self._at].pod.uid if self._rows else ""

    def _call(self, before: tuple[PodRow, ...]) -> None:
        """How each pod is called where whole names don't fit; `before`: the rows of the last picture."""
        changed = [(a, b) for a, b in zip(before, self._pods, strict=False) if a is not b]
        if len(before) == len(self._pods) and all(a.pod.name == b.pod.name for a, b in changed):
            return
        names = list(map(_NAME, self._pods))
        new = [name for name in names if name not in self._short]
        endings = [name.rpartition("-")[2] for name in new]
        alike = all(e != n and e not in self._endings for n, e in zip(new, endings, strict=True))
        crowded = len(self._short) + len(new) > 2 * len(names)  # by those that have left
        if alike and len(set(endings)) == len(new) and not crowded:
            # some more, like the others: 2,000 stay as they are
            self._short |= {n: glyph("ellipsis") + e for n, e in zip(new, endings, strict=True)}
            self._endings.update(endings)
        else:
            self._short = suffixes(names)
            self._endings = {name.rpartition("-")[2] for name in names}
        self._longest = max(map(len, names), default=8)
        self._shortest = max(map(len, map(self._short.__getitem__, names)), default=8)

    def _layout(self) -> None:
        """Columns for the width at hand."""
        width = self.scrollable_content_region.width or self.size.width
        how = layout(width, self._longest, self._shortest)
        if how != self._how or not self._head:
            self._how, self._head = how, draw_head(how)
        self._hold(Size(width, len(self._rows) + 1))

    def _hold(self, size: Size) -> None:
        """Be that large inside. Textual lays the whole screen out again for it, which takes longer than all else
        that a new pod needs; there is no need while the scrollbar stays, and what is in sight is still there."""
        room, bar = self.container_size.height, self.show_vertical_scrollbar
        stays = size.width == self.virtual_size.width and bar == (size.height > room)
        if room and stays and self.scroll_offset.y <= max(0, size.height - room):
            self.set_reactive(Widget.virtual_size, size)
            if bar:
                self.vertical_scrollbar.window_virtual_size = size.height
        else:
            self.virtual_size = size

    def on_resize(self, _event: events.Resize) -> None:
        """A new width means new columns."""
        self._layout()
        self._drawn.clear()
        self._scroll_to_selected()
        self._draw()

    def _line(self, y: int) -> Content:
        """The content of one line on the screen; line 0 is the head and stays."""
        if y == 0:
            return self._head
        at = y - 1 + self.scroll_offset.y
        view = self._view
        if view is None or at >= len(self._rows):
            return self._nothing() if y == 2 and not self._rows else Content("")
        row, chosen = self._rows[at], at == self._at
        before = self._written.get(row.pod.uid)
        short = self._short.get(row.pod.name)
        key = (row, second(view), chosen, self._how, short)
        if before is None or before[0] != key:  # rows that stay the same object are compared by identity
            line = draw_row(row, self._how, self._short, view.now, view.server_now, selected=chosen)
            if len(self._written) > REMEMBERED:
                self._written.clear()
            self._written[row.pod.uid] = before = key, line
        return before[1]

    def _chosen(self, y: int) -> bool:
        """Whether the selected row is on this line."""
        return y > 0 and bool(self._rows) and y - 1 + self.scroll_offset.y == self._at

    def _nothing(self) -> Content:
        """Why there is no row."""
        if self.needle:
            return Content.styled("  " + _("No pod matches “{text}”.").format(text=self.needle), "$quiet")
        return Content.styled("  " + _("No pods."), "$quiet")

    def _draw(self) -> None:
        """Draw the lines in sight, and have those painted that are not as they were."""
        width = self.scrollable_content_region.width  # without the scrollbar, which has not changed
        for y in range(self.size.height):
            line, chosen = self._line(y), self._chosen(y)
            before = self._drawn.get(y)
            if before is None or before[1] != chosen or not line.is_same(before[0]):
                self._drawn[y] = line, chosen
                self.refresh(Region(0, y, width, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Textual asks for some. It would put each into a border and padding, anew when a row has only moved; this table
        has neither, and what was made of a line before (`Strip` remembers that) is still right."""
        filters, background = self.get_line_filters(), self.background_colors[1]
        left, right = crop.column_span
        strips = []
        for y in crop.line_range:
            strip = self.render_line(y)
            for one in filters:
                strip = strip.apply_filter(one, background)
            strips.append(strip.crop(left, right))
        return strips

    def render_line(self, y: int) -> Strip:
        """One of them."""
        line, chosen = self._line(y), self._chosen(y)
        self._drawn[y] = line, chosen
        key = (self.size.width, chosen, self.visual_style, self.app.theme)
        before = self._strips.get(id(line))
        if before is None or before[0] is not line or before[1] != key:
            if len(self._strips) > REMEMBERED:
                self._strips.clear()
            strip = strip_of(self, line, self.size.width, "on $selected" if chosen else "")
            self._strips[id(line)] = before = line, key, strip
        return before[2]

    def action_move(self, steps: int) -> None:
        """Select another pod."""
        self._select(self._at + steps)

    def action_page(self, pages: int) -> None:
        """Select a pod one screenful away."""
        self._select(self._at + pages * max(1, self.size.height - 2))

    def _select(self, at: int) -> None:
        """Select the row of that index, or the nearest that there is."""
        if not self._rows:
            return
        self._at = max(0, min(at, len(self._rows) - 1))
        self.selected = self._rows[self._at].pod.uid
        self._scroll_to_selected()
        self.refresh()

    def _scroll_to_selected(self) -> None:
        """Bring the selected row into sight, without an animation: nothing scrolls by itself."""
        top, room = self.scroll_offset.y, self.size.height - 1
        if self._at < top:
            self.scroll_to(y=self._at, animate=False)
        elif room > 0 and self._at >= top + room:
            self.scroll_to(y=self._at - room + 1, animate=False)

    def on_click(self, event: events.Click) -> None:
        """A click selects, a double click opens."""
        at = event.y - 1 + self.scroll_offset.y
        if event.y > 0 and at < len(self._rows):
            self._select(at)
            if event.chain > 1:
                self.post_message(OpenPod(self.selected))
