"""The API server stops, goes and comes back."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.e2e.clusters import kill
from tests.e2e.screen import Screen
from tests.e2e.spaces import NAME, Space

Open = Callable[..., AbstractAsyncContextManager[Screen]]


async def polls_go_on(one: Screen, since: float) -> None:
    """Answers come though the API server is away."""
    await one.until(lambda: (one.view.answers.last_at or 0) > since + 2, "the polls go on")
    assert one.view.answers.cells[-2].kind == "pod"


async def table_is_fresh(space: Space, one: Screen) -> None:
    """What the screen shows equals a list taken now."""
    theirs = {name: cells[:2] for name, cells in (await space.table()).items()}
    await one.until(
        lambda: {name: (one.cells(name) or ())[:2] for name in one.names()} == theirs,
        f"the table is {theirs}",
    )


async def test_an_api_server_that_stops_answering_is_noticed_and_found_again(
    space: Space, screen: Open
) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline("All well: 2 pods answer")
        stopped = space.cluster.pause()
        try:
            began = one.view.now
            await one.until(lambda: one.view.connection.state == "reconnecting", "it is noticed", within=10)
            await one.until_headline("RECONNECTING for .* the picture below is old")
            await one.until_says("reconnecting")
            assert one.view.now - began < 8
            await polls_go_on(one, one.view.now)
        finally:
            stopped.resume()
        await one.until(lambda: one.view.connection.state == "live", "live again", within=20)
        await one.until_headline("All well: 2 pods answer")
        await table_is_fresh(space, one)


async def test_a_death_while_the_api_server_is_away_is_told_with_the_gap(space: Space, screen: Open) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline("All well: 2 pods answer")
        victim = min(one.names())
        processes = space.cluster.mains(victim)
        assert processes
        await space.cluster.cut(8)
        away = time.monotonic()
        await one.until(lambda: one.view.connection.state == "reconnecting", "it is noticed", within=10)
        for process in processes:
            kill(process)
        await polls_go_on(one, one.view.now)
        assert one.cells(victim)[2] == "0", "the picture is old"
        await asyncio.sleep(
            max(0.0, away + 8 - time.monotonic())
        )  # the length of the outage is what is tested
        await space.cluster.revive()
        await one.until(lambda: one.view.connection.state == "live", "live again", within=30)
        await one.until(lambda: one.episode("gap"), "the gap is told")
        gap = one.episode("gap")
        length = float(re.search(r"[\d.]+", gap.title)[0])
        assert 6 <= length <= one.view.now - away + 3, gap
        await one.until_says(re.escape(gap.title))
        await one.until(
            lambda: (one.cells(victim) or ("", "", "0"))[2].startswith("1 "), "its restart is known"
        )
        healing = one.episode("healing")
        assert healing is not None
        if space.cluster.is_lab:  # a kubelet writes it some seconds later, when the server has long been back
            assert all(m.error >= 1 for m in healing.moments if m.word != "answers again"), healing
        await table_is_fresh(space, one)
        await one.until(lambda: one.view.answers.pattern == "round robin", "both answer")


async def test_an_api_server_that_is_killed_comes_back_and_nothing_is_missed(
    space: Space, screen: Open
) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline("All well: 2 pods answer")
        kill(space.cluster.api())
        await one.until(lambda: one.view.connection.state == "reconnecting", "it is noticed", within=10)
        await space.cluster.revive()
        await space.kubectl("scale", "deployment", NAME, "--replicas=3")
        await one.until(lambda: one.view.connection.state == "live", "live again", within=30)
        await one.until(lambda: len(one.names(ready=True)) == 3, "the third pod is ready")
        await table_is_fresh(space, one)
        # a new list, or where nothing was written meanwhile the stream goes on from the last version
        await one.until(lambda: one.episode("gap"), "the gap is told")
