"""The dashboard: its panels and their places; it hands the picture down and sends requests up."""

from __future__ import annotations

from operator import attrgetter
from typing import ClassVar

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from k8s_watch.model.view import View
from k8s_watch.model.words import _, ngettext

from .answers_panel import AnswersPanel
from .charts import CpuChart, ReplicasChart
from .compositor import NarrowCompositor
from .footer import KeysLine
from .header import Header
from .headline import HeadlineBar
from .keys import KEYS
from .lines import Lines, Titled
from .look import glyph, is_ascii
from .pod_lines import Order
from .pod_table import PodTable
from .requests import Burst, Delete, Kill, OpenPod, PickTarget, StopAll, WantsPicture
from .story_panel import StoryPanel

SMALLEST = (60, 16)
"""Columns and rows below which nothing would be readable."""

_GENERATION = attrgetter("generation")

LOW = 20
"""Rows below which the headline has one line, so that two pods and a line of the story are still there."""


class Panel(Titled, Vertical):
    """A frame around widgets, one below the other."""


class Dashboard(Screen[None]):
    """Everything at a glance; with a number key, one panel alone."""

    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]
    # unannotated, since Textual declares them as instance variables
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (170, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-medium"), (45, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "PodTable"

    _header = getters.query_one(Header)
    _pods = getters.query_one("#pods", Panel)
    _table = getters.query_one(PodTable)
    _filter = getters.query_one("#filter", Input)

    def __init__(self, kubeconfig: str = "") -> None:
        super().__init__()
        self._compositor = NarrowCompositor()
        self._kubeconfig = kubeconfig
        self._target: tuple[str, str, str] | None = None
        self._panels: tuple[Lines, ...] = ()

    def compose(self) -> ComposeResult:
        """The panels, in reading order."""
        yield Header(id="header")
        yield HeadlineBar(id="headline")
        with Container(id="panels"):
            with Panel(id="pods", classes="panel"):
                yield PodTable()
                yield Input(id="filter", placeholder=_("name, state or node"), compact=True)
            yield AnswersPanel(id="answers", classes="panel")
            yield CpuChart(id="cpu", classes="panel")
            yield ReplicasChart(id="replicas", classes="panel")
            yield StoryPanel(self._kubeconfig, id="story", classes="panel")
        yield KeysLine(KEYS)
        small = _("The terminal is too small: {columns} × {rows} at least.")
        yield Static(small.format(columns=SMALLEST[0], rows=SMALLEST[1]), id="too-small", markup=False)

    def on_mount(self) -> None:
        """How it looks, by what the terminal can show."""
        self.set_class(self.app.no_color, "-no-color")
        self.set_class(is_ascii(), "-ascii")
        self._panels = tuple(self.query(Lines))

    def on_screen_resume(self) -> None:
        """Something to show, please: at first, and when what covered it has gone, as it got no pictures meanwhile."""
        self.post_message(WantsPicture())

    def show(self, view: View, frozen_at: float | None = None) -> None:
        """Hand the picture down."""
        self._follow(view)
        self._header.frozen_at = frozen_at
        self.set_class(frozen_at is not None, "-frozen")
        self._table.show(view)
        self._write_title(view)
        for panel in self._panels:
            panel.show(view)

    def _follow(self, view: View) -> None:
        """Another target has other pods: the old filter means nothing to them."""
        seen = view.target
        target = None if seen is None else (seen.context, seen.namespace, seen.deployment)
        if self._target is not None and target != self._target and self._filter.value:
            self._filter.value = ""
            self._leave_filter()
        self._target = target

    def _write_title(self, view: View) -> None:
        """The pod panel's border: how many there are, and what is not as usual about the table."""
        self._pods.title(draw_title(view, self._table.order, self._table.needle, len(self._table.rows)))

    def on_resize(self, event: events.Resize) -> None:
        """Say so where there is no room."""
        self.set_class(event.size.height < LOW, "-low")
        self.set_class(event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1], "-tiny")

    # keys

    def action_kill(self) -> None:
        """Ask for the selected pod's death."""
        if uid := self._living():
            self.post_message(Kill(uid))

    def action_delete(self) -> None:
        """Ask for the selected pod's deletion."""
        if uid := self._living():
            self.post_message(Delete(uid))

    def _living(self) -> str:
        """The selected pod's uid, unless it is gone already, which is said."""
        row = self._table.selected_row
        if row is not None and row.gone_at is None:
            return row.pod.uid
        self.notify(_("There is no running pod selected."), severity="warning", markup=False)
        return ""

    def action_burst(self) -> None:
        """Ask for a burst, or for its end."""
        self.post_message(Burst())

    def action_stop_all(self) -> None:
        """Ask for the end of all that runs."""
        self.post_message(StopAll())

    def action_open_pod(self) -> None:
        """Ask for the selected pod's own screen."""
        if self._table.selected:
            self.post_message(OpenPod(self._table.selected))

    def action_pick_target(self) -> None:
        """Ask for another target."""
        self.post_message(PickTarget())

    def action_order(self) -> None:
        """The table's next order."""
        self._table.next_order()
        if self._table.view is not None:
            self._write_title(self._table.view)

    def action_panel(self, name: str) -> None:
        """One panel alone; the same again: all of them."""
        chosen = self.query_one(f"#{name}")
        alone = not chosen.has_class("-shown")
        for panel in self.query(".panel"):
            panel.set_class(alone and panel is chosen, "-shown")
        self.set_class(alone, "-one")

    # the filter

    def action_filter(self) -> None:
        """Open the filter's line."""
        self._pods.add_class("-filtering")
        self._filter.focus()

    @on(Input.Changed, "#filter")
    def _narrow(self, event: Input.Changed) -> None:
        """Each letter counts."""
        self._table.filter(event.value)
        if self._table.view is not None:
            self._write_title(self._table.view)

    @on(Input.Submitted, "#filter")
    def _keep_filter(self) -> None:
        """Back to the table, the filter stays."""
        self._leave_filter()

    def on_key(self, event: events.Key) -> None:
        """Escape ends the filter, and one panel alone."""
        if event.key != "escape":
            return
        if self._filter.value or self._filter.has_focus:
            self._filter.value = ""
            self._leave_filter()
        elif self.has_class("-one"):
            self.remove_class("-one")
            self.query(".panel").remove_class("-shown")

    def _leave_filter(self) -> None:
        """Close the filter's line unless it filters."""
        self._pods.set_class(bool(self._filter.value), "-filtering")
        self._table.focus()


def draw_title(view: View, order: Order, needle: str, shown: int) -> Content:
    """ "PODS  2 ready of 2, HPA wants 2", the order where it is not the usual one, the filter where there is one."""
    words = ngettext("{ready} ready of {n}", "{ready} ready of {n}", view.wanted).format(
        ready=view.ready, n=view.wanted
    )
    scaler = view.scaling.autoscaler
    if scaler is not None and scaler.desired:  # 0 where it has not looked yet
        words += ", " + _("HPA wants {n}").format(n=scaler.desired)
    parts: list[str | tuple[str, str]] = [(_("PODS"), "bold"), (f"  {words}", "$quiet")]
    if any(map(_GENERATION, view.pods)):
        marks = _("{new} new  {old} old ReplicaSet").format(new=glyph("new"), old=glyph("old"))
        parts.append((f"  {marks}", "$scaling"))
    orders = {"newest": _("newest first"), "name": _("by name"), "state": _("by state"), "cpu": _("by CPU")}
    if order in orders:
        parts.append((f"  {orders[order]}", "$busy"))
    if needle:
        parts.append(("  " + _("{shown} of {all} shown").format(shown=shown, all=len(view.pods)), "$busy"))
    return Content.assemble(*parts)
