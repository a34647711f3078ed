"""Kubernetes' bytes become model objects; hostile bytes become a WireError and nothing else."""

import contextlib
import gzip
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.model.objects import Deployment, EndpointSlice, Pod, ReplicaSet, Route
from k8s_watch.wire.translate import WireError, decode_event, decode_list, decode_metrics, translate

RECORDING = Path(__file__).parents[1] / "recordings" / "lesson-k8s-1.36.jsonl.gz"
KINDS = [
    "pods",
    "endpointslices",
    "deployments",
    "replicasets",
    "autoscalers",
    "services",
    "ingresses",
    "httproutes",
    "events",
]
NAMES = {"horizontalpodautoscalers": "autoscalers"}


@pytest.fixture(scope="module")
def recorded():
    with gzip.open(RECORDING) as lines:
        return [json.loads(line) for line in lines if b'"src":"answer"' not in line]


def pod(**status):
    return {"metadata": {"name": "a", "uid": "u"}, "spec": {"containers": [{"name": "c"}]}, "status": status}


def test_every_watch_line_of_a_real_cluster_is_read(recorded):
    seen = {}
    for line in recorded:
        if line["src"] == "watch":
            event = line["event"]
            found = decode_event(NAMES.get(line["kind"], line["kind"]), json.dumps(event).encode())
            assert found.type == event["type"]
            assert found.version == event["object"]["metadata"]["resourceVersion"]
            assert (found.subject is None) == (found.type == "BOOKMARK")
            if isinstance(found.subject, Pod):
                assert found.subject == translate("pods", event["object"])
            seen[found.type] = seen.get(found.type, 0) + 1
    assert seen == {"ADDED": 80, "MODIFIED": 282, "DELETED": 8, "BOOKMARK": 61}


def test_every_list_of_a_real_cluster_is_read(recorded):
    counts = {}
    for line in recorded:
        if line["src"] == "list":
            kind = NAMES.get(line["kind"], line["kind"])
            found = decode_list(kind, json.dumps(line["object"]).encode())
            counts[kind] = len(found.items)
            assert (found.version, found.continue_, found.skipped) == ("10551", "", 0)
    assert counts == {
        "pods": 2,
        "replicasets": 3,
        "ingresses": 1,
        "deployments": 1,
        "autoscalers": 1,
        "events": 139,
        "endpointslices": 1,
        "services": 2,
    }


def test_a_killed_pod_of_the_recording_tells_how_it_died(recorded):
    for line in recorded:
        if line["src"] == "watch" and line["kind"] == "pods":
            found = decode_event("pods", json.dumps(line["event"]).encode()).subject
            if found is not None and found.main.state.kind == "terminated":
                break
    state = found.main.state
    assert (state.exit_code, state.reason, found.ready, found.phase) == (0, "Completed", False, "Running")
    assert state.container_id == found.main.container_id
    assert found.main.cpu_request == 100
    assert found.created == 1795538577.0


def test_metrics_of_a_real_cluster_are_in_millicores_and_bytes(recorded):
    first = next(line for line in recorded if line["src"] == "metrics")
    usages = decode_metrics(json.dumps(first["object"]).encode())
    assert [(one.cpu, one.memory, one.window) for one in usages] == [
        (1, 21752 * 1024, 15.012),
        (1, 21832 * 1024, 15.004),
    ]
    assert usages[0].at == 1795539543.0


def test_a_pod_without_a_full_reading_is_left_out_as_the_autoscaler_does():
    sample = {
        "metadata": {"name": "a"},
        "containers": [{"usage": {"cpu": "5m", "memory": "1Ki"}}, {"usage": {}}],
    }
    body = json.dumps({"items": [sample, {"metadata": {"name": "b"}, "containers": None}, 7]}).encode()
    assert decode_metrics(body) == ()


def test_nulls_are_as_good_as_nothing():
    odd = {
        "metadata": {"name": "a", "labels": None, "ownerReferences": None},
        "spec": {"containers": None, "initContainers": None},
        "status": {"conditions": None, "containerStatuses": None},
    }
    found = translate("pods", odd)
    assert isinstance(found, Pod)
    assert (found.name, found.containers, found.labels) == ("a", (), {})
    assert translate("events", {"metadata": {"name": "e"}, "eventTime": None, "count": None}).count == 1


