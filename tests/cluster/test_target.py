"""Which Deployment is meant."""

from __future__ import annotations

from typing import Any

import pytest

from k8s_watch.cluster.target import Target, choose, name_of, resolve
from k8s_watch.model.ports import BadInput


async def deployment(api: Any, name: str) -> None:
    spec = {
        "replicas": 2,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c"}]}},
    }
    await api.put("deployments", name, spec=spec, status={"readyReplicas": 1})


async def service(api: Any, name: str, app: str) -> None:
    await api.put("services", name, spec={"selector": {"app": app}, "ports": [{"port": 80}]})


async def ingress(api: Any, name: str, to: str) -> None:
    path = {"path": "/", "backend": {"service": {"name": to, "port": {"number": 80}}}}
    await api.put("ingresses", name, spec={"rules": [{"http": {"paths": [path]}}]})


async def autoscaler(api: Any, name: str, of: str) -> None:
    target = {"kind": "Deployment", "name": of, "apiVersion": "apps/v1"}
    await api.put("horizontalpodautoscalers", name, spec={"scaleTargetRef": target, "maxReplicas": 3})


@pytest.mark.parametrize(
    "text", ["web", "deployment/web", "deploy/web", "deployments/web", "Deployment.apps/web"]
)
def test_every_spelling_of_a_name_is_understood(text: str) -> None:
    assert name_of(text) == "web"


@pytest.mark.parametrize("text", ["pod/web", "deployment/", "a/b/c", "/web"])
def test_other_kinds_are_refused_in_words(text: str) -> None:
    with pytest.raises(BadInput, match="deployment/NAME"):
        name_of(text)


async def test_a_named_target_comes_with_its_selector(cluster: Any, api: Any) -> None:
    await deployment(api, "web")
    await deployment(api, "other")
    found = await resolve(cluster, "deploy/web", "http://here/")
    assert found == Target("default", "web", "app=web", {"app": "web"}, "http://here/")


async def test_a_named_target_that_does_not_exist_is_waited_for(cluster: Any) -> None:
    assert await resolve(cluster, "later") == Target("default", "later")


async def test_a_named_target_that_may_not_be_read_is_taken_by_its_name(cluster: Any, api: Any) -> None:
    api.denied["deployments"] = 403
    assert await resolve(cluster, "hidden") == Target("default", "hidden")


@pytest.mark.parametrize("by", ["hpa", "ingress", "both", "nothing"])
async def test_the_only_deployment_that_something_points_at_is_meant(cluster: Any, api: Any, by: str) -> None:
    await deployment(api, "web")
    if by != "nothing":
        await deployment(api, "other")
        await service(api, "for-other", "other")
    if by in {"hpa", "both"}:
        await autoscaler(api, "h", "web")
    if by in {"ingress", "both"}:
        await service(api, "svc", "web")
        await ingress(api, "i", "svc")
    found = await resolve(cluster)
    assert isinstance(found, Target)
    assert found.deployment == "web"


async def test_two_that_are_pointed_at_are_a_choice_with_notes(cluster: Any, api: Any) -> None:
    for name in ("plain", "web", "scaled"):
        await deployment(api, name)
    await service(api, "svc", "web")
    await ingress(api, "i", "svc")
    await autoscaler(api, "h", "scaled")
    found = await resolve(cluster)
    assert isinstance(found, list)
    assert [(c.deployment, c.note) for c in found] == [("scaled", "HPA"), ("web", "Ingress /"), ("plain", "")]
    assert (found[0].ready, found[0].wanted, found[0].context) == (1, 2, "fake")


async def test_choices_do_without_what_may_not_be_read(cluster: Any, api: Any) -> None:
    await deployment(api, "web")
    api.denied.update({"horizontalpodautoscalers": 403, "ingresses": 500, "httproutes": 404})
    assert [c.deployment for c in await choose(cluster)] == ["web"]


async def test_nothing_to_watch_is_a_sentence(cluster: Any) -> None:
    with pytest.raises(BadInput, match="no Deployment to watch"):
        await resolve(cluster)
