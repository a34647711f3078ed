"""The columns are what `kubectl get pods` prints; the cases follow printers_test.go of Kubernetes and real pods."""

import gzip
import json
from pathlib import Path

import pytest

from k8s_watch.model.columns import columns, duration, health
from k8s_watch.model.objects import Condition, Container, ContainerState, Pod
from k8s_watch.wire.translate import translate

NOW = 1_000_000.0
PODS = Path(__file__).parents[1] / "recordings" / "pods"
RECORDED = sorted(PODS.glob("*.json"))


def waiting(reason):
    return ContainerState("waiting", reason)


def running(since=NOW - 50):
    return ContainerState("running", started=since)


def ended(code=0, reason="", signal=None, ago=None, ran=5.0):
    finished = None if ago is None else NOW - ago
    started = None if finished is None else finished - ran
    return ContainerState("terminated", reason, "", code, signal, started, finished, "old")


UP = running()


def one(
    state=None, *, ready=None, restarts=0, last=None, role="main", place=0, started=None, known=True, name="c"
):
    ready = (state is UP) if ready is None else ready
    return Container(
        name,
        "i",
        role,
        known=known,
        ready=ready,
        started=started,
        restarts=restarts,
        state=state,
        last=last,
        place=place,
    )


def pod(*containers, phase="Running", init=(), conditions=(), created=NOW - 218, **more):
    return Pod(
        "u",
        "web-1",
        "default",
        created=created,
        phase=phase,
        containers=containers,
        init_containers=init,
        conditions=tuple(Condition(*each) for each in conditions),
        **more,
    )


READY = (("Ready", "True"), ("Initialized", "True"))
UNREADY = (("Ready", "False"), ("Initialized", "True"))