def test_a_field_of_an_odd_type_is_left_out_and_the_rest_is_read():
    odd = pod(
        phase="Running",
        podIP=7,
        conditions=[{"type": "Ready", "status": True}, {"type": "X", "status": "True"}],
    )
    odd["metadata"]["labels"] = {"a": "b", "c": 5}
    before = json.dumps(odd)
    line = json.dumps({"type": "MODIFIED", "object": odd}).encode()
    for found in (translate("pods", odd), decode_event("pods", line).subject):
        assert isinstance(found, Pod)
        assert (found.phase, found.ip, found.labels) == ("Running", "", {})
        assert [(one.type, one.status) for one in found.conditions] == [("Ready", ""), ("X", "True")]
    assert json.dumps(odd) == before


def test_one_bad_item_does_not_cost_the_list():
    body = json.dumps(
        {"metadata": {"resourceVersion": "5", "continue": "x"}, "items": [pod(), 3, {"metadata": {}}]}
    )
    found = decode_list("pods", body.encode())
    assert (len(found.items), found.skipped, found.version, found.continue_) == (1, 2, "5", "x")


@pytest.mark.parametrize(
    "body", [b"{}", b'{"error":"log in first"}', b'{"kind":"Status","code":200}', b"<html>", b""]
)
def test_an_answer_that_is_no_list_is_not_taken_for_an_empty_one(body):
    with pytest.raises(WireError):
        decode_list("pods", body)
    with pytest.raises(WireError):
        decode_metrics(body)
    assert decode_list("pods", b'{"metadata":{"resourceVersion":"1"},"items":null}').items == []


def test_an_error_event_carries_its_code():
    line = b'{"type":"ERROR","object":{"kind":"Status","status":"Failure","message":"too old","code":410}}'
    found = decode_event("pods", line)
    assert (found.type, found.code, found.message, found.subject) == ("ERROR", 410, "too old", None)


def test_hostile_text_is_harmless_in_every_field():
    evil = "a\x1b]52;c;x\x07\u202e\x9b"
    found = translate("pods", {"metadata": {"name": evil, "uid": evil, "labels": {evil: evil}}})
    assert "\x1b" not in repr(found).encode().decode("unicode_escape")
    assert found.name == "a\ufffd]52;c;x\ufffd\ufffd\ufffd"


def test_an_empty_current_metric_is_an_unknown_reading():
    found = translate(
        "autoscalers",
        {
            "metadata": {"name": "h"},
            "spec": {"maxReplicas": 3, "metrics": [{"type": "Resource", "resource": {"name": "memory"}}]},
            "status": {"currentMetrics": [{"type": ""}]},
        },
    )
    assert (found.cpu, found.cpu_target, found.other_metrics, found.minimum, found.maximum) == (
        None,
        None,
        1,
        1,
        3,
    )


def test_behavior_is_read_in_both_directions():
    policies = [
        {"type": "Percent", "value": 100, "periodSeconds": 15},
        {"type": "Pods", "value": 4, "periodSeconds": 15},
    ]
    up = {"selectPolicy": "Max", "policies": policies, "tolerance": "50m"}
    spec = {"behavior": {"scaleUp": up, "scaleDown": {"stabilizationWindowSeconds": 0}}}
    found = translate("autoscalers", {"metadata": {"name": "h"}, "spec": spec})
    assert found.has_behavior
    assert [(one.type, one.value, one.period) for one in found.up.policies] == [
        ("Percent", 100, 15),
        ("Pods", 4, 15),
    ]
    assert (found.up.tolerance, found.up.window, found.down.window) == (0.05, None, 0)


