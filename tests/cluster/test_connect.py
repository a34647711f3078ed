"""Kubeconfigs, credentials and the first request."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8s_watch.cluster import kubeconfig as files
from k8s_watch.cluster.connect import ConnectOptions, connect, has_kubeconfig
from k8s_watch.cluster.credentials import load
from k8s_watch.model.ports import BadInput, Unauthorised, Unreachable


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "KUBECONFIG",
        "KUBERNETES_SERVICE_HOST",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "https_proxy",
        "http_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


def write(path: Path, **parts: Any) -> Path:
    """A kubeconfig: contexts={name: fields}, clusters=..., users=..., current=..."""
    document: dict[str, Any] = {"current-context": parts.get("current", "")}
    for key, inner in (("contexts", "context"), ("clusters", "cluster"), ("users", "user")):
        document[key] = [{"name": n, inner: f} for n, f in parts.get(key, {}).items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document))
    return path


def simple(
    path: Path, user: dict[str, Any], server: str = "https://127.0.0.1:1", **cluster: Any
) -> ConnectOptions:
    write(
        path,
        current="x",
        contexts={"x": {"cluster": "c", "user": "u"}},
        clusters={"c": {"server": server, **cluster}},
        users={"u": user},
    )
    return ConnectOptions(str(path))


def test_several_files_are_merged_as_kubectl_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "token.txt").write_text("from-b\n")
    one = write(
        tmp_path / "a" / "one",
        contexts={"first": {"cluster": "c", "user": "u", "namespace": "n1"}},
        clusters={"c": {"server": "https://one"}},
    )
    two = write(
        tmp_path / "b" / "two",
        current="first",
        contexts={"first": {"cluster": "other", "user": "u"}, "second": {"cluster": "c", "user": "u"}},
        clusters={"c": {"server": "https://two"}},
        users={"u": {"tokenFile": "token.txt"}},
    )
    monkeypatch.setenv(
        "KUBECONFIG", os.pathsep.join([str(one), "", str(tmp_path / "missing"), str(two), str(one)])
    )
    access = load(ConnectOptions())
    assert (access.context, access.namespace, access.server) == ("first", "n1", "https://one")
    assert access.headers == (("Authorization", "Bearer from-b"),)  # relative to its own file
    assert access.contexts == ("first", "second")
    assert load(ConnectOptions(context="second")).contexts == ("second", "first")
    assert load(ConnectOptions(namespace="mine")).namespace == "mine"


def test_the_file_of_the_home_is_the_default(tmp_path: Path) -> None:
    assert not has_kubeconfig(ConnectOptions())
    path = tmp_path / "home" / ".kube" / "config"
    simple(path, {"username": "me", "password": "pässword"})
    assert has_kubeconfig(ConnectOptions())
    name, value = load(ConnectOptions()).headers[0]
    assert name == "Authorization"
    assert base64.b64decode(value.removeprefix("Basic ")).decode() == "me:pässword"


def test_an_empty_default_file_is_no_kubeconfig_but_a_named_one_that_is_missing_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "home" / ".kube" / "config")
    assert not has_kubeconfig(ConnectOptions())
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "typo"))
    assert has_kubeconfig(ConnectOptions())
    with pytest.raises(BadInput, match=r"typo.*--lab"):
        load(ConnectOptions())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a: [", "not valid YAML"),
        ("- a\n- b\n", "not a kubeconfig"),
        ("\x00", "not valid YAML"),
        ("{}", "no context"),
        ("contexts: {a: b}\n", "no context"),
    ],
)
def test_a_broken_file_is_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "k"
    path.write_text(content)
    assert has_kubeconfig(ConnectOptions(str(path)))
    with pytest.raises(BadInput, match=sentence):
        load(ConnectOptions(str(path)))


def test_an_unknown_context_names_those_that_exist(tmp_path: Path) -> None:
    options = simple(tmp_path / "k", {"token": "t"})
    with pytest.raises(BadInput, match=r"no context nope. It has: x"):
        load(ConnectOptions(options.kubeconfig, "nope"))


def test_impersonation_becomes_headers(tmp_path: Path) -> None:
    options = simple(
        tmp_path / "k",
        {"token": "t", "as": "jane", "as-groups": ["a", "b"], "as-user-extra": {"reason": ["test"]}},
    )
    assert load(options).headers[1:] == (
        ("Impersonate-User", "jane"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Extra-reason", "test"),
    )


def test_a_proxy_that_is_not_http_is_a_sentence(tmp_path: Path) -> None:
    options = simple(tmp_path / "k", {"token": "t"}, **{"proxy-url": "socks5://127.0.0.1:1080"})
    with pytest.raises(BadInput, match="socks5"):
        load(options)


def plugin(tmp_path: Path, body: str, **more: Any) -> dict[str, Any]:
    script = tmp_path / "plugin"
    script.write_text(f"#!{sys.executable}\nimport json, os, sys\n{body}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin", **more}}


def test_an_exec_plugin_gives_a_token_and_is_told_what_the_protocol_asks(tmp_path: Path) -> None:
    user = plugin(
        tmp_path,
        "info = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
        "token = '-'.join([info['spec']['cluster']['server'], os.environ['MY'], sys.argv[1]])\n"
        "print(json.dumps({'apiVersion': info['apiVersion'], 'kind': 'ExecCredential', 'status': {'token': token}}))",
        args=["argument"],
        env=[{"name": "MY", "value": "env"}],
        provideClusterInfo=True,
    )
    access = load(simple(tmp_path / "k", user, "https://host:6443"))
    assert access.headers == (("Authorization", "Bearer https://host:6443-env-argument"),)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("sys.stderr.write('please log in\\x1b[31m'); sys.exit(7)", "exit code 7. please log in"),
        ("print('hello')", "did not answer with credentials"),
        ("print(json.dumps({'status': {}}))", "neither a token nor a certificate"),
        ("print('[]')", "did not answer with credentials"),
    ],
)
def test_a_failing_plugin_is_a_sentence_and_never_anonymous(tmp_path: Path, body: str, sentence: str) -> None:
    with pytest.raises(Unauthorised, match=sentence) as caught:
        load(simple(tmp_path / "k", plugin(tmp_path, body)))
    assert "\x1b" not in str(caught.value)


def test_a_plugin_that_is_not_installed_tells_how_to_install_it(tmp_path: Path) -> None:
    user = {"exec": {"command": "no-such-plugin-anywhere", "installHint": "Install it from example.com"}}
    with pytest.raises(Unauthorised, match=r"not installed. Install it from example.com"):
        load(simple(tmp_path / "k", user))


def test_an_auth_provider_without_a_token_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unauthorised, match="auth-provider"):
        load(simple(tmp_path / "k", {"auth-provider": {"name": "azure", "config": {}}}))


def test_a_pod_uses_its_service_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = tmp_path / "sa"
    account.mkdir()
    for name, text in (("token", "pod-token\n"), ("ca.crt", "PEM"), ("namespace", "ns-of-pod")):
        (account / name).write_text(text)
    monkeypatch.setattr(files, "SERVICE_ACCOUNT", account)
    monkeypatch.setattr("k8s_watch.cluster.credentials.SERVICE_ACCOUNT", account)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    assert has_kubeconfig(ConnectOptions())
    access = load(ConnectOptions())
    assert (access.server, access.namespace, access.context) == (
        "https://[fd00::1]:443",
        "ns-of-pod",
        "in-cluster",
    )
    assert access.headers == (("Authorization", "Bearer pod-token"),)


def test_a_certificate_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    options = simple(
        tmp_path / "k", {"token": "t"}, **{"certificate-authority-data": base64.b64encode(b"x").decode()}
    )
    with pytest.raises(BadInput, match="can't be used"):
        asyncio.run(connect(options))


async def test_a_server_that_refuses_is_a_sentence_that_mentions_the_lab(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(Unreachable, match=r"connection refused.*--lab"):
        await connect(simple(tmp_path / "k", {"token": "t"}, f"https://127.0.0.1:{port}"))


async def test_a_server_that_never_answers_is_given_up_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("k8s_watch.cluster.connect.START_TIMEOUT", 0.2)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        began = time.monotonic()
        with pytest.raises(Unreachable, match=r"no answer within 0.2 s.*--lab"):
            await connect(
                simple(tmp_path / "k", {"token": "t"}, f"https://127.0.0.1:{mute.getsockname()[1]}")
            )
        assert time.monotonic() - began < 2


async def test_bad_credentials_are_told_at_once(api: Any, write_kubeconfig: Any) -> None:
    api.token = "another"
    with pytest.raises(Unauthorised, match="does not accept"):
        await connect(ConnectOptions(str(write_kubeconfig(api.server))))


async def test_a_gateway_without_a_backend_is_no_server(api: Any, write_kubeconfig: Any, tricks: Any) -> None:
    api.tricks["version"].append(tricks["text"](503, "<html>no backend"))
    with pytest.raises(Unreachable, match=r"503.*--lab"):
        await connect(ConnectOptions(str(write_kubeconfig(api.server))))


async def test_a_token_that_was_renewed_meanwhile_is_taken(
    cluster: Any, api: Any, write_kubeconfig: Any
) -> None:
    api.token = "renewed"
    with pytest.raises(Unauthorised):
        await cluster.get("/api/v1/namespaces/default/pods")
    cluster._reloaded = -100.0  # the pause between two looks is over
    write_kubeconfig(api.server, "renewed")
    answers = await asyncio.gather(*(cluster.get("/api/v1/namespaces/default/pods") for _ in range(5)))
    assert all(json.loads(one)["items"] == [] for one in answers)


async def test_a_client_certificate_is_never_left_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "tmp").mkdir()
    data = base64.b64encode(b"no certificate").decode()
    options = simple(tmp_path / "k", {"client-certificate-data": data, "client-key-data": data})
    with pytest.raises(BadInput, match="can't be used"):
        await connect(options)
    assert list((tmp_path / "tmp").iterdir()) == []


async def test_the_context_is_kept_when_another_terminal_chooses_another(
    api: Any, cluster: Any, write_kubeconfig: Any
) -> None:
    path = write_kubeconfig(api.server, "renewed")
    document = json.loads(path.read_text())
    document["contexts"].append({"name": "production", "context": {"cluster": "p", "user": "u"}})
    document["clusters"].append({"name": "p", "cluster": {"server": "https://production.example"}})
    document["current-context"] = "production"
    path.write_text(json.dumps(document))
    api.token = "renewed"
    await cluster.get("/api/v1/namespaces/default/pods")
    assert (cluster.context, cluster.server) == ("fake", api.server)
