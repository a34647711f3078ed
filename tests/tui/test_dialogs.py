from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.tui.conftest import FakeActs, Stage
from textual.content import Content
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button, Input, OptionList, Static

from k8s_watch.model.ports import BurstPlan, Decision, Forbidden, TargetChoice
from k8s_watch.settings import log_file
from k8s_watch.tui.burst_dialog import BurstDialog, plan_of
from k8s_watch.tui.confirm import ConfirmScreen
from k8s_watch.tui.help_screen import HelpScreen, draw_keys, draw_signs
from k8s_watch.tui.keys import KEYS
from k8s_watch.tui.look import use_ascii
from k8s_watch.tui.picker import Picker, draw_choice

HURTS = Decision(True, True, "Kill the main process in prod: shop/[/]web-1", "It is the last ready pod.")


async def asked(stage: Stage, pilot: Pilot[int], screen: Screen[Any]) -> list[Any]:
    """Push the screen; what it answers comes into the list."""
    answers: list[Any] = []
    stage.app.push_screen(screen, answers.append)
    await pilot.pause()
    return answers


def words(screen: Screen[Any]) -> str:
    found = [static.content for static in screen.query(Static)]
    return "\n".join(content.plain for content in found if isinstance(content, Content))


@pytest.mark.parametrize(
    ("keys", "answer"),
    [(["y"], True), (["enter"], False), (["escape"], False), (["n"], False), (["tab", "enter"], True)],
)
async def test_only_y_or_its_button_goes_on(
    stage: Callable[..., Stage], keys: list[str], answer: bool
) -> None:
    made = stage("calm")
    async with made.app.run_test(size=(80, 24)) as pilot:
        answers = await asked(made, pilot, ConfirmScreen(HURTS))
        await pilot.press(*keys)
        await pilot.pause()
        assert answers == [answer]


async def test_the_question_names_the_target_and_cancel_has_the_focus(stage: Callable[..., Stage]) -> None:
    made = stage("calm")
    async with made.app.run_test(size=(80, 24)) as pilot:
        await asked(made, pilot, ConfirmScreen(HURTS))
        assert "Kill the main process in prod: shop/[/]web-1" in words(made.app.screen)
        assert "It is the last ready pod." in words(made.app.screen)
        assert made.app.focused is made.app.screen.query_one("#cancel", Button)


async def test_other_keys_do_nothing_in_the_question(stage: Callable[..., Stage]) -> None:
    made = stage("calm")
    async with made.app.run_test(size=(80, 24)) as pilot:
        answers = await asked(made, pilot, ConfirmScreen(HURTS))
        await pilot.press("k", "b", "x", "space", "Y")
        assert answers in ([], [False])  # space presses Cancel
        assert made.acts.done == []


async def test_the_burst_starts_with_what_was_typed(stage: Callable[..., Stage]) -> None:
    made = stage("calm")
    async with made.app.run_test(size=(80, 24)) as pilot:
        answers = await asked(made, pilot, BurstDialog())
        field = made.app.screen.query_one("#requests", Input)
        assert made.app.focused is field
        field.value = "500"
        made.app.screen.query_one("#seconds", Input).value = "2.5"
        await pilot.press("enter")
        await pilot.pause()
        assert answers == [BurstPlan(500, 50, 2.5)]


