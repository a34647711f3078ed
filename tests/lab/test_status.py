"""A pod's status against what a real kubelet wrote in the recording of the lesson."""

import gzip
import json
from pathlib import Path

import pytest

from k8s_watch.lab import status
from k8s_watch.lab.names import unix
from k8s_watch.lab.status import Run

RECORDING = Path(__file__).parents[1] / "recordings" / "lesson-k8s-1.36.jsonl.gz"
# what depends on the machine, or on volumes and pod-level resources that the lab does not have
OTHERWISE = {"hostIP", "hostIPs", "podIP", "podIPs", "allocatedResources", "resources"}
IN_CONTAINERS = {"volumeMounts", "resources"}


def recorded(pod_end: str) -> list[tuple[float, dict]]:
    found = []
    with gzip.open(RECORDING, "rt") as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["src"] == "watch" and entry["kind"] == "pods":
                pod = entry["event"]["object"]
                if pod["metadata"].get("name", "").endswith(pod_end) and entry["event"]["type"] != "DELETED":
                    found.append((entry["wall"], pod))
    return found


def run_of(pod: dict) -> Run:
    entry = pod["status"]["containerStatuses"][0]
    run = Run(entry["name"], entry["image"], entry["imageID"])
    run.state, run.last = entry["state"], entry["lastState"]
    run.ready, run.started, run.restarts = entry["ready"], entry["started"], entry["restartCount"]
    run.container_id = entry.get("containerID", "")
    run.resources = pod["spec"]["containers"][0]["resources"]
    return run


def bare(found: dict) -> dict:
    whole = {k: v for k, v in found.items() if k not in OTHERWISE}
    whole["containerStatuses"] = [
        {k: v for k, v in c.items() if k not in IN_CONTAINERS} for c in found["containerStatuses"]
    ]
    whole["conditions"] = [
        {k: v for k, v in c.items() if k not in {"lastTransitionTime", "observedGeneration"}}
        for c in found["conditions"]
    ]
    whole.pop("observedGeneration")
    return whole


def since(found: dict) -> list[float]:
    return [unix(c["lastTransitionTime"]) or 0.0 for c in found["conditions"]]


@pytest.mark.parametrize("pod_end", ["clndj", "hnpqk", "rvllg"])
def test_conditions_phase_and_fields_are_kubelets_own_at_every_step(pod_end):
    steps = [(wall, p) for wall, p in recorded(pod_end) if p["status"].get("containerStatuses")]
    assert len(steps) > 3
    before = steps[0][1]
    for wall, pod in steps[1:]:
        started = {c["type"]: c["status"] for c in pod["status"]["conditions"]}[
            "PodReadyToStartContainers"
        ] == "True"
        ended = pod["status"]["phase"] in {"Failed", "Succeeded"}
        known = {**pod, "status": before["status"]}
        found = status.pod_status(known, [run_of(pod)], "10.0.0.1", started or ended, wall)
        if pod["status"] != before["status"]:
            times = [since(found), since(pod["status"])]
            assert bare(found) == bare(pod["status"])
            assert all(abs(a - b) <= 2 for a, b in zip(*times, strict=True))  # arrival and kubelet's clock
        before = pod


def test_a_run_that_begins_again_counts_and_remembers_the_one_before():
    run = Run("web", "image")
    run.begin("containerd://1", 1000)
    assert run.restarts == 0
    run.end(137, 1010)
    assert run.ended["reason"] == "Error"
    run.wait("CrashLoopBackOff", "back-off")
    run.begin("containerd://2", 1020)
    assert run.restarts == 1
    assert run.last["terminated"]["containerID"] == "containerd://1"
    assert "terminated" not in run.state


@pytest.mark.parametrize(
    ("code", "policy", "phase"),
    [
        (0, "Never", "Succeeded"),
        (1, "Never", "Failed"),
        (0, "OnFailure", "Succeeded"),
        (1, "OnFailure", "Running"),
        (0, "Always", "Running"),
    ],
)
def test_the_phase_follows_the_restart_policy(code, policy, phase):
    run = Run("web", "image")
    assert status.phase([run], policy) == "Pending"
    run.begin("containerd://1", 1000)
    run.end(code, 1010)
    assert status.phase([run], policy) == phase


def test_what_ran_when_the_node_died_is_told_as_unknown_255():
    before = {
        "containerID": "containerd://1",
        "image": "i",
        "restartCount": 2,
        "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
    }
    run = status.resumed({"name": "web", "image": "i"}, before, 2e9)
    assert (run.ended["exitCode"], run.ended["reason"], run.restarts) == (255, "Unknown", 2)


def test_a_change_names_what_is_new_and_what_is_gone():
    assert status.change({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 4, "d": 5}) == {"b": 4, "d": 5, "c": None}
