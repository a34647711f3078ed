"""Everything about one target, together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from k8s_watch.cluster.sources import Sources, watch_target
from k8s_watch.cluster.target import Target, resolve
from k8s_watch.model.changes import Absent, Denied, Gone, Live, Measured, Said, Seen, Targeted


async def deployment(api: Any, name: str = "web", app: str = "web") -> None:
    template = {"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "c"}]}}
    await api.put("deployments", name, spec={"selector": {"matchLabels": {"app": app}}, "template": template})


async def service(api: Any, name: str, app: str = "web") -> None:
    await api.put("services", name, spec={"selector": {"app": app}, "ports": [{"port": 80}]})


async def ingress(api: Any, name: str, to: str, path: str = "/") -> None:
    way = {"path": path, "backend": {"service": {"name": to, "port": {"number": 80}}}}
    await api.put("ingresses", name, spec={"rules": [{"http": {"paths": [way]}}]})


@pytest.fixture
async def run(cluster: Any, heard: Any, pace: Any) -> AsyncIterator[Any]:
    running: list[tuple[Sources, asyncio.Task[None]]] = []

    def start(target: Any, emit: Any = None) -> Sources:
        sources = Sources(cluster, target, emit or heard.emit, pace)
        running.append((sources, asyncio.create_task(sources.run())))
        return sources

    yield start
    for sources, task in running:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await sources.end()
        assert not sources._tasks


def last_target(heard: Any) -> Any:
    nothing = Targeted(wall=0, mono=0, context="", namespace="", deployment="", server="")
    return (heard.of(Targeted) or [nothing])[-1]


async def test_a_whole_target_is_told(api: Any, cluster: Any, heard: Any, run: Any) -> None:
    await deployment(api)
    await service(api, "svc")
    await service(api, "foreign", "other")
    await ingress(api, "in", "svc")
    await api.put("pods", "web-1-a")
    for name, of in (("h", "web"), ("h2", "other")):
        reference = {"kind": "Deployment", "name": of}
        await api.put("horizontalpodautoscalers", name, spec={"scaleTargetRef": reference, "maxReplicas": 3})
    for name in ("web-1-a", "node-1", "svc", "h"):
        await api.put("events", f"e-{name}", involvedObject={"name": name}, reason="R")
    run(await resolve(cluster, "web"))
    await heard.until(lambda: last_target(heard).url and len(heard.of(Live)) >= 10)
    assert heard.of(Targeted)[0].deployment == "web"
    target = last_target(heard)
    assert (target.url, target.via) == ("http://127.0.0.1/", "ingress")
    seen = {(c.kind, getattr(c.object, "name", "")) for c in heard.of(Seen)}
    assert ("services", "svc") in seen
    assert ("services", "foreign") not in seen
    assert ("autoscalers", "h2") not in seen
    assert {c.object.object_name for c in heard.of(Seen) if c.kind == "events"} == {"web-1-a", "svc", "h"}
    watched = [r.query["labelSelector"] for verb, r in api.asked if verb == "watch" and "slices" in r.path]
    assert watched == ["kubernetes.io/service-name in (svc)"]


async def test_the_url_follows_the_ingress(api: Any, cluster: Any, heard: Any, run: Any) -> None:
    await deployment(api)
    run(await resolve(cluster, "web"))
    await heard.until(lambda: "No Service" in last_target(heard).entry_note)
    await service(api, "svc")
    await heard.until(lambda: last_target(heard).via == "service-proxy")
    await ingress(api, "in", "svc")
    await heard.until(lambda: last_target(heard).url == "http://127.0.0.1/")
    await ingress(api, "in", "svc", "/shop")
    await heard.until(lambda: last_target(heard).url == "http://127.0.0.1/shop")
    await api.remove("ingresses", "in")
    await heard.until(lambda: last_target(heard).via == "service-proxy")
    assert [c.name for c in heard.of(Gone) if c.kind == "ingresses"] == ["in"]


async def test_a_given_url_is_never_replaced(api: Any, cluster: Any, heard: Any, run: Any) -> None:
    await deployment(api)
    await service(api, "svc")
    await ingress(api, "in", "svc")
    run(await resolve(cluster, "web", "http://mine/"))
    await heard.until(lambda: [c for c in heard.of(Live) if c.kind == "endpointslices"])
    assert [(c.url, c.via) for c in heard.of(Targeted)] == [("http://mine/", "url")]


async def test_a_target_that_is_not_there_yet_is_waited_for(api: Any, heard: Any, run: Any) -> None:
    run(Target("default", "web"))
    await heard.until(lambda: any("waiting for it" in c.text for c in heard.of(Said)))
    await deployment(api)
    await api.put("pods", "web-1-a")
    await heard.until(lambda: ("pods", "web-1-a") in heard.table)


async def test_a_target_made_anew_with_another_selector_is_followed_to_its_new_pods(
    api: Any, cluster: Any, heard: Any, run: Any
) -> None:
    await deployment(api)
    run(await resolve(cluster, "web"))
    await heard.until(lambda: [c for c in heard.of(Live) if c.kind == "pods"])
    await api.remove("deployments", "web")
    await heard.until(lambda: [c for c in heard.of(Gone) if c.kind == "deployments"])
    await deployment(api, "web", "fresh")

    def followed() -> set[str]:
        pods = [r for _verb, r in api.asked if r.path.endswith("/pods") and "metrics" not in r.path]
        return {r.query.get("labelSelector", "") for r in pods}

    await heard.until(lambda: "app=fresh" in followed())


async def test_endpoints_of_a_service_that_went_are_gone(
    api: Any, cluster: Any, heard: Any, run: Any
) -> None:
    await deployment(api)
    await service(api, "svc")
    await api.put("endpointslices", "svc-x")
    run(await resolve(cluster, "web"))
    await heard.until(lambda: ("endpointslices", "svc-x") in heard.table)
    await api.remove("services", "svc")
    await heard.until(lambda: ("endpointslices", "svc-x") not in heard.table)


async def test_missing_permissions_take_only_their_own_panel(
    api: Any, cluster: Any, heard: Any, run: Any
) -> None:
    await deployment(api)
    await api.put("pods", "web-1-a")
    api.denied.update({"services": 403, "horizontalpodautoscalers": 403, "events": 403})
    run(await resolve(cluster, "web"))
    await heard.until(lambda: len(heard.of(Denied)) >= 3 and ("pods", "web-1-a") in heard.table)
    assert {c.permission for c in heard.of(Denied)} == {
        "list services",
        "list horizontalpodautoscalers",
        "list events",
    }
    await heard.until(lambda: "may not be read" in last_target(heard).entry_note)


async def test_a_deployment_that_may_not_be_read_is_guessed_by_its_label(
    api: Any, cluster: Any, heard: Any, run: Any
) -> None:
    api.denied["deployments"] = 403
    await api.put("pods", "web-1-a")
    run(await resolve(cluster, "web"))
    await heard.until(lambda: ("pods", "web-1-a") in heard.table)
    assert any("app=web" in c.text for c in heard.of(Said))


async def test_metrics_are_polled_and_their_absence_is_explained(
    api: Any, cluster: Any, heard: Any, run: Any, tricks: Any
) -> None:
    await deployment(api)
    api.served = {"deployments", "pods", "v1beta1", "metrics"}

    sources = run(await resolve(cluster, "web"))
    await heard.until(lambda: len(heard.of(Measured)) >= 2)
    assert heard.of(Measured)[0].error == ""
    assert sources.pulse.up
    api.denied["pods"] = 503
    await heard.until(lambda: "is its pod ready" in heard.of(Measured)[-1].error)
    api.denied["pods"] = 404
    await heard.until(lambda: [c for c in heard.of(Absent) if c.kind == "metrics"])
    assert "not installed" in heard.of(Measured)[-1].error


async def test_a_crash_in_one_task_is_said_and_the_others_go_on(
    api: Any, cluster: Any, heard: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("k8s_watch.cluster.sources.RESTART", 0.01)
    await deployment(api)
    crashed = []

    def emit(change: Any) -> None:
        if isinstance(change, Seen) and change.kind == "pods" and not crashed:
            crashed.append(change)
            raise ZeroDivisionError
        heard.emit(change)

    run(await resolve(cluster, "web"), emit)
    await api.put("pods", "web-1-a")
    await heard.until(lambda: ("pods", "web-1-a") in heard.table)
    assert crashed
    assert [c.level for c in heard.of(Said)] == ["error"]
    assert "pods" in heard.of(Said)[0].text


async def test_the_url_of_an_httproute_comes_from_its_gateway(
    api: Any, cluster: Any, heard: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("k8s_watch.cluster.sources.GATEWAY", 0.01)
    await deployment(api)
    await service(api, "svc")
    rules = [{"backendRefs": [{"name": "svc", "port": 80}], "matches": [{"path": {"value": "/shop"}}]}]
    spec = {"parentRefs": [{"name": "g"}], "hostnames": ["shop.example"], "rules": rules}
    await api.put("httproutes", "r", spec=spec)
    listener = {"name": "http", "protocol": "HTTP", "port": 8080}
    await api.put("gateways", "g", spec={"listeners": [listener]})
    run(await resolve(cluster, "web"))
    await heard.until(lambda: last_target(heard).url == "http://127.0.0.1:8080/shop")
    assert last_target(heard).host_header == "shop.example"
    address = {"addresses": [{"value": "10.0.0.7"}]}
    await api.put("gateways", "g", spec={"listeners": [listener]}, status=address)
    await heard.until(lambda: last_target(heard).url == "http://10.0.0.7:8080/shop")


@pytest.mark.parametrize(("fast", "seconds"), [(True, 1.5), (False, 5.0)])
async def test_a_fast_labs_metrics_are_asked_more_often(
    cluster: Any, heard: Any, monkeypatch: pytest.MonkeyPatch, fast: bool, seconds: float
) -> None:
    paces: list[Any] = []

    class Noted(Sources):
        async def run(self) -> None:
            paces.append(self._pace.metrics)

    monkeypatch.setattr("k8s_watch.cluster.sources.Sources", Noted)
    await watch_target(cluster, Target("default", "web", fast=fast), heard.emit)
    assert paces == [seconds]
