"""From a kubeconfig to what one cluster needs: its server, how to trust it, and who we are."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..model.ports import BadInput, Unauthorised
from ..model.words import _
from .kubeconfig import (
    SERVICE_ACCOUNT,
    ConnectOptions,
    Kubeconfig,
    Named,
    blob,
    candidates,
    in_cluster,
    read,
)

IN_CLUSTER = "in-cluster"


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one cluster, and as whom. Certificates and keys are PEM."""

    context: str
    namespace: str
    server: str
    contexts: tuple[str, ...] = ()  # of the kubeconfig, this one first
    ca: bytes = b""  # b"": the system's authorities
    insecure: bool = False  # insecure-skip-tls-verify
    server_name: str = ""  # tls-server-name
    proxy: str = ""
    certificate: bytes = b""
    key: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()  # Authorization, Impersonate-*
    renewable: bool = False  # whether reading it again can give something new

    @property
    def transport(self) -> tuple[object, ...]:
        """What a connection depends on: while it is the same, open connections may be kept."""
        return (
            self.server,
            self.ca,
            self.insecure,
            self.server_name,
            self.proxy,
            self.certificate,
            self.key,
        )


def load(options: ConnectOptions) -> Access:
    """Read the credentials. Blocks (files, exec plugins): call it in a thread.

    Raises BadInput (no kubeconfig, unknown context, a broken file), Unauthorised (a failing plugin).
    """
    config = read(options)
    if not config.contexts:
        if not options.kubeconfig and in_cluster():
            return _from_pod(options)
        raise BadInput(_nothing_there(options, config))
    name = options.context or config.current
    context = config.contexts.get(name)
    if context is None:
        raise BadInput(_unknown_context(name, config))
    cluster = config.clusters.get(context.text("cluster"))
    if cluster is None or not cluster.text("server"):
        words = _("The context {context} names the cluster {cluster}, which the kubeconfig does not define.")
        raise BadInput(words.format(context=name, cluster=context.text("cluster") or '""'))
    namespace = options.namespace or context.text("namespace") or "default"
    return _access(name, namespace, config, cluster, config.users.get(context.text("user")))


def _access(name: str, namespace: str, config: Kubeconfig, cluster: Named, user: Named | None) -> Access:
    server = cluster.text("server").rstrip("/")
    if urlsplit(server).scheme not in {"http", "https"}:
        server = f"https://{server}"
    proxy = cluster.text("proxy-url")
    if proxy and urlsplit(proxy).scheme not in {"http", "https"}:
        raise BadInput(
            _("The proxy {proxy} can't be used: only http and https proxies can.").format(proxy=proxy)
        )
    person = user or Named({}, Path())
    certificate, key, bearer = blob(person, "client-certificate"), blob(person, "client-key"), ""
    authorization = _authorization(person)
    if not authorization and not certificate:
        if person.fields.get("exec"):
            from .plugins import run_plugin

            found = run_plugin(person, cluster)
            bearer, certificate, key = found.token, found.certificate, found.key
        elif person.fields.get("auth-provider"):
            from .plugins import ask_provider

            bearer = ask_provider(config, name)
    if bearer:
        authorization = f"Bearer {bearer}"
    if bool(certificate) != bool(key):
        raise BadInput(
            _("The user of the context {context} has a certificate without a key, or the reverse.").format(
                context=name
            )
        )
    headers = ((("Authorization", authorization),) if authorization else ()) + _impersonation(person)
    return Access(
        context=name,
        namespace=namespace,
        server=server,
        contexts=config.names(name),
        ca=blob(cluster, "certificate-authority"),
        insecure=bool(cluster.fields.get("insecure-skip-tls-verify")),
        server_name=cluster.text("tls-server-name"),
        proxy=proxy,
        certificate=certificate,
        key=key,
        headers=headers,
        renewable=True,
    )


def _authorization(user: Named) -> str:
    """Of tokenFile (which wins, as in client-go), token, or name and password."""
    path = user.path("tokenFile")
    if path is not None:
        try:
            return f"Bearer {path.read_text().strip()}"
        except (OSError, UnicodeError) as error:
            if not user.text("token"):
                words = _("The token file {file} can't be read: {why}.")
                raise BadInput(words.format(file=path, why=error)) from error
    if user.text("token"):
        return f"Bearer {user.text('token').strip()}"
    if user.text("username"):
        pair = f"{user.text('username')}:{user.text('password')}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    return ""


def _impersonation(user: Named) -> tuple[tuple[str, str], ...]:
    """The headers of `as`, `as-uid`, `as-groups` and `as-user-extra`."""
    found: list[tuple[str, str]] = []
    if user.text("as"):
        found.append(("Impersonate-User", user.text("as")))
    if user.text("as-uid"):
        found.append(("Impersonate-Uid", user.text("as-uid")))
    found += [("Impersonate-Group", str(group)) for group in user.fields.get("as-groups") or ()]
    extra: dict[str, Any] = user.fields.get("as-user-extra") or {}
    found += [(f"Impersonate-Extra-{key}", str(one)) for key, values in extra.items() for one in values or ()]
    return tuple(found)


def _from_pod(options: ConnectOptions) -> Access:
    """The service account of the pod that this process runs in."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    host = f"[{host}]" if ":" in host else host
    try:
        token = (SERVICE_ACCOUNT / "token").read_text().strip()
        ca = (SERVICE_ACCOUNT / "ca.crt").read_bytes()
        own = SERVICE_ACCOUNT / "namespace"
        namespace = options.namespace or (own.read_text().strip() if own.is_file() else "") or "default"
    except (OSError, UnicodeError) as error:
        raise Unauthorised(_("The pod's service account can't be read: {why}.").format(why=error)) from error
    if options.context and options.context != IN_CLUSTER:
        raise BadInput(_unknown_context(options.context, Kubeconfig()))
    return Access(
        context=IN_CLUSTER,
        namespace=namespace,
        server=f"https://{host}:{port}",
        contexts=(IN_CLUSTER,),
        ca=ca,
        headers=(("Authorization", f"Bearer {token}"),),
        renewable=True,
    )


def _nothing_there(options: ConnectOptions, config: Kubeconfig) -> str:
    files = ", ".join(str(p) for p in config.files or candidates(options))
    if config.files:
        words = _("The kubeconfig {files} has no context. Make a cluster first, or start with --lab.")
    else:
        words = _("There is no kubeconfig at {files}. Name one with --kubeconfig, or start with --lab.")
    return words.format(files=files)


def _unknown_context(name: str, config: Kubeconfig) -> str:
    known = ", ".join(config.contexts) or _("none")
    if not name:
        return _("The kubeconfig has no current context. Choose one with --context: {known}.").format(
            known=known
        )
    return _("The kubeconfig has no context {name}. It has: {known}.").format(name=name, known=known)