async def test_a_bad_number_is_said_and_starts_nothing(stage: Callable[..., Stage]) -> None:
    made = stage("calm")
    async with made.app.run_test(size=(80, 24)) as pilot:
        answers = await asked(made, pilot, BurstDialog())
        made.app.screen.query_one("#requests", Input).value = "many"
        await pilot.press("enter")
        await pilot.pause()
        assert answers == []
        assert "“Requests, at least” must be a whole number." in words(made.app.screen)
        await pilot.press("escape")
        await pilot.pause()
        assert answers == [None]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("10000", "50", "30"), BurstPlan()),
        (("10,000", "50", "0"), BurstPlan(10_000, 50, 0.0)),
        (("0", "50", "30"), "“Requests, at least” must be between 1 and 10,000,000."),
        (("10", "0", "30"), "“At once” must be between 1 and 1,000."),
        (("10", "5", "-1"), "“Seconds, at least” must be between 0 and 3,600."),
        (("10", "5", "nan"), "“Seconds, at least” must be between 0 and 3,600."),
        (("10", "5", "inf"), "“Seconds, at least” must be between 0 and 3,600."),
        (("10", "5", ""), "“Seconds, at least” must be a number."),
        (("10", "5.5", "1"), "“At once” must be a whole number."),
        (("١٠", "5", "1"), "“Requests, at least” must be a whole number."),
        (("10", "50", "1"), "There can't be more at once than requests."),
    ],
)
def test_a_plan_is_checked_with_sentences(texts: tuple[str, str, str], said: object) -> None:
    assert plan_of(dict(zip(("requests", "concurrency", "seconds"), texts, strict=True))) == said


class Clusters(FakeActs):
    """Two contexts; the second one forbids."""

    def contexts(self) -> list[str]:
        return ["kind-kind", "prod[/]"]

    async def choices(self, context: str = "") -> list[TargetChoice]:
        if context:
            raise Forbidden("You may not list deployments in prod.")
        return [
            TargetChoice("kind-kind", "default", "hello-world-flask", 2, 2, "HPA"),
            TargetChoice("kind-kind", "kube-system", "coredns", 1, 2),
            TargetChoice("kind-kind", "shop", "[/]cart", 0, 0),
        ]


async def picking(made: Stage, pilot: Pilot[int]) -> list[TargetChoice | None]:
    answers = await asked(made, pilot, Picker(made.acts))
    await pilot.pause()
    return answers


async def test_the_picker_offers_what_can_be_watched_and_takes_the_first(stage: Callable[..., Stage]) -> None:
    made = stage("calm", acts=Clusters())
    async with made.app.run_test(size=(80, 24)) as pilot:
        answers = await picking(made, pilot)
        assert made.app.screen.query_one(OptionList).option_count == 3
        await pilot.press("enter")
        await pilot.pause()
        assert [answer and answer.deployment for answer in answers] == ["hello-world-flask"]
        await until(lambda: [what[0] for what in made.acts.done] == ["retarget"], pilot)


async def until(true: Callable[[], bool], pilot: Pilot[int]) -> None:
    async with asyncio.timeout(3):
        while not true():
            await pilot.pause(0.01)


async def test_typing_filters_and_the_arrows_move(stage: Callable[..., Stage]) -> None:
    made = stage("calm", acts=Clusters())
    async with made.app.run_test(size=(80, 24)) as pilot:
        answers = await picking(made, pilot)
        await pilot.press(*"s")  # in all three names or namespaces but default's "hello-world-flask" too
        await pilot.press("down", "down", "up", "enter")
        await pilot.pause()
        assert answers[0] is not None
        assert answers[0].deployment == "coredns"


async def test_a_filter_that_nothing_matches_says_so(stage: Callable[..., Stage]) -> None:
    made = stage("calm", acts=Clusters())
    async with made.app.run_test(size=(80, 24)) as pilot:
        answers = await picking(made, pilot)
        await pilot.press(*"zzz", "enter")
        await pilot.pause()
        assert answers == []
        assert "None of the 3 matches." in words(made.app.screen)


