"""The dashboard's keys, pressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.widgets import Input, Static

from k8s_watch.model.ports import BurstPlan, Decision, Refused
from k8s_watch.tui.confirm import ConfirmScreen
from k8s_watch.tui.dashboard import Dashboard
from k8s_watch.tui.footer import KeysLine
from k8s_watch.tui.header import Header
from k8s_watch.tui.help_screen import HelpScreen
from k8s_watch.tui.keys import KEYS
from k8s_watch.tui.picker import Picker
from k8s_watch.tui.pod_screen import PodScreen
from k8s_watch.tui.pod_table import PodTable

Make = Callable[..., Any]
WIDE = (120, 36)


def saved(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_k_kills_the_selected_pod(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("down", "k")
        await one.app.workers.wait_for_complete()
    assert one.acts.done == [("kill", one.view.pods[1].pod.uid)]


async def test_a_process_that_lives_on_makes_the_screen_propose_the_deletion(stage: Make) -> None:
    one = stage("calm")
    first = one.view.pods[0]
    alive = replace(first.pod, containers=(replace(first.pod.containers[0], container_id="containerd://1"),))
    one.view = replace(one.view, pods=(replace(first, pod=alive), one.view.pods[1]))
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("k")
        await one.app.workers.wait_for_complete()
        await pilot.pause()
        assert [notice.message[:18] for notice in one.app._notifications] == ["It is still alive."]
        await pilot.press("D")
        await one.app.workers.wait_for_complete()
    assert one.acts.done == [("kill", first.pod.uid), ("delete", first.pod.uid)]


async def test_a_pod_that_is_gone_is_not_killed(stage: Make) -> None:
    one = stage("shrinking")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("end", "k")
        await pilot.pause()
    assert one.acts.done == []


async def test_an_act_that_cannot_be_done_becomes_a_notice(stage: Make) -> None:
    one = stage("calm")
    one.acts.wrong = Refused("[/] not here")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("k")
        await one.app.workers.wait_for_complete()
        await pilot.pause()
        assert [notice.message for notice in one.app._notifications] == ["[/] not here"]


async def test_b_starts_a_burst_and_b_again_stops_it(stage: Make, views: Any) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("b")
        await one.app.workers.wait_for_complete()
        one.show(views["scaling"]())
        await pilot.pause(0.1)
        await pilot.press("b")
        await one.app.workers.wait_for_complete()
    assert one.acts.done == [("burst", BurstPlan()), ("stop",)]


async def test_b_goes_by_what_is_true_and_not_by_what_is_still_painted(stage: Make, views: Any) -> None:
    one = stage("scaling")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        one.view = views["calm"]()  # the burst has just ended
        await pilot.press("b")
        await one.app.workers.wait_for_complete()
    assert one.acts.done == [("burst", BurstPlan())]


async def test_x_stops_everything(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("x")
        await one.app.workers.wait_for_complete()
    assert one.acts.done == [("stop",)]


async def test_q_stops_a_running_burst_before_it_leaves(stage: Make) -> None:
    one = stage("scaling")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("q")
        await pilot.pause()
    assert one.acts.done == [("stop",)]
    assert one.app.return_value == 0


async def test_the_selection_stays_on_its_pod_when_rows_come_and_go(stage: Make, views: Any) -> None:
    one = stage("scaling")
    async with one.app.run_test(size=WIDE) as pilot:
        table = one.app.screen.query_one(PodTable)
        await pilot.press("down", "down")
        third = one.view.pods[2].pod.uid
        assert table.selected == third
        one.show(replace(one.view, pods=one.view.pods[1:]))
        await pilot.pause(0.1)
        assert table.selected == third
        one.show(replace(one.view, pods=(one.view.pods[0],)))
        await pilot.pause(0.1)
        assert table.selected == one.view.pods[0].pod.uid


async def test_the_selection_follows_its_pod_through_the_orders(stage: Make) -> None:
    one = stage("scaling")
    async with one.app.run_test(size=WIDE) as pilot:
        table = one.app.screen.query_one(PodTable)
        await pilot.press("down")
        chosen = table.selected
        for _turn in range(5):
            await pilot.press("o")
            assert table.selected == chosen
        assert table.order == "oldest"


async def test_the_filter_narrows_as_letters_are_typed_and_escape_ends_it(stage: Make) -> None:
    one = stage("scaling")
    async with one.app.run_test(size=WIDE) as pilot:
        table = one.app.screen.query_one(PodTable)
        await pilot.press("slash", *"kk8")
        assert [row.pod.name[-5:] for row in table.rows] == ["kk8ld"]
        assert one.acts.done == []  # k was a letter
        await pilot.press("enter")
        assert table.has_focus
        assert one.app.screen.query_one("#filter", Input).display
        await pilot.press("escape")
        assert len(table.rows) == 4
        assert not one.app.screen.query_one("#filter", Input).display


async def test_another_target_begins_without_the_old_filter(stage: Make) -> None:
    one = stage("scaling")
    async with one.app.run_test(size=WIDE) as pilot:
        table = one.app.screen.query_one(PodTable)
        await pilot.press("slash", *"kk8", "enter")
        one.show(replace(one.view, target=replace(one.view.target, deployment="other")))
        await pilot.pause(0.1)
        assert len(table.rows) == 4
        assert not one.app.screen.query_one("#filter", Input).display


async def test_a_click_on_a_key_in_the_footer_does_what_the_key_does(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        line = one.app.screen.query_one(KeysLine)._drawn[0].plain
        await pilot.click(KeysLine, offset=(line.index("stop all"), 0))
        await one.app.workers.wait_for_complete()
        assert one.acts.done == [("stop",)]
        await pilot.click(KeysLine, offset=(line.index("one panel"), 0))
        assert one.app.screen.has_class("-one")


async def test_a_click_selects_a_pod_and_a_double_click_opens_it(stage: Make) -> None:
    one = stage("scaling")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        table = one.app.screen.query_one(PodTable)
        await pilot.click(PodTable, offset=(10, 3))
        assert table.selected == one.view.pods[2].pod.uid
        await pilot.click(PodTable, offset=(10, 2), times=2)
        await pilot.pause()
        assert isinstance(one.app.screen, PodScreen)


async def test_ctrl_q_stops_the_burst_as_q_does_and_ctrl_c_leaves_nothing(stage: Make) -> None:
    one = stage("scaling")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("ctrl+c")
        assert one.app.is_running
        await pilot.press("ctrl+q")
        await pilot.pause()
    assert one.acts.done == [("stop",)]


async def test_space_keeps_the_picture_while_the_watching_goes_on(stage: Make, views: Any) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE) as pilot:
        table = one.app.screen.query_one(PodTable)
        await pilot.press("space")
        one.show(views["scaling"]())
        await pilot.pause(0.1)
        assert len(table.rows) == 2
        assert one.app.view.ready == 2
        assert len(one.app.view.pods) == 4
        assert "FROZEN since 17:27:44" in one.app.screen.query_one(Header)._drawn[0].plain
        await pilot.press("space")
        assert len(table.rows) == 4
        assert "FROZEN" not in one.app.screen.query_one(Header)._drawn[0].plain


async def test_a_number_gives_one_panel_the_screen_and_again_gives_it_back(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=(80, 24)) as pilot:
        screen = one.app.screen
        assert not screen.query_one("#cpu").display
        await pilot.press("3")
        assert [panel.id for panel in screen.query(".panel") if panel.display] == ["cpu"]
        await pilot.press("5")
        assert [panel.id for panel in screen.query(".panel") if panel.display] == ["story"]
        await pilot.press("5")
        assert [panel.id for panel in screen.query(".panel") if panel.display] == ["pods", "answers", "story"]


async def test_t_goes_through_the_themes(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE) as pilot:
        seen = [one.app.theme]
        for _turn in range(4):
            await pilot.press("t")
            seen.append(one.app.theme)
    assert seen == ["k8s-dark", "k8s-light", "k8s-contrast", "k8s-ansi", "k8s-dark"]


async def test_s_saves_a_picture_and_says_where(stage: Make, tmp_path: Path) -> None:
    one = stage("calm", screenshots=tmp_path)
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("s")
        await pilot.pause()
        said = [notice.message for notice in one.app._notifications]
    assert said == [f"Saved as {tmp_path / 'k8s-watch-20260725-172744.svg'}"]
    assert said[0].removeprefix("Saved as ") in map(str, saved(tmp_path))


async def test_a_folder_that_cannot_be_written_is_said(stage: Make, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    one = stage("calm", screenshots=blocked)
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("s")
        await pilot.pause()
        assert one.app._notifications
        assert one.app.is_running


async def test_a_terminal_that_is_too_small_says_so(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=(59, 15)) as pilot:
        assert one.app.screen.query_one("#too-small").display
        assert not one.app.screen.query_one("#panels").display
        await pilot.resize_terminal(60, 16)
        await pilot.pause()
        assert not one.app.screen.query_one("#too-small").display


async def test_the_palette_offers_what_the_keys_do(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE):
        offered = list(one.app.get_system_commands(one.app.screen))
    assert [command.title for command in offered] == [key.description for key in KEYS]


async def test_the_palette_opens_finds_and_does(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        await pilot.press(*"stop all")
        await pilot.pause(0.3)
        await pilot.press("enter")
        for _turn in range(20):
            await pilot.pause(0.05)
            if one.acts.done:
                break
    assert one.acts.done == [("stop",)]


def test_every_key_has_an_id_a_tooltip_and_an_action() -> None:
    assert len({key.id for key in KEYS}) == len(KEYS)
    assert sum(key.show for key in KEYS) <= 8
    for key in KEYS:
        assert key.tooltip
        assert not key.system


async def test_every_action_exists(stage: Make) -> None:
    one = stage("calm")
    for key in KEYS:
        name = key.action.split("(")[0]
        owner = one.app if name.startswith("app.") else Dashboard
        assert hasattr(owner, f"action_{name.removeprefix('app.')}"), name


async def test_outside_a_lab_a_dialogue_names_the_target_and_cancel_is_the_default(stage: Make) -> None:
    one = stage("calm")
    one.acts.decision = Decision(True, ask=True, sentence="Kill 2xz7w in production?")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("k")
        await pilot.pause()
        assert isinstance(one.app.screen, ConfirmScreen)
        assert "Kill 2xz7w in production?" in str(one.app.screen.query(Static).first().visual)
        await pilot.press("enter")
        await one.app.workers.wait_for_complete()
        assert one.acts.done == []
        await pilot.press("k")
        await pilot.pause()
        await pilot.press("y")
        await one.app.workers.wait_for_complete()
    assert one.acts.done == [("kill", one.view.pods[0].pod.uid)]


async def test_the_last_ready_pod_asks_twice(stage: Make) -> None:
    one = stage("calm")
    one.acts.decision = Decision(True, ask=True, sentence="Kill 2xz7w?", warning="The last one.", twice=True)
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("k")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert "Once more: Kill 2xz7w?" in str(one.app.screen.query(Static).first().visual)
        assert one.acts.done == []
        await pilot.press("y")
        await one.app.workers.wait_for_complete()
    assert len(one.acts.done) == 1


async def test_what_the_gate_refuses_is_told_and_not_done(stage: Make) -> None:
    one = stage("calm")
    one.acts.decision = Decision(False, sentence="This is not a local cluster: --allow-faults")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("k", "b")
        await one.app.workers.wait_for_complete()
        await pilot.pause()
        said = {notice.message for notice in one.app._notifications}
    assert one.acts.done == []
    assert said == {"This is not a local cluster: --allow-faults"}


async def test_a_warning_is_told_and_the_act_done(stage: Make) -> None:
    one = stage("calm")
    one.acts.decision = Decision(True, warning="The restart will be held back for 10 to 15 s.")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("k")
        await one.app.workers.wait_for_complete()
        await pilot.pause()
        said = [notice.message for notice in one.app._notifications]
    assert said == ["The restart will be held back for 10 to 15 s."]
    assert len(one.acts.done) == 1


async def test_an_unexpected_failure_leaves_the_app_running(stage: Make) -> None:
    one = stage("calm")
    one.acts.wrong = ZeroDivisionError("oh")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("k")
        await one.app.workers.wait_for_complete()
        await pilot.pause()
        assert "k8s-watch.log" in next(iter(one.app._notifications)).message
        assert one.app.is_running


async def test_enter_opens_the_selected_pod_with_its_picture_and_escape_comes_back(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        assert isinstance(one.app.screen, PodScreen)
        assert one.app.screen._row is one.view.pods[1]
        await pilot.press("escape")
        assert isinstance(one.app.screen, Dashboard)


async def test_question_mark_and_shift_t_open_help_and_the_picker(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("question_mark")
        assert isinstance(one.app.screen, HelpScreen)
        await pilot.press("escape", "T")
        await pilot.pause()
        assert isinstance(one.app.screen, Picker)
        await pilot.press("enter")
        await one.app.workers.wait_for_complete()
        await pilot.pause()
    assert [what for what, *_rest in one.acts.done] == ["retarget"]


async def test_shift_b_sets_the_burst_and_b_repeats_it(stage: Make) -> None:
    one = stage("calm")
    async with one.app.run_test(size=WIDE) as pilot:
        await pilot.press("B")
        await pilot.pause()
        await pilot.press("ctrl+u", *"500", "enter")
        await one.app.workers.wait_for_complete()
        await pilot.press("b")
        await one.app.workers.wait_for_complete()
    assert one.acts.done == [("burst", BurstPlan(requests=500))] * 2
    assert [plan for _act, _uid, plan in one.acts.asked] == [BurstPlan(requests=500)] * 2
