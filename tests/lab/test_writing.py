"""Create, update, patch and delete, as Kubernetes answers them."""

from __future__ import annotations

from typing import Any

from tests.lab.conftest import Lab

PODS = "/api/v1/namespaces/default/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


def pod(name: str = "web", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **more}, "spec": {"containers": [{"name": "c", "image": "i"}]}}


def deployment(**spec: Any) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "i:1"}]},
    }
    selector = {"matchLabels": {"app": "web"}}
    return {"metadata": {"name": "web"}, "spec": {"selector": selector, "template": template, **spec}}


async def on_a_node(lab: Lab, name: str = "web", **more: Any) -> dict[str, Any]:
    made = await lab.make(PODS, pod(name, **more))
    status, answer = await lab.ask("POST", f"{PODS}/{name}/binding", {"target": {"name": "lab"}})
    assert (status, answer["status"]) == (201, "Success")
    return made


async def test_a_request_without_the_token_is_unauthorised(lab: Lab) -> None:
    for value in ("", "Bearer wrong", "Basic x"):
        async with lab.session.get(lab.base + "/version", headers={"Authorization": value}) as answer:
            assert answer.status == 401
            assert (await answer.json())["message"] == "Unauthorized"


async def test_a_new_deployment_gets_kubernetes_defaults(lab: Lab) -> None:
    made = await lab.make(DEPLOYMENTS, deployment())
    spec = made["spec"]
    container = spec["template"]["spec"]["containers"][0]
    assert (spec["replicas"], spec["strategy"]["rollingUpdate"]["maxSurge"]) == (1, "25%")
    assert (container["imagePullPolicy"], container["resources"]) == ("IfNotPresent", {})
    assert made["metadata"]["generation"] == 1
    assert made["status"] == {}


async def test_the_generation_counts_changes_of_the_spec_only(lab: Lab) -> None:
    await lab.make(DEPLOYMENTS, deployment())
    place = f"{DEPLOYMENTS}/web"
    _, labelled = await lab.ask("PATCH", place, {"metadata": {"labels": {"a": "b"}}}, MERGE)
    assert labelled["metadata"]["generation"] == 1
    _, scaled = await lab.ask("PATCH", f"{place}/scale", {"spec": {"replicas": 3}}, MERGE)
    assert (scaled["kind"], scaled["spec"], scaled["status"]["selector"]) == (
        "Scale",
        {"replicas": 3},
        "app=web",
    )
    _, marked = await lab.ask("PATCH", f"{place}/status", {"status": {"replicas": 3}}, MERGE)
    assert (marked["metadata"]["generation"], marked["spec"]["replicas"]) == (2, 3)
    assert marked["status"] == {"replicas": 3}


async def test_status_and_spec_do_not_touch_each_other(lab: Lab) -> None:
    await lab.make(DEPLOYMENTS, deployment())
    both = {"spec": {"replicas": 7}, "status": {"replicas": 7}}
    _, main = await lab.ask("PATCH", f"{DEPLOYMENTS}/web", both, MERGE)
    assert (main["spec"]["replicas"], main["status"]) == (7, {})
    both = {"spec": {"replicas": 8}, "status": {"replicas": 8}}
    _, status = await lab.ask("PATCH", f"{DEPLOYMENTS}/web/status", both, MERGE)
    assert (status["spec"]["replicas"], status["status"]["replicas"]) == (7, 8)


async def test_a_write_that_changes_nothing_is_no_event(lab: Lab) -> None:
    made = await lab.make(DEPLOYMENTS, deployment())
    _, again = await lab.ask("PATCH", f"{DEPLOYMENTS}/web", {"spec": {"replicas": 1}}, MERGE)
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


async def test_a_stale_update_is_a_conflict(lab: Lab) -> None:
    made = await lab.make(DEPLOYMENTS, deployment())
    await lab.ask("PATCH", f"{DEPLOYMENTS}/web", {"spec": {"replicas": 2}}, MERGE)
    status, answer = await lab.ask("PUT", f"{DEPLOYMENTS}/web", made)
    assert (status, answer["reason"]) == (409, "Conflict")
    assert answer["message"].startswith('Operation cannot be fulfilled on deployments.apps "web": the object')


async def test_a_taken_name_and_a_missing_one(lab: Lab) -> None:
    await lab.make(PODS, pod())
    assert (await lab.ask("POST", PODS, pod()))[1]["message"] == 'pods "web" already exists'
    assert (await lab.ask("GET", f"{PODS}/nope"))[1]["message"] == 'pods "nope" not found'


async def test_generated_names_are_five_letters_longer(lab: Lab) -> None:
    value = pod("")
    value["metadata"] = {"generateName": "web-"}
    made = await lab.make(PODS, value)
    assert len(made["metadata"]["name"]) == 9


