"""The target goes and comes back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.e2e.screen import Screen
from tests.e2e.spaces import NAME, Space

Open = Callable[..., AbstractAsyncContextManager[Screen]]


async def test_a_target_that_is_deleted_is_waited_for(space: Space, screen: Open) -> None:
    await space.lesson(grace=3)
    async with screen() as one:
        await one.until_headline("All well: 2 pods answer")
        before = one.names()
        await space.kubectl("delete", "deployment", NAME, "--wait=false")
        await one.until_headline(f"DELETED: deployment {NAME}, waiting for a new one")
        await one.until(lambda: not one.names(), "its pods are gone")
        await space.lesson()
        await one.until(lambda: len(one.names(ready=True)) == 2, "the new ones are ready")
        assert not one.names() & before
        await one.until_headline("All well: 2 pods answer")


async def test_a_target_that_is_not_there_yet_is_waited_for(space: Space, screen: Open) -> None:
    async with screen(target=f"deployment/{NAME}") as one:
        await one.until_headline(f"WAITING for deployment {NAME}: it is not there yet")
        await space.lesson()
        await one.until_headline("All well: 2 pods answer in turn")
