"""Tables, discovery, other forms of an answer, and paths that are not served."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lab.conftest import Lab

from k8s_watch.lab import discovery, protobuf
from k8s_watch.lab.kinds import BY_PATH, KEPT, RESOURCES
from k8s_watch.lab.schema import node
from k8s_watch.lab.tables import cells, columns

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC).timestamp()
MADE = {"name": "web", "creationTimestamp": "2026-01-01T11:58:00Z"}


def row(plural: str, value: dict[str, Any]) -> list[Any]:
    """The columns of a plain `kubectl get`."""
    resource = KEPT[plural]
    shown = columns(resource)
    found = cells(resource, {"metadata": MADE, **value}, NOW)
    assert len(found) == len(shown)
    return [cell for cell, column in zip(found, shown, strict=True) if column["priority"] == 0]


def test_rows_are_what_kubectl_prints() -> None:
    template = {"spec": {"containers": [{"name": "c", "image": "i"}]}}
    workload = {"spec": {"replicas": 3, "selector": {"matchLabels": {"a": "b"}}, "template": template}}
    assert row("deployments", {**workload, "status": {"readyReplicas": 2}}) == ["web", "2/3", 0, 0, "2m"]
    assert row("replicasets", {**workload, "status": {"replicas": 3}}) == ["web", 3, 3, 0, "2m"]
    port = {"port": 80, "nodePort": 30001, "protocol": "TCP"}
    service = {"spec": {"type": "NodePort", "clusterIP": "10.96.1.1", "ports": [port]}}
    assert row("services", service) == ["web", "NodePort", "10.96.1.1", "<none>", "80:30001/TCP", "2m"]
    rules = [{"host": name} for name in ("a", "b", "c", "d")]
    assert row("ingresses", {"spec": {"rules": rules}})[2] == "a,b,c + 1 more..."
    assert row("ingresses", {"spec": {"rules": [{"http": {}}]}}) == ["web", "<none>", "*", "", "80", "2m"]


def test_an_autoscaler_shows_current_and_target() -> None:
    target = {"type": "Utilization", "averageUtilization": 50}
    spec = {
        "scaleTargetRef": {"kind": "Deployment", "name": "web"},
        "minReplicas": 2,
        "maxReplicas": 10,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }
    unknown = row("horizontalpodautoscalers", {"spec": spec, "status": {"currentMetrics": None}})
    assert unknown == ["web", "Deployment/web", "cpu: <unknown>/50%", "2", 10, 0, "2m"]
    current = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 139}}}
    known = {"spec": spec, "status": {"currentMetrics": [current], "currentReplicas": 4}}
    assert row("horizontalpodautoscalers", known)[2] == "cpu: 139%/50%"
    odd = {"spec": spec, "status": {"currentMetrics": [{"type": ""}]}}
    assert row("horizontalpodautoscalers", odd)[2] == "cpu: <unknown>/50%"


async def test_a_table_of_pods_has_kubectls_columns(lab: Lab) -> None:
    value = {"metadata": {"name": "web"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    await lab.make("/api/v1/namespaces/default/pods", value)
    status, table = await lab.ask("GET", "/api/v1/namespaces/default/pods", accept=TABLE)
    assert (status, table["kind"]) == (200, "Table")
    assert [one["name"] for one in table["columnDefinitions"] if not one["priority"]] == [
        "Name",
        "Ready",
        "Status",
        "Restarts",
        "Age",
    ]
    (line,) = table["rows"]
    assert line["cells"][:4] == ["web", "0/1", "Pending", "0"]
    assert line["object"]["kind"] == "PartialObjectMetadata"
    _, bare = await lab.ask("GET", "/api/v1/pods?includeObject=None", accept=TABLE)
    assert bare["rows"][0]["object"] is None
    _, whole = await lab.ask("GET", "/api/v1/pods?includeObject=Object", accept=TABLE)
    assert whole["rows"][0]["object"]["spec"]["containers"][0]["name"] == "c"


async def test_a_watched_table_tells_its_columns_once(lab: Lab) -> None:
    async with lab.session.get(
        lab.base + "/api/v1/namespaces?watch=1&timeoutSeconds=1", headers={"Accept": TABLE}
    ) as answer:
        lines = (await answer.text()).splitlines()
    assert len(lines) == 4
    assert '"columnDefinitions":[{' in lines[0]
    assert '"columnDefinitions":null' in lines[1]


async def test_other_forms_and_those_that_are_not_spoken(lab: Lab) -> None:
    place = "/api/v1/namespaces/default"
    _, partial = await lab.ask(
        "GET", place, accept="application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
    )
    assert (partial["kind"], "spec" in partial) == ("PartialObjectMetadata", False)
    _, yaml = await lab.ask("GET", place, accept="application/yaml")
    assert yaml.startswith("apiVersion: v1\nkind: Namespace\n")
    _, plain = await lab.ask("GET", place, accept="application/vnd.kubernetes.protobuf,application/json")
    assert plain["kind"] == "Namespace"
    status, refused = await lab.ask("GET", place, accept="text/html")
    assert (status, refused["reason"]) == (406, "NotAcceptable")
    status, refused = await lab.ask("POST", "/api/v1/namespaces", b"x", kind="text/plain")
    assert (status, refused["reason"]) == (415, "UnsupportedMediaType")
    status, refused = await lab.ask("PATCH", place, b"{}", kind="application/json")
    assert (status, refused["message"]) == (415, "415: Unsupported Media Type")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/foos", 404),
        ("GET", "/apis/batch/v1/jobs", 404),
        ("GET", "/apis/batch/v1", 404),
        ("GET", "/api/v1/pods/web", 404),
        ("GET", "/api/v1/namespaces/default/pods/web/attach", 404),
        ("DELETE", "/api/v1/namespaces", 405),
        ("POST", "/api/v1/namespaces/default/pods/web", 405),
        ("POST", "/api/v1/pods", 405),
        ("GET", "/api/v1/namespaces/default/pods/web/binding", 405),
    ],
)
async def test_what_is_not_served_is_said(lab: Lab, method: str, path: str, status: int) -> None:
    assert (await lab.ask(method, path, {}))[0] == status


async def test_discovery_is_the_same_in_both_forms(lab: Lab) -> None:
    media = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    _, whole = await lab.ask("GET", "/apis", accept=media)
    aggregated = {
        (group["metadata"]["name"], version["version"], resource["resource"])
        for group in whole["items"]
        for version in group["versions"]
        for resource in version["resources"]
    }
    _, groups = await lab.ask("GET", "/apis")
    plain = set()
    for group in groups["groups"]:
        for version in group["versions"]:
            _, listed = await lab.ask("GET", f"/apis/{version['groupVersion']}")
            names = [one["name"] for one in listed["resources"] if "/" not in one["name"]]
            plain |= {(group["name"], version["version"], name) for name in names}
    assert aggregated == plain == {key for key in BY_PATH if key[0]}


def test_every_kind_that_is_served_has_a_schema_and_can_be_validated() -> None:
    for resource in RESOURCES:
        if resource.group != "metrics.k8s.io":
            assert node(resource).fields, resource.kind
        if "patch" in resource.verbs:
            document = discovery.openapi_v3(resource.path)
            assert document is not None
            assert b'"name":"fieldValidation"' in document


def test_protobuf_bodies_are_read() -> None:
    # kubectl create namespace demo, as kubectl 1.37 sends it
    inner = b'\n\x12\n\x04demo\x12\x00\x1a\x00"\x00*\x002\x008\x00B\x00\x12\x00\x1a\x02\n\x00'
    about = b"\n\x02v1\x12\tNamespace"
    data = (
        b"k8s\x00\n" + bytes([len(about)]) + about + b"\x12" + bytes([len(inner)]) + inner + b'\x1a\x00"\x00'
    )
    assert protobuf.read(data) == {
        "kind": "Namespace",
        "apiVersion": "v1",
        "metadata": {"name": "demo"},
        "spec": {},
        "status": {},
    }


@given(st.binary(max_size=60))
def test_malformed_protobuf_is_unreadable_and_nothing_worse(tail: bytes) -> None:
    with contextlib.suppress(protobuf.Unreadable):
        protobuf.read(b"k8s\x00" + tail)
    with contextlib.suppress(protobuf.Unreadable):
        protobuf.read(b"k8s\x00\n\x09\n\x02v1\x12\x03Pod\x12" + bytes([len(tail)]) + tail)