async def test_unknown_fields_are_an_error_when_strict_and_a_warning_else(lab: Lab) -> None:
    value = deployment(replica=2)
    status, answer = await lab.ask("POST", f"{DEPLOYMENTS}?fieldValidation=Strict", value)
    assert (status, answer["message"]) == (
        400,
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: '
        'unknown field "spec.replica"',
    )
    async with lab.session.post(lab.base + DEPLOYMENTS, json=value) as warned:
        assert warned.status == 201
        assert warned.headers["Warning"] == '299 - "unknown field \\"spec.replica\\""'


async def test_a_wrong_type_is_told_as_go_tells_it(lab: Lab) -> None:
    value = deployment()
    value["spec"]["template"]["spec"]["containers"][0]["name"] = 5
    status, answer = await lab.ask("POST", DEPLOYMENTS, value)
    assert status == 400
    assert answer["message"].endswith(
        "json: cannot unmarshal number into Go struct field "
        "Container.spec.template.spec.containers.name of type string"
    )


async def test_what_is_invalid_is_told_field_by_field(lab: Lab) -> None:
    value = {
        "metadata": {"name": "d"},
        "spec": {"replicas": -1, "template": {"spec": {"containers": [{"image": "i"}]}}},
    }
    status, answer = await lab.ask("POST", DEPLOYMENTS, value)
    assert (status, answer["reason"]) == (422, "Invalid")
    assert [one["field"] for one in answer["details"]["causes"]] == [
        "spec.replicas",
        "spec.selector",
        "spec.template.metadata.labels",
        "spec.template.spec.containers[0].name",
    ]


async def test_a_dry_run_keeps_nothing(lab: Lab) -> None:
    before = lab.api.store.version
    status, answer = await lab.ask("POST", f"{PODS}?dryRun=All", pod())
    assert (status, answer["status"]["phase"]) == (201, "Pending")
    assert lab.api.store.version == before


async def test_quantities_are_kept_in_their_canonical_form(lab: Lab) -> None:
    value = pod()
    asked = {"cpu": "0.1", "memory": "1024Mi"}
    value["spec"]["containers"][0]["resources"] = {"requests": asked}
    made = await lab.make(PODS, value)
    assert made["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "100m", "memory": "1Gi"}
    assert made["status"]["qosClass"] == "Burstable"


async def test_a_pod_on_a_node_gets_its_grace_and_goes_when_the_node_says_so(lab: Lab) -> None:
    await on_a_node(lab)
    _, leaving = await lab.ask("DELETE", f"{PODS}/web")
    assert leaving["metadata"]["deletionGracePeriodSeconds"] == 30
    assert "deletionTimestamp" in leaving["metadata"]
    _, sooner = await lab.ask("DELETE", f"{PODS}/web?gracePeriodSeconds=5")
    assert sooner["metadata"]["deletionGracePeriodSeconds"] == 5
    await lab.ask("DELETE", f"{PODS}/web", {"gracePeriodSeconds": 0})
    assert (await lab.ask("GET", f"{PODS}/web"))[0] == 404


async def test_a_pod_without_a_node_is_removed_at_once(lab: Lab) -> None:
    await lab.make(PODS, pod())
    await lab.ask("DELETE", f"{PODS}/web")
    assert (await lab.ask("GET", f"{PODS}/web"))[0] == 404


async def test_an_eviction_is_a_graceful_deletion(lab: Lab) -> None:
    await on_a_node(lab)
    status, _ = await lab.ask("POST", f"{PODS}/web/eviction", {"metadata": {"name": "web"}})
    _, leaving = await lab.ask("GET", f"{PODS}/web")
    assert (status, leaving["metadata"]["deletionGracePeriodSeconds"]) == (201, 30)


async def test_a_pod_is_bound_once(lab: Lab) -> None:
    await on_a_node(lab)
    _, bound = await lab.ask("GET", f"{PODS}/web")
    assert bound["spec"]["nodeName"] == "lab"
    assert bound["status"]["conditions"][0]["type"] == "PodScheduled"
    status, answer = await lab.ask("POST", f"{PODS}/web/binding", {"target": {"name": "other"}})
    assert (status, answer["message"]) == (
        409,
        'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "lab"',
    )


async def test_a_finalizer_holds_an_object_back(lab: Lab) -> None:
    await lab.make(DEPLOYMENTS, {**deployment(), "metadata": {"name": "web", "finalizers": ["a.b/c"]}})
    _, held = await lab.ask("DELETE", f"{DEPLOYMENTS}/web")
    assert "deletionTimestamp" in held["metadata"]
    await lab.ask("PATCH", f"{DEPLOYMENTS}/web", {"metadata": {"finalizers": None}}, MERGE)
    assert (await lab.ask("GET", f"{DEPLOYMENTS}/web"))[0] == 404


async def owned_pod(lab: Lab) -> str:
    made = await lab.make(DEPLOYMENTS, deployment())
    owner = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "web",
        "uid": made["metadata"]["uid"],
        "blockOwnerDeletion": True,
    }
    await on_a_node(lab, "owned", ownerReferences=[owner])
    return f"{PODS}/owned"


