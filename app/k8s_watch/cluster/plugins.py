"""Credentials that a program has to fetch: exec plugins, and the old auth-providers.

Exec plugins are run here, by the protocol of client.authentication.k8s.io: the client package's loader logs
a failing plugin and goes on as system:anonymous, and breaks on one that fails at a terminal.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..model.ports import BadInput, Unauthorised
from ..model.words import _
from ..wire.clean import clean
from .kubeconfig import Kubeconfig, Named, blob, terminal

PATIENCE = 90.0  # seconds: some plugins open a browser and wait for a person


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a plugin gave. Certificate and key are PEM."""

    token: str = ""
    certificate: bytes = b""
    key: bytes = b""


def run_plugin(user: Named, cluster: Named) -> Fetched:
    """Run a user's exec plugin. Blocks. Raises BadInput, Unauthorised."""
    spec: Mapping[str, Any] = user.fields["exec"]
    command = str(spec.get("command") or "")
    if not command:
        raise BadInput(_("The kubeconfig's exec plugin has no command."))
    if os.sep in command and not os.path.isabs(command):
        command = str(user.folder / command)
    version = str(spec.get("apiVersion") or "client.authentication.k8s.io/v1")
    interactive = spec.get("interactiveMode") != "Never" and not terminal.taken and sys.stdin.isatty()
    environment = dict(os.environ)
    environment.update({str(e["name"]): str(e["value"]) for e in spec.get("env") or ()})
    environment["KUBERNETES_EXEC_INFO"] = json.dumps(_question(version, interactive, spec, cluster))
    arguments = [command, *(str(a) for a in spec.get("args") or ())]
    output = _run(arguments, environment, interactive, command, str(spec.get("installHint") or ""))
    return _answer(output, command)


def _question(version: str, interactive: bool, spec: Mapping[str, Any], cluster: Named) -> dict[str, Any]:
    question: dict[str, Any] = {"interactive": interactive}
    if spec.get("provideClusterInfo"):
        told: dict[str, Any] = {"server": cluster.text("server")}
        for key in ("tls-server-name", "insecure-skip-tls-verify", "proxy-url"):
            if cluster.fields.get(key):
                told[key] = cluster.fields[key]
        authority = blob(cluster, "certificate-authority")
        if authority:
            told["certificate-authority-data"] = base64.b64encode(authority).decode()
        for extension in cluster.fields.get("extensions") or ():
            if extension.get("name") == "client.authentication.k8s.io/exec":
                told["config"] = extension.get("extension")
        question["cluster"] = told
    return {"apiVersion": version, "kind": "ExecCredential", "spec": question}


def _run(
    arguments: list[str], environment: dict[str, str], interactive: bool, command: str, hint: str
) -> bytes:
    try:
        done = subprocess.run(
            arguments,
            env=environment,
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if interactive else subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    except FileNotFoundError as error:
        words = _("The kubeconfig's exec plugin {command} is not installed. {hint}")
        raise Unauthorised(words.format(command=command, hint=clean(hint, 300)).strip()) from error
    except subprocess.TimeoutExpired as error:
        words = _("The kubeconfig's exec plugin {command} gave nothing in {n:.0f} s.")
        raise Unauthorised(words.format(command=command, n=PATIENCE)) from error
    except OSError as error:
        words = _("The kubeconfig's exec plugin {command} can't be run: {why}.")
        raise Unauthorised(words.format(command=command, why=error.strerror or error)) from error
    if done.returncode:
        said = clean((done.stderr or b"").decode(errors="replace").strip()[-300:])
        words = _("The kubeconfig's exec plugin {command} failed with exit code {code}. {said}")
        raise Unauthorised(words.format(command=command, code=done.returncode, said=said).strip())
    return done.stdout


def _answer(output: bytes, command: str) -> Fetched:
    try:
        status = json.loads(output)["status"]
        token = str(status.get("token") or "").strip()
        certificate = str(status.get("clientCertificateData") or "").encode()
        key = str(status.get("clientKeyData") or "").encode()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        words = _("The kubeconfig's exec plugin {command} did not answer with credentials.")
        raise Unauthorised(words.format(command=command)) from error
    if not token and not (certificate and key):
        words = _(
            "The kubeconfig's exec plugin {command} gave neither a token nor a certificate with its key."
        )
        raise Unauthorised(words.format(command=command))
    return Fetched(token, certificate, key)


def ask_provider(config: Kubeconfig, context: str) -> str:
    """The token of an auth-provider (oidc), by the client package's synchronous loader. Blocks."""
    from kubernetes.client import Configuration
    from kubernetes.config.kube_config import KubeConfigLoader

    def plain(inner: str, known: dict[str, Named]) -> list[dict[str, Any]]:
        return [{"name": name, inner: dict(named.fields)} for name, named in known.items()]

    whole = {
        "current-context": context,
        "contexts": plain("context", config.contexts),
        "clusters": plain("cluster", config.clusters),
        "users": plain("user", config.users),
    }
    made = Configuration()
    try:
        folder = str(config.contexts[context].folder if context in config.contexts else Path())
        loader: Any = KubeConfigLoader
        loader(whole, active_context=context, config_base_path=folder).load_and_set(made)
        token = str((made.api_key or {}).get("BearerToken") or "")
    except Exception as error:  # the providers raise anything: a sentence whatever it was
        words = _("The kubeconfig's auth-provider failed: {why}.")
        raise Unauthorised(words.format(why=clean(str(error), 300))) from error
    if not token:
        raise Unauthorised(_("The kubeconfig's auth-provider gave no token: log in again."))
    return token.removeprefix("Bearer ")