def test_a_selector_with_expressions_is_written_as_kubectl_takes_it():
    selector = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]},
            {"key": "env", "operator": "NotIn", "values": ["x"]},
            {"key": "live", "operator": "Exists"},
            {"key": "canary", "operator": "DoesNotExist"},
        ],
    }
    found = translate("deployments", {"metadata": {"name": "d"}, "spec": {"selector": selector}})
    assert isinstance(found, Deployment)
    assert found.selector == "app=web,tier in (a,b),env notin (x),live,!canary"
    assert found.replicas == 1


def container(name, **requests):
    return {"name": name, "resources": {"requests": requests}}


@pytest.mark.parametrize(
    ("spec", "request_"),
    [
        ({"containers": [container("a", cpu="100m"), container("b", cpu=1)]}, 1100),
        ({"containers": [container("a", cpu="100m"), container("b", memory="1Gi")]}, None),
        (
            {
                "containers": [container("a", cpu="100m")],
                "initContainers": [container("i"), container("s", cpu="20m") | {"restartPolicy": "Always"}],
            },
            120,
        ),
        ({"containers": [{"name": "a"}], "resources": {"requests": {"cpu": "2"}}}, 2000),
        ({"containers": [{"name": "a", "resources": {"limits": {"cpu": "0.5"}}}]}, 500),
        ({"containers": []}, None),
    ],
)
def test_a_templates_request_is_what_the_autoscaler_adds_up(spec, request_):
    found = translate("deployments", {"metadata": {"name": "d"}, "spec": {"template": {"spec": spec}}})
    assert found.cpu_request == request_


def test_a_replica_set_knows_its_deployment_and_revision():
    meta = {
        "name": "r",
        "labels": {"pod-template-hash": "abc"},
        "annotations": {"deployment.kubernetes.io/revision": "3"},
        "ownerReferences": [{"uid": "other"}, {"uid": "d", "controller": True}],
    }
    found = translate("replicasets", {"metadata": meta, "spec": {"replicas": 0}})
    assert isinstance(found, ReplicaSet)
    assert (found.owner_uid, found.revision, found.template_hash, found.replicas) == ("d", "3", "abc", 0)


def test_absent_endpoint_conditions_mean_what_the_api_says():
    endpoints = [
        {"addresses": ["10.0.0.1", "10.0.0.9"]},
        {"addresses": ["10.0.0.2"], "conditions": {"ready": False}},
        {"addresses": ["10.0.0.3"], "conditions": {"ready": False, "serving": True, "terminating": True}},
        {"addresses": [], "targetRef": {"kind": "VirtualMachine", "name": "x", "uid": "y"}},
    ]
    found = translate("endpointslices", {"metadata": {"name": "s"}, "endpoints": endpoints})
    assert isinstance(found, EndpointSlice)
    assert [(one.address, one.ready, one.serving, one.terminating) for one in found.endpoints] == [
        ("10.0.0.1", True, True, False),
        ("10.0.0.2", False, False, False),
        ("10.0.0.3", False, True, True),
        ("", True, True, False),
    ]
    assert found.endpoints[3].pod_name == ""


def test_an_ingress_gives_its_ways_in_and_its_tls_hosts():
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    found = translate(
        "ingresses",
        {
            "metadata": {"name": "i"},
            "spec": {
                "defaultBackend": {"service": {"name": "rest", "port": {"number": 80}}},
                "rules": [
                    {"host": "a.example", "http": {"paths": [{"path": "/x", "backend": backend}]}},
                    {"host": "b.example"},
                    {"http": {"paths": [{"backend": {"resource": {"kind": "Bucket"}}}]}},
                ],
                "tls": [{"hosts": ["a.example"]}, {"secretName": "s"}],
            },
            "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}, {"hostname": "lb.example"}, {}]}},
        },
    )
    assert isinstance(found, Route)
    assert [(one.host, one.path, one.service, one.port) for one in found.rules] == [
        ("a.example", "/x", "web", "http"),
        ("", "/", "rest", "80"),
    ]
    assert (found.tls_hosts, found.addresses) == (("a.example", ""), ("1.2.3.4", "lb.example"))


