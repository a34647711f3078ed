"""Takes the README's pictures: replays a recording of a real Kubernetes 1.36 to exact moments and saves the screen.

    python screenshots/take.py [FOLDER]           writes the SVG files (here, or into the folder)
    python screenshots/take.py --check [FOLDER]   writes nothing; exit code 1, and their names, if any would differ

The files are the same to the byte on every machine: the clock stands still, times of day are UTC, no theme, encoding
or animation comes from the environment.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
RECORDING = HERE.parent / "tests" / "recordings" / "lesson-k8s-1.36.jsonl.gz"
sys.path.insert(0, str(HERE.parent / "app"))

for _name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_FPS", "LC_ALL", "LANGUAGE"):
    os.environ.pop(_name, None)
os.environ |= {"TZ": "UTC", "TEXTUAL_ANIMATIONS": "none", "LANG": "C.UTF-8"}
time.tzset()

import plotext  # noqa: E402, F401  now, so that the charts don't load it while a picture is taken

from k8s_watch.model.view import View  # noqa: E402
from k8s_watch.model.world import World  # noqa: E402
from k8s_watch.run.replaying import NoActs  # noqa: E402
from k8s_watch.session.replay import fold_until  # noqa: E402
from k8s_watch.tui import pod_screen  # noqa: E402
from k8s_watch.tui.app import ScreenSettings, WatchApp  # noqa: E402
from k8s_watch.tui.requests import OpenPod  # noqa: E402


@dataclass(frozen=True)
class Picture:
    """A moment of the recording, on a screen of some size."""

    name: str
    at: float  # seconds after the recording's begin
    size: tuple[int, int]  # columns, rows
    theme: str = "dark"
    pod: str = ""  # health of the pod whose details are shown; "": the dashboard
    keys: tuple[str, ...] = ()


KILLED = 57.0  # 5 s after the second kill: dead, out of rotation, its restart held back for 13 s
GROWING = 126.6  # 0.6 s after 4 -> 8 was decided: four new pods start
PICTURES = (
    Picture("healing", KILLED, (120, 36)),
    Picture("healing-light", KILLED, (120, 36), "light"),
    Picture("scaling", GROWING, (120, 36)),
    Picture("scaling-light", GROWING, (120, 36), "light"),
    Picture("narrow", KILLED, (80, 24)),
    Picture("narrow-light", GROWING, (80, 24), "light"),
    Picture("pod", KILLED, (120, 36), pod="healing"),
    Picture("cpu", 170.0, (80, 24), keys=("3",)),
    Picture("wide", 170.0, (200, 50)),
)


class StandingClock:
    """The recording's time at the moment of the picture."""

    def __init__(self, view: View) -> None:
        self._view = view

    def wall(self) -> float:
        """Unix seconds."""
        return self._view.wall

    def mono(self) -> float:
        """Monotonic seconds."""
        return self._view.now


async def take(picture: Picture, view: View) -> str:
    """The screen as SVG."""
    settings = ScreenSettings(theme=picture.theme, still=True, only_ascii=False)
    app = WatchApp(lambda: view, NoActs(), settings, StandingClock(view))
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause()
        await pilot.press(*picture.keys)
        if picture.pod:
            shown = next(row for row in view.pods if row.health == picture.pod)
            app.post_message(OpenPod(shown.pod.uid))
        for _turn in range(5):  # layout, picture, layout of what the picture changed
            await pilot.pause()
        return app.export_screenshot(title="k8s-watch")


def pictures() -> dict[str, str]:
    """File name -> SVG. Each moment of the recording is folded once."""
    pod_screen.AGAIN = 3600.0  # a log that ended is not asked for again while a picture is taken
    views: dict[float, View] = {}
    for at in {picture.at for picture in PICTURES}:
        world = World()
        clock = fold_until(RECORDING, world.apply, at)
        views[at] = world.view(clock.mono(), clock.wall())
    return {f"{picture.name}.svg": asyncio.run(take(picture, views[picture.at])) for picture in PICTURES}


def main(arguments: list[str]) -> int:
    """Write, or compare."""
    check = arguments[:1] == ["--check"]
    folders = arguments[check:]
    if len(folders) > 1 or any(folder.startswith("-") for folder in folders):
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(folders[0]) if folders else HERE
    changed = []
    for name, svg in pictures().items():
        file = folder / name
        if file.exists() and file.read_bytes() == svg.encode():
            continue
        changed.append(name)
        if not check:
            file.write_bytes(svg.encode())
    for name in changed:
        print(f"{name} {'is not what the program shows: run make screenshots' if check else 'written'}")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
