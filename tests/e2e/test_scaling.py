"""Load and the autoscaler: from <unknown> to a value, 2 → 4 → more with the arithmetic, and back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from tests.e2e.screen import Screen
from tests.e2e.spaces import NAME, Space

Open = Callable[..., AbstractAsyncContextManager[Screen]]


@pytest.mark.long
async def test_the_service_grows_under_load_by_the_arithmetic_on_screen_and_shrinks_again(
    space: Space, screen: Open
) -> None:
    await space.lesson(scaled=True)
    async with screen() as one:
        # young pods have no metrics yet: <unknown>, and why
        if one.view.scaling.autoscaler is None or one.view.scaling.autoscaler.cpu is None:
            await one.until(lambda: one.view.charts.unknown, "the reason is told while CPU is unknown")
            assert "<unknown>" in await space.kubectl("get", "hpa", NAME)
        await one.until(
            lambda: one.view.scaling.autoscaler and one.view.scaling.autoscaler.cpu is not None, "a value"
        )
        await one.until_says(r"\d+ % / 50 %", "HPA wants 2")
        assert re.search(r"cpu: \d+%/50%", await space.kubectl("get", "hpa", NAME))

        await one.until(lambda: one.view.answers.pattern, "the entry is found, and leads here")
        await one.fault("b", "10,000 requests", "50 at once")
        await one.until(lambda: one.view.load and one.view.load.done > 0, "the burst runs")
        await one.until_says(r"requests/s", "p95")
        desired: list[int] = []
        decisions: list[str] = []

        def grown(to: int) -> bool:
            scaling = one.view.scaling
            if not desired or desired[-1] != scaling.autoscaler.desired:
                desired.append(scaling.autoscaler.desired)
            if scaling.decision and (not decisions or decisions[-1] != scaling.decision):
                decisions.append(scaling.decision)
            return scaling.autoscaler.desired >= to

        await one.until(lambda: grown(3), "2 → more")
        await one.until_says(r"2 → \d because ⌈2 × \d+/50⌉ = \d+")
        await one.until_says(r"PODS \d ready of [3-9], HPA wants [3-9]")
        await one.until(lambda: grown(5), "still more")
        told = next(words for words in decisions if words.startswith("2 → "))
        first = re.match(r"2 → (\d) because ⌈2 × (\d+)/50⌉ = (\d+)(.*)", told)
        assert first, decisions
        step, cpu, asked = map(int, first.groups()[:3])
        assert asked == math.ceil(2 * cpu / 50)
        # a sample that began before the load may ask for 3; whatever it asks, 4 is the most of the first step
        assert desired[:2] == [2, step]
        assert step == min(asked, 4)
        assert ("limited to max(2 × 2, 4) = 4 a step" in first[4]) == (asked > 4)
        await one.until(lambda: one.view.load.state == "ended", "10,000 requests and 30 s are over")
        load = one.view.load
        assert load.done >= 10_000
        assert load.errors == 0
        assert load.elapsed >= 30
        assert {name for name, _count in load.per_pod} <= {r.pod.name for r in one.view.pods}
        assert [m.kind for m in one.view.charts.marks if m.kind.startswith("burst")] == ["burst", "burst-end"]
        await one.until_says(r"⌈.*⌉ = \d+|the highest recommendation")
        await one.until_says(re.escape(one.episode("scaling").title))

        # the window of 300 s is shortened only now: any `behavior` block changes how it grows (facts §6)
        await one.until(
            lambda: one.view.scaling.window_words or one.view.scaling.autoscaler.cpu < 45, "CPU is low"
        )
        behavior = {"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 5}}}}
        await space.kubectl("patch", "hpa", NAME, "--type=merge", f"-p={json.dumps(behavior)}")
        await one.until(lambda: one.view.scaling.autoscaler.desired == 2, "the HPA wants 2 again", within=120)
        await one.until(lambda: len(one.names()) == 2, "two pods are left", within=90)
        await one.until(lambda: one.view.wanted == 2, "the Deployment wants 2")
        await one.until_says("PODS 2 ready of 2, HPA wants 2")
        assert one.names() == set(await space.table())
        await one.until(lambda: not one.episode("scaling").open, "the scaling is over")


async def test_b_again_and_x_end_a_burst_at_once(space: Space, screen: Open) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline("All well: 2 pods answer")  # so the entry is found, and leads here
        for key in ("b", "x"):
            await one.fault("b", "10,000 requests")
            await one.until(
                lambda: one.view.load and one.view.load.state == "running" and one.view.load.done, "runs"
            )
            await one.press(key)
            await one.until(lambda: one.view.load.state == "stopped", f"{key} stops it", within=5)
        marks = [m.kind for m in one.view.charts.marks]
        assert marks == ["burst", "burst-end"] * 2
