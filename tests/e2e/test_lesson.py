"""The lesson, step by step, on the real screen: answers, kills, failover, restarts, deletion, rolling update."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.e2e.screen import Screen
from tests.e2e.spaces import NAME, Space

from k8s_watch.model.view import Episode

Open = Callable[..., AbstractAsyncContextManager[Screen]]

WELL = "All well: 2 pods answer"
ALL_WELL = f"{WELL} in turn"  # which takes about 12 answers, at one a second


def moments(episode: Episode) -> dict[str, float]:
    """Its moments' words, and when they were seen (monotonic)."""
    return {m.word: m.at for m in episode.moments}


def answers_between(one: Screen, begin: float, end: float) -> set[str]:
    """Who answered within a time, by the strip; a cell is a second wide, so a second and a half are cut off."""
    now, cells = one.view.now, one.view.answers.cells
    ages = {c: now - (cells[-1].second - c.second) for c in cells}
    cells = tuple(c for c in cells if begin + 1.5 <= ages[c] <= end - 1.5)
    return {c.pod_uid for c in cells if c.kind == "pod"} | {c.failure for c in cells if c.kind == "failed"}


async def test_two_pods_answer_in_turn_and_the_screen_says_so(space: Space, screen: Open) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline(ALL_WELL)
        await one.until_says("2 ready of 2", "● live", "in turn: ")
        table = await space.table()
        assert one.names() == set(table)
        for name, cells in table.items():
            assert cells[:3] == ("1/1", "Running", "0")
            assert one.says(rf"{name} 1/1 Running 0")
        assert {s.name for s in one.view.answers.shares} == set(table)
        # the newest six: an entry that has just learned of the Ingress begins its round anew
        letters = [c.letter for c in one.view.answers.cells[-7:] if c.kind == "pod"][-6:]
        assert all(a != b for a, b in itertools.pairwise(letters))


async def test_a_killed_pod_dies_and_comes_back_while_the_other_carries_everything(
    space: Space, screen: Open
) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline(WELL)
        victim, other = sorted(one.names())
        await one.kill(victim)
        await one.until(lambda: one.episode("healing"), "the kill is told")
        await one.until(lambda: not one.episode("healing").open, "it is whole again")
        healing = one.episode("healing")
        seen = moments(healing)
        assert next(iter(seen)) == "died"
        assert {"died", "out of rotation", "restarted", "ready", "answers again"} <= set(seen)
        assert re.fullmatch(r"you killed \w+ \(SIG(INT|TERM)\)", healing.title)
        assert "exit 0 (Completed)" in healing.tail
        assert "next restart after 10–15 s" in healing.tail
        await one.until_says(
            rf"{re.escape(healing.title)}: died [\d.]+ s", "restarted", "answers again", "exit 0"
        )
        # kubectl and the screen agree: one restart, and how long ago
        await one.until_says(rf"{victim} 1/1 Running 1 \(\d+s ago\)", rf"{other} 1/1 Running 0 ")
        table = await space.table()
        assert re.fullmatch(r"1 \(\d+s ago\)", table[victim][2])
        assert table[other][2] == "0"
        # somebody said so at the back of the room, and both answer again
        assert any(h.startswith(("KILLING", "HEALING")) for h in one.headlines)
        await one.until(lambda: one.view.answers.pattern == "round robin", "both answer in turn again")
        await one.until_headline(ALL_WELL)


