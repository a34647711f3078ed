"""Where the lab was found to differ from a real cluster under kubectl, and no longer does (tests/e2e/kubectl)."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from k8s_watch.lab.applets import Session, run_shell
from k8s_watch.lab.deployment_status import told
from k8s_watch.lab.deployments import _passed_on
from k8s_watch.lab.images import LESSON, STUBBORN
from k8s_watch.lab.status import Run, pod_status

PODS = "/api/v1/namespaces/default/pods"
WEB = "/apis/apps/v1/namespaces/default/deployments"


def deployment(**spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    containers = [{"name": "c", "image": "i"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    whole = {"selector": {"matchLabels": labels}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": whole}


async def test_a_patch_of_the_wrong_type_is_told_as_go_prints_it(lab: Any) -> None:
    await lab.make(WEB, deployment())
    kind = "application/strategic-merge-patch+json"
    status, answer = await lab.ask("PATCH", f"{WEB}/web", {"spec": {"replicas": "many"}}, kind)
    assert status == 422
    words = 'patch: Invalid value: "map[spec:map[replicas:many]]": unrecognized type: int32'
    assert answer["message"].endswith(words)


async def test_zero_and_false_are_dropped_as_go_drops_them(lab: Any) -> None:
    made = await lab.make(WEB, deployment(minReadySeconds=0, paused=False, replicas=0))
    assert "minReadySeconds" not in made["spec"]
    assert "paused" not in made["spec"]
    assert made["spec"]["replicas"] == 0


async def test_nobody_else_may_do_anything(lab: Any) -> None:
    lab.session.headers["Impersonate-User"] = "eve"
    status, answer = await lab.ask("GET", PODS)
    words = (
        'pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "default"'
    )
    assert (status, answer["message"]) == (403, words)
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": "create", "resource": "pods"}},
    }
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    assert (await lab.ask("POST", path, review))[1]["status"] == {"allowed": False}
    lab.session.headers["Impersonate-Group"] = "system:masters"
    assert (await lab.ask("GET", PODS))[0] == 200


async def test_a_label_with_two_slashes_is_no_label(lab: Any) -> None:
    await lab.make(WEB, deployment())
    kind = "application/merge-patch+json"
    status, answer = await lab.ask("PATCH", f"{WEB}/web", {"metadata": {"labels": {"a/b/c": "x"}}}, kind)
    assert status == 422
    assert 'Invalid value: "a/b/c": a valid label key must consist of' in answer["message"]


async def test_a_status_write_of_the_revision_is_no_new_generation(lab: Any) -> None:
    await lab.make(WEB, deployment())
    kind, change = "application/merge-patch+json", {"metadata": {"annotations": {"revision": "1"}}}
    _status, answer = await lab.ask("PATCH", f"{WEB}/web/status", change, kind)
    assert answer["metadata"]["generation"] == 1
    assert answer["metadata"]["annotations"] == {"revision": "1"}
    _status, answer = await lab.ask("PATCH", f"{WEB}/web", {"metadata": {"annotations": {"a": "b"}}}, kind)
    assert answer["metadata"]["generation"] == 2


async def test_kubectl_is_given_an_openapi_document_in_its_form(lab: Any) -> None:
    accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    async with lab.session.get(f"{lab.base}/openapi/v2", headers={"Accept": accept}) as answer:
        assert answer.content_type == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
        assert await answer.read() == b"\x0a\x032.0"


def test_the_condition_that_changed_last_stands_last() -> None:
    old = {"metadata": {"name": "web"}, "spec": {"replicas": 2}, "status": {}}
    first, _wait = told(old, [], None, 0, 0.0)
    assert [c["type"] for c in first["conditions"]] == ["Available", "Progressing"]
    served = {
        "metadata": {"name": "web-1"},
        "spec": {"replicas": 2},
        "status": dict.fromkeys(("replicas", "readyReplicas", "availableReplicas"), 2),
    }
    second, _wait = told({**old, "status": first}, [served], served, 0, 1.0)
    changed = [c["type"] for c in second["conditions"] if c["reason"] != "MinimumReplicasUnavailable"]
    assert changed == ["Available", "Progressing"]
    third, _wait = told({**old, "status": second}, [served], None, 0, 2.0)
    assert third["conditions"][0] == second["conditions"][0]


def test_an_undo_finds_the_annotations_on_the_replicaset() -> None:
    notes = {"note": "hello", "deployment.kubernetes.io/revision": "3"}
    applied = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    assert _passed_on({"metadata": {"annotations": {**notes, **applied}}}) == {"note": "hello"}
    assert _passed_on({"metadata": {}}) == {}


def test_a_pod_tells_what_it_asks_for_and_what_is_mounted() -> None:
    ask = {"requests": {"cpu": "50m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}}
    run = Run("a", "i", container_id="containerd://1", resources=ask, mounts=[{"name": "v"}])
    containers = [{"name": "a", "resources": ask}, {"name": "b", "resources": {"requests": {"cpu": "1"}}}]
    pod = {"metadata": {}, "spec": {"containers": containers}}
    found = pod_status(pod, [run], "127.1.2.3", True, 0)
    assert found["allocatedResources"] == {"cpu": "1050m", "memory": "32Mi"}
    assert found["resources"] == {
        "requests": {"cpu": "1050m", "memory": "32Mi"},
        "limits": {"memory": "256Mi"},
    }
    assert found["containerStatuses"][0]["volumeMounts"] == [{"name": "v"}]


def test_a_pod_has_its_address_while_its_image_is_pulled() -> None:
    pod = {"metadata": {}, "spec": {"containers": [{"name": "a"}]}}
    assert "podIP" not in pod_status(pod, [Run("a", "i")], "127.1.2.3", False, 0)
    assert pod_status(pod, [Run("a", "i")], "127.1.2.3", True, 0)["podIP"] == "127.1.2.3"


@pytest.mark.parametrize(("image", "lines"), [(LESSON, 9), (STUBBORN, 5)])
def test_flask_greets_as_it_does(image: Any, lines: int) -> None:
    said = image.greeting("127.1.2.3", 5000)
    assert len(said) == lines
    assert " * Running on http://127.1.2.3:5000" in said


async def test_bash_in_a_terminal_says_exit() -> None:
    said = bytearray()

    async def take(data: bytes) -> None:
        said.extend(data)

    async def line() -> str:
        return "exit 4"

    class Pod:
        hostname = "web-1"
        image = LESSON
        environment: ClassVar[dict[str, str]] = {}

    session = Session(Pod(), take, take, line, tty=True)  # type: ignore[arg-type]
    assert await run_shell(session, ["bash"]) == 4
    assert said.decode() == "\x1b[?2004hroot@web-1:/app# \x1b[?2004l\rexit\n"