def test_an_http_route_gives_its_ways_in():
    rule = {"matches": [{"path": {"value": "/x"}}, {}], "backendRefs": [{"name": "web", "port": 5000}]}
    spec = {"hostnames": ["a.example"], "parentRefs": [{"name": "gw", "port": 8080}], "rules": [rule]}
    found = translate("httproutes", {"metadata": {"name": "r"}, "spec": spec})
    assert [(one.host, one.path, one.service, one.port) for one in found.rules] == [
        ("a.example", "/x", "web", "5000")
    ]
    assert found.port == 8080


def test_probes_are_told_in_words():
    spec = {
        "name": "c",
        "startupProbe": {"exec": {"command": ["cat", "/x"]}},
        "readinessProbe": {
            "httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"},
            "periodSeconds": 3,
        },
        "livenessProbe": {"tcpSocket": {"port": 5000}, "failureThreshold": 7, "timeoutSeconds": 2},
    }
    found = translate("pods", {"metadata": {"name": "p"}, "spec": {"containers": [spec]}})
    assert [(one.kind, one.how, one.period, one.timeout, one.failures) for one in found.main.probes] == [
        ("startup", "exec cat /x", 10, 1, 3),
        ("readiness", "http-get :http/healthz", 3, 1, 3),
        ("liveness", "tcp :5000", 10, 2, 7),
    ]


def test_kinds_that_are_not_objects_are_refused():
    with pytest.raises(WireError, match="metrics"):
        decode_list("metrics", b"{}")


field_names = st.sampled_from(
    [
        "metadata",
        "name",
        "uid",
        "labels",
        "spec",
        "status",
        "containers",
        "initContainers",
        "resources",
        "requests",
        "cpu",
        "state",
        "terminated",
        "waiting",
        "containerStatuses",
        "conditions",
        "type",
        "object",
        "items",
        "replicas",
        "endpoints",
        "addresses",
        "rules",
        "http",
        "paths",
        "backend",
        "ports",
        "exitCode",
        "restartCount",
        "lastState",
        "readinessProbe",
        "httpGet",
        "port",
        "metrics",
        "resource",
        "target",
        "behavior",
        "scaleUp",
        "policies",
        "value",
        "creationTimestamp",
        "timestamp",
        "window",
        "usage",
        "code",
        "message",
        "resourceVersion",
    ]
) | st.text(max_size=5)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(field_names, inner, max_size=6),
    max_leaves=25,
)


def attempt(read):
    with contextlib.suppress(WireError):
        read()


@given(st.sampled_from(KINDS), st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_wire_error(kind, body):
    attempt(lambda: decode_list(kind, body))
    attempt(lambda: decode_event(kind, body))
    attempt(lambda: decode_metrics(body))


@given(st.sampled_from(KINDS), st.dictionaries(field_names, json_values, max_size=6), st.booleans())
def test_no_json_raises_anything_but_a_wire_error(kind, tree, named):
    if named:
        tree["metadata"] = {
            "name": "a",
            **(tree["metadata"] if isinstance(tree.get("metadata"), dict) else {}),
        }
    attempt(lambda: translate(kind, tree))
    try:
        body = msgspec.json.encode(tree)
    except UnicodeEncodeError:
        return
    attempt(lambda: decode_event(kind, b'{"type":"ADDED","object":' + body + b"}"))
    attempt(lambda: decode_event(kind, b'{"type":"ERROR","object":' + body + b"}"))
    attempt(lambda: decode_list(kind, b'{"items":[' + body + b"]}"))
    attempt(lambda: decode_metrics(b'{"items":[' + body + b"]}"))


@pytest.mark.parametrize(
    "value",
    [
        b"9" * 5000,
        b"1e999",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'"\\ud800"',
        b'"\xff"',
        b"NaN",
        b"-",
    ],
)
def test_bytes_that_break_parsers_are_a_wire_error_or_left_out(value):
    for field in (b"restartCount", b"name", b"state"):
        line = (
            b'{"type":"ADDED","object":{"metadata":{"name":"a"},"status":{"containerStatuses":[{"%s":' % field
        )
        attempt(lambda line=line: decode_event("pods", line + value + b"}]}}}"))
        attempt(lambda line=line: decode_list("pods", b'{"items":[' + line + value + b"}]}}}]}"))
