"""The scheduler's words, and the endpoints behind a Service."""

from k8s_watch.lab.endpoints import chosen, endpoint, ports
from k8s_watch.lab.scheduler import message, verdict


def pod(cpu: str = "100m", memory: str = "100Mi", **spec):
    return {"spec": {"containers": [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}], **spec}}


def test_the_twentieth_pod_of_100m_fits_and_the_next_does_not():
    assert verdict(pod(), [pod()] * 19, {}) == ""
    assert verdict(pod(), [pod()] * 20, {}) == "1 Insufficient cpu"


def test_the_sentence_is_the_schedulers_own():
    full = message("1 Insufficient cpu", pod())
    assert full.startswith("0/1 nodes are available: 1 Insufficient cpu. ")
    assert full.endswith("1 No preemption victims found for incoming pod.")
    assert message("1 Insufficient cpu", pod(cpu="900")).endswith(
        "1 Preemption is not helpful for scheduling."
    )


def test_memory_pod_count_and_node_selector_are_looked_at_too():
    assert verdict(pod(cpu="3", memory="9Gi"), [], {}) == "1 Insufficient cpu, 1 Insufficient memory"
    assert verdict(pod(cpu="0"), [pod(cpu="0", memory="0")] * 110, {}) == "1 Too many pods"
    assert "affinity/selector" in verdict(pod(nodeSelector={"disk": "ssd"}), [], {"disk": "hdd"})
    assert verdict(pod(nodeSelector={"disk": "ssd"}), [], {"disk": "ssd"}) == ""


SERVICE = {
    "metadata": {"name": "web", "namespace": "a"},
    "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
}


def running(
    name: str, *, ready: bool = True, deleted: bool = False, phase: str = "Running", namespace: str = "a"
):
    meta = {
        "name": name,
        "namespace": namespace,
        "uid": name,
        "labels": {"app": "web"},
        "creationTimestamp": name,
    }
    return {
        "metadata": meta | ({"deletionTimestamp": "now"} if deleted else {}),
        "spec": {"containers": [{"ports": [{"name": "http", "containerPort": 5000}]}], "nodeName": "lab"},
        "status": {
            "podIP": "127.1.1.1",
            "phase": phase,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }


def test_only_pods_of_the_namespace_that_have_not_ended_are_behind_a_service():
    pods = [running("2"), running("1"), running("3", phase="Failed"), running("4", namespace="b")]
    assert [p["metadata"]["name"] for p in chosen(SERVICE, pods)] == ["1", "2"]


def test_a_terminating_pod_serves_but_is_not_ready():
    assert endpoint(running("1", deleted=True))["conditions"] == {
        "ready": False,
        "serving": True,
        "terminating": True,
    }
    assert endpoint(running("1", ready=False))["conditions"] == {
        "ready": False,
        "serving": False,
        "terminating": False,
    }


def test_a_named_target_port_is_looked_up_in_the_pods():
    assert ports(SERVICE, [running("1")]) == [{"name": "http", "protocol": "TCP", "port": 5000}]