async def test_foreground_deletion_waits_for_what_is_owned(lab: Lab) -> None:
    place = await owned_pod(lab)
    _, held = await lab.ask("DELETE", f"{DEPLOYMENTS}/web", {"propagationPolicy": "Foreground"})
    assert held["metadata"]["finalizers"] == ["foregroundDeletion"]
    _, leaving = await lab.ask("GET", place)
    assert "deletionTimestamp" in leaving["metadata"]
    await lab.ask("DELETE", f"{place}?gracePeriodSeconds=0")
    assert (await lab.ask("GET", f"{DEPLOYMENTS}/web"))[0] == 404


async def test_orphans_stay_without_their_owner(lab: Lab) -> None:
    place = await owned_pod(lab)
    await lab.ask("DELETE", f"{DEPLOYMENTS}/web", {"propagationPolicy": "Orphan"})
    assert (await lab.ask("GET", f"{DEPLOYMENTS}/web"))[0] == 404
    _, orphan = await lab.ask("GET", place)
    assert "ownerReferences" not in orphan["metadata"]


async def test_a_deleted_namespace_empties_itself_and_takes_nothing_new(lab: Lab) -> None:
    await lab.make("/api/v1/namespaces", {"metadata": {"name": "demo"}})
    place = "/api/v1/namespaces/demo/pods"
    await lab.make(place, pod())
    await lab.ask("POST", f"{place}/web/binding", {"target": {"name": "lab"}})
    _, leaving = await lab.ask("DELETE", "/api/v1/namespaces/demo")
    assert leaving["status"]["phase"] == "Terminating"
    status, answer = await lab.ask("POST", place, pod("late"))
    assert status == 403
    assert "because it is being terminated" in answer["message"]
    await lab.ask("DELETE", f"{place}/web?gracePeriodSeconds=0")
    assert (await lab.ask("GET", "/api/v1/namespaces/demo"))[0] == 404


async def test_a_namespace_that_is_not_there_takes_nothing(lab: Lab) -> None:
    status, answer = await lab.ask("POST", "/api/v1/namespaces/nope/pods", pod())
    assert (status, answer["message"]) == (404, 'namespaces "nope" not found')


def applied(**data: str) -> bytes:
    lines = [f"  {key}: '{value}'" for key, value in data.items()]
    return "\n".join(["apiVersion: v1", "kind: ConfigMap", "data:", *lines]).encode()


MAP = "/api/v1/namespaces/default/configmaps/c"


async def test_server_side_apply_creates_changes_and_takes_away(lab: Lab) -> None:
    status, _ = await lab.ask("PATCH", f"{MAP}?fieldManager=me", applied(a="1", b="2"), APPLY)
    assert status == 201
    status, answer = await lab.ask("PATCH", f"{MAP}?fieldManager=me", applied(a="3"), APPLY)
    assert (status, answer["data"]) == (200, {"a": "3"})


async def test_server_side_apply_names_conflicts_and_can_force(lab: Lab) -> None:
    await lab.ask("PATCH", f"{MAP}?fieldManager=me", applied(a="1", b="2"), APPLY)
    status, answer = await lab.ask("PATCH", f"{MAP}?fieldManager=you", applied(a="9"), APPLY)
    assert (status, answer["message"]) == (409, 'Apply failed with 1 conflict: conflict with "me": .data.a')
    _, forced = await lab.ask("PATCH", f"{MAP}?fieldManager=you&force=true", applied(a="9"), APPLY)
    assert forced["data"] == {"a": "9", "b": "2"}
    _, back = await lab.ask("PATCH", f"{MAP}?fieldManager=me", applied(b="2"), APPLY)
    assert back["data"] == {"a": "9", "b": "2"}


async def test_a_field_that_two_managers_apply_stays_until_both_drop_it(lab: Lab) -> None:
    for manager in ("me", "you"):
        await lab.ask("PATCH", f"{MAP}?fieldManager={manager}", applied(a="1", b="2"), APPLY)
    _, one = await lab.ask("PATCH", f"{MAP}?fieldManager=me", applied(b="2"), APPLY)
    assert one["data"] == {"a": "1", "b": "2"}
    _, none = await lab.ask("PATCH", f"{MAP}?fieldManager=you", applied(b="2"), APPLY)
    assert none["data"] == {"b": "2"}
