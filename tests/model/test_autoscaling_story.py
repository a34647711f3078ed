"""The HPA's numbers explained from what a watcher sees."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8s_watch.model.autoscaling import PodSample, Proposal, propose
from k8s_watch.model.autoscaling_limits import Decider
from k8s_watch.model.autoscaling_story import AutoscalerStory, condition_words
from k8s_watch.model.autoscaling_unknown import why_unknown
from k8s_watch.model.autoscaling_words import explain
from k8s_watch.model.changes import Change, Measured, Seen, Targeted
from k8s_watch.model.objects import (
    Autoscaler,
    Condition,
    Container,
    Deployment,
    Pod,
    ScalingPolicy,
    ScalingRules,
    Usage,
)
from k8s_watch.model.view import Scaling

HPA = Autoscaler(
    "h", "web", "d", target_kind="Deployment", target_name="web", minimum=2, maximum=10, cpu_target=50
)


def watch(changes: tuple[Change, ...], begin: float, until: float) -> Scaling:
    """What is told at a moment by someone who joined at `begin`: he lists what there is, then sees the rest."""
    story = AutoscalerStory()
    listed: dict[tuple[type, str], Seen] = {}
    for change in changes:
        if change.mono > until:
            break
        if isinstance(change, Seen) and change.mono < begin:
            listed[(type(change.object), change.object.uid if hasattr(change.object, "uid") else "")] = change
        elif change.mono >= begin:
            for one in listed.values():
                story.apply(replace(one, mono=begin, wall=change.wall))
            listed = {}
            story.apply(change)
    return story.picture(until, 0.0)


# -- the recording


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (6, "stays at 2: ⌈2 × 1/50⌉ = 1, raised to the minimum of 2"),
        (
            66.5,
            "stays at 2: 54/50 = 1.08 is within the tolerance (0.9 to 1.1) (8 % over 1 measured, 1 unmeasured taken as 100 %)",
        ),
        (
            81.5,
            "stays at 2: 12 % over 1 measured says fewer, 56 % with 1 unmeasured taken as 100 % says otherwise, so it keeps 2",
        ),
        (
            96.5,
            "stays at 2: ⌈2 × 7/50⌉ = 1, but the highest recommendation of the last 300 s was 2 (30 s ago, at 8 %)",
        ),
        (111.5, "2 → 4 because ⌈2 × 261/50⌉ = 11, limited to max(2 × 2, 4) = 4 a step"),
        (
            126.5,
            "4 → 8 because ⌈4 × 201/50⌉ = 17 (403 % over 2 measured, 2 unmeasured taken as 0 %), limited to max(2 × 4, 4) = 8 a step",
        ),
        (
            141.5,
            "8 → 10 because the highest recommendation of the last 300 s was 17 (15 s ago, at 403 %), limited to the maximum of 10; now: 44 % over 4 measured says fewer, 72 % with 4 unmeasured taken as 100 % says otherwise, so it keeps 8",
        ),
        (
            205,
            "stays at 10: ⌈10 × 2/50⌉ = 1, but the highest recommendation of the last 300 s was 17 (75 s ago, at 403 %), limited to the maximum of 10",
        ),
        (
            427,
            "10 → 8 because higher ones left the window: the highest recommendation of the last 300 s was 8 (285 s ago, at 44 %); now: ⌈10 × 2/50⌉ = 1",
        ),
        (
            442,
            "8 → 5 because higher ones left the window: the highest recommendation of the last 300 s was 5 (285 s ago, at 2 %); now: ⌈8 × 2/50⌉ = 1",
        ),
        (
            457,
            "5 → 2 because ⌈5 × 2/50⌉ = 1, raised to the minimum of 2, and nothing in the last 300 s asked for more",
        ),
    ],
)
def test_each_of_the_recorded_numbers_is_explained(lesson: tuple[Change, ...], at: float, words: str) -> None:
    assert watch(lesson, 0, at).decision == words


@pytest.mark.parametrize("at", [157, 200, 260, 330, 400, 420])
def test_the_windows_end_is_told_within_two_seconds(lesson: tuple[Change, ...], at: float) -> None:
    told = watch(lesson, 0, at)
    assert told.window_ends_in == pytest.approx(426.36 - at, abs=2)
    assert told.window_words.startswith("shrinks in ≈ ")


@pytest.mark.parametrize("at", [6, 57, 97, 130, 158, 300, 425, 472])
def test_the_next_sync_is_told_within_a_second(lesson: tuple[Change, ...], at: float) -> None:
    syncs = [5.614 + 15.0166 * n for n in range(40)]
    coming = next(s for s in syncs if s > at)
    assert watch(lesson, 0, at).next_sync_in == pytest.approx(coming - at, abs=1)


def test_at_the_minimum_nothing_is_said_of_shrinking(lesson: tuple[Change, ...]) -> None:
    told = watch(lesson, 0, 97)
    assert (told.window_ends_in, told.window_words) == (None, "")


def test_joined_in_the_window_its_end_is_unknown_and_said_to_be(lesson: tuple[Change, ...]) -> None:
    told = watch(lesson, 200, 240)
    assert (told.next_sync_in, told.window_ends_in) == (None, None)
    assert told.window_words == "shrinks within ≈ 260 s unless load returns (watched too short to know when)"
    assert told.decision == ""


def test_joined_later_a_number_from_before_is_not_explained(lesson: tuple[Change, ...]) -> None:
    told = watch(lesson, 130, 142)
    assert told.decision == (
        "8 → 10: not explained by what was seen (only the last 11 s of its 300 s window are known)"
    )


def test_joined_later_a_number_that_needs_no_window_is_explained(lesson: tuple[Change, ...]) -> None:
    assert watch(lesson, 100, 112).decision.startswith("2 → 4 because ⌈2 × 261/50⌉ = 11")


def test_conditions_come_in_words_the_telling_one_first(lesson: tuple[Change, ...]) -> None:
    assert watch(lesson, 0, 142).conditions == (
        "just scaled to 10",
        "at the maximum of 10: CPU asks for more",
        "CPU is measured",
    )


def test_each_number_of_a_recorded_behavior_is_explained(behaved: tuple[Change, ...]) -> None:
    """On a real 1.36: +3 pods and -2 pods in 30 s, a window of 45 s, minimum 2, maximum 7."""
    story, said = AutoscalerStory(), []
    for change in behaved:
        story.apply(change)
        words = story.picture(change.mono, change.wall).decision
        if words and words not in said:
            said.append(words)
    assert [words for words in said if "→" in words] == [
        "2 → 5 because ⌈2 × 115/50⌉ = 5",
        "5 → 7 because ⌈5 × 84/50⌉ = 9, limited to the maximum of 7",
        "7 → 5 because ⌈7 × 9/50⌉ = 2, limited by its behavior to 5 (−2 pods in 30 s), and nothing in the last 45 s asked for more",
        "5 → 3 because higher ones left the window: the highest recommendation of the last 45 s was 2 (30 s ago, at 9 %), limited by its behavior to 3 (−2 pods in 30 s); now: ⌈5 × 10/50⌉ = 1",
        "3 → 2 because ⌈3 × 10/50⌉ = 1, raised to the minimum of 2, and nothing in the last 45 s asked for more",
    ]
    assert not any("not explained" in words for words in said)


# -- by hand


def explained(hpa: Autoscaler, usages: list[int | None], current: int, **other: object) -> str:
    pods = [
        PodSample(f"p{i}", u, 100, start_time=-9e9, ready_transition=-9e9, sample_at=0)
        for i, u in enumerate(usages)
    ]
    made = Decider(started=True).decide(0, hpa, current, propose(pods, current, 50, 0, **other))  # type: ignore[arg-type]
    return explain(made, hpa, 0)


def test_the_sentence_of_the_issue() -> None:
    assert explained(HPA, [139, 139], 2) == (
        "2 → 4 because ⌈2 × 139/50⌉ = 6, limited to max(2 × 2, 4) = 4 a step"
    )


def test_within_tolerance_nothing_changes() -> None:
    assert explained(HPA, [54, 54], 2) == "stays at 2: 54/50 = 1.08 is within the tolerance (0.9 to 1.1)"
    assert "(0.9 to 1.5)" in explained(HPA, [70, 70], 2, tolerance_up=0.5)


def test_outside_the_limits_metrics_are_not_asked() -> None:
    made = Decider(started=True).decide(0, HPA, 12, None)
    assert explain(made, HPA, 0) == "12 → 10 because the maximum is 10"


def test_behavior_is_named_with_its_policies() -> None:
    assert explained(replace(HPA, has_behavior=True), [300, 300], 2) == (
        "2 → 6 because ⌈2 × 300/50⌉ = 12, limited by its behavior to 6 (the larger of +4 pods in 15 s, +100 % in 15 s)"
    )
    slow = replace(
        HPA, has_behavior=True, down=ScalingRules(window=0, policies=(ScalingPolicy("Pods", 1, 60),))
    )
    assert explained(slow, [1] * 5, 5) == (
        "5 → 4 because ⌈5 × 1/50⌉ = 1, limited by its behavior to 4 (−1 pod in 60 s)"
    )
    off = replace(HPA, has_behavior=True, up=ScalingRules(select="Disabled"))
    assert (
        explained(off, [300, 300], 2) == "stays at 2: ⌈2 × 300/50⌉ = 12, but its behavior disables scaling up"
    )


def test_an_upward_window_names_the_lowest() -> None:
    hpa = replace(HPA, has_behavior=True, up=ScalingRules(window=60))
    decider = Decider(started=True)
    decider.decide(0, hpa, 2, Proposal("direct", 2, 50, 2, 50, counted=2))
    made = decider.decide(15, hpa, 2, Proposal("direct", 2, 50, 6, 139, counted=2))
    assert explain(made, hpa, 15) == (
        "stays at 2: ⌈2 × 139/50⌉ = 6, but the lowest recommendation of the last 60 s was 2 (15 s ago, at 50 %)"
    )


def story_of(hpa: Autoscaler, wrote: Autoscaler, cpu: int | None) -> Scaling:
    when = {"mono": 0.0, "wall": 1e6}
    one = Container("app", cpu_request=100)
    ready = (Condition("Ready", "True", since=0.0),)
    pods = [
        Pod(f"u{n}", f"p{n}", "d", created=1.0, phase="Running", conditions=ready, containers=(one,))
        for n in (1, 2)
    ]
    story = AutoscalerStory()
    for pod in pods:
        story.apply(Seen(**when, kind="pods", object=pod))
    story.apply(Seen(**when, kind="autoscalers", object=hpa))
    used = tuple(Usage(p.name, cpu, 0, 1e6, 15.0) for p in pods if cpu is not None)
    story.apply(Measured(mono=9.0, wall=1e6 + 9, usages=used))
    story.apply(Seen(mono=10.0, wall=1e6 + 10, kind="autoscalers", object=wrote))
    return story.picture(11.0, 1e6 + 11)


def test_a_number_that_the_samples_do_not_lead_to_is_said_to_be_unexplained() -> None:
    before = replace(HPA, current=2, desired=2, cpu=5)
    told = story_of(before, replace(before, desired=7, cpu=99), 139)
    assert told.decision.endswith("(the samples seen are not the ones that it used)")
    old = replace(before, last_scaled=1.0)
    told = story_of(old, replace(old, desired=7, cpu=99), 139)
    assert (
        told.decision
        == "2 → 7: not explained by what was seen (only the last 10 s of its 300 s window are known)"
    )
    assert story_of(before, replace(before, desired=4, cpu=139), 139).decision.startswith("2 → 4 because")


STABLE = (Condition("AbleToScale", "True", "ScaleDownStabilized"),)


def test_of_a_new_hpa_everything_is_known() -> None:
    """Its first sync takes the current number as recommended: seen in the lab, which is born with its HPA."""
    new = replace(HPA, current=0, desired=0)
    told = story_of(new, replace(new, current=2, desired=2, cpu=1, conditions=STABLE), 1)
    assert (
        told.decision
        == "stays at 2: ⌈2 × 1/50⌉ = 1, but the highest recommendation of the last 300 s was 2 (0 s ago)"
    )


def test_held_by_what_was_before_we_came_is_said_so() -> None:
    old = replace(HPA, current=9, desired=9, cpu=5, conditions=STABLE)
    told = story_of(old, replace(old, cpu=1), 1)
    assert told.decision == "stays at 9: a higher recommendation from before it was watched still counts"
    assert told.window_words.startswith("shrinks within ≈ 299 s")


def test_a_failed_metric_is_not_a_decision() -> None:
    new = replace(HPA, current=0, desired=0)
    unable = (Condition("AbleToScale", "True", "SucceededGetScale"),)
    told = story_of(new, replace(new, current=2, conditions=unable), 139)
    assert (told.decision, told.next_sync_in) == ("", pytest.approx(14.0))


def test_the_hpas_own_cpu_value_explains_where_our_samples_differ_or_are_forbidden() -> None:
    before = replace(HPA, current=2, desired=2, cpu=5)
    grown = replace(before, desired=4, cpu=99)
    for cpu in (139, None):
        assert story_of(before, grown, cpu).decision == "2 → 4 because ⌈2 × 99/50⌉ = 4"


def test_a_controller_with_a_shorter_period_is_noticed() -> None:
    story = AutoscalerStory()
    for at, cpu in ((0.0, 1), (10.0, 2), (13.0, 3), (16.0, 4)):
        seen = replace(HPA, current=2, desired=2, cpu=cpu)
        story.apply(Seen(mono=at, wall=1e6 + at, kind="autoscalers", object=seen))
    assert story.picture(17.0, 0).next_sync_in == pytest.approx(2.0)


def test_other_metrics_are_not_guessed_at() -> None:
    before = replace(HPA, current=2, desired=2, cpu=5, other_metrics=1)
    told = story_of(before, replace(before, desired=7, cpu=139), 139)
    assert told.decision == "2 → 7: not explained by what was seen (its other metrics are not watched here)"


def test_an_edit_of_the_spec_is_no_sync() -> None:
    before = replace(HPA, current=2, desired=2, cpu=5)
    told = story_of(before, replace(before, maximum=5), 5)
    assert (told.decision, told.next_sync_in) == ("", None)


def test_a_fast_lab_syncs_each_three_seconds() -> None:
    story = AutoscalerStory()
    here = {"context": "lab", "namespace": "d", "deployment": "web", "server": "", "is_lab": True}
    story.apply(Targeted(mono=0.0, wall=1e6, fast=True, **here))  # type: ignore[arg-type]
    for at, cpu in ((0.0, 1), (10.0, 2), (13.0, 3)):
        story.apply(
            Seen(
                mono=at, wall=1e6 + at, kind="autoscalers", object=replace(HPA, current=2, desired=2, cpu=cpu)
            )
        )
    assert story.picture(14.0, 0).next_sync_in == pytest.approx(2.0)


def test_without_an_autoscaler_nothing_is_told() -> None:
    story = AutoscalerStory()
    story.apply(Seen(mono=0, wall=0, kind="deployments", object=Deployment("x", "web", "d")))
    assert story.picture(1, 1) == Scaling()
    assert story.unknown() == ""


def test_a_machine_that_slept_knows_no_recommendation_of_that_time(lesson: tuple[Change, ...]) -> None:
    story = AutoscalerStory()
    for change in lesson:
        if change.mono < 160:
            story.apply(change)
    assert story.picture(160, 0).window_ends_in is not None
    later = 160 + 8 * 3600.0
    story.apply(Measured(mono=later, wall=1e6 + later))
    told = story.picture(later, 0)
    assert told.window_ends_in is None
    assert told.next_sync_in is not None


def test_looking_ahead_of_the_changes_spoils_nothing(lesson: tuple[Change, ...]) -> None:
    story = AutoscalerStory()
    for change in lesson:
        if change.mono < 427:
            story.apply(change)
            story.picture(change.mono + 40, 0)
    assert story.picture(427, 0).decision.startswith("10 → 8 because higher ones left the window")


PIECES = st.one_of(
    st.builds(
        lambda at, current, desired, cpu, target, reason: Seen(
            mono=at,
            wall=1e6 + at,
            kind="autoscalers",
            object=replace(
                HPA,
                current=current,
                desired=desired,
                cpu=cpu,
                cpu_target=target,
                conditions=(Condition("AbleToScale", "True", reason),),
            ),
        ),
        st.floats(0, 900),
        st.integers(0, 12),
        st.integers(0, 12),
        st.one_of(st.none(), st.integers(0, 400)),
        st.sampled_from([None, 0, 50]),
        st.sampled_from(["SucceededRescale", "ReadyForNewScale", "ScaleDownStabilized", "SucceededGetScale"]),
    ),
    st.builds(
        lambda at, cpu: Measured(mono=at, wall=1e6 + at, usages=(Usage("p1", cpu, 0, 1e6 + at, 15.0),)),
        st.floats(0, 900),
        st.integers(0, 400),
    ),
    st.builds(
        lambda at, ready, request: Seen(
            mono=at,
            wall=1e6 + at,
            kind="pods",
            object=Pod(
                "u1",
                "p1",
                "d",
                phase="Running",
                conditions=(Condition("Ready", ready, since=1e6),),
                containers=(Container("app", cpu_request=request),),
            ),
        ),
        st.floats(0, 900),
        st.sampled_from(["True", "False", "Unknown"]),
        st.sampled_from([None, 0, 100]),
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, min_size=10, max_size=40))
def test_in_whatever_order_it_comes_something_sane_is_told(changes: list[Change]) -> None:
    story = AutoscalerStory()
    for change in changes:
        story.apply(change)
        told = story.picture(change.mono, change.wall)
        assert told.next_sync_in is None or 0 <= told.next_sync_in <= 16
        assert told.window_ends_in is None or 0 <= told.window_ends_in <= 330
        assert isinstance(story.unknown(), str)


# -- unknown


def inactive(reason: str, message: str) -> Autoscaler:
    return replace(HPA, conditions=(Condition("ScalingActive", "False", reason, message),))


UNABLE = "the HPA was unable to compute the replica count: failed to get cpu utilization: "


@pytest.mark.parametrize(
    ("message", "fix"),
    [
        (
            "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)",
            "metrics-server is not installed: kubectl apply -f https://github.com/kubernetes-sigs/",
        ),
        (
            "unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)",
            "metrics-server is installed but does not answer: kubectl -n kube-system get pods",
        ),
        (
            "missing request for cpu in container hello of Pod web-1",
            "Container hello has no CPU request, and a percentage needs one: kubectl set resources deployment web",
        ),
        ("no metrics returned from resource metrics API", "No sample yet"),
        (
            "did not receive metrics for targeted pods (pods might be unready)",
            "The pods are too young or not ready",
        ),
        (
            "no pods returned by selector while calculating replica count",
            "The target's selector matches no pod",
        ),
        ("something that nobody has seen yet", "the HPA was unable to compute the replica count"),
    ],
)
def test_unknown_is_explained_with_its_fix(message: str, fix: str) -> None:
    assert why_unknown(inactive("FailedGetResourceMetric", UNABLE + message)).startswith(fix)


def test_unknown_has_other_causes_too() -> None:
    assert why_unknown(replace(HPA, cpu=3)) == ""
    assert "has not looked yet" in why_unknown(HPA)
    assert "no CPU utilisation target" in why_unknown(replace(HPA, cpu_target=None))
    assert "kubectl scale deployment web --replicas=2" in why_unknown(inactive("ScalingDisabled", "x"))
    assert "selector is missing" in why_unknown(inactive("InvalidSelector", "x"))
    assert "Two HPAs" in why_unknown(inactive("AmbiguousSelector", "x"))
    unable = (Condition("AbleToScale", "False", "FailedGetScale", "not found"),)
    assert "can't reach its target Deployment/web: not found" in why_unknown(replace(HPA, conditions=unable))
    assert "not installed" in why_unknown(None, "the server could not find the requested resource")


def test_the_reason_of_unknown_is_the_first_condition() -> None:
    hpa = inactive("ScalingDisabled", "scaling is disabled")
    assert condition_words(hpa, why_unknown(hpa))[0].startswith("Scaled to zero")
