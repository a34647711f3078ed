"""The HPA's arithmetic. Cases named Go... are of replica_calculator_test.go and horizontal_test.go (1.36)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8s_watch.model.autoscaling import PodSample, Proposal, propose
from k8s_watch.model.autoscaling_limits import Decider, Recommendation, needs_metrics, step_limit, tolerances
from k8s_watch.model.autoscaling_samples import pod_samples
from k8s_watch.model.changes import Change, Gone, Measured, Seen
from k8s_watch.model.objects import Autoscaler, Condition, Pod, ScalingPolicy, ScalingRules

NOW = 10_000.0
HPA = Autoscaler(uid="h", name="web", namespace="d", minimum=2, maximum=10, cpu_target=50, cpu=1)


def pod(name: str, usage: int | None, **other: object) -> PodSample:
    plain = PodSample(name, usage, 1000, start_time=NOW - 9_000, ready_transition=NOW - 8_990, sample_at=NOW)
    return replace(plain, **other)  # type: ignore[arg-type]


def pods(*usages: int | None) -> list[PodSample]:
    return [pod(f"p{i}", usage) for i, usage in enumerate(usages)]


def proposal(replicas: int, current: int, utilisation: int = 100) -> Proposal:
    return Proposal("direct", current, 50, replicas, utilisation, counted=current)


# -- what CPU asks for


def test_go_scale_up() -> None:
    found = propose(pods(300, 500, 700), 3, 30, NOW)
    assert (found.utilisation, found.average_m, found.replicas, found.outcome) == (50, 500, 5, "direct")


def test_go_scale_down() -> None:
    found = propose(pods(100, 300, 500, 250, 250), 5, 50, NOW)
    assert (found.utilisation, found.replicas) == (28, 3)


def test_go_within_tolerance_keeps_the_number() -> None:
    found = propose(pods(1010, 1030, 1020), 3, 100, NOW)
    assert (found.replicas, found.outcome) == (3, "within tolerance")


def test_go_an_unready_pod_lessens_a_scale_up() -> None:
    young = {"ready": False, "start_time": NOW - 60}
    found = propose([*pods(500, 700), pod("x", 300, **young)], 3, 30, NOW)
    assert (found.utilisation, found.average_m, found.replicas) == (60, 600, 4)
    assert found.unready == ("x",)


def test_go_a_hot_sample_of_a_pod_that_is_just_ready_does_not_count() -> None:
    just = {"start_time": NOW - 40, "ready_transition": NOW - 5, "sample_at": NOW, "sample_window": 15.0}
    found = propose([*pods(500, 500), pod("x", 5_000, **just)], 3, 50, NOW)
    assert (found.replicas, found.outcome) == (3, "within tolerance")


def test_go_ignored_pods_do_not_count_at_all() -> None:
    gone = [pod("x", 900, deleted=True), pod("y", 900, phase="Failed")]
    found = propose([*pods(500, 700), *gone], 4, 30, NOW)
    assert (found.utilisation, found.replicas, found.counted) == (60, 4, 2)


def test_go_missing_metrics_while_scaling_up_count_as_nothing() -> None:
    found = propose(pods(500, 700, None), 3, 30, NOW)  # 1200/3000 = 40 %, 4/3 x 3
    assert (found.refilled, found.replicas, found.outcome) == (40, 4, "refilled")


def test_go_missing_metrics_may_keep_the_number() -> None:
    found = propose(pods(1000, None), 2, 100, NOW)
    assert (found.replicas, found.outcome) == (2, "within tolerance")


def test_go_missing_metrics_while_scaling_down_count_as_all() -> None:
    found = propose(pods(100, 100, 100, None), 4, 50, NOW)  # 1300/4000 = 32 %, ceil(4 x 0.64)
    assert (found.refilled, found.replicas) == (32, 3)


def test_above_a_hundred_percent_missing_pods_count_as_the_target() -> None:
    found = propose(pods(100, 100, 100, None), 4, 300, NOW)  # 300 + 3000 of 4000
    assert found.refilled == 82


def test_a_direction_that_would_flip_keeps_the_number() -> None:
    found = propose(pods(120, None), 2, 50, NOW)  # 12 %, but 56 % with the missing one
    assert (found.refilled, found.replicas, found.outcome) == (56, 2, "direction would flip")


@pytest.mark.parametrize(
    ("samples", "error", "tail"),
    [
        (pods(), "", "no metrics returned from resource metrics API"),
        (pods(None, None), "", "no metrics returned from resource metrics API"),
        ([pod("x", 5, ready=False)], "", "did not receive metrics for targeted pods (pods might be unready)"),
        (
            [pod("x", 5, phase="Pending")],
            "",
            "did not receive metrics for targeted pods (pods might be unready)",
        ),
        (
            [pod("x", 5, request_m=None, container="app")],
            "",
            "missing request for cpu in container app of Pod x",
        ),
        (
            pods(5),
            "the server could not find the requested resource",
            "could not find the requested resource",
        ),
    ],
)
def test_what_the_controller_says_without_a_number(samples: list[PodSample], error: str, tail: str) -> None:
    found = propose(samples, 2, 50, NOW, metrics_error=error)
    assert found.outcome == "failed"
    assert found.message.startswith("the HPA was unable to compute the replica count: failed to get cpu ")
    assert found.message.endswith(tail)


def test_a_pod_that_was_ready_and_is_not_any_more_counts_once_it_is_old() -> None:
    found = propose([pod("x", 900, ready=False, ready_transition=NOW - 100)], 1, 50, NOW)
    assert found.replicas == 2


def test_tolerances_come_from_behavior_only() -> None:
    rules = ScalingRules(tolerance=0.5)
    assert tolerances(replace(HPA, up=rules)) == (0.1, 0.1)
    assert tolerances(replace(HPA, up=rules, has_behavior=True)) == (0.5, 0.1)


# -- window and limits


def decide(decider: Decider, at: float, wanted: int, current: int, hpa: Autoscaler = HPA) -> int:
    return decider.decide(at, hpa, current, proposal(wanted, current)).desired


@pytest.mark.parametrize(("current", "most"), [(1, 4), (2, 4), (3, 6), (10, 20)])
def test_one_step_at_most_doubles_or_makes_four(current: int, most: int) -> None:
    assert step_limit(current) == most


def test_the_highest_recommendation_of_the_window_counts_before_limits() -> None:
    decider = Decider()
    assert decide(decider, 0, 17, 4) == 8
    made = decider.decide(15, HPA, 8, proposal(8, 8, 44))
    assert (made.desired, made.stabilised, made.limit) == (10, 17, "TooManyReplicas")
    assert made.held_by == Recommendation(0, 17, 100)


def test_shrinking_waits_for_the_window() -> None:
    decider = Decider()
    decide(decider, 0, 8, 8)
    assert decide(decider, 300, 1, 8) == 8  # exactly 300 s ago still counts
    assert decide(decider, 315, 1, 8) == 2


def test_conditions_are_the_controllers_own() -> None:
    made = Decider().decide(5, HPA, 2, proposal(11, 2, 261))
    told = {c.type: (c.status, c.reason, c.message, c.since) for c in made.conditions}
    assert told["AbleToScale"] == (
        "True",
        "SucceededRescale",
        "the HPA controller was able to update the target scale to 4",
        5,
    )
    assert told["ScalingActive"][1:3] == (
        "ValidMetricFound",
        "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)",
    )
    assert told["ScalingLimited"][:3] == (
        "True",
        "ScaleUpLimit",
        "the desired replica count is increasing faster than the maximum scale rate",
    )
    assert (made.rescale, made.reason) == (
        True,
        "cpu resource utilization (percentage of request) above target",
    )


def test_a_transition_time_moves_only_with_the_status() -> None:
    known = replace(HPA, conditions=(Condition("ScalingActive", "True", "ValidMetricFound", since=1.0),))
    made = Decider().decide(50, known, 2, proposal(2, 2))
    assert {c.type: c.since for c in made.conditions}["ScalingActive"] == 1.0


def test_a_failed_metric_keeps_the_number_and_says_why() -> None:
    failed = propose(pods(None), 2, 50, NOW)
    made = Decider().decide(0, replace(HPA, desired=2), 2, failed)
    active = next(c for c in made.conditions if c.type == "ScalingActive")
    assert (made.rescale, made.desired, active.status, active.reason) == (
        False,
        2,
        "False",
        "FailedGetResourceMetric",
    )


def test_outside_minimum_and_maximum_metrics_are_not_asked() -> None:
    assert [needs_metrics(HPA, n) for n in (0, 1, 2, 10, 11)] == [False, False, True, True, False]
    assert Decider().decide(0, HPA, 12, None).desired == 10
    assert Decider().decide(0, HPA, 1, None).desired == 2
    off = Decider().decide(0, HPA, 0, None)
    assert (off.rescale, off.conditions[-1].reason) == (False, "ScalingDisabled")


def test_without_a_selector_nothing_is_decided() -> None:
    made = Decider().refuse(0, HPA, 2, "InvalidSelector", "the HPA target's scale is missing a selector")
    assert (made.rescale, made.conditions[-1].status, made.conditions[-1].reason) == (
        False,
        "False",
        "InvalidSelector",
    )


# -- behavior


def with_behavior(up: ScalingRules | None = None, down: ScalingRules | None = None) -> Autoscaler:
    return replace(HPA, has_behavior=True, up=up or ScalingRules(), down=down or ScalingRules())


def test_any_behavior_block_adds_four_pods_or_doubles() -> None:
    """The measured difference: 2, 6, 10 where no block gives 2, 4, 8, 10."""
    decider, hpa = Decider(), with_behavior(down=ScalingRules(window=30))
    assert decide(decider, 0, 11, 2, hpa) == 6
    assert decide(decider, 15.1, 17, 6, hpa) == 10


def test_policies_count_what_was_added_in_their_period() -> None:
    hpa = replace(with_behavior(up=ScalingRules(policies=(ScalingPolicy("Pods", 3, 60),))), maximum=50)
    decider = Decider()
    assert decide(decider, 0, 20, 4, hpa) == 7
    assert decide(decider, 15, 20, 7, hpa) == 7  # three were added in this minute
    assert decide(decider, 61, 20, 7, hpa) == 10


@pytest.mark.parametrize(("select", "expected"), [("Max", 20), ("Min", 13), ("Disabled", 10)])
def test_the_select_policy_chooses_among_policies(select: str, expected: int) -> None:
    rules = ScalingRules(
        select=select, policies=(ScalingPolicy("Pods", 3, 60), ScalingPolicy("Percent", 100, 60))
    )
    assert decide(Decider(), 0, 40, 10, replace(with_behavior(up=rules), maximum=50)) == expected


@pytest.mark.parametrize(("select", "expected"), [("Max", 5), ("Min", 7), ("Disabled", 10)])
def test_going_down_the_select_policy_means_change_too(select: str, expected: int) -> None:
    rules = ScalingRules(
        window=0, select=select, policies=(ScalingPolicy("Pods", 3, 60), ScalingPolicy("Percent", 50, 60))
    )
    made = Decider().decide(0, with_behavior(down=rules), 10, proposal(1, 10))
    assert made.desired == expected
    assert made.limit == "ScaleDownLimit"


def test_a_percent_policy_rounds_up_when_growing_and_down_when_shrinking() -> None:
    up = ScalingRules(policies=(ScalingPolicy("Percent", 10, 60),))
    assert decide(Decider(), 0, 9, 3, with_behavior(up=up)) == 4
    down = ScalingRules(window=0, policies=(ScalingPolicy("Percent", 10, 60),))
    assert decide(Decider(), 0, 2, 5, with_behavior(down=down)) == 4


def test_an_upward_window_takes_the_lowest_recommendation() -> None:
    hpa, decider = with_behavior(up=ScalingRules(window=60)), Decider()
    decide(decider, 0, 3, 3, hpa)
    made = decider.decide(30, hpa, 3, proposal(8, 3))
    assert made.desired == 3
    assert {c.type: c.reason for c in made.conditions}["AbleToScale"] == "ScaleUpStabilized"
    assert decide(decider, 91, 8, 3, hpa) == 7


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 10)), min_size=1, max_size=30),
    st.booleans(),
)
def test_whatever_cpu_does_limits_hold(syncs: list[tuple[int, int]], behavior: bool) -> None:
    decider, hpa, current = Decider(), replace(HPA, has_behavior=behavior), 2
    for n, (cpu, measured) in enumerate(syncs):
        samples = pods(*([cpu * 10] * min(measured, current)), *([None] * max(0, current - measured)))
        made = decider.decide(15.0 * n, hpa, current, propose(samples, current, 50, NOW))
        most = max(step_limit(current), current + 4) if behavior else step_limit(current)
        assert hpa.minimum <= made.desired <= min(hpa.maximum, max(most, current))
        assert made.rescale == (made.desired != current)
        current = made.desired


# -- the recording


def test_fed_with_the_recorded_samples_the_controller_decides_as_it_did(lesson: tuple[Change, ...]) -> None:
    """2 → 4 → 8 → 10 → 8 → 5 → 2, at the syncs that were written and those between that wrote nothing."""
    seen: dict[str, Pod] = {}
    usages: tuple = ()
    decider, decided, written = Decider(started=True), [], []
    last, replicas = 0.0, 2
    for change in lesson:
        match change:
            case Seen(object=Pod() as one):
                seen[one.uid] = one
            case Gone(kind="pods"):
                seen.pop(change.uid, None)
            case Measured():
                usages = change.usages
            case Seen(object=Autoscaler() as hpa) if change.mono > 1:
                ats = (
                    [last + 15.0166 * n for n in range(1, round((change.mono - last) / 15.0166))]
                    if last
                    else []
                )
                for at in [*ats, change.mono]:
                    wall = change.wall - change.mono + at
                    samples = pod_samples(list(seen.values()), usages)
                    made = decider.decide(at, hpa, replicas, propose(samples, replicas, 50, wall))
                    if made.rescale:
                        decided.append((round(at), replicas, made.desired))
                    replicas = made.desired
                last = change.mono
                if hpa.current != hpa.desired:
                    written.append((round(change.mono), hpa.current, hpa.desired))
                assert made.desired == hpa.desired
                assert made.utilisation == hpa.cpu
                assert {(c.type, c.status, c.reason, c.message) for c in made.conditions} == {
                    (c.type, c.status, c.reason, c.message) for c in hpa.conditions
                }
    assert decided == written
    assert [m for _at, _n, m in decided] == [4, 8, 10, 8, 5, 2]
