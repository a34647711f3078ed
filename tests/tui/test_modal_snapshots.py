"""The screens over the dashboard, pixel by pixel; look at each new picture before it is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import plotext  # noqa: F401  imported here, so that no chart waits for it
import pytest
from tests.tui.conftest import WALL, Stage, healing_view, killed
from textual.pilot import Pilot
from textual.screen import Screen

from k8s_watch.model.objects import Condition, Event, Probe
from k8s_watch.model.ports import Decision
from k8s_watch.model.view import View
from k8s_watch.tui.burst_dialog import BurstDialog
from k8s_watch.tui.confirm import ConfirmScreen
from k8s_watch.tui.picker import Picker
from k8s_watch.tui.pod_screen import PodScreen

Make = Callable[..., Stage]
Compare = Callable[..., bool]
SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=lambda size: "{}x{}".format(*size))


def dead_view() -> View:
    """The killed pod with all that can be told about one."""
    row = killed(0)
    why = ("ContainersNotReady", "containers with unready status: [hello-world-flask]")
    conditions = (
        Condition("PodScheduled", "True", since=WALL - 218),
        Condition("Initialized", "True", since=WALL - 217),
        Condition("ContainersReady", "False", *why, since=WALL - 2),
        Condition("Ready", "False", *why, since=WALL - 2),
    )
    main = replace(
        row.pod.containers[0],
        image="lyzhang1999/hello-world-flask:latest",
        probes=(Probe("readiness", "http-get :5000/", 3),),
    )
    events = (
        Event("1", "Normal", "Started", "Container started", object_uid=row.pod.uid, last=WALL - 216),
        Event("2", "Warning", "BackOff", "Back-off restarting failed container", object_uid=row.pod.uid, count=4, last=WALL - 5),
    )  # fmt: skip
    pod = replace(row.pod, conditions=conditions, containers=(main,), ip="10.244.0.12")
    base = healing_view()
    return replace(base, pods=(replace(row, pod=pod), base.pods[1]), events=events)


def over(stage: Stage, screen: Screen[Any]) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Pushes the screen and gives it the picture."""

    async def push(pilot: Pilot[Any]) -> None:
        stage.app.push_screen(screen)
        await pilot.pause()
        stage.show(stage.view)
        for _turn in range(4):
            await pilot.pause(0.02)

    return push


@SIZES
def test_a_pod(snap_compare: Compare, stage: Make, size: tuple[int, int]) -> None:
    made = stage(dead_view())
    screen = PodScreen(killed(0).pod.uid, made.acts)
    assert snap_compare(made.app, run_before=over(made, screen), terminal_size=size)


@SIZES
def test_the_question(snap_compare: Compare, stage: Make, size: tuple[int, int]) -> None:
    made = stage("calm", theme="light")
    decision = Decision(True, True, "Kill the main process in prod: shop/web-1", "It is the last ready pod.")
    assert snap_compare(made.app, run_before=over(made, ConfirmScreen(decision)), terminal_size=size)


def test_the_bursts_settings(snap_compare: Compare, stage: Make) -> None:
    made = stage("calm")
    assert snap_compare(made.app, run_before=over(made, BurstDialog()), terminal_size=(80, 24))


def test_the_picker(snap_compare: Compare, stage: Make) -> None:
    made = stage("calm", theme="light")
    assert snap_compare(made.app, run_before=over(made, Picker(made.acts)), terminal_size=(80, 24))
