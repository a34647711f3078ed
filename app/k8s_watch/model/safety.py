"""The one gate that faults and load pass: a pure decision."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from .ports import Decision
from .words import _

Act = Literal["kill", "delete", "burst"]

_NAMES_HERE = ("localhost", "host.docker.internal", "kubernetes.docker.internal")
_LOCAL_NAMES = ("docker-desktop", "rancher-desktop", "orbstack", "microk8s", "minikube", "colima")
_LOCAL_PREFIXES = ("kind-", "k3d-", "minikube-", "colima-")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault or load would happen."""

    context: str
    server: str  # the API server's URL
    namespace: str
    deployment: str
    is_lab: bool = False
    is_replay: bool = False
    via: str = ""  # how the entry is reached: "service-proxy" is the API server itself
    url: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What would be hurt, and what is known about it."""

    act: Act
    pod: str = ""
    ready_pods: int = 0
    pod_is_ready: bool = False
    pod_is_gone: bool = False
    next_delay: tuple[float, float] = (0.0, 0.0)
    url: str = ""
    why_no_url: str = ""  # "" also while the entry is still being looked for
    requests: int = 0
    concurrency: int = 0


def host_is_here(server: str) -> bool:
    """Whether a server's URL names this machine: by a literal loopback address or a name kept for it."""
    try:
        host = (urlsplit(server).hostname or "").lower()
        if host in _NAMES_HERE:
            return True
        address = ip_address(host)
    except ValueError:  # no URL at all, or a name such as 127.0.0.1.evil.example
        return False
    return address.is_loopback or address.is_unspecified


def is_local(context: str, server: str) -> bool:
    """Whether a context is a cluster for playing: by its name *and* with a server on this machine.

    The name alone proves nothing: anybody can call a production context `kind-prod`. minikube's and colima's
    virtual machines have addresses of their own: those need --allow-faults.
    """
    named = context in _LOCAL_NAMES or context.startswith(_LOCAL_PREFIXES)
    return named and host_is_here(server)


def decide(asked: Asked, place: Place, allow_faults: bool = False, read_only: bool = False) -> Decision:
    """May this fault or load happen here?"""
    if place.is_replay:
        return Decision(False, sentence=_("This is a recording: nothing can be killed or loaded in it."))
    if read_only:
        return Decision(False, sentence=_("Started with --read-only: no faults and no load."))
    refusal = _impossible(asked, place)
    if refusal:
        return Decision(False, sentence=refusal)
    warning = _warning(asked)
    if place.is_lab or is_local(place.context, place.server):
        return Decision(True, sentence=_what(asked, place), warning=warning)
    if not allow_faults:
        words = _(
            "{context} is not a local cluster, so it is only watched. Start with --allow-faults to allow this."
        )
        return Decision(False, sentence=words.format(context=place.context))
    twice = asked.act != "burst" and _is_last(asked)
    return Decision(True, ask=True, sentence=_what(asked, place), warning=warning, twice=twice)


def _impossible(asked: Asked, place: Place) -> str:
    if asked.act == "burst":
        if place.via == "service-proxy":
            return _(
                "The polls go through the API server's Service proxy, so a burst would hit the API server. Give the entry with --url."
            )
        if not asked.url:
            return asked.why_no_url or _("The entry is still being looked for: press again in a moment.")
        return ""
    if not asked.pod:
        return _("Select a pod first.")
    if asked.pod_is_gone:
        return _("{pod} is gone already.").format(pod=asked.pod)
    return ""


def _is_last(asked: Asked) -> bool:
    """Whether nothing would be left to answer."""
    return asked.pod_is_ready and asked.ready_pods <= 1


def _warning(asked: Asked) -> str:
    if asked.act == "burst":
        return ""
    words = []
    if _is_last(asked):
        words.append(_("It is the last ready pod: the service will fail until it is back."))
    low, high = asked.next_delay
    if asked.act == "kill" and high > 0:
        held = _(
            "Its restart will be held back {low:.0f}-{high:.0f} s, since it died before; another pod comes back at once."
        )
        words.append(held.format(low=low, high=high))
    return " ".join(words)


def _what(asked: Asked, place: Place) -> str:
    where = f"{place.context}: {place.namespace}/{asked.pod or place.deployment}"
    if asked.act == "kill":
        return _("Kill the main process in {where}").format(where=where)
    if asked.act == "delete":
        return _("Delete the pod {where}").format(where=where)
    words = _("Send {n} requests, {c} at once, to {url} ({where})")
    return words.format(n=f"{asked.requests:,}", c=asked.concurrency, url=asked.url, where=where)