CASES = {
    "a running pod": (pod(one(UP), conditions=READY), "1/1 Running 0", "healthy"),
    "a pod that was just created": (pod(one(known=False), phase="Pending"), "0/1 Pending 0", "starting"),
    "a pod without any status": (pod(one(known=False), phase=""), "0/1  0", "starting"),
    "a pod that does not fit": (
        pod(one(known=False), phase="Pending", conditions=[("PodScheduled", "False", "Unschedulable")]),
        "0/1 Pending 0",
        "failed",
    ),
    "a gated pod": (
        pod(one(known=False), phase="Pending", conditions=[("PodScheduled", "False", "SchedulingGated")]),
        "0/1 SchedulingGated 0",
        "starting",
    ),
    "a container being created": (
        pod(one(waiting("ContainerCreating")), phase="Pending"),
        "0/1 ContainerCreating 0",
        "starting",
    ),
    "a waiting container that gives no reason": (
        pod(one(waiting("")), phase="Pending"),
        "0/1 Pending 0",
        "starting",
    ),
    "an image that is not there": (
        pod(one(waiting("ImagePullBackOff")), phase="Pending"),
        "0/1 ImagePullBackOff 0",
        "failed",
    ),
    "an image that failed just now": (
        pod(one(waiting("ErrImagePull")), phase="Pending"),
        "0/1 ErrImagePull 0",
        "failed",
    ),
    "a missing Secret": (
        pod(one(waiting("CreateContainerConfigError")), phase="Pending"),
        "0/1 CreateContainerConfigError 0",
        "failed",
    ),
    "a command that is not in the image": (
        pod(one(waiting("RunContainerError")), phase="Running"),
        "0/1 RunContainerError 0",
        "failed",
    ),
    "a killed process, just seen": (
        pod(one(ended(0, "Completed")), conditions=UNREADY),
        "0/1 Completed 0",
        "healing",
    ),
    "a crash, just seen": (pod(one(ended(1, "Error")), conditions=UNREADY), "0/1 Error 0", "healing"),
    "a container out of memory": (
        pod(one(ended(137, "OOMKilled"), restarts=1), conditions=UNREADY),
        "0/1 OOMKilled 1",
        "healing",
    ),
    "a signal without a reason": (
        pod(one(ended(137, signal=9)), conditions=UNREADY),
        "0/1 Signal:9 0",
        "healing",
    ),
    "an exit code without a reason": (pod(one(ended(3)), conditions=UNREADY), "0/1 ExitCode:3 0", "healing"),
    "a held back restart": (
        pod(one(waiting("CrashLoopBackOff"), restarts=1, last=ended(1, "Error", ago=12)), conditions=UNREADY),
        "0/1 CrashLoopBackOff 1 (12s ago)",
        "healing",
    ),
    "a crash loop": (
        pod(one(waiting("CrashLoopBackOff"), restarts=3, last=ended(1, "Error", ago=12)), conditions=UNREADY),
        "0/1 CrashLoopBackOff 3 (12s ago)",
        "failed",
    ),
    "a crash loop between its words": (
        pod(one(ended(1, "Error", ago=12), restarts=4), conditions=UNREADY),
        "0/1 Error 4",
        "failed",
    ),
    "an old pod's first crash in weeks": (
        pod(one(ended(1, "Error", ago=1, ran=86_400), restarts=9), conditions=UNREADY),
        "0/1 Error 9",
        "healing",
    ),
    "a restarted container": (
        pod(one(UP, restarts=1, last=ended(0, "Completed", ago=12)), conditions=READY),
        "1/1 Running 1 (12s ago)",
        "healthy",
    ),
    "a restart of which no end is known": (
        pod(one(UP, restarts=2), conditions=READY),
        "1/1 Running 2",
        "healthy",
    ),
    "a restarted container that is not ready yet": (
        pod(one(running(), restarts=1, last=ended(0, ago=12)), conditions=UNREADY),
        "0/1 Running 1 (12s ago)",
        "healing",
    ),
    "a container that is not ready yet": (
        pod(one(running()), conditions=UNREADY),
        "0/1 Running 0",
        "starting",
    ),
    "a container that is not ready any more": (
        pod(one(running(NOW - 50)), conditions=[("Ready", "False", "", "", NOW - 5)]),
        "0/1 Running 0",
        "healing",
    ),
    "a pod on its way out": (pod(one(UP), conditions=READY, deleted=NOW), "1/1 Terminating 0", "leaving"),
    "a completed pod on its way out": (
        pod(one(ended(0, "Completed")), phase="Succeeded", deleted=NOW),
        "0/1 Completed 0",
        "leaving",
    ),
    "a pod on a lost node": (
        pod(one(UP), reason="NodeLost", deleted=NOW, conditions=READY),
        "1/1 Unknown 0",
        "leaving",
    ),
    "a pod whose node was just lost": (
        pod(one(UP), reason="NodeLost", conditions=UNREADY),
        "1/1 NodeLost 0",
        "failed",
    ),
    "an evicted pod": (pod(one(known=False), phase="Failed", reason="Evicted"), "0/1 Evicted 0", "failed"),
    "a job that is done": (
        pod(one(ended(0, "Completed")), phase="Succeeded", restart_policy="Never"),
        "0/1 Completed 0",
        "healthy",
    ),
    "a job that failed": (
        pod(one(ended(2, "Error")), phase="Failed", restart_policy="Never"),
        "0/1 Error 0",
        "failed",
    ),
    "a job that is done, before its phase says so": (
        pod(
            one(ended(0, "Completed", ago=1)),
            conditions=[("Ready", "False", "", "", NOW - 1)],
            restart_policy="Never",
        ),
        "0/1 Completed 0",
        "healthy",
    ),
    "a command that is not in the image, held back": (
        pod(
            one(waiting("CrashLoopBackOff"), restarts=1, last=ended(128, "StartError", ago=3)),
            conditions=UNREADY,
        ),
        "0/1 CrashLoopBackOff 1 (3s ago)",
        "failed",
    ),
    "one of two is done": (
        pod(
            one(ended(0, "Completed"), name="a"),
            one(UP, name="b", place=1),
            conditions=UNREADY,
            restart_policy="OnFailure",
        ),
        "1/2 NotReady 0",
        "starting",
    ),
    "one of two is done and the pod is ready": (
        pod(
            one(ended(0, "Completed"), name="a"),
            one(UP, name="b", place=1),
            conditions=READY,
            restart_policy="OnFailure",
        ),
        "1/2 Running 0",
        "healthy",
    ),
    "one of two is done, the other failed": (
        pod(
            one(ended(0, "Completed"), name="a"),
            one(ended(7, "Error"), name="b", place=1),
            restart_policy="Never",
            phase="Failed",
        ),
        "0/2 Error 0",
        "failed",
    ),
    "the first of the status has the last word": (
        pod(one(ended(1, "Error"), name="b", place=1), one(waiting("ImagePullBackOff"), name="a", place=0)),
        "0/2 ImagePullBackOff 0",
        "failed",
    ),
    "restarts of all containers, the last one's age": (
        pod(
            one(UP, restarts=1, last=ended(1, ago=500)),
            one(UP, restarts=2, last=ended(1, ago=61), place=1),
            conditions=READY,
        ),
        "2/2 Running 3 (61s ago)",
        "healthy",
    ),
    "an init container runs": (
        pod(
            one(waiting("PodInitializing")),
            phase="Pending",
            init=[one(running(), role="init"), one(waiting("PodInitializing"), role="init", place=1)],
        ),
        "0/1 Init:0/2 0",
        "starting",
    ),
    "the second init container runs": (
        pod(
            one(waiting("PodInitializing")),
            phase="Pending",
            init=[one(ended(0, "Completed"), role="init"), one(running(), role="init", place=1)],
        ),
        "0/1 Init:1/2 0",
        "starting",
    ),
    "all init containers are done": (
        pod(one(waiting("PodInitializing")), phase="Pending", init=[one(ended(0, "Completed"), role="init")]),
        "0/1 PodInitializing 0",
        "starting",
    ),
    "an init container failed": (
        pod(one(waiting("PodInitializing")), phase="Pending", init=[one(ended(1, "Error"), role="init")]),
        "0/1 Init:Error 0",
        "healing",
    ),
    "an init container failed for good": (
        pod(
            one(waiting("PodInitializing")),
            phase="Failed",
            restart_policy="Never",
            init=[one(ended(1, "Error"), role="init")],
        ),
        "0/1 Init:Error 0",
        "failed",
    ),
    "an init container failed and gives no reason": (
        pod(one(waiting("PodInitializing")), phase="Pending", init=[one(ended(4), role="init")]),
        "0/1 Init:ExitCode:4 0",
        "healing",
    ),
    "an init container was killed and gives no reason": (
        pod(one(waiting("PodInitializing")), phase="Pending", init=[one(ended(137, signal=9), role="init")]),
        "0/1 Init:Signal:9 0",
        "healing",
    ),
    "an init container in a crash loop": (
        pod(
            one(waiting("PodInitializing")),
            phase="Pending",
            init=[one(waiting("CrashLoopBackOff"), role="init", restarts=3, last=ended(1, ago=200))],
        ),
        "0/1 Init:CrashLoopBackOff 3 (3m20s ago)",
        "failed",
    ),
    "an init container's image is not there": (
        pod(
            one(waiting("PodInitializing")),
            phase="Pending",
            init=[one(waiting("ImagePullBackOff"), role="init")],
        ),
        "0/1 Init:ImagePullBackOff 0",
        "failed",
    ),
    "an init container's restarts do not count once it is done": (
        pod(
            one(UP),
            conditions=READY,
            init=[one(ended(0, "Completed"), role="init", restarts=3, last=ended(1, ago=200))],
        ),
        "1/1 Running 0",
        "healthy",
    ),
    "a sidecar that starts": (
        pod(
            one(waiting("PodInitializing")),
            phase="Pending",
            init=[one(running(), role="sidecar", started=False)],
        ),
        "0/2 Init:0/1 0",
        "starting",
    ),
    "a sidecar beside a running container": (
        pod(
            one(UP),
            conditions=READY,
            init=[one(UP, role="sidecar", started=True, restarts=2, last=ended(1, ago=30))],
        ),
        "2/2 Running 2 (30s ago)",
        "healthy",
    ),
    "a sidecar that is not ready": (
        pod(one(UP), conditions=UNREADY, init=[one(running(), role="sidecar", started=True)]),
        "1/2 Running 0",
        "starting",
    ),
    "a sidecar that crashed after the start": (
        pod(
            one(UP, restarts=1, last=ended(1, ago=90)),
            conditions=UNREADY,
            init=[
                one(
                    waiting("CrashLoopBackOff"),
                    role="sidecar",
                    started=False,
                    restarts=2,
                    last=ended(1, ago=20),
                ),
                one(UP, role="sidecar", started=True, place=1, restarts=5, last=ended(1, ago=1)),
            ],
        ),
        "1/3 Init:CrashLoopBackOff 3 (20s ago)",
        "healing",
    ),
    "readiness gates that are not open": (
        pod(one(UP), conditions=UNREADY, readiness_gates=("example.com/ok",)),
        "1/1 Running 0",
        "starting",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_columns_are_kubectls(case):
    found, printed, _health = CASES[case]
    cells = columns(found, NOW)
    assert f"{cells.ready} {cells.status} {cells.restarts}" == printed
    assert cells.age == "3m38s"


@pytest.mark.parametrize("case", CASES)
def test_health_says_whether_it_comes_up_by_itself(case):
    found, _printed, expected = CASES[case]
    assert health(found, NOW) == expected


def test_an_unknown_age_is_said():
    assert columns(pod(one(UP), created=None), NOW).age == "<unknown>"


# From duration_test.go of apimachinery, and each limit from both sides.
@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2.5, "<invalid>"),
        (-2, "<invalid>"),
        (-1.9, "0s"),
        (-0.5, "0s"),
        (0, "0s"),
        (1.99, "1s"),
        (70, "70s"),
        (119.9, "119s"),
        (120, "2m"),
        (190, "3m10s"),
        (218, "3m38s"),
        (599, "9m59s"),
        (600, "10m"),
        (70 * 60, "70m"),
        (3 * 3600 - 1, "179m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 59, "3h"),
        (5 * 3600 + 120, "5h2m"),
        (8 * 3600 - 1, "7h59m"),
        (8 * 3600, "8h"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (51 * 3600, "2d3h"),
        (8 * 86_400 - 1, "7d23h"),
        (8 * 86_400, "8d"),
        (400 * 86_400, "400d"),
        (2 * 365 * 86_400 - 1, "729d"),
        (2 * 365 * 86_400, "2y"),
        (2 * 365 * 86_400 + 86_400, "2y1d"),
        (8 * 365 * 86_400 - 1, "7y364d"),
        (8 * 365 * 86_400, "8y"),
    ],
)
def test_ages_are_written_as_kubectl_writes_them(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_pods_of_a_real_cluster_are_printed_as_kubectl_printed_them(file):
    recorded = json.loads(file.read_text())
    cells = columns(translate("pods", recorded["pod"]), recorded["at"])
    assert [cells.ready, cells.status, cells.restarts, cells.age] == recorded["printed"]


def test_the_real_pods_are_there():
    assert len(RECORDED) > 30


def test_invented_statuses_are_printed_as_a_real_server_printed_them():
    with gzip.open(PODS / "invented.jsonl.gz") as rows:
        recorded = [json.loads(row) for row in rows]
    assert len(recorded) == 300
    words = set()
    for row in recorded:
        pod = translate("pods", row["pod"])
        # kubectl answered within a second of `at`, so an age may be one step further.
        ours = [columns(pod, row["at"] + late) for late in (0, 1)]
        assert row["printed"] in [[one.ready, one.status, one.restarts, one.age] for one in ours], row
        words.add(row["printed"][1])
        health(pod, row["at"])
    assert len(words) > 30
