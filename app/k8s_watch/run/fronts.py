"""The front end that was asked for: the screen, plain lines or JSON."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from ..model.changes import Change
from ..model.ports import Acts, Clock
from ..model.view import View
from ..settings import Options
from .flow import Flow

if TYPE_CHECKING:
    from ..tui.app import WatchApp

Show = Callable[["WatchApp"], Awaitable[int | None]]
"""Runs the screen until the user leaves; a test runs it without a terminal."""


RARELY = (10_000, 20, 20)  # objects more than were freed, then collections of the younger generation
STARTED = 2.0  # seconds after which what was imported and listed is there


def collect_again() -> None:
    """Look for garbage from soon on, but not among what the start made: it stays.

    With 2,000 pods a full collection is a pause of 50 to 100 ms, and looking while modules load finds nothing.
    Under 400 changes a second Python's own thresholds make one every 3 s, though reference counts free all of it.
    """

    def begin() -> None:
        gc.freeze()
        gc.set_threshold(*RARELY)
        gc.enable()

    asyncio.get_running_loop().call_later(STARTED, begin)


class Front(Protocol):
    """What a front end without a screen offers."""

    def saw(self, change: Change) -> None:
        """A change has passed."""
        ...

    def finish(self) -> None:
        """Say the summary."""
        ...


def text_front(options: Options, picture: Callable[[], View]) -> Front:
    """--plain or --json on standard output."""
    if options.json:
        from ..text.jsonl import Json

        return Json(sys.stdout, picture)
    from ..text.plain import Plain

    return Plain(sys.stdout, picture)


async def without_screen(options: Options, flow: Flow, work: Coroutine[Any, Any, None]) -> int:
    """Print what happens until the work is over, SIGINT or SIGTERM; then the summary."""
    collect_again()
    front = text_front(options, flow.picture)
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    broken: list[BrokenPipeError] = []

    def saw(change: Change) -> None:
        try:
            front.saw(change)
        except BrokenPipeError as error:
            broken.append(error)
            task.cancel()

    flow.listen(saw)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        if broken:
            raise broken[0] from None
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    front.finish()
    return 0


async def on_screen(
    options: Options,
    flow: Flow,
    acts: Acts,
    clock: Clock,
    work: Coroutine[Any, Any, None],
    kubeconfig: str = "",
    pick: bool = False,
    show: Show | None = None,
) -> int:
    """Show the screen until the user leaves; `work` feeds it meanwhile.

    `pick`: begin with the picker. `show`: how the screen is run, by default on this terminal.
    """
    from ..tui.app import ScreenSettings, WatchApp

    settings = ScreenSettings(
        theme=options.theme or "dark", mouse=not options.no_mouse, kubeconfig=kubeconfig
    )
    collect_again()
    app = WatchApp(flow.picture, acts, settings, clock)
    flow.listen(lambda _change: app.changed())
    if pick:
        app.call_later(app.action_pick)
    feeding = asyncio.ensure_future(work)
    feeding.add_done_callback(lambda _task: app.changed())
    try:
        return await (show or WatchApp.show)(app) or 0
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
