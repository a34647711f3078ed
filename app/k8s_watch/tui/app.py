"""The app: hands pictures down to the screens and requests up to the acts, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import App, SystemCommand
from textual.filter import LineFilter, NoColor
from textual.screen import Screen
from textual.types import CSSPathType

from k8s_watch.model.ports import Acts, BurstPlan, Clock, LocalClock
from k8s_watch.model.view import View
from k8s_watch.model.words import _
from k8s_watch.settings import styles_folder

from . import requests
from .acting import Doer
from .dashboard import Dashboard
from .keys import KEYS
from .look import theme_name, unicode_works, use_ascii
from .output import SafeOutput
from .pacing import Pace
from .themes import THEMES

LAST = 3.0
"""Seconds from a signal to the end of the process, whatever hangs; an ordinary end takes 0.2."""


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """How the user wants the screen."""

    theme: str = "dark"  # dark, light, contrast or ansi; NO_COLOR means ansi
    mouse: bool = True  # False leaves the mouse to the terminal, so that text can be selected
    still: bool = False  # no tick: for pictures of one moment, and for tests
    only_ascii: bool | None = None  # None: by the terminal's encoding
    screenshots: Path | None = None  # where `s` saves; None: where the program was started
    kubeconfig: str = ""  # of the lab, for the next terminal; the help screen tells it


class WatchApp(App[int]):
    """Shows the pictures that `picture` gives; asks `acts` for what the user wants done."""

    CSS_PATH: ClassVar[CSSPathType | None] = [
        styles_folder() / "base.tcss",
        styles_folder() / "dashboard.tcss",
    ]
    TITLE = "k8s-watch"
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self, picture: Callable[[], View], acts: Acts, settings: ScreenSettings, clock: Clock | None = None
    ) -> None:
        super().__init__()
        self.settings = settings
        self.acts = acts
        self.clock = clock or LocalClock()
        self.doer = Doer(self, acts)
        self.view: View | None = None
        """The newest picture, also while the screen keeps an older one."""
        self.picture = picture
        self._kept: View | None = None
        self._plan = BurstPlan()  # as last set by `B`
        self._pace = Pace()
        only_ascii = not unicode_works() if settings.only_ascii is None else settings.only_ascii
        use_ascii(only_ascii)
        self._safe = SafeOutput(only_ascii=only_ascii)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = theme_name(settings.theme, no_color=self.no_color)

    def get_default_screen(self) -> Screen[None]:
        """The dashboard is where everything begins."""
        return Dashboard(self.settings.kubeconfig)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The last door before the terminal."""
        # Textual chose its own filter before our theme was set: shades of grey, where none was asked for
        return [NoColor(), self._safe] if self.no_color else [*super().get_line_filters(), self._safe]

    async def show(self) -> int | None:
        """Run until the user leaves; the exit code."""
        if sys.__stderr__ is None or not sys.__stderr__.isatty():
            # Textual draws on standard error: `k8s-watch 2>errors` would draw into the file
            sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
        return await self.run_async(mouse=self.settings.mouse)

    # pictures go down

    def on_mount(self) -> None:
        """Begin to tick."""
        self._catch_signals()
        if not self.settings.still:
            self._next_tick()

    def changed(self) -> None:
        """Something changed: paint at once, or while changes go on ten times a second, in a storm five times.

        Call it from the app's own event loop. Cheap: pictures are made by the painting, not by the change.
        """
        if not self.is_running:
            return
        wait = self._pace.changed(time.monotonic())
        if wait is None:
            return
        # the loop's own call_later: a message to the app takes 0.3 ms longer
        asyncio.get_running_loop().call_later(wait, self._paint_due)

    def _paint_due(self) -> None:
        """Paint as if one of the app's own messages had asked for it."""
        with self._context():
            try:
                self._paint()
            except Exception as error:  # noqa: BLE001  as Textual does with its own callbacks
                self._handle_exception(error)

    def _next_tick(self) -> None:
        """Wake at the next full second, so that the clock and the ages turn together."""
        self.set_timer(1.005 - time.time() % 1, self._tick)

    def _tick(self) -> None:
        """A second has passed."""
        self._paint(True)
        self._next_tick()

    def _paint(self, anyway: bool = False) -> None:
        """Make a picture and hand it to the screens, unless nothing changed or an older one is to be kept."""
        if not self.is_running:  # it waited while the screens were taken down: nothing is left to paint on
            return
        self._pace.painted(time.monotonic())
        view = self.picture()
        old, self.view = self.view, view
        self._tell(view, old)
        if self._kept is None and (anyway or old is None or old.version != view.version):
            self._hand_down(view)

    def _tell(self, view: View, old: View | None) -> None:
        """What is worth knowing but no state: a sentence at the edge of the screen. Warnings stand in the headline."""
        newest = old.said[-1][0] if old is not None and old.said else float("-inf")
        for at, level, text in view.said:
            if at > newest and level == "info":
                self.doer.notice(text)

    def _hand_down(self, view: View) -> None:
        """Every screen that shows pictures and is in sight gets it."""
        frozen_at = self._kept.wall if self._kept is not None else None
        for screen in self._in_sight():
            if not screen.is_mounted:  # it asks for its first picture itself
                continue
            if isinstance(screen, Dashboard):
                screen.show(view, frozen_at)
            elif callable(show := getattr(screen, "show", None)):
                show(view)

    def _in_sight(self) -> Iterator[Screen[object]]:
        """The screen on top, and below it as far as a dialogue lets them shine through."""
        for screen in reversed(self.screen_stack):
            yield screen
            if not screen.is_modal:
                return

    def action_freeze(self) -> None:
        """Keep this picture, or go on."""
        self._kept = self.view if self._kept is None else None
        if self.view is not None:
            self._hand_down(self._kept or self.view)

    # requests go up

    @on(requests.WantsPicture)
    def _first_picture(self) -> None:
        self._paint(True)
        if self._kept is not None:
            self._hand_down(self._kept)

    @on(requests.Kill)
    def _kill(self, wish: requests.Kill) -> None:
        self.doer.do("kill", wish.pod_uid, partial(self.doer.kill, wish.pod_uid))

    @on(requests.Delete)
    def _delete(self, wish: requests.Delete) -> None:
        self.doer.do("delete", wish.pod_uid, partial(self.acts.delete, wish.pod_uid))

    @on(requests.Burst)
    def _burst(self, wish: requests.Burst) -> None:
        if self._loading:
            self.doer.free("stop", self.acts.stop)
        else:
            self._start_burst(wish.plan or self._plan)

    def _start_burst(self, plan: BurstPlan) -> None:
        self.doer.do("burst", "", partial(self.acts.burst, plan), plan)

    @on(requests.StopAll)
    def _stop(self) -> None:
        self.doer.free("stop", self.acts.stop)

    @on(requests.OpenPod)
    async def _open_pod(self, wish: requests.OpenPod) -> None:
        from .pod_screen import PodScreen

        await self.push_screen(PodScreen(wish.pod_uid, self.acts))
        self._first_picture()

    @on(requests.PickTarget)
    def action_pick(self) -> None:
        """The picker."""
        from .picker import Picker

        self.push_screen(Picker(self.acts))

    @on(requests.Retarget)
    def _retarget(self, wish: requests.Retarget) -> None:
        self.doer.free("retarget", partial(self.acts.retarget, wish.choice))

    @property
    def _loading(self) -> bool:
        """Whether a burst runs, at this moment: what is painted may be a tenth of a second old."""
        load = self.picture().load
        return load is not None and load.state == "running"

    # keys that concern no panel

    def action_burst_settings(self) -> None:
        """The burst's settings, then the burst."""
        from .burst_dialog import BurstDialog

        def start(plan: BurstPlan | None) -> None:
            if plan is not None:
                self._plan = plan
                self._start_burst(plan)

        self.push_screen(BurstDialog(self._plan), start)

    def action_help(self) -> None:
        """All keys. The screen is made once and kept: 10 ms each time where making it takes 40."""
        from .help_screen import HelpScreen

        if not self.is_screen_installed("help"):
            self.install_screen(HelpScreen(KEYS, self.settings.kubeconfig), "help")
        if self.get_screen("help") not in self.screen_stack:
            self.push_screen("help")

    def action_theme(self) -> None:
        """The next theme."""
        names = [theme.name for theme in THEMES]
        if not self.no_color:
            self.theme = names[(names.index(self.theme) + 1) % len(names)]

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Save the screen as an SVG, and say where."""
        name = filename or time.strftime("k8s-watch-%Y%m%d-%H%M%S.svg", time.localtime(self.clock.wall()))
        folder = path or str(self.settings.screenshots or Path.cwd())
        try:
            saved = self.save_screenshot(name, folder)
        except OSError as wrong:
            self.doer.notice(_("No screenshot: {why}").format(why=wrong), "error")
        else:
            self.doer.notice(_("Saved as {file}").format(file=saved))

    async def action_leave(self) -> None:
        """Leave; a burst that runs is stopped first."""
        if self._loading:
            await self.acts.stop()
        self.exit(0)

    async def action_quit(self) -> None:
        """Textual's ctrl+q: the same."""
        await self.action_leave()

    def action_help_quit(self) -> None:
        """ctrl+c, which must not end a lesson by accident."""
        self.doer.notice(_("Press q to leave."))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers what the keys do."""
        for key in KEYS:
            run = partial(screen.run_action, key.action)
            # the palette reads its texts as markup: no brackets, and nothing from outside
            yield SystemCommand(key.description, f"{key.key_display or key.key}   {key.tooltip}", run)

    # the terminal is given back, whoever ends us

    def _catch_signals(self) -> None:
        """SIGTERM and SIGHUP end the app in the same way as `q`."""
        loop = asyncio.get_running_loop()
        names = ("SIGTERM",) if sys.platform == "win32" else ("SIGTERM", "SIGHUP")
        for name in names:
            number = getattr(signal, name)
            # Windows has no handlers in the loop, and only the main thread may have them
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._ended_by, number)

    def _ended_by(self, number: int) -> None:
        """Leave; where the terminal is gone the leaving itself may hang, so the process ends 3 s later anyway."""
        self.exit(128 + number)
        last = threading.Timer(LAST, os._exit, [128 + number])
        last.daemon = True
        last.start()
