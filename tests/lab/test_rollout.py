"""A Deployment's decisions, and which pods a ReplicaSet deletes."""

from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.lab import names
from k8s_watch.lab.replicasets import deletion_order
from k8s_watch.lab.rollout import Limits, Set, grown, limits, scaled, shrunk


def test_a_quarter_surges_up_and_falls_down():
    assert limits(2, "25%", "25%") == Limits(1, 0)
    assert limits(10, "25%", "25%") == Limits(3, 2)
    assert limits(4, 0, 0) == Limits(0, 1)
    assert limits(3, 1, 2) == Limits(1, 2)


def test_two_replicas_roll_one_at_a_time_and_never_below_two():
    bounds = limits(2, "25%", "25%")
    assert grown(Set("new", 0), [Set("old", 2, 2)], 2, bounds) == 1
    assert shrunk(Set("new", 1, 0), [Set("old", 2, 2)], 2, bounds) == {}
    assert shrunk(Set("new", 1, 1), [Set("old", 2, 2)], 2, bounds) == {"old": 1}
    assert grown(Set("new", 1, 1), [Set("old", 1, 1)], 2, bounds) == 2
    assert shrunk(Set("new", 2, 2), [Set("old", 1, 1)], 2, bounds) == {"old": 0}


def test_unhealthy_old_pods_go_first():
    assert shrunk(Set("new", 1, 0), [Set("a", 2, 2, "1"), Set("b", 1, 0, "2")], 3, Limits(1, 1)) == {"b": 0}


def roll(replicas: int, bounds: Limits) -> tuple[int, int, int]:
    """Roll to the end with pods that become ready at once: most pods, fewest available, steps."""
    new, old = Set("new", 0, 0), Set("old", replicas, replicas)
    most, fewest = replicas, replicas
    for step in range(1000):
        size = grown(new, [old], replicas, bounds)
        if size != new.replicas:
            new = Set("new", size, new.available)
        else:
            change = shrunk(new, [old], replicas, bounds)
            left = change.get("old", old.replicas)
            if left == old.replicas and new.available == new.replicas:
                assert (new.replicas, old.replicas) == (replicas, 0)
                return most, fewest, step
            old = Set("old", left, min(left, old.available))
        most = max(most, new.replicas + old.replicas)
        fewest = min(fewest, new.available + old.available)
        new = Set("new", new.replicas, new.replicas)
    raise AssertionError("it never ends")


@given(st.integers(1, 30), st.integers(0, 100), st.integers(0, 100))
def test_every_rolling_update_ends_within_its_limits(replicas, surge, unavailable):
    bounds = limits(replicas, f"{surge}%", f"{unavailable}%")
    most, fewest, _ = roll(replicas, bounds)
    assert most <= replicas + bounds.surge
    assert fewest >= replicas - bounds.unavailable


def test_scaling_in_the_middle_of_a_rollout_is_shared_out():
    sizes = scaled([Set("old", 8, 8, "1", 13), Set("new", 5, 5, "2", 13)], 20, Limits(5, 5))
    assert sum(sizes.values()) == 25
    assert sizes["old"] > sizes["new"] > 5


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.integers(0, 5))
def test_sizes_after_scaling_are_never_negative_and_fit(one, two, wanted, surge):
    before = {"a": one, "b": two}
    sizes = before | scaled([Set("a", one, one, "1"), Set("b", two, two, "2")], wanted, Limits(surge, 0))
    assert all(size >= 0 for size in sizes.values())
    if one + two:
        assert sum(sizes.values()) == (wanted + surge if wanted else 0)


NOW = 1_000_000.0


def pod(
    name: str,
    *,
    ready: float | None = None,
    restarts: int = 0,
    node: str = "lab",
    phase: str = "Running",
    cost: str = "",
):
    conditions = (
        [{"type": "Ready", "status": "True", "lastTransitionTime": names.stamp(ready)}] if ready else []
    )
    return {
        "metadata": {
            "name": name,
            "uid": name,
            "creationTimestamp": names.stamp(ready or NOW),
            "annotations": {"controller.kubernetes.io/pod-deletion-cost": cost} if cost else {},
        },
        "spec": {"nodeName": node} if node else {},
        "status": {
            "phase": phase,
            "conditions": conditions,
            "containerStatuses": [{"restartCount": restarts}],
        },
    }


def order(*pods) -> list[str]:
    return [p["metadata"]["name"] for p in deletion_order(list(pods), NOW)]


def test_pods_without_a_node_then_pending_then_unready_ones_are_deleted_first():
    found = order(
        pod("ready", ready=NOW - 100),
        pod("unready"),
        pod("pending", phase="Pending"),
        pod("unbound", phase="Pending", node=""),
    )
    assert found == ["unbound", "pending", "unready", "ready"]


def test_the_newest_ready_pod_goes_before_an_old_one_but_ages_of_one_size_count_as_equal():
    assert order(pod("old", ready=NOW - 1000), pod("new", ready=NOW - 10)) == ["new", "old"]
    # 600 s and 700 s have the same power of two: the uid decides
    assert order(pod("b", ready=NOW - 600), pod("a", ready=NOW - 700)) == ["a", "b"]


def test_a_lower_deletion_cost_goes_first_and_restarts_break_a_tie():
    assert order(pod("dear", ready=NOW - 9, cost="10"), pod("cheap", ready=NOW - 900, cost="-1")) == [
        "cheap",
        "dear",
    ]
    assert order(pod("fresh", ready=NOW - 9), pod("tired", ready=NOW - 9, restarts=3)) == ["tired", "fresh"]


def test_names_use_the_alphabet_of_kubernetes_and_the_hash_follows_the_template():
    assert set(names.suffix(50)) <= set("bcdfghjklmnpqrstvwxz2456789")
    template = {"spec": {"containers": [{"name": "a"}]}}
    assert names.template_hash(template) == names.template_hash(dict(template))
    assert names.template_hash(template) != names.template_hash(template, 1)
    assert len(names.template_hash(template)) <= 10
