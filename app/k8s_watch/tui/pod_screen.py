"""One pod: its containers, conditions, probes and Events, and the tail of its log, all live."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.types import CSSPathType
from textual.widgets import Static
from textual.worker import Worker

from k8s_watch.model.ports import Acts, WatchError
from k8s_watch.model.view import PodRow, View
from k8s_watch.model.words import _
from k8s_watch.settings import styles_folder

from . import pod_words as say
from .footer import draw_keys
from .log_view import LogView
from .requests import Kill, StopAll

AGAIN = 2.0  # seconds after which a log that ended is asked for again
FLUSH = 0.1  # seconds for which log lines are gathered: ten paintings a second, however fast they come


class PodScreen(ModalScreen[None]):
    """Follows the pod by its uid. A pod that is gone is said to be, and what was last known stays."""

    CSS_PATH: ClassVar[CSSPathType | None] = styles_folder() / "pod_screen.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  unannotated: Textual's own field
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", _("back"), id="pod.back", key_display="esc", tooltip=_("Back to the dashboard")),
        Binding("q", "leave", _("back"), id="pod.quit", show=False, tooltip=_("Back to the dashboard")),
        Binding("k", "kill", _("kill"), id="pod.kill", tooltip=_("Kill the main process of this pod's container")),
        Binding("x", "stop", _("stop all"), id="pod.stop", tooltip=_("Stop every load and fault of this program at once")),
        Binding("c", "container", _("next container's log"), id="pod.container", tooltip=_("Show the next container's log")),
        Binding("tab", "app.focus_next", _("details or log"), id="pod.focus", key_display="tab", tooltip=_("Scroll the other half")),
    ]  # fmt: skip

    def __init__(self, pod_uid: str, acts: Acts) -> None:
        super().__init__()
        self._uid, self._acts = pod_uid, acts
        self._row: PodRow | None = None
        self._view: View | None = None
        self._drawn: list[Content] = []
        self._container = ""
        self._run = ""  # the container id whose log is followed
        self._again = asyncio.Event()
        self._following: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Details, log, keys."""
        with Container(id="pod-halves"):
            with VerticalScroll(id="pod-details", classes="panel"):
                yield Static(id="pod-text", markup=False)
            yield LogView(id="pod-log").add_class("panel")
        yield Static(id="pod-keys")

    def on_mount(self) -> None:
        """Take the widgets once."""
        self._details = self.query_one("#pod-details", VerticalScroll)
        self._text = self.query_one("#pod-text", Static)
        self._log = self.query_one(LogView)
        self._details.border_title = Content(_("POD"))
        self._details.focus()
        self._write_keys()

    def on_resize(self, _event: events.Resize) -> None:
        """A new width wraps anew, once the halves have theirs."""
        self.call_after_refresh(self._redraw)
        self._write_keys()

    def _write_keys(self) -> None:
        keys = [key for key in self.BINDINGS if isinstance(key, Binding) and key.show]
        self.query_one("#pod-keys", Static).update(draw_keys(keys, self.size.width))

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
        view, row = self._view, self._row
        width = self._details.scrollable_content_region.width
        if view is None or width <= 0:
            return
        lines = draw_pod(row, view, self._uid, width)
        if len(lines) != len(self._drawn) or any(
            not a.is_same(b) for a, b in zip(lines, self._drawn, strict=True)
        ):
            self._text.update(Content("\n").join(lines), layout=len(lines) != len(self._drawn))
            self._drawn = lines

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
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._again.wait(), AGAIN)
            if self._run == read_run:  # the same run is told again from its beginning
                self._log.clear()
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
        title = _("LOG of {container}").format(container=self._container)
        self._log.border_title = Content(f"{title}: {note}" if note else title)

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


def draw_pod(row: PodRow | None, view: View, uid: str, width: int) -> list[Content]:
    """Everything about the pod in lines of at most `width` cells."""
    if row is None:
        return say.wrapped(Content(_("This pod is not known (any more).")), width)
    now, server = view.now, view.server_now
    lines = [piece for line in say.head(row, now, server) for piece in say.wrapped(line, width)]
    lines += say.section(_("CONTAINERS"), say.containers(row, server), width)
    lines += say.section(_("CONDITIONS"), say.conditions(row.pod, server), width)
    return lines + say.section(_("EVENTS"), say.events(view.events, uid, server), width)
