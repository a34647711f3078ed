from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from tests.tui.chart_views import BEGIN, view
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.pilot import Pilot

from k8s_watch.tui import charts as panels
from k8s_watch.tui.charts import Chart, CpuChart, ReplicasChart
from k8s_watch.tui.themes import THEMES


@pytest.fixture(autouse=True)
def _plotext() -> None:
    """Loaded before, so that no chart waits for it."""
    import_module("plotext")


class Wall(App[None]):
    CSS = "Chart { height: 1fr; }"

    def __init__(self, theme: str = "k8s-dark") -> None:
        super().__init__()
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme

    def compose(self) -> ComposeResult:
        with Vertical():
            yield CpuChart()
            yield ReplicasChart()


def lines(pilot: Pilot[None], kind: type[Chart]) -> list[str]:
    chart = pilot.app.query_one(kind)
    return [chart.render_line(y).text.rstrip() for y in range(chart.size.height)]


async def shown(pilot: Pilot[None], now: float = 170.0) -> None:
    await pilot.pause()
    for chart in pilot.app.query(Chart):
        chart.show(view(now))
    await pilot.pause()


async def test_both_charts_are_on_the_screen_with_their_words() -> None:
    async with Wall().run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        assert lines(pilot, CpuChart)[-1] == "2 % / 50 % · sample 4 s old · next sync ≈ 9 s"
        assert lines(pilot, ReplicasChart)[0].split() == ["K", "K", "B", "E"]
        assert lines(pilot, CpuChart)[0] == lines(pilot, ReplicasChart)[0]
        assert "4 → 8 because" in " ".join(lines(pilot, ReplicasChart))


@pytest.mark.parametrize("size", [(40, 16), (60, 16), (80, 24), (120, 36), (200, 50)])
async def test_no_line_is_wider_than_the_panel(size: tuple[int, int]) -> None:
    async with Wall().run_test(size=size) as pilot:
        await shown(pilot)
        for chart in pilot.app.query(Chart):
            strips = [chart.render_line(y) for y in range(chart.size.height)]
            assert {strip.cell_length for strip in strips} == {size[0]}


async def test_a_chart_is_drawn_again_only_when_it_would_look_different(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = []
    real = panels.draw
    monkeypatch.setattr(panels, "draw", lambda *a, **k: drawn.append(a) or real(*a, **k))
    async with Wall().run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        before = len(drawn)
        for tenth in range(1, 10):
            await shown(pilot, 170.0 + tenth / 10)
        assert len(drawn) - before <= 2  # the axis moved once at most
        first = view()
        for chart in pilot.app.query(Chart):
            chart.show(replace(first, charts=replace(first.charts, marks=())))
        assert len(drawn) - before >= 2


async def test_every_theme_can_draw_the_charts() -> None:
    for theme in THEMES:
        async with Wall(theme.name).run_test(size=(80, 24)) as pilot:
            await shown(pilot)
            assert any("▄" in line or "▀" in line for line in lines(pilot, CpuChart))


async def test_a_tiny_panel_is_blank_rather_than_broken() -> None:
    async with Wall().run_test(size=(10, 4)) as pilot:
        await shown(pilot, BEGIN)
        assert len(lines(pilot, CpuChart)) == 2


async def test_why_cpu_is_unknown_is_said_whole_at_the_cost_of_the_plot() -> None:
    why = "metrics-server is not installed: kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml"
    async with Wall().run_test(size=(58, 16)) as pilot:
        await pilot.pause()
        base = view()
        unknown = replace(base.charts, cpu=(), unknown=why)
        pilot.app.query_one(CpuChart).show(replace(base, charts=unknown))
        await pilot.pause()
        assert "".join(why.split()) in "".join("".join(lines(pilot, CpuChart)).split())


async def test_plotext_is_loaded_only_once_the_pods_are_on_the_screen(tmp_path: Path) -> None:
    program = tmp_path / "start.py"
    program.write_text(START)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE
    )
    told, _nothing = await process.communicate()
    assert told.decode().split() == ["False", "False", "True"]


START = """
import asyncio, sys
sys.path[:0] = ["app", "."]
from dataclasses import replace
from tests.tui.conftest import calm_view
from tests.tui.test_charts import Chart, Wall

async def main():
    async with Wall().run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        print("plotext" in sys.modules)
        for view in (replace(calm_view(), pods=()), calm_view()):
            for chart in pilot.app.query(Chart):
                chart.show(view)
            for turn in range(200):
                await pilot.pause(0.01)
                if "plotext" in sys.modules and view.pods or not view.pods and turn > 5:
                    break
            print("plotext" in sys.modules)

asyncio.run(main())
"""