async def test_a_second_death_is_held_back_and_the_range_is_said(space: Space, screen: Open) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline(WELL)
        victim, other = sorted(one.names())
        uid = {r.pod.name: r.pod.uid for r in one.view.pods}
        # the first death is somebody else's: the lesson's own command in another terminal
        await space.kubectl("exec", victim, "--", "bash", "-c", "killall python3")
        await one.until(lambda: one.episode("healing"), "somebody else's kill is seen")
        await one.until(lambda: not one.episode("healing").open, "it is whole again")
        assert re.fullmatch(r"\w+ died", one.episode("healing").title)
        # the second one is held back, which is said before
        await one.select(victim)
        await one.press("k")
        warning = "Its restart will be held back 10-15 s"
        if one.asks:
            await one.until_says("REALLY", "held back 10-15 s")
            await one.press("y")
        else:
            await one.until(lambda: warning in one.notices(), "the warning")
        await one.until(lambda: "died" in moments(one.episode("healing")), "it died")
        held = one.episode("healing")
        assert held.waiting == "restart held back for 10–15 s"
        await one.until_headline(r"HEALING \w+: restart held back \d+–\d+ s more, \w+ carries everything")
        statuses = set()

        def restarted() -> bool:
            statuses.add(one.cells(victim)[1])
            return "restarted" in moments(one.episode("healing"))

        await one.until(restarted, "it is restarted")
        healing = one.episode("healing")
        wait = moments(healing)["restarted"] - moments(healing)["died"]
        assert 9.5 <= wait <= 16.5, wait
        # Completed nearly all the time; the word CrashLoopBackOff comes at the end, for 0.1 to 0.2 s
        assert "Completed" in statuses
        assert statuses <= {"Completed", "CrashLoopBackOff", "Running"}
        only = answers_between(one, moments(healing)["died"], moments(healing)["restarted"])
        assert only == {uid[other]}
        await one.until_says(rf"{victim} 1/1 Running 2 \(\d+s ago\)", "answers again")
        await one.until(lambda: not one.episode("healing").open, "it is whole again")
        assert "next restart after 20–30 s" in one.episode("healing").tail


async def test_a_stubborn_process_is_killed_by_the_signal_that_it_handles(space: Space, screen: Open) -> None:
    """Python as PID 1 without a SIGTERM handler: the lesson's killall returns 0 and nothing dies."""
    await space.lesson(image="registry.local/stubborn:1")
    async with screen() as one:
        await one.until_headline(WELL)
        victim = min(one.names())
        await space.kubectl("exec", victim, "--", "bash", "-c", "killall python3")
        assert one.cells(victim)[2] == "0"
        await one.kill(victim)
        await one.until_says(r"you killed \w+ \(SIGINT\): died", rf"{victim} 1/1 Running 1 ", within=30)


async def test_a_pod_that_is_deleted_is_replaced_by_another_one(space: Space, screen: Open) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline(WELL)
        victim, other = sorted(one.names())
        await one.select(victim)
        await one.fault("D", re.escape(victim))
        await one.until(lambda: one.episode("deletion"), "the deletion is told")
        await one.until(lambda: victim not in one.names(), "it is gone")
        assert one.row(victim) is not None, "it stays greyed for 10 s"
        await one.until(lambda: len(one.names(ready=True)) == 2, "another one is ready")
        assert other in one.names()
        await one.until(lambda: not one.episode("deletion").open, "the deletion is over")
        assert re.match(r"you deleted \w+: another experiment", one.episode("deletion").title)
        await one.until(lambda: one.row(victim) is None, "after 10 s its row is gone")
        await one.until_headline(ALL_WELL)
        assert one.names() == set(await space.table())


async def test_a_rolling_update_marks_old_and_new_pods(space: Space, screen: Open) -> None:
    """The lesson's patch of step 13."""
    await space.lesson(bare=True, grace=3)
    async with screen() as one:
        await one.until_headline(WELL)
        old = one.names()
        assert not any(r.generation for r in one.view.pods)
        patch = '[{"op": "add", "path": "/spec/template/spec/containers/0/resources", "value": {"requests": {"memory": "100Mi", "cpu": "100m"}}}]'
        await space.kubectl("patch", "deployment", NAME, "--type=json", f"-p={patch}")
        marks: dict[str, set[str]] = {}

        def rolled() -> bool:
            for r in one.view.pods:
                marks.setdefault(r.pod.name, set()).add(r.generation)
            return len(marks) >= 4 and len(one.names(ready=True)) == 2 and not one.names() & old

        await one.until(rolled, "two new pods instead of the two old ones")
        assert all("old" in marks[name] and "new" not in marks[name] for name in old)
        assert all("new" in marks[name] and "old" not in marks[name] for name in set(marks) - old)
        await one.until(lambda: not one.episode("rollout").open, "the rollout is over")
        await one.until(lambda: not any(r.generation for r in one.view.pods), "no marks are left")
        await one.until_headline(ALL_WELL)
        assert any(h.startswith("ROLLING OUT") for h in one.headlines)
        assert one.names() == set(await space.table())
