"""One line says what is happening, in at most 78 columns, the important words first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from k8s_watch.model.changes import Change, LoadTick, Targeted
from k8s_watch.model.headline import WIDTH, columns, cut, headline
from k8s_watch.model.names import short_name
from k8s_watch.model.objects import Autoscaler, Condition, Container, ContainerState, Deployment, Pod
from k8s_watch.model.view import Answers, Cell, Connection, Episode, Moment, PodRow, Scaling, View
from k8s_watch.model.world import World

HPA = Autoscaler("h", "web", "d", minimum=2, maximum=10, current=2, desired=2, cpu_target=50, cpu=12)


def row(name: str, health: Any = "healthy", rotation: bool = True, **other: Any) -> PodRow:
    held = other.pop("restart_range", None)
    state = other.pop("state", ContainerState("running"))
    ready = (Condition("Ready", "True" if health == "healthy" else "False"),)
    one = Pod(
        f"u-{name}",
        f"web-5d9-{name}",
        "d",
        conditions=other.pop("conditions", ready),
        containers=(Container("app", state=state),),
        **other,
    )
    return PodRow(one, "A", 0, health, rotation, "", None, "%", restart_range=held)


def picture(**other: Any) -> View:
    plain = View(
        now=100.0,
        wall=0.0,
        server_now=0.0,
        version=1,
        target=Targeted(wall=0, mono=0, context="c", namespace="d", deployment="web", server=""),
        presence="present",
        deployment=Deployment("x", "web", "d", replicas=2),
        pods=(row("2xz7w"), row("4f9qz")),
        ready=2,
        wanted=2,
        answers=Answers(pattern="round robin"),
        connection=Connection(state="live"),
    )
    return replace(plain, **other)


def healing(*moments: tuple[str, float], **other: Any) -> Episode:
    told = tuple(Moment(word, at, at - 90.0) for word, at in moments)
    return Episode(1, "healing", 90.0, 0.0, "x", told, open=True, pod_uid="u-2xz7w", **other)


def say(**other: Any) -> tuple[str, str]:
    found = headline(picture(**other))
    return found.tone, found.words


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("round robin", "All well: 2 pods answer in turn"),
        ("random", "All well: 2 pods answer, picked at random"),
        ("one pod", "All well: 2 pods ready, only one of them answers"),
        ("", "All well: 2 pods ready"),
    ],
)
def test_when_all_is_well_it_says_how_the_answers_go_round(pattern: Any, words: str) -> None:
    assert say(answers=Answers(pattern=pattern)) == ("calm", words)


ILL = (row("2xz7w", "healing", rotation=False), row("4f9qz"))


def test_a_kill_says_first_that_nothing_is_seen_yet() -> None:
    told = healing(waiting="waiting for its death to be seen")
    assert say(story=(told,)) == ("healing", "KILLING 2xz7w: waiting for its death to be seen")


def test_healing_says_for_how_long_and_who_carries_everything() -> None:
    assert say(pods=ILL, story=(healing(("died", 97.9)),)) == (
        "healing",
        "HEALING 2xz7w: restarting for 2.1 s, 4f9qz carries everything",
    )


def test_a_held_back_restart_counts_down() -> None:
    held = (row("2xz7w", "healing", rotation=False, restart_range=(8.0, 13.0)), row("4f9qz"))
    assert say(pods=held, story=(healing(("died", 97.9)),))[1] == (
        "HEALING 2xz7w: restart held back 8–13 s more, 4f9qz carries everything"
    )
    due = (row("2xz7w", "healing", rotation=False, restart_range=(0.0, 0.0)), row("4f9qz"))
    assert "restart due any moment" in say(pods=due, story=(healing(("died", 97.9)),))[1]


def test_the_last_steps_of_a_healing_are_told() -> None:
    assert (
        "restarted, not ready for 1.0 s"
        in say(pods=ILL, story=(healing(("died", 95.0), ("restarted", 99.0)),))[1]
    )
    assert say(story=(healing(("died", 95.0), ("restarted", 96.0), ("ready", 97.0)),))[1] == (
        "HEALING 2xz7w: ready, first answer awaited, 4f9qz carries everything"
    )


def test_when_the_last_pod_dies_nobody_answers() -> None:
    alone = (row("2xz7w", "healing", rotation=False),)
    assert say(pods=alone, story=(healing(("died", 97.9)),)) == (
        "failed",
        "HEALING 2xz7w: restarting for 2.1 s, NOBODY answers",
    )


def test_scaling_says_numbers_cpu_and_the_next_decision() -> None:
    grown = replace(HPA, current=2, desired=4, cpu=148)
    assert say(scaling=Scaling(autoscaler=grown, next_sync_in=8.4)) == (
        "scaling",
        "SCALING 2 → 4: CPU 148 % of 50 %, 2 of 4 ready, next decision in ≈ 9 s",
    )


def test_shrinking_counts_down_to_the_windows_end() -> None:
    high = replace(HPA, current=10, desired=10, cpu=2)
    scaling = Scaling(autoscaler=high, window_ends_in=211.2, window_words="shrinks in ≈ 212 s")
    assert say(scaling=scaling, ready=10, wanted=10) == (
        "scaling",
        "SHRINKING in ≈ 212 s unless load returns, CPU 2 % of 50 %",
    )
    falling = Scaling(autoscaler=replace(high, desired=8))
    assert say(scaling=falling)[1] == "SHRINKING 10 → 8, CPU 2 % of 50 %"


def test_load_is_told_before_the_autoscaler_notices_it() -> None:
    load = LoadTick(
        wall=0,
        mono=0,
        state="running",
        done=1,
        wanted=9,
        errors=0,
        rate=1158.2,
        elapsed=1,
        p50=1,
        p95=1,
        p99=1,
    )
    assert say(scaling=Scaling(autoscaler=HPA, next_sync_in=8.4), load=load) == (
        "busy",
        "UNDER LOAD: 1,158 requests/s, CPU 12 % of 50 %, next decision in ≈ 9 s",
    )


def test_over_target_without_a_decision_yet() -> None:
    hot = replace(HPA, cpu=148)
    assert say(scaling=Scaling(autoscaler=hot, next_sync_in=3.0))[1] == (
        "OVER TARGET: CPU 148 % of 50 %, next decision in ≈ 3 s"
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("reconnecting", "RECONNECTING for 4.0 s: the picture below is old"),
        ("stale", "STALE for 4.0 s: no answer from the API"),
        ("connecting", "Connecting: why"),
        ("ended", "why"),
    ],
)
def test_the_connection_comes_before_everything_else(state: Any, words: str) -> None:
    link = Connection(state=state, since=96.0, reason="why")
    assert say(connection=link, story=(healing(("died", 99.0)),))[1] == words


def test_what_is_missing_or_forbidden_is_said() -> None:
    assert say(presence="missing")[1] == "WAITING for deployment web: it is not there yet"
    assert say(presence="deleted")[1].startswith("DELETED: deployment web")
    denied = Connection(state="live", denied=(("pods", "list pods"),))
    assert say(connection=denied) == ("failed", "NOT ALLOWED to see the pods: list pods")
    assert say(wanted=0, ready=0, pods=())[1] == "SCALED TO ZERO: nobody can answer"
    assert say(ready=1, pods=(row("a"), row("b", "starting"))) == ("busy", "STARTING: 1 of 2 pods ready")


def test_a_pod_without_room_and_a_broken_one_name_their_reason() -> None:
    full = Condition("PodScheduled", "False", "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.")
    words = say(pods=(row("4f9qz"), row("kk8ld", "failed", phase="Pending", conditions=(full,))))[1]
    assert words == "NO ROOM for kk8ld: 0/1 nodes are available: 1 Insufficient cpu."
    pull = row("kk8ld", "failed", state=ContainerState("waiting", "ImagePullBackOff"))
    assert say(pods=(row("4f9qz"), pull)) == ("failed", "FAILED: kk8ld, ImagePullBackOff")


def test_failing_answers_are_told_when_no_healing_explains_them() -> None:
    cells = (Cell(98, "pod"), Cell(99, "failed", failure="502"))
    assert say(answers=Answers(cells=cells, failed=0.05))[1] == (
        "ANSWERS FAIL: 502, 5 % of the last minute's answers"
    )


def test_what_does_not_fit_is_left_out_from_the_end() -> None:
    assert columns(cut("x" * 200)) == WIDTH
    assert columns(cut("愈" * 200)) <= WIDTH
    long = (row("2xz7w", "healing", rotation=False), row("averylongnameofapod" * 3))
    assert say(pods=long, story=(healing(("died", 97.9)),))[1] == "HEALING 2xz7w: restarting for 2.1 s"


def test_the_recorded_lesson_reads_as_a_story(lesson: tuple[Change, ...]) -> None:
    world, said, looked = World(), [], 0.0
    for change in lesson:
        world.apply(change)
        if change.mono < looked:
            continue
        looked = change.mono + 0.1
        found = world.view(change.mono, change.wall).headline
        assert columns(found.words) <= WIDTH
        word = found.words.split(" in ≈")[0].split(":")[0]
        if not said or said[-1] != word:
            said.append(word)
    assert said == [
        "Connecting",
        "All well",
        "KILLING clndj",
        "All well",
        "KILLING clndj",
        "HEALING clndj",
        "All well",
        "KILLING clndj",
        "HEALING clndj",
        "All well",
        "UNDER LOAD, CPU 12 % of 50 %, next decision",
        "UNDER LOAD, CPU 7 % of 50 %, next decision",
        "SCALING 2 → 4",
        "SCALING 4 → 8",
        "SCALING 8 → 10",
        "SHRINKING",
        "SHRINKING 10 → 8, CPU 2 % of 50 %",
        "SHRINKING 8 → 5, CPU 2 % of 50 %",
        "SHRINKING 5 → 2, CPU 2 % of 50 %",
        "All well",
    ]


# -- names


@pytest.mark.parametrize(
    ("name", "others", "short"),
    [
        ("web-7c5-2xz7w", ("web-7c5-4f9qz",), "2xz7w"),
        ("web-7c5-0", ("api-7c5-0",), "web-7c5-0"),
        ("a-b-0", ("a-c-0",), "b-0"),
        ("web", (), "web"),
        ("web-0", ("0",), "web-0"),
    ],
)
def test_a_pods_short_name_is_as_short_as_can_be_told_apart(
    name: str, others: tuple[str, ...], short: str
) -> None:
    assert short_name(name, others) == short
