"""Episodes: hand-made ones, the recorded lesson, and whatever order changes come in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8s_watch.model.changes import (
    Acted,
    Answered,
    Change,
    Gone,
    Kind,
    Listed,
    Live,
    LoadTick,
    Lost,
    Measured,
    Seen,
)
from k8s_watch.model.objects import (
    Autoscaler,
    Condition,
    Container,
    ContainerState,
    Deployment,
    Endpoint,
    EndpointSlice,
    Pod,
    Usage,
)
from k8s_watch.model.story import Story
from k8s_watch.model.view import Episode

WALL = 1_000_000.0


def when(at: float) -> dict[str, float]:
    return {"mono": at, "wall": WALL + at}


def pod(name: str, run: str = "r1", restarts: int = 0, state: str = "running", **other: Any) -> Pod:
    ended = ContainerState("terminated", "Completed", exit_code=0, container_id=run, finished=WALL)
    now = ended if state == "terminated" else ContainerState("running", started=WALL)
    ready = other.pop("ready", state == "running")
    last = other.pop("last", None)
    one = Container(
        "app",
        known=True,
        ready=ready,
        restarts=restarts,
        container_id=run,
        state=now,
        last=ContainerState("terminated", "Error", exit_code=137, container_id=last) if last else None,
        cpu_request=100,
    )
    conditions = (Condition("Ready", "True" if ready else "False"),)
    return Pod(f"u-{name}", f"web-5d9-{name}", "d", containers=(one,), conditions=conditions, **other)


def seen(at: float, thing: Any, reconstructed: bool = False) -> Seen:
    kinds = {
        Pod: "pods",
        EndpointSlice: "endpointslices",
        Deployment: "deployments",
        Autoscaler: "autoscalers",
    }
    return Seen(**when(at), kind=kinds[type(thing)], object=thing, reconstructed=reconstructed)  # type: ignore[arg-type]


def slices(at: float, **ready: bool) -> Seen:
    ends = tuple(Endpoint("10.0.0.1", f"u-{n}", f"web-5d9-{n}", r, r) for n, r in ready.items())
    return seen(at, EndpointSlice("s", "d", "web", ends))


def answer(at: float, name: str, ms: float = 10.0, failure: Any = "", rate: float = 10.0) -> Answered:
    full = f"web-5d9-{name}" if name else ""
    return Answered(**when(at), sent=at - ms / 1000, pod=full, status=200, failure=failure, ms=ms, rate=rate)


def kill(
    at: float, step: Any, name: str = "aaaaa", run: str = "r1", signal: str = "", detail: str = ""
) -> Acted:
    return Acted(
        **when(at),
        act="kill",
        step=step,
        pod_uid=f"u-{name}",
        pod_name=f"web-5d9-{name}",
        container="app",
        container_id=run,
        signal=signal,
        detail=detail,
    )


def told(changes: list[Change], now: float | None = None) -> tuple[Episode, ...]:
    story = Story()
    for change in changes:
        story.apply(change)
    if now is not None:
        story.apply(Measured(**when(now)))
    return story.episodes(changes[-1].mono if now is None else now)


def steps(episode: Episode) -> dict[str, float]:
    return {m.word: round(m.after, 2) for m in episode.moments}


BEFORE: list[Change] = [
    seen(0, pod("aaaaa")),
    seen(0, pod("bbbbb")),
    slices(0, aaaaa=True, bbbbb=True),
    answer(0.9, "aaaaa"),
    answer(1.0, "bbbbb"),
]
HEALED: list[Change] = [
    *BEFORE,
    kill(10, "asked"),
    kill(10.1, "sent", signal="SIGINT"),
    answer(10.3, "bbbbb"),
    seen(10.5, pod("aaaaa", state="terminated")),
    slices(10.6, aaaaa=False, bbbbb=True),
    answer(10.7, "bbbbb", ms=210),
    answer(10.8, "", failure="refused"),
    seen(11.1, pod("aaaaa", "r2", 1, ready=False, last="r1")),
    seen(11.3, pod("aaaaa", "r2", 1, last="r1")),
    slices(11.4, aaaaa=True, bbbbb=True),
    answer(11.5, "bbbbb"),
    answer(11.6, "aaaaa"),
]


# -- healing


def test_a_kill_is_told_from_its_signal_to_the_first_answer() -> None:
    (episode,) = told(HEALED)
    assert episode.title == "you killed aaaaa (SIGINT)"
    assert steps(episode) == {
        "died": 0.4,
        "out of rotation": 0.5,
        "restarted": 1.0,
        "ready": 1.2,
        "back in rotation": 1.3,
        "answers again": 1.5,
    }
    assert episode.moments[-1].error == pytest.approx(0.1)
    assert episode.tail == (
        "1 of 5 answers failed, 1 slow, slowest 210 ms; exit 0 (Completed); next restart after 10–15 s"
    )
    assert (episode.open, episode.tone) == (False, "calm")


def test_an_open_healing_says_what_is_waited_for() -> None:
    waits = []
    story = Story()
    for change in HEALED:
        story.apply(change)
        waits += [e.waiting for e in story.episodes(change.mono) if e.open]
    assert list(dict.fromkeys(waits)) == [
        "waiting for its death to be seen",
        "restarting",
        "waiting until it is ready",
        "waiting until it is in rotation",
        "waiting for its first answer",
    ]


def test_a_container_that_dies_by_itself_is_told_too() -> None:
    (episode,) = told([*BEFORE, *(c for c in HEALED[5:] if not isinstance(c, Acted))])
    assert episode.title == "aaaaa died"
    assert steps(episode)["died"] == 0
    assert steps(episode)["restarted"] == 0.6


def test_a_death_that_shows_in_last_state_only_is_seen() -> None:
    (episode,) = told(
        [
            *BEFORE,
            kill(10, "sent", signal="SIGTERM"),
            seen(10.3, pod("aaaaa", "r2", 1, last="r1")),
            answer(10.4, "aaaaa"),
        ]
    )
    assert steps(episode) == {"died": 0.3, "restarted": 0.3, "ready": 0.3, "answers again": 0.4}
    assert episode.moments[0].error == pytest.approx(0.3)  # at some time since the kill
    assert "exit 137 (SIGKILL, Error)" in episode.tail


def test_out_of_rotation_may_come_before_the_death_is_seen() -> None:
    (episode,) = told(
        [*BEFORE, slices(9.9, aaaaa=False, bbbbb=True), seen(10, pod("aaaaa", state="terminated"))]
    )
    assert steps(episode) == {"out of rotation": 0, "died": 0.1}


def test_an_answer_asked_before_the_restart_is_not_the_comeback() -> None:
    late = answer(11.2, "aaaaa", ms=900)  # sent at 10.3, to the old process
    (episode,) = told([*HEALED[:-5], seen(11.1, pod("aaaaa", "r2", 1, last="r1")), late], 11.3)
    assert "answers again" not in steps(episode)


def test_the_held_back_restart_is_said_beforehand() -> None:
    again = [
        kill(20, "sent", run="r2", signal="SIGINT"),
        seen(20.4, pod("aaaaa", "r2", 1, state="terminated", last="r1")),
    ]
    story = Story()
    for change in [*HEALED, *again]:
        story.apply(change)
    episode = story.episodes(21)[-1]
    assert episode.waiting == "restart held back for 10–15 s"
    held = story.restart_range(pod("aaaaa", "r2", 1, state="terminated"), 22.4)
    assert held == (pytest.approx(8), pytest.approx(13))
    assert story.open_healings == ("u-aaaaa",)


def test_a_kill_that_shows_nothing_says_so() -> None:
    failed = kill(18, "failed", signal="SIGTERM", detail="Nothing died within 8 s.")
    (episode,) = told([*BEFORE, kill(10, "asked"), kill(10, "sent", signal="SIGTERM"), failed])
    assert (episode.title, episode.tone, episode.open) == ("could not kill aaaaa (SIGTERM)", "failed", False)
    assert episode.tail == "Nothing died within 8 s."


def test_a_death_after_the_kill_was_given_up_is_told_anew() -> None:
    failed = [kill(10, "sent", signal="SIGTERM"), kill(18, "failed", detail="Nothing died within 8 s.")]
    first, second = told([*BEFORE, *failed, seen(19, pod("aaaaa", state="terminated"))])
    assert (first.tone, second.title, second.open) == ("failed", "aaaaa died", True)


def test_durations_count_from_the_signal_that_worked() -> None:
    (episode,) = told(
        [
            *BEFORE,
            kill(10, "sent", signal="SIGTERM"),
            kill(12, "sent", signal="SIGINT"),
            seen(12.3, pod("aaaaa", state="terminated")),
        ]
    )
    assert (episode.title, steps(episode), episode.begin) == (
        "you killed aaaaa (SIGINT)",
        {"died": 0.3},
        12,
    )


def test_dying_again_while_healing_is_a_new_episode() -> None:
    first, second = told(
        [
            *HEALED[:-2],
            seen(11.45, pod("aaaaa", "r2", 1, state="terminated", last="r1")),
            seen(25, pod("aaaaa", "r3", 2, last="r2")),
        ]
    )
    assert "died again before it was whole" in first.tail
    assert not first.open
    assert second.title == "aaaaa died"
    assert "restarted" in steps(second)


def test_two_deaths_folded_into_one_event_are_two_episodes() -> None:
    first, second = told([*BEFORE, seen(10, pod("aaaaa", "r2", 1, state="terminated", last="r1"))])
    assert (first.open, second.open) == (False, True)
    assert "restarted" in steps(first)


def test_without_answers_that_name_pods_a_healing_ends_in_rotation() -> None:
    (episode,) = told([c for c in HEALED if not isinstance(c, Answered)])
    assert episode.moments[-1].word == "back in rotation"
    assert not episode.open


def test_slices_that_come_after_the_pod_is_back_are_told_too() -> None:
    """Two watches: a restart of 80 ms was seen whole before the first slice on a real 1.36."""
    quick = [
        seen(10, pod("aaaaa", state="terminated")),
        seen(10.08, pod("aaaaa", "r2", 1, last="r1")),
        slices(10.1, aaaaa=False, bbbbb=True),
        slices(10.2, aaaaa=True, bbbbb=True),
    ]
    (episode,) = told([c for c in [*BEFORE, *quick] if not isinstance(c, Answered)])
    assert list(steps(episode)) == ["died", "restarted", "ready", "out of rotation", "back in rotation"]
    assert episode.tail.endswith("next restart after 10–15 s")


def test_a_pod_that_never_answers_again_is_told_after_a_while() -> None:
    (episode,) = told(HEALED[:-1], now=60)
    assert (episode.open, episode.tail.split(";")[0]) == (False, "no answer from it within 30 s")


def test_a_pod_that_is_not_restarted_stays_dead() -> None:
    never = replace(pod("aaaaa", state="terminated"), restart_policy="Never")
    (episode,) = told([*BEFORE, seen(10, never)])
    assert (episode.open, episode.tone) == (False, "failed")
    assert "restartPolicy is Never" in episode.tail


def test_what_a_relist_tells_is_as_imprecise_as_the_gap_was_long() -> None:
    (*_others, healing, gap) = sorted(
        told(
            [
                *BEFORE,
                seen(5, pod("aaaaa")),
                Lost(**when(6), kind="pods", reason="closed"),
                seen(15, pod("aaaaa", "r2", 1, last="r1"), reconstructed=True),
                Listed(**when(15), kind="pods", count=2, gap=9.0),
                Listed(**when(15.1), kind="endpointslices", count=1, gap=9.2),
            ]
        ),
        key=lambda e: e.key,
    )
    assert {m.error for m in healing.moments} == {10.0}
    assert gap.kind == "gap"
    assert gap.title == "gap of 9.2 s: reconstructed from a new list"


def healing_errors(*changes: Change) -> set[float]:
    (healing,) = [e for e in told([*BEFORE, seen(5, pod("aaaaa")), *changes]) if e.kind == "healing"]
    return {round(m.error, 3) for m in healing.moments}


def test_a_stream_that_opens_before_its_410_does_not_make_the_relist_precise() -> None:
    """A restarted API server opens the stream (live) and refuses the version 15 to 120 ms later."""
    restarted = pod("aaaaa", "r2", 1, last="r1")
    assert healing_errors(
        Lost(**when(6), kind="pods", reason="closed"),
        Live(**when(15), kind="pods"),
        seen(15.1, restarted, reconstructed=True),
        Listed(**when(15.1), kind="pods", count=2, gap=9.0),
    ) == {10.1}


def test_what_a_stream_that_was_lost_tells_at_once_happened_meanwhile() -> None:
    """A network that was away: the server sends its backlog, and nothing is listed anew."""
    lost, live = Lost(**when(16), kind="pods", reason="no answer"), Live(**when(25), kind="pods")
    restarted = seen(25.2, pod("aaaaa", "r2", 1, last="r1"))
    # a loss by silence is told up to 5 s late, so since 11
    assert healing_errors(lost, live, restarted) == {14.2}


def gaps(*changes: Change) -> list[str]:
    return [e.title for e in told([*BEFORE, *changes], now=40) if e.kind == "gap"]


def test_a_loss_without_a_new_list_is_told_with_its_length() -> None:
    """A server that restarts and goes on from the last version, as a real one does where nothing was written."""
    kinds: tuple[Kind, ...] = ("pods", "events", "deployments")
    lost = [Lost(**when(16), kind=kind, reason="refused") for kind in kinds]
    live = [Live(**when(25), kind=kind) for kind in kinds]
    assert gaps(*lost, *live) == ["no connection for 9.0 s: what happened meanwhile was told afterwards"]
    listed = Listed(**when(25.1), kind="deployments", count=1, gap=9.1)
    assert gaps(*lost, *live, listed) == ["gap of 9.1 s: reconstructed from a new list"]


def test_one_stream_that_breaks_for_a_moment_is_not_worth_a_line() -> None:
    assert gaps(Lost(**when(16), kind="pods", reason="broke"), Live(**when(16.4), kind="pods")) == []


def test_what_comes_later_on_a_stream_that_is_back_is_precise_again() -> None:
    lost, live = Lost(**when(16), kind="pods", reason="no answer"), Live(**when(25), kind="pods")
    assert healing_errors(lost, live, seen(27, pod("aaaaa", "r2", 1, last="r1"))) == {0.0}


def test_looking_ahead_of_the_changes_closes_nothing() -> None:
    story = Story()
    for change in HEALED[:-1]:
        story.apply(change)
    assert story.episodes(500)[0].open


def test_a_closed_episode_stays_the_same_object() -> None:
    story = Story()
    for change in HEALED:
        story.apply(change)
    assert story.episodes(20)[0] is story.episodes(30)[0]


# -- deletion


def test_a_deleted_pod_and_its_replacement_are_another_experiment() -> None:
    (episode,) = told(
        [
            seen(0, pod("aaaaa", owner_uid="rs")),
            slices(0, aaaaa=True),
            Acted(**when(5), act="delete", step="asked", pod_uid="u-aaaaa"),
            seen(5.1, pod("aaaaa", owner_uid="rs", deleted=WALL + 35)),
            seen(5.2, pod("ccccc", "", ready=False, owner_uid="rs")),
            slices(5.3, aaaaa=False),
            seen(7, pod("ccccc", "r9", owner_uid="rs")),
            seen(35, pod("aaaaa", state="terminated", owner_uid="rs", deleted=WALL + 35)),
            Gone(**when(35.5), kind="pods", name="web-5d9-aaaaa", namespace="d", uid="u-aaaaa"),
        ]
    )
    assert (episode.kind, episode.open) == ("deletion", False)
    assert episode.title == "you deleted aaaaa: another experiment, a new pod replaces it"
    assert steps(episode) == {
        "terminating": 0.1,
        "ccccc made": 0.2,
        "out of rotation": 0.3,
        "ccccc ready in its place": 2,
        "gone": 30.5,
    }


def test_pods_that_are_scaled_away_are_not_deletions() -> None:
    gone = [
        seen(5, pod("aaaaa", owner_uid="rs", deleted=WALL + 35)),
        Gone(**when(36), kind="pods", name="x", namespace="d", uid="u-aaaaa"),
    ]
    assert told([seen(0, pod("aaaaa", owner_uid="rs")), *gone]) == ()


# -- scaling, rollout


HPA = Autoscaler("h", "web", "d", minimum=2, maximum=10, current=2, desired=2, cpu_target=50, cpu=5)


def scaled(at: float, n: int, m: int, cpu: int) -> Seen:
    return seen(at, replace(HPA, current=n, desired=m, cpu=cpu, last_scaled=WALL + at))


def load(at: float, state: Any, done: int = 0, elapsed: float = 0.0) -> LoadTick:
    return LoadTick(
        **when(at),
        state=state,
        done=done,
        wanted=10_000,
        errors=3,
        rate=1_000,
        elapsed=elapsed,
        p50=1,
        p95=2,
        p99=3,
        concurrency=50,
    )


def usage(at: float, cpu: int) -> Measured:
    return Measured(**when(at), usages=(Usage("web-5d9-aaaaa", cpu, 0), Usage("web-5d9-bbbbb", 5, 0)))


def test_a_scaling_is_told_from_the_load_to_the_shrinking() -> None:
    changes: list[Change] = [
        seen(0, HPA),
        seen(0, pod("aaaaa")),
        seen(0, pod("bbbbb")),
        usage(1, 5),
        load(10, "running"),
        usage(15, 300),
        scaled(19, 2, 4, 152),
        seen(19.1, pod("ccccc", "r", ready=False)),
        seen(20, pod("ccccc", "r")),
        seen(21, pod("ddddd", "r")),
        load(40, "ended", 10_000),
        scaled(330, 4, 2, 1),
    ]
    (episode,) = told(changes)
    assert episode.title == "load began, 50 at once"
    assert steps(episode) == {
        "first sample above 50 %": 5,
        "2 → 4": 9,
        "4 ready": 11,
        "load ended": 30,
        "4 → 2": 320,
    }
    assert episode.moments[0].error == 14.0  # the sample before came at 1
    assert episode.tail == "10,000 requests, 3 failed; CPU at most 152 %; at most 4 pods"
    assert not episode.open


def test_scaling_without_our_load_is_told_too() -> None:
    (episode,) = told([seen(0, HPA), scaled(19, 2, 4, 152)])
    assert (episode.title, episode.open, episode.waiting) == (
        "scaling 2 → 4",
        True,
        "waiting until 4 are ready",
    )


def test_a_status_whose_metric_failed_is_no_decision() -> None:
    unable = (Condition("AbleToScale", "True", "SucceededGetScale"),)
    new = replace(HPA, current=0, desired=0, cpu=None)
    assert told([seen(0, new), seen(15, replace(new, current=2, conditions=unable))]) == ()


def test_a_load_that_scales_nothing_ends_as_such() -> None:
    (episode,) = told([seen(0, HPA), load(10, "running"), load(20, "stopped", 50)], now=90)
    assert "nothing was scaled" in episode.tail
    assert episode.moments[-1].word == "load stopped"


def test_a_deployment_scaled_by_hand_is_one_line() -> None:
    plain = Deployment("x", "web", "d", replicas=2, revision="1")
    (episode,) = told(
        [
            seen(0, plain),
            seen(0, pod("aaaaa")),
            seen(0, pod("bbbbb")),
            seen(5, replace(plain, replicas=3)),
            seen(7, pod("ccccc")),
        ]
    )
    assert (episode.title, steps(episode), episode.open) == (
        "scaled 2 → 3",
        {"2 → 3": 0, "3 ready": 2},
        False,
    )


def test_a_rollout_is_one_line() -> None:
    old = Deployment("x", "web", "d", replicas=2, revision="1", current=2, updated=2, ready=2, available=2)
    new = replace(old, revision="2", updated=1, current=3)
    (running,) = told([seen(0, old), seen(5, new)])
    assert (running.title, running.tail, running.open) == (
        "rollout, revision 1 → 2",
        "1 of 2 new pods ready",
        True,
    )
    (done,) = told([seen(0, old), seen(5, new), seen(17, replace(old, revision="2"))])
    assert (steps(done), done.open) == ({"2 new pods ready": 12}, False)


# -- the recording


def test_the_recorded_lesson_has_its_kills_and_its_scaling(lesson: tuple[Change, ...]) -> None:
    stubborn, first, second, scaling = told(list(lesson))
    assert (stubborn.title, stubborn.tone) == ("could not kill clndj (SIGTERM)", "failed")
    assert first.title == second.title == "you killed clndj (SIGINT)"
    returned = 0.158  # the facts count from the exec's return, we from its sending
    assert steps(first)["died"] - returned == pytest.approx(0.32, abs=0.02)
    assert steps(first)["out of rotation"] - returned == pytest.approx(0.35, abs=0.02)
    assert steps(first)["ready"] - returned == pytest.approx(0.45, abs=0.02)
    assert steps(first)["answers again"] == pytest.approx(38.2 - 27.0, abs=0.05)
    assert first.tail.startswith("0 of 112 answers failed")
    assert steps(second)["restarted"] == pytest.approx(13.3 + 0.154, abs=0.05)
    assert steps(scaling) == {
        "first sample above 50 %": 7.96,
        "2 → 4": 18.68,
        "4 ready": 19.92,
        "load ended": 26.01,
        "4 → 8": 33.7,
        "8 ready": 34.66,
        "8 → 10": 48.77,
        "10 ready": 50.56,
        "10 → 8": 334.08,
        "8 → 5": 349.12,
        "5 → 2": 364.18,
    }


def test_the_recorded_restart_came_within_the_range_said_beforehand(lesson: tuple[Change, ...]) -> None:
    story, said = Story(), {}
    for change in lesson:
        story.apply(change)
        if isinstance(change, Seen) and isinstance(change.object, Pod) and 52 < change.mono < 66:
            said[change.mono] = story.restart_range(change.object, change.mono)
    died, *_waiting, back = sorted(said)
    assert said[died] == (10, 15)
    assert 10 <= back - died <= 15
    assert said[back] is None


def test_a_scaling_of_which_only_the_cpu_is_seen_is_told(behaved: tuple[Change, ...]) -> None:
    died, scaling = told(list(behaved))
    assert died.title == "l7wnk died"
    assert scaling.title == "CPU rose to 115 % of 50 %"
    assert [m.word for m in scaling.moments] == [
        "2 → 5",
        "5 ready",
        "5 → 7",
        "7 ready",
        "7 → 5",
        "5 → 3",
        "3 → 2",
    ]


# -- whatever comes


NAMES = ("aaaaa", "bbbbb")
TIMES = st.floats(0, 500, allow_nan=False)
PODS = st.builds(
    lambda name, run, restarts, state, last, gone: replace(
        pod(name, f"r{run}", restarts, state, last=last),
        deleted=WALL if gone else None,
        owner_uid="rs",
    ),
    st.sampled_from(NAMES),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from(["running", "terminated"]),
    st.sampled_from([None, "r0", "r1", "r2"]),
    st.booleans(),
)
CHANGES = st.one_of(
    st.builds(seen, TIMES, PODS, st.booleans()),
    st.builds(lambda at, a, b: slices(at, aaaaa=a, bbbbb=b), TIMES, st.booleans(), st.booleans()),
    st.builds(
        answer, TIMES, st.sampled_from([*NAMES, ""]), st.floats(0, 5_000), st.sampled_from(["", "timeout"])
    ),
    st.builds(
        kill,
        TIMES,
        st.sampled_from(["asked", "sent", "returned", "seen", "failed", "refused"]),
        st.sampled_from(NAMES),
        st.sampled_from(["", "r0", "r1", "r2"]),
    ),
    st.builds(scaled, TIMES, st.integers(0, 12), st.integers(0, 12), st.integers(0, 500)),
    st.builds(load, TIMES, st.sampled_from(["running", "ended", "stopped", "failed"]), st.integers(0, 9)),
    st.builds(usage, TIMES, st.integers(0, 900)),
    st.builds(lambda at, gap: Listed(**when(at), kind="pods", count=1, gap=gap), TIMES, st.floats(0, 60)),
    st.builds(lambda at: Gone(**when(at), kind="pods", name="x", namespace="d", uid="u-aaaaa"), TIMES),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(CHANGES, min_size=15, max_size=60))
def test_in_whatever_order_changes_come_no_duration_is_negative_and_nothing_closes_twice(
    changes: list[Change],
) -> None:
    story = Story()
    closed: dict[int, Episode] = {}
    for change in changes:
        story.apply(change)
        now = max(c.mono for c in changes[: changes.index(change) + 1])
        for episode in story.episodes(now):
            assert all(m.after >= 0 and m.error >= 0 for m in episode.moments)
            assert [m.after for m in episode.moments] == sorted(m.after for m in episode.moments)
            if episode.key in closed and episode.kind != "gap":
                assert episode == closed[episode.key]
            if not episode.open:
                closed[episode.key] = episode
        for one in NAMES:
            held = story.restart_range(pod(one), now)
            assert held is None or 0 <= held[0] <= held[1]
