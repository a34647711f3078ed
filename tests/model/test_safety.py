import pytest

from k8s_watch.model.safety import Asked, Place, decide, host_is_here, is_local


def place(context: str = "prod", server: str = "https://10.0.0.1:6443", **more: object) -> Place:
    return Place(
        context=context,
        server=server,
        namespace="default",
        deployment="web",
        url="http://web.example/",
        **more,
    )  # type: ignore[arg-type]


KILL = Asked("kill", pod="web-1", ready_pods=2, pod_is_ready=True)
BURST = Asked("burst", url="http://web.example/", requests=10_000, concurrency=50)


@pytest.mark.parametrize(
    ("context", "server", "local"),
    [
        ("kind-kind", "https://127.0.0.1:41234", True),
        ("k3d-demo", "https://0.0.0.0:6443", True),
        ("docker-desktop", "https://kubernetes.docker.internal:6443", True),
        ("minikube", "https://192.168.49.2:8443", False),
        ("kind-prod", "https://prod.example:6443", False),
        ("prod", "https://127.0.0.1:6443", False),  # a tunnel to anything
        ("my-kind-kind", "https://127.0.0.1:6443", False),
        ("kind-kind", "https://127.0.0.1.evil.example:6443", False),
    ],
)
def test_a_local_context_needs_the_name_and_a_server_here(context: str, server: str, local: bool):
    assert is_local(context, server) is local


def test_a_host_that_only_begins_like_loopback_is_not_here():
    assert host_is_here("https://127.0.0.2:1")
    assert host_is_here("https://[::1]:1")
    assert not host_is_here("https://127.evil.example")
    assert not host_is_here("not a url")


def test_the_lab_is_hurt_by_one_key():
    assert decide(KILL, place("lab", "https://127.0.0.1:1", is_lab=True)).allowed
    assert not decide(KILL, place("lab", "https://127.0.0.1:1", is_lab=True)).ask


def test_another_context_is_refused_and_says_how_to_allow_it():
    decision = decide(KILL, place())
    assert not decision.allowed
    assert "--allow-faults" in decision.sentence


def test_an_allowed_fault_asks_with_the_exact_target():
    decision = decide(KILL, place(), allow_faults=True)
    assert decision.allowed
    assert decision.ask
    assert "prod: default/web-1" in decision.sentence


def test_read_only_and_replays_refuse_everything():
    lab = place("lab", is_lab=True)
    for asked in (KILL, BURST, Asked("delete", pod="web-1")):
        assert not decide(asked, lab, allow_faults=True, read_only=True).allowed
        assert not decide(asked, place("lab", is_lab=True, is_replay=True), allow_faults=True).allowed


def test_a_burst_through_the_api_server_is_refused_even_in_the_lab():
    decision = decide(BURST, place("lab", is_lab=True, via="service-proxy"))
    assert not decision.allowed
    assert "API server" in decision.sentence


def test_a_burst_without_an_entry_is_refused_and_says_why():
    sought = decide(Asked("burst"), place("lab", is_lab=True))
    assert not sought.allowed
    assert "still being looked for" in sought.sentence
    none = decide(Asked("burst", why_no_url="No Service selects these pods."), place("lab", is_lab=True))
    assert not none.allowed
    assert none.sentence == "No Service selects these pods."


def test_a_kill_that_will_be_held_back_warns():
    held = Asked("kill", pod="web-1", ready_pods=2, pod_is_ready=True, next_delay=(10, 15))
    assert "10-15 s" in decide(held, place("lab", is_lab=True)).warning


def test_the_last_ready_pod_warns():
    last = Asked("kill", pod="web-1", ready_pods=1, pod_is_ready=True)
    assert "last ready pod" in decide(last, place("lab", is_lab=True)).warning


def test_a_pod_that_is_gone_or_not_selected_cannot_be_killed():
    assert not decide(Asked("kill"), place("lab", is_lab=True)).allowed
    assert not decide(Asked("kill", pod="web-1", pod_is_gone=True), place("lab", is_lab=True)).allowed


def test_elsewhere_the_last_ready_pod_asks_twice():
    last = Asked("kill", pod="web-1", ready_pods=1, pod_is_ready=True)
    away = place("prod", server="https://203.0.113.7:6443")
    assert decide(last, away, allow_faults=True).twice
    assert not decide(
        Asked("kill", pod="web-1", ready_pods=2, pod_is_ready=True), away, allow_faults=True
    ).twice
