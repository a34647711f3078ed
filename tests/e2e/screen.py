"""The dashboard itself, wired as the command line does it, its keys pressed by Textual's Pilot."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.clusters import PATIENCE, until
from tests.e2e.spaces import Space
from textual.pilot import Pilot

from k8s_watch.cluster.connect import ConnectOptions
from k8s_watch.model.columns import columns
from k8s_watch.model.view import Episode, PodRow, View
from k8s_watch.run.labs import LabAt
from k8s_watch.run.live import watch
from k8s_watch.settings import Options
from k8s_watch.tui.app import WatchApp
from k8s_watch.tui.confirm import ConfirmScreen
from k8s_watch.tui.pod_table import PodTable

_FRAME = re.compile(r"[│┃╭╮╰╯─┌┐└┘├┤▏▕▁▔]+")


class Screen:
    """What a person sees and does. Words are looked for on the screen, times in the picture behind it."""

    def __init__(self, app: WatchApp, pilot: Pilot[int], asks: bool) -> None:
        self.app = app
        self.pilot = pilot
        self.asks = asks  # whether a fault is asked back: not on the lab
        self.headlines: list[str] = []

    @property
    def view(self) -> View:
        """The picture of this moment."""
        view = self.app.picture()
        if not self.headlines or self.headlines[-1] != view.headline.words:
            self.headlines.append(view.headline.words)
        return view

    # -- what is seen

    def lines(self) -> list[str]:
        """The screen as it is painted."""
        with self.app._context():  # this test's task is none of Textual's
            return [strip.text for strip in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        """The screen's words on one line, without its frames."""
        return re.sub(r"\s+", " ", _FRAME.sub(" ", " ".join(self.lines())))

    def says(self, *words: str) -> bool:
        """Whether each is on the screen; as a regular expression."""
        text = self.text()
        return all(re.search(word, text) for word in words)

    def notices(self) -> str:
        """What the notices at the edge say: they lie over other words, so each is read as a whole."""
        return " ".join(notice.message for notice in self.app._notifications)

    def row(self, name: str) -> PodRow | None:
        """The pod's row in the picture."""
        return next((r for r in self.view.pods if r.pod.name == name), None)

    def cells(self, name: str) -> tuple[str, str, str, str] | None:
        """READY, STATUS, RESTARTS and AGE of the pod at this moment."""
        row = self.row(name)
        if row is None:
            return None
        shown = columns(row.pod, self.view.server_now)
        return shown.ready, shown.status, shown.restarts, shown.age

    def names(self, ready: bool = False) -> set[str]:
        """The pods that are not gone."""
        return {r.pod.name for r in self.view.pods if r.gone_at is None and (r.pod.ready or not ready)}

    def episode(self, kind: str, at: int = -1) -> Episode | None:
        """An episode of that kind, the newest by default."""
        found = [e for e in self.view.story if e.kind == kind]
        return found[at] if found else None

    async def until(self, good: Callable[[], object], what: str, within: float = PATIENCE) -> None:
        """Wait for a condition; a failure shows the screen."""
        try:
            await until(good, what, within)
        except AssertionError as late:
            story = "\n".join(str(e) for e in self.view.story)
            raise AssertionError(f"{late}\n" + "\n".join(self.lines()) + f"\n{story}") from None

    async def until_says(self, *words: str, within: float = PATIENCE) -> None:
        """Wait until each is on the screen."""
        await self.until(lambda: self.says(*words), f"the screen says {' and '.join(words)}", within)

    async def until_headline(self, words: str, within: float = PATIENCE) -> None:
        """Wait for the headline; its first word is written big, the rest is read on the screen."""

        def read() -> bool:
            now = self.view.headline.words
            rest = now.partition(": ")[2] or now
            return bool(re.search(words, now)) and self.says(re.escape(rest))

        await self.until(read, f"the headline is {words}", within)

    # -- what is done

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)

    async def select(self, name: str) -> None:
        """Go to a pod's row with the arrow keys."""
        table = self.app.screen.query_one(PodTable)
        names = [row.pod.name for row in table.rows]
        await self.press("home", *["down"] * names.index(name))
        assert table.selected_row is not None
        assert table.selected_row.pod.name == name

    async def fault(self, key: str, *told: str) -> None:
        """Press a key that hurts; outside the lab a dialogue names the target, and `y` goes on."""
        await self.press(key)
        if not self.asks:
            return
        await self.until(lambda: isinstance(self.app.screen, ConfirmScreen), "it asks first")
        await self.until(lambda: self.says(*told), f"the question names {told}")
        await self.press("y")

    async def kill(self, name: str) -> None:
        """Select the pod and press k."""
        await self.select(name)
        await self.fault("k", re.escape(name))


@asynccontextmanager
async def watching(
    space: Space, size: tuple[int, int] = (200, 44), kubeconfig: Path | None = None, **options: object
) -> AsyncIterator[Screen]:
    """The dashboard on a namespace, from its opening to `q`."""
    cluster = space.cluster
    given = Options(
        kubeconfig=str(kubeconfig or cluster.kubeconfig),
        namespace=space.namespace,
        lab=cluster.is_lab,
        allow_faults=not cluster.is_lab,
        **options,  # type: ignore[arg-type]
    )
    lab = LabAt(str(cluster.kubeconfig), cluster.entry) if cluster.is_lab else None
    opened: asyncio.Future[Screen] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def show(app: WatchApp) -> int | None:
        async with app.run_test(size=size) as pilot:
            opened.set_result(Screen(app, pilot, asks=not cluster.is_lab))
            await leave.wait()
            await pilot.press("q")
            await until(lambda: not app.is_running or app.return_code is not None, "q leaves")
        return app.return_value

    wanted = ConnectOptions(given.kubeconfig, "", space.namespace)
    running = asyncio.create_task(watch(given, wanted, lab, show=show))
    await asyncio.wait({running, opened}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
    if not opened.done():
        running.cancel()
        await running
    try:
        yield opened.result()
    finally:
        leave.set()
        assert await asyncio.wait_for(running, PATIENCE) == 0
