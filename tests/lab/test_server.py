"""The API server as a process of its own, under a real kubectl."""

from __future__ import annotations

import json
import urllib.error

import pytest
from tests.lab.conftest import RealServer

LESSON = (
    "create deployment hello-world-flask --image=lyzhang1999/hello-world-flask:latest --replicas=2",
    "create service clusterip hello-world-flask --tcp=5000:5000",
    "create ingress hello-world-flask --rule=/=hello-world-flask:5000",
    "autoscale deployment hello-world-flask --cpu-percent=50 --min=2 --max=10",
)
PATCH = (
    '[{"op": "add", "path": "/spec/template/spec/containers/0/resources", '
    '"value": {"requests": {"memory": "100Mi", "cpu": "100m"}}}]'
)
MANIFEST = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "1", b: "2"}
"""


def says(server: RealServer, *words: str, given: str = "") -> str:
    done = server.kubectl(*words, given=given)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_lessons_commands_work_as_they_stand(real_server: RealServer) -> None:
    told = [says(real_server, *line.split()) for line in LESSON]
    assert told == [
        "deployment.apps/hello-world-flask created",
        "service/hello-world-flask created",
        "ingress.networking.k8s.io/hello-world-flask created",
        "horizontalpodautoscaler.autoscaling/hello-world-flask autoscaled",
    ]
    patched = says(real_server, "patch", "deployment", "hello-world-flask", "--type=json", f"-p={PATCH}")
    assert patched == "deployment.apps/hello-world-flask patched"
    deployment = json.loads(says(real_server, "get", "deploy", "hello-world-flask", "-o", "json"))
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {"requests": {"cpu": "100m", "memory": "100Mi"}}
    assert says(real_server, "get", "hpa").splitlines()[1].split()[:5] == [
        "hello-world-flask",
        "Deployment/hello-world-flask",
        "cpu:",
        "<unknown>/50%",
        "2",
    ]
    row = says(real_server, "get", "ing").splitlines()[1].split()
    assert row[:-1] == ["hello-world-flask", "<none>", "*", "80"]


def test_apply_in_both_ways_and_the_errors_of_kubectl(real_server: RealServer) -> None:
    apply = ("apply", "-f", "-")
    assert says(real_server, *apply, given=MANIFEST) == "configmap/settings created"
    assert says(real_server, *apply, given=MANIFEST) == "configmap/settings unchanged"
    fewer = MANIFEST.replace(', b: "2"', "")
    assert says(real_server, *apply, given=fewer) == "configmap/settings configured"
    assert says(real_server, "get", "cm", "settings", "-o", "jsonpath={.data}") == '{"a":"1"}'
    server_side = ("apply", "--server-side", "-f", "-")
    assert says(real_server, *server_side, given=MANIFEST) == "configmap/settings serverside-applied"
    assert says(real_server, *server_side, given=fewer) == "configmap/settings serverside-applied"
    assert says(real_server, "get", "cm", "settings", "-o", "jsonpath={.data}") == '{"a":"1"}'
    wrong = real_server.kubectl(*apply, given=MANIFEST.replace("\ndata", "\ndaata"))
    assert 'strict decoding error: unknown field "daata"' in wrong.stderr
    missing = real_server.kubectl("get", "pod", "nope")
    assert missing.stderr == 'Error from server (NotFound): pods "nope" not found\n'
    unknown = real_server.kubectl("get", "jobs")
    assert unknown.stderr == 'error: the server doesn\'t have a resource type "jobs"\n'


def test_a_killed_server_comes_back_with_its_objects(real_server: RealServer) -> None:
    says(real_server, "create", "configmap", "kept", "--from-literal=a=b")
    before = json.loads(real_server.get("/api/v1/namespaces/default/configmaps/kept"))
    real_server.kill_and_start()
    after = json.loads(real_server.get("/api/v1/namespaces/default/configmaps/kept"))
    assert after == before
    version = before["metadata"]["resourceVersion"]
    told = real_server.get(f"/api/v1/configmaps?watch=1&resourceVersion={version}")
    assert json.loads(told)["object"]["code"] == 410
    listed = json.loads(real_server.get("/api/v1/configmaps"))
    assert int(listed["metadata"]["resourceVersion"]) > int(version)


def test_an_outage_closes_the_port_and_ends_with_the_past_forgotten(real_server: RealServer) -> None:
    version = json.loads(real_server.get("/api/v1/pods"))["metadata"]["resourceVersion"]
    assert real_server.get("/lab/outage?seconds=0.3", method="POST") == b"away for 0.3 s\n"
    refused = False
    for _ in range(200):
        try:
            real_server.get("/readyz")
        except urllib.error.HTTPError:
            raise
        except OSError:
            refused = True
            break
    assert refused
    real_server.wait()
    told = real_server.get(f"/api/v1/pods?watch=1&resourceVersion={version}")
    assert json.loads(told)["object"]["reason"] == "Expired"


def test_an_outage_needs_the_token(real_server: RealServer) -> None:
    real_server.box = type(real_server.box)(**{**vars_of(real_server), "token": "wrong"})
    with pytest.raises(urllib.error.HTTPError, match="401"):
        real_server.get("/lab/outage?seconds=60", method="POST")


def vars_of(server: RealServer) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(server.box)


def test_it_says_what_it_is(real_server: RealServer) -> None:
    entry = f"http://127.0.0.1:{real_server.box.entry_port}"
    assert json.loads(real_server.get("/lab")) == {"lab": True, "fast": False, "entry": entry}


def test_what_it_is_needs_the_token(real_server: RealServer) -> None:
    real_server.box = type(real_server.box)(**{**vars_of(real_server), "token": "wrong"})
    with pytest.raises(urllib.error.HTTPError, match="401"):
        real_server.get("/lab")
