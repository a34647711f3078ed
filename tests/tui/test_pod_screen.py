from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tui.conftest import NOW, WALL, FakeActs, Stage, calm_view, killed, pod, row
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Static

from k8s_watch.model.objects import Condition, Container, ContainerState, Event, Pod, Probe
from k8s_watch.model.ports import Unreachable
from k8s_watch.model.view import View
from k8s_watch.tui import pod_words
from k8s_watch.tui.log_view import KEPT, LogView
from k8s_watch.tui.pod_screen import PodScreen, draw_about, draw_happened, lay_out
from k8s_watch.tui.requests import Kill

UID = row(0).pod.uid
HOSTILE = "[/][@click=app.quit]x[/] [red]\x1b]0;owned\x07\x9b31m\u202e"


class Tail(FakeActs):
    """A log that a test writes."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        self.asked: list[tuple[str, str]] = []

    async def log(self, pod_uid: str, container: str) -> AsyncIterator[str]:
        self.asked.append((pod_uid, container))
        while (line := await self.lines.get()) is not None:
            if isinstance(line, Exception):
                raise line
            yield line


def view(*, events: tuple[Event, ...] = (), **changes: object) -> View:
    base = calm_view()
    first = replace(base.pods[0], **changes)  # type: ignore[arg-type]
    return replace(base, pods=(first, base.pods[1]), events=events)


async def opened(stage: Stage, pilot: Pilot[int]) -> PodScreen:
    stage.app.push_screen(PodScreen(UID, stage.acts))
    await pilot.pause()
    stage.show(stage.view)
    await pilot.pause()
    screen = stage.app.screen
    assert isinstance(screen, PodScreen)
    return screen


def text(screen: PodScreen) -> str:
    found = [screen.query_one(name, Static).content for name in ("#pod-text", "#pod-more")]
    return "\n".join(content.plain for content in found if isinstance(content, Content))


async def until(true: Callable[[], bool], pilot: Pilot[int]) -> None:
    async with asyncio.timeout(3):
        while not true():
            await pilot.pause(0.01)


async def test_a_pod_is_shown_with_its_container_and_its_log(stage: Callable[..., Stage]) -> None:
    acts = Tail()
    made = stage(view(), acts=acts)
    async with made.app.run_test(size=(120, 36)) as pilot:
        screen = await opened(made, pilot)
        assert "hello-world-flask" in text(screen)
        assert "running for 3m38s" in text(screen)
        for n in range(3):
            acts.lines.put_nowait(f"GET {n}")
        log = screen.query_one(LogView)
        await until(lambda: log.text == ["GET 0", "GET 1", "GET 2"], pilot)
        assert acts.asked == [(UID, "hello-world-flask")]


async def test_the_details_follow_the_pod_as_it_dies(stage: Callable[..., Stage]) -> None:
    made = stage(view())
    async with made.app.run_test(size=(120, 36)) as pilot:
        screen = await opened(made, pilot)
        dead = killed(0)
        made.show(replace(made.view, pods=(dead,)))
        await until(lambda: "ended: exit code 0 (Completed)" in text(screen), pilot)
        assert "restart held back: 8 s to 13 s from now" in text(screen)
        assert "1 restart" in text(screen)


async def test_what_is_under_way_is_told_here_too(stage: Callable[..., Stage]) -> None:
    made = stage(replace(view(), acts=("killing 2xz7w: SIGINT sent",)))
    async with made.app.run_test(size=(80, 24)) as pilot:
        assert "killing 2xz7w: SIGINT sent" in text(await opened(made, pilot))


async def test_a_pod_that_is_gone_says_so_and_keeps_what_was_known(stage: Callable[..., Stage]) -> None:
    made = stage(view())
    async with made.app.run_test(size=(120, 36)) as pilot:
        screen = await opened(made, pilot)
        made.show(replace(made.view, pods=()))
        await until(lambda: "This pod has been gone for" in text(screen), pilot)
        assert "node-1" in text(screen)


async def test_a_restart_is_marked_in_the_log_and_the_new_log_is_read_at_once(
    stage: Callable[..., Stage],
) -> None:
    acts = Tail()
    first = pod(row(0).pod.name, restarts=0)
    main = replace(first.containers[0], container_id="run-1")
    made = stage(view(pod=replace(first, containers=(main,))), acts=acts)
    async with made.app.run_test(size=(120, 36)) as pilot:
        screen = await opened(made, pilot)
        log = screen.query_one(LogView)
        acts.lines.put_nowait("old")
        acts.lines.put_nowait(None)
        await until(lambda: log.text == ["old"] and "ended" in str(log.border_title), pilot)
        again = replace(first, containers=(replace(main, container_id="run-2"),))
        made.show(view(pod=again))
        acts.lines.put_nowait("new")
        await until(lambda: log.text == ["old", "--- restarted ---", "new"], pilot)


async def test_a_log_that_cannot_be_read_says_why(stage: Callable[..., Stage]) -> None:
    acts = Tail()
    made = stage(view(), acts=acts)
    async with made.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(made, pilot)
        acts.lines.put_nowait(Unreachable("no answer [/] from the API server"))
        await until(lambda: "no answer" in str(screen.query_one(LogView).border_title), pilot)


async def test_an_unexpected_failure_of_the_log_is_told_with_the_file_that_has_it(
    stage: Callable[..., Stage],
) -> None:
    acts = Tail()
    made = stage(view(), acts=acts)
    async with made.app.run_test(size=(120, 24)) as pilot:
        screen = await opened(made, pilot)
        acts.lines.put_nowait(RuntimeError("boom"))
        await until(lambda: "k8s-watch.log" in str(screen.query_one(LogView).border_title), pilot)


async def test_k_asks_for_the_death_of_this_pod(stage: Callable[..., Stage]) -> None:
    made = stage(view())
    async with made.app.run_test(size=(120, 36)) as pilot:
        await opened(made, pilot)
        await pilot.press("k")
        await until(lambda: made.acts.done == [("kill", UID)], pilot)
        assert Kill(UID).pod_uid == UID


async def test_escape_leads_back(stage: Callable[..., Stage]) -> None:
    made = stage(view())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await opened(made, pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(made.app.screen, PodScreen)


async def test_c_shows_the_next_containers_log(stage: Callable[..., Stage]) -> None:
    acts = Tail()
    two = replace(row(0).pod, containers=(Container("web", known=True), Container("proxy", known=True)))
    made = stage(view(pod=two), acts=acts)
    async with made.app.run_test(size=(80, 24)) as pilot:
        await opened(made, pilot)
        await until(lambda: acts.asked == [(UID, "web")], pilot)
        await pilot.press("c")
        await until(lambda: acts.asked[-1] == (UID, "proxy"), pilot)


async def test_a_flood_of_log_lines_keeps_the_last_ones(stage: Callable[..., Stage]) -> None:
    acts = Tail()
    for n in range(5 * KEPT):
        acts.lines.put_nowait(f"line {n}")
    made = stage(view(), acts=acts)
    async with made.app.run_test(size=(120, 36)) as pilot:
        screen = await opened(made, pilot)
        log = screen.query_one(LogView)
        await until(lambda: log.text[-1:] == [f"line {5 * KEPT - 1}"], pilot)
        assert len(log.text) == KEPT
        assert log.scroll_offset.y == log.max_scroll_y


async def test_who_scrolled_up_in_the_log_stays_there(stage: Callable[..., Stage]) -> None:
    acts = Tail()
    made = stage(view(), acts=acts)
    async with made.app.run_test(size=(120, 36)) as pilot:
        screen = await opened(made, pilot)
        log = screen.query_one(LogView)
        log.write(f"line {n}" for n in range(200))
        await pilot.pause()
        log.scroll_to(y=10, animate=False)
        await pilot.pause()
        log.write(["one more"])
        await pilot.pause()
        assert log.scroll_offset.y == 10


async def test_hostile_text_harms_neither_details_nor_log(stage: Callable[..., Stage]) -> None:
    acts = Tail()
    state = ContainerState("waiting", HOSTILE, HOSTILE)
    bad = Container(HOSTILE, HOSTILE, known=True, state=state, probes=(Probe("liveness", HOSTILE),))
    hostile = replace(
        row(0).pod,
        name=HOSTILE,
        containers=(bad,),
        conditions=(Condition(HOSTILE, "False", HOSTILE, HOSTILE),),
    )
    said = Event("e", "Warning", HOSTILE, HOSTILE, object_uid=UID, last=WALL - 3)
    made = stage(view(events=(said,), pod=hostile), acts=acts)
    async with made.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(made, pilot)
        acts.lines.put_nowait(HOSTILE)
        await until(lambda: screen.query_one(LogView).text == [HOSTILE], pilot)
        assert "[@click=app.quit]" in text(screen)
        svg = made.app.export_screenshot()
        assert "\x1b" not in svg
        assert "\u202e" not in svg


@pytest.mark.parametrize("width", [30, 40, 74, 100])
def test_no_line_of_the_details_is_wider_than_its_place(width: int) -> None:
    long = replace(
        row(0).pod,
        message="word " * 60,
        containers=(
            Container(
                "web",
                "registry/" + "x" * 120,
                known=True,
                probes=(Probe("readiness", "http-get :5000/" + "y" * 90),),
            ),
        ),
    )
    said = Event(
        "e", "Warning", "BackOff", "Back-off restarting " * 9, object_uid=UID, count=7, last=WALL - 3
    )
    now, sick = view(events=(said,)), replace(row(0), pod=long)
    lines = lay_out([*draw_about(sick, now), *draw_happened(sick, now)], width)
    assert max(line.cell_length for line in lines) <= width


@given(st.text(max_size=200), st.integers(20, 120))
def test_any_text_is_wrapped_to_the_width(words: str, width: int) -> None:
    for piece in pod_words.wrapped(Content(words.replace("\n", " ")), width):
        assert piece.cell_length <= width


def lines(of: list[Content]) -> list[str]:
    return [line.plain for line in of]


def test_how_a_run_ended_is_said_as_code_or_signal() -> None:
    assert (
        pod_words.ending(ContainerState("terminated", "OOMKilled", exit_code=137))
        == "exit code 137 (OOMKilled)"
    )
    assert pod_words.ending(ContainerState("terminated", exit_code=0, signal=9)) == "signal 9"
    assert pod_words.ending(ContainerState("terminated")) == "exit code ?"


def test_a_container_tells_its_last_run_and_its_probes() -> None:
    last = ContainerState("terminated", "Error", exit_code=1, started=WALL - 130, finished=WALL - 10)
    state = ContainerState("running", started=WALL - 9)
    probe = Probe("readiness", "http-get :5000/ready", 5, 2, 3)
    web = Container(
        "web", "flask:1", "main", 100, (probe,), known=True, ready=True, restarts=2, state=state, last=last
    )
    told = lines(pod_words.containers(replace(row(0), pod=replace(row(0).pod, containers=(web,))), WALL))
    assert told == [
        "web  flask:1",
        "  running for 9s",
        "  the run before: exit code 1 (Error), ran for 2m, ended 10s ago",
        "  ready · 2 restarts · requests 100m CPU",
        "  readiness probe: fails, and the pod gets no requests: http-get :5000/ready every 5 s, timeout 2 s, 3 failures in a row",
    ]


def test_a_container_without_probes_or_request_says_what_that_means() -> None:
    told = lines(
        pod_words.containers(replace(row(0), pod=replace(row(0).pod, containers=(Container("web"),))), WALL)
    )
    assert told[1:] == [
        "  no status yet",
        "  0 restarts · requests no CPU: no autoscaler can tell its share",
        "  no probes: it counts as ready as long as it runs",
    ]


def test_conditions_are_words_in_the_order_in_which_a_pod_passes_them() -> None:
    sick = Pod(
        "u",
        "p",
        "n",
        conditions=(
            Condition(
                "Ready", "False", "ContainersNotReady", "containers with unready status: [web]", WALL - 5
            ),
            Condition("Custom/gate", "Unknown"),
            Condition("PodScheduled", "True", since=WALL - 65),
        ),
        readiness_gates=("Custom/other",),
    )
    assert lines(pod_words.conditions(sick, WALL)) == [
        "● has a node since 65s",
        "○ not ready: Services send it nothing since 5s  ContainersNotReady: containers with unready status: [web]",
        "○ Custom/gate is Unknown",
        "readiness gate Custom/other: nobody has answered yet",
    ]


def test_a_pod_without_a_node_says_why() -> None:
    full = Condition("PodScheduled", "False", "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.")
    assert lines(pod_words.conditions(Pod("u", "p", "n", conditions=(full,)), WALL)) == [
        "○ has no node yet  Unschedulable: 0/1 nodes are available: 1 Insufficient cpu."
    ]


def test_only_the_pods_own_events_are_told_the_newest_first() -> None:
    every = (
        Event("1", "Normal", "Pulled", "Container image present", object_uid="u", last=WALL - 90),
        Event("2", "Normal", "Killing", "another's", object_uid="v", last=WALL - 1),
        Event("3", "Warning", "BackOff", "Back-off restarting", object_uid="u", count=4, last=WALL - 5),
    )
    assert lines(pod_words.events(every, "u", WALL)) == [
        "    5s BackOff ×4 Back-off restarting",
        "   90s Pulled Container image present",
    ]
    assert "none" in lines(pod_words.events((), "u", WALL))[0]


def test_who_it_is_and_where() -> None:
    told = lines(pod_words.head(replace(row(0), pod=replace(row(0).pod, ip="10.0.0.7")), NOW, WALL))
    assert told[0].startswith(" A  hello-world-flask-")
    assert told[1] == "● healthy · in rotation · 3m38s old · CPU 11 %"
    assert told[2] == "node-1 · 10.0.0.7 · Running"


def test_a_long_line_is_set_in_where_it_goes_on() -> None:
    pieces = pod_words.wrapped(Content("  one two three four five"), 14)
    assert lines(pieces) == ["  one two", "    three four", "    five"]
