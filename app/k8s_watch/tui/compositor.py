"""Textual's compositor, taught to leave alone what a partial update does not touch."""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

Render = tuple[Region, Region, list[Strip]]


class NarrowCompositor(Compositor):
    """Renders the changed lines of the widgets in front, and nothing else.

    For one changed line Textual 8 renders all lines of every visible widget: it asks whether the change lies in what
    clips a widget, which is mostly the whole screen, and takes the frame around all changes for the change.
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[Region] = []  # of the screen, to be rendered anew

    def render_partial_update(self) -> ChopsUpdate | None:
        """See `Compositor`."""
        self._parts = merged(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._parts = []

    def _get_renders(self, crop: Region | None = None) -> Iterable[Render]:
        """Widgets from the front to the back: where each is, what of it is seen in which rows, and its lines there."""
        if not self._parts:
            yield from super()._get_renders(crop)
            return
        parts = self._parts
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            left: list[Region] = []  # what lies behind
            for part in parts:
                if not seen.overlaps(part):
                    left.append(part)
                    continue
                rows = Region(seen.x, part.y, seen.width, part.height).intersection(seen)
                yield region, rows, widget.render_lines(rows.translate((-region.x, -region.y)))
                if not seen.contains_region(part):
                    left.append(part)
            parts = left
            if not parts:
                return


def merged(regions: Iterable[Region]) -> list[Region]:
    """The same, with lines below one another as one: a call for each line would cost as much as what is left out."""
    found: list[Region] = []
    for one in sorted(regions, key=lambda region: (region.x, region.width, region.y)):
        last = found[-1] if found else None
        if last and (last.x, last.width) == (one.x, one.width) and one.y <= last.bottom:
            found[-1] = Region(last.x, last.y, last.width, max(last.bottom, one.bottom) - last.y)
        else:
            found.append(one)
    return found