async def test_tab_asks_the_next_context_and_an_error_is_a_sentence(stage: Callable[..., Stage]) -> None:
    made = stage("calm", acts=Clusters())
    async with made.app.run_test(size=(80, 24)) as pilot:
        answers = await picking(made, pilot)
        await pilot.press("tab")
        await until(lambda: "You may not list deployments in prod." in words(made.app.screen), pilot)
        assert "prod[/]" in words(made.app.screen)
        await pilot.press("enter")
        await pilot.press("tab")
        await until(lambda: made.app.screen.query_one(OptionList).option_count == 3, pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert answers == [None]


async def test_while_the_cluster_is_asked_the_picker_says_so(stage: Callable[..., Stage]) -> None:
    class Slow(FakeActs):
        async def choices(self, context: str = "") -> list[TargetChoice]:
            await asyncio.Event().wait()
            return []

    made = stage("calm", acts=Slow())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await picking(made, pilot)
        assert "Asking lab …" in words(made.app.screen)
        await pilot.press("escape")


def test_a_choice_says_how_many_are_ready() -> None:
    assert (
        draw_choice(TargetChoice("c", "shop", "cart", 1, 2, "HPA"), 12).plain
        == "shop/cart     1 of 2 ready  · HPA"
    )


async def test_help_tells_every_key_the_signs_and_the_log_file(stage: Callable[..., Stage]) -> None:
    made = stage("calm")
    async with made.app.run_test(size=(120, 50)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(made.app.screen, HelpScreen)
        told = " ".join(words(made.app.screen).split())
        for key in KEYS:
            assert key.tooltip in told
        assert str(log_file()) in told
        await pilot.press("question_mark")
        await pilot.pause()
        assert not isinstance(made.app.screen, HelpScreen)


async def test_help_tells_the_labs_kubeconfig(stage: Callable[..., Stage]) -> None:
    made = stage("calm", kubeconfig="/run/lab/kubeconfig")
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert "export KUBECONFIG=/run/lab/kubeconfig" in words(made.app.screen)


def test_help_has_a_line_for_each_key_and_each_mark_of_the_charts() -> None:
    assert len(draw_keys(KEYS)) == len(KEYS) + 2
    told = "\n".join(line.plain for line in draw_signs())
    assert all(f" {letter}  " in told for letter in "KDBE?")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 36), (200, 50)])
async def test_every_dialogue_fits_the_screen(stage: Callable[..., Stage], size: tuple[int, int]) -> None:
    made = stage("calm", acts=Clusters())
    async with made.app.run_test(size=size) as pilot:
        for screen in (ConfirmScreen(HURTS), BurstDialog(), Picker(made.acts), HelpScreen(KEYS, "/x")):
            made.app.push_screen(screen)
            await pilot.pause()
            box = made.app.screen.query_one(".dialog")
            assert made.app.screen.region.contains_region(box.region), (size, screen)
            buttons = made.app.screen.query(Button)
            assert all(made.app.screen.region.contains_region(button.region) for button in buttons)
            made.app.pop_screen()
            await pilot.pause()


def test_the_signs_are_plain_where_the_terminal_has_no_more() -> None:
    use_ascii(True)
    try:
        assert "\n".join(line.plain for line in draw_signs()).isascii()
    finally:
        use_ascii(False)


async def test_help_wraps_to_its_own_width_and_no_further(stage: Callable[..., Stage]) -> None:
    made = stage("calm")
    for size in ((60, 16), (80, 24), (120, 36), (200, 50)):
        async with made.app.run_test(size=size) as pilot:
            await pilot.press("question_mark")
            await pilot.pause()
            for name in ("#help-keys", "#help-signs", "#help-places"):
                place = made.app.screen.query_one(name, Static)
                content = place.content
                assert isinstance(content, Content)
                assert content.get_height({}, place.size.width) == len(content.split("\n")), (size, name)
        made = stage("calm")


async def test_an_unexpected_failure_of_the_picker_is_a_sentence(stage: Callable[..., Stage]) -> None:
    class Broken(FakeActs):
        async def choices(self, context: str = "") -> list[TargetChoice]:
            raise RuntimeError("boom")

    made = stage("calm", acts=Broken())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await picking(made, pilot)
        await until(lambda: "did not expect" in words(made.app.screen), pilot)
