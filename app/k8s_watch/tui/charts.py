"""The two chart panels: CPU against its target, and replicas; one time axis, sentences below."""

from __future__ import annotations

import sys
from asyncio import to_thread
from collections.abc import Sequence
from importlib import import_module
from itertools import groupby
from typing import Final

from textual.content import Content

from k8s_watch.model.view import Charts, View
from k8s_watch.model.words import _

from . import sheets
from .chart_words import Part, cpu_words, flow, lines_wanted, replica_words
from .curves import Sheet
from .lines import Lines, second
from .look import is_ascii, pod_style
from .plot import Cell, columns, draw


class Chart(Lines):
    """A chart with sentences below. It is drawn again only when its data, its size or its axis changed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._key: object = None
        self._rows: list[Content] = []
        self._loading = False

    def sheet(self, charts: Charts, now: float, width: int) -> Sheet:
        """What to draw."""
        raise NotImplementedError

    def words(self, view: View) -> list[Part]:
        """What to say below."""
        raise NotImplementedError

    def depends(self, view: View) -> object:
        """The curves, and what the autoscaler thinks."""
        return view.charts, view.scaling, bool(view.pods), second(view)

    async def _load(self) -> None:
        """plotext takes 90 ms to import: not before the pods are on the screen, and not in the loop."""
        await to_thread(import_module, "plotext")
        self.redraw()

    def draw(self, view: View, width: int, height: int) -> Sequence[Content]:
        """The chart above, as much as fits of the sentences below."""
        words = self.words(view)
        # a reason is worth more than a tall plot: at 120x36 a decision needs a third line, a mending a fourth
        most = height - (4 if view.charts.unknown else 5)
        room = max(words_room(height), min(most, lines_wanted(words, width)))
        said = flow(words, width, room)
        rows = self._chart(view, width, height - len(said))
        return [*rows, *said]

    def _chart(self, view: View, width: int, height: int) -> list[Content]:
        if "plotext" not in sys.modules:
            if view.pods and not self._loading:
                self._loading = True
                self.call_after_refresh(self._load)
            return [Content("")] * height
        charts, fill = view.charts, not self.app.native_ansi_color
        at = sheets.axis(charts.begin, view.now, columns(width))
        data = (charts.cpu, charts.pods, charts.current, charts.desired, charts.marks)
        key = (width, height, at, data, charts.target, charts.minimum, charts.maximum, fill, is_ascii())
        if key != self._key:
            sheet = self.sheet(charts, view.now, columns(width))
            cells = draw(sheet, width, height, ascii_only=is_ascii(), fill=fill)
            self._rows, self._key = [content_of(row) for row in cells], key
        return self._rows


class CpuChart(Chart):
    """CPU in percent of the request: the autoscaler's own value, and each pod's share."""

    def draw(self, view: View, width: int, height: int) -> Sequence[Content]:
        """The title names the unit, the border's foot what is drawn how."""
        foot = legend(
            ("▄", "$quiet", _("average")), ("⠒", pod_style(0), _("each pod")), ("┈", "", _("target"))
        )
        self.title(Content.assemble((_("CPU"), "bold"), "  ", (_("% of request"), "$quiet")), foot)
        return super().draw(view, width, height)

    def sheet(self, charts: Charts, now: float, width: int) -> Sheet:
        """What to draw."""
        return sheets.cpu(charts, now, width)

    def words(self, view: View) -> list[Part]:
        """What to say below."""
        return cpu_words(view)


class ReplicasChart(Chart):
    """Replicas: there, wanted, and the autoscaler's limits."""

    def draw(self, view: View, width: int, height: int) -> Sequence[Content]:
        """The title names the limits, the border's foot what is drawn how."""
        charts = view.charts
        limits = ""
        if charts.minimum is not None and charts.maximum is not None:
            limits = _("{least} to {most}").format(least=charts.minimum, most=charts.maximum)
        foot = legend(("▄", "$healthy", _("there")), ("▄", "$scaling", _("wanted")), ("┈", "", _("limits")))
        self.title(Content.assemble((_("REPLICAS"), "bold"), "  ", (limits, "$quiet")), foot)
        return super().draw(view, width, height)

    def sheet(self, charts: Charts, now: float, width: int) -> Sheet:
        """What to draw."""
        return sheets.replicas(charts, now, width)

    def words(self, view: View) -> list[Part]:
        """What to say below."""
        return replica_words(view)


def legend(*entries: tuple[str, str, str]) -> Content:
    """(sign, its style, what it stands for), for the foot of a panel."""
    if is_ascii():
        return Content("")
    return Content("  ").join(
        Content.assemble((sign, style), " ", (words, "$quiet")) for sign, style, words in entries
    )


def words_room(height: int) -> int:
    """Lines for sentences in a panel of this height: the plot keeps at least two thirds."""
    return max(1, min(4, height // 4))


_BODIES: Final = {
    "under calm-cpu": "$quiet 30%",
    "hint calm-cpu": "$quiet 15%",
    "under high-cpu": "$scaling 45%",
    "hint high-cpu": "$scaling 20%",
    "under healthy": "$healthy 35%",
    "hint healthy": "$healthy 15%",
}
_INKS: Final = {
    "": "",
    "axis": "$quiet",
    "target": "$foreground 70%",
    "calm-cpu": "$quiet",
    "high-cpu": "$scaling",
}


def content_of(row: Sequence[Cell]) -> Content:
    """A row of cells with the names of its colours, which the running theme resolves."""
    return Content.assemble(
        *(("".join(c.text for c in cells), style) for style, cells in groupby(row, _style)),
    )


def _style(cell: Cell) -> str:
    ink = _INKS.get(cell.ink) if cell.ink in _INKS else _BODIES.get(cell.ink, f"${cell.ink}")
    return f"{ink} on {_BODIES[cell.ground]}" if cell.ground else f"{ink}"
