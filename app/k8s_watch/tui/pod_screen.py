"""One pod: its containers, conditions, probes and Events, and the tail of its log, all live."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.types import CSSPathType
from textual.widgets import Static
from textual.worker import Worker

from k8s_watch.model.ports import Acts, WatchError
from k8s_watch.model.view import PodRow, View
from k8s_watch.model.words import _
from k8s_watch.settings import log_file, styles_folder

from . import pod_words as say
from .footer import KeysLine
from .log_view import LogView
from .requests import Kill, StopAll

log = logging.getLogger(__name__)

AGAIN = 2.0  # seconds after which a log that ended is asked for again
FLUSH = 0.1  # seconds for which log lines are gathered: ten paintings a second, however fast they come


class PodScreen(Screen[None]):
    """Follows the pod by its uid. A pod that is gone is said to be, and what was last known stays."""

    CSS_PATH: ClassVar[CSSPathType | None] = styles_folder() / "pod_screen.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  unannotated: Textual's own field
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", _("back"), id="pod.back", key_display="esc", tooltip=_("Back to the dashboard")),
        Binding("q", "leave", _("back"), id="pod.quit", show=False, tooltip=_("Back to the dashboard")),
        Binding("k", "kill", _("kill"), id="pod.kill", tooltip=_("Kill the main process of this pod's container")),
        Binding("x", "stop", _("stop all"), id="pod.stop", tooltip=_("Stop every load and fault of this program at once")),
        Binding("c", "container", _("next container's log"), id="pod.container", show=False, tooltip=_("Show the next container's log")),
        Binding("tab", "app.focus_next", _("details or log"), id="pod.focus", key_display="tab", tooltip=_("Scroll the other half")),
    ]  # fmt: skip

    def __init__(self, pod_uid: str, acts: Acts) -> None:
        super().__init__()
        self._uid, self._acts = pod_uid, acts
        self._row: PodRow | None = None
        self._view: View | None = None
        self._drawn: dict[str, Content] = {}
        self._container = ""
        self._run = ""  # the container id whose log is followed
        self._again = asyncio.Event()
        self._again_from_begin = False
        self._following: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """What it is, what happened to it, its log, the keys."""
        with Container(id="pod-parts"):
            with VerticalScroll(id="pod-details", classes="panel"):
                yield Static(id="pod-text", markup=False)
            with VerticalScroll(id="pod-events", classes="panel"):
                yield Static(id="pod-more", markup=False)
            yield LogView(id="pod-log").add_class("panel")
        yield KeysLine([key for key in self.BINDINGS if isinstance(key, Binding)])

    def on_mount(self) -> None:
        """Take the widgets once."""
        self._log = self.query_one(LogView)
        self._keys = self.query_one(KeysLine)
        details, more = self.query_one("#pod-details"), self.query_one("#pod-events")
        self._halves = [
            (details, self.query_one("#pod-text", Static)),
            (more, self.query_one("#pod-more", Static)),
        ]
        details.border_title = Content.styled(_("POD"), "bold")
        more.border_title = Content.styled(_("CONDITIONS AND EVENTS"), "bold")
        details.focus()

    def on_resize(self, _event: events.Resize) -> None:
        """A new width wraps anew, once the halves have theirs."""
        self.call_after_refresh(self._redraw)

    # the picture

    def show(self, view: View) -> None:
        """Take a new picture; keep the pod's row when it is in it no more."""
        self._view = view
        found = next((row for row in view.pods if row.pod.uid == self._uid), None)
        if found is not None:
            self._row = found
        elif self._row is not None and self._row.gone_at is None:
            self._row = replace(self._row, gone_at=view.now)
        self._redraw()
        self._follow()

    def _redraw(self) -> None:
        view = self._view
        if view is None:
            return
        self._keys.show(view)
        about = draw_about(self._row, view)
        happened = [] if self._row is None else draw_happened(self._row, view)
        wide = self.has_class("-wide")
        for (place, text), blocks in zip(
            self._halves, (about if wide else about + happened, happened if wide else []), strict=True
        ):
            width = place.scrollable_content_region.width
            lines = lay_out(blocks, width) if width > 0 else []
            drawn = Content("\n").join(lines)
            if not drawn.is_same(self._drawn.get(place.id or "", Content(""))):
                self._drawn[place.id or ""] = drawn
                text.update(drawn)

    # the log

    def _names(self) -> list[str]:
        if self._row is None:
            return []
        pod = self._row.pod
        return [c.name for c in (*pod.containers, *pod.init_containers)]

    def _follow(self) -> None:
        """Follow the log of the container's present run."""
        names = self._names()
        if not names or self._row is None or self._row.gone_at is not None:
            return
        self._container = self._container if self._container in names else names[0]
        every = (*self._row.pod.containers, *self._row.pod.init_containers)
        run = next(c.container_id for c in every if c.name == self._container)
        if self._following is None:
            self._run = run
            self._title()
            self._following = self.run_worker(
                self._read(self._container), group="log", exclusive=True, exit_on_error=False
            )
        elif run and run != self._run:
            if self._run:
                self._log.write([f"--- {_('restarted')} ---"], "$healing")
            self._run = run
            self._again.set()

    async def _read(self, container: str) -> None:
        """Read until the screen is left; what ended is asked for again, at once when the container restarted."""
        while True:
            self._again.clear()
            read_run = self._run
            try:
                await self._copy(self._acts.log(self._uid, container))
                self._title(_("ended"))
            except WatchError as wrong:
                self._title(str(wrong))
            except Exception:
                log.exception("the log of %s could not be read", container)
                self._title(_("failed for a reason that is in {file}").format(file=log_file()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._again.wait(), AGAIN)
            self._again_from_begin = self._run == read_run
            self._title()

    async def _copy(self, lines: AsyncIterator[str]) -> None:
        """Write what comes, gathered for a tenth of a second."""
        waiting: list[str] = []
        written = 0.0
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle | None = None

        def flush() -> None:
            nonlocal written, timer
            timer, written = None, time.monotonic()
            if (
                self._again_from_begin
            ):  # the same run is told again; cleared only now, so that nothing flickers
                self._again_from_begin = False
                self._log.clear()
            self._log.write(waiting)
            waiting.clear()

        try:
            async for line in lines:
                waiting.append(line)
                if timer is None:
                    timer = loop.call_later(max(0.0, written + FLUSH - time.monotonic()), flush)
                if len(waiting) % 100 == 0:  # a flood that never waits would stop the screen
                    await asyncio.sleep(0)
        finally:
            if timer is not None:
                timer.cancel()
                flush()

    def _title(self, note: str = "") -> None:
        more = _("c: next container") if len(self._names()) > 1 else ""
        said = "  ".join(words for words in (self._container, more, note) if words)
        self._log.border_title = Content.assemble((_("LOG"), "bold"), "  ", (said, "$quiet"))

    # keys

    def action_leave(self) -> None:
        """Back."""
        self.dismiss()

    def action_kill(self) -> None:
        """Ask for this pod's death."""
        if self._row is not None and self._row.gone_at is None:
            self.post_message(Kill(self._uid))

    def action_stop(self) -> None:
        """Ask for the end of all that runs."""
        self.post_message(StopAll())

    def action_container(self) -> None:
        """The next container's log."""
        names = self._names()
        if len(names) > 1:
            self._container = names[(names.index(self._container) + 1) % len(names)]
            self._log.clear()
            self._following = None
            self._follow()


Block = tuple[str, list[Content]]
"""A title ("" for none) and its lines."""


def draw_about(row: PodRow | None, view: View) -> list[Block]:
    """Who the pod is, and its containers."""
    if row is None:
        return [("", [Content(_("This pod is not known (any more)."))])]
    under_way = [Content.styled(words, "bold $busy") for words in view.acts]
    return [
        ("", [*say.head(row, view.now, view.server_now), *under_way]),
        (_("CONTAINERS"), say.containers(row, view.server_now)),
    ]


def draw_happened(row: PodRow, view: View) -> list[Block]:
    """Its conditions and Events."""
    return [
        (_("CONDITIONS"), say.conditions(row.pod, view.server_now)),
        (_("EVENTS"), say.events(view.events, row.pod.uid, view.server_now)),
    ]


def lay_out(blocks: list[Block], width: int) -> list[Content]:
    """The blocks in lines of at most `width` cells, an empty line between two."""
    lines: list[Content] = []
    for title, content in blocks:
        if lines:
            lines.append(Content(""))
        if title:
            lines.append(Content.styled(title, "bold $accent"))
        lines += [piece for line in content for piece in say.wrapped(line, width)]
    return lines
