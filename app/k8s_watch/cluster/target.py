"""What is looked at: a Deployment, found by name or because an autoscaler or a route points at it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..model.changes import Kind
from ..model.objects import Autoscaler, Deployment, Route, Service
from ..model.ports import BadInput, Forbidden, TargetChoice, WatchError
from ..model.words import _
from ..wire.translate import WireError
from .connect import Cluster
from .entry import leading, selects
from .failures import Answer
from .paths import everything

_KINDS = {"deployment", "deployments", "deploy", "deployment.apps", "deployments.apps"}


@dataclass(frozen=True, slots=True)
class Target:
    """A Deployment to watch, and what the user said about its entry."""

    namespace: str
    deployment: str
    selector: str = ""  # where it is known already: the pods' watch begins at once
    labels: Mapping[str, str] = field(default_factory=dict)  # of the pods' template
    url: str = ""  # --url: taken as it is
    base: str = ""  # where this machine's ingress listens, "http://127.0.0.1:8080"; "" where unknown
    is_lab: bool = False
    fast: bool = False


def name_of(text: str) -> str:
    """The Deployment's name in "deployment/NAME", "deploy/NAME" or "NAME". Raises BadInput."""
    kind, slash, name = text.partition("/")
    if not slash:
        return kind
    if kind.lower() not in _KINDS or not name or "/" in name:
        words = _("{text} can't be watched: the target is deployment/NAME or NAME.")
        raise BadInput(words.format(text=text))
    return name


async def resolve(cluster: Cluster, text: str = "", url: str = "") -> Target | list[TargetChoice]:
    """The target that was named, or the only one that is meant; else the choices for a picker.

    A name that does not exist (yet) is a target too: it is waited for. Raises BadInput where there is nothing
    to watch, and as `Cluster.request` does.
    """
    name = name_of(text) if text else ""
    if name:
        return await named(cluster, cluster.namespace, name, url)
    found = await _read(cluster, cluster.namespace)
    pointed = [one for one in found.deployments if found.note(one)]
    meant = pointed or found.deployments
    if len(meant) == 1:
        return _target(meant[0], url)
    choices = found.choices(cluster.context) if found.deployments else await choose(cluster)
    if not choices:
        words = _("There is no Deployment to watch in the context {context}: make one first, or name it.")
        raise BadInput(words.format(context=cluster.context))
    return choices


async def named(cluster: Cluster, namespace: str, name: str, url: str = "") -> Target:
    """A target by name: with its selector if it exists and may be read."""
    try:
        found = await everything(cluster, "deployments", namespace, f"metadata.name={name}")
    except (Forbidden, Answer, WireError):  # its watch will tell what is wrong
        found = []
    deployment = next((one for one in found if isinstance(one, Deployment)), None)
    return Target(namespace, name, url=url) if deployment is None else _target(deployment, url)


def _target(found: Deployment, url: str) -> Target:
    return Target(found.namespace, found.name, found.selector, found.labels, url)


@dataclass(slots=True)
class _Found:
    """What could be a target, and what points at it."""

    deployments: list[Deployment] = field(default_factory=list)
    autoscalers: list[Autoscaler] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)

    def note(self, one: Deployment) -> str:
        """What points at a Deployment: "HPA, Ingress /"; "" for nothing."""
        notes = []
        if any(
            a.target_kind == "Deployment" and a.target_name == one.name and a.namespace == one.namespace
            for a in self.autoscalers
        ):
            notes.append("HPA")
        services = [s for s in self.services if s.namespace == one.namespace and selects(s, one.labels)]
        names = {s.name for s in services}
        for route in leading((r for r in self.routes if r.namespace == one.namespace), services):
            rule = next(r for r in route.rules if r.service in names)
            notes.append(f"{route.kind} {rule.host}{rule.path}")
        return ", ".join(dict.fromkeys(notes))

    def choices(self, context: str) -> list[TargetChoice]:
        """One line each for the picker: those that something points at first."""
        lines = [
            TargetChoice(context, d.namespace, d.name, d.ready, d.replicas, self.note(d))
            for d in self.deployments
        ]
        return sorted(lines, key=lambda c: (not c.note, c.namespace, c.deployment))


async def choose(cluster: Cluster) -> list[TargetChoice]:
    """Every Deployment that could be watched: of all namespaces, or of ours where that is forbidden."""
    try:
        found = await _read(cluster, "")
    except Forbidden:
        found = await _read(cluster, cluster.namespace)
    return found.choices(cluster.context)


async def _read(cluster: Cluster, namespace: str) -> _Found:
    """The Deployments (which must be readable) and whatever points at them (which may not be)."""
    kinds: tuple[Kind, ...] = ("autoscalers", "services", "ingresses", "httproutes")
    deployments, *others = await asyncio.gather(
        everything(cluster, "deployments", namespace),
        *(everything(cluster, kind, namespace) for kind in kinds),
        return_exceptions=True,
    )
    if isinstance(deployments, BaseException):
        raise deployments
    found = _Found()
    for items in (deployments, *others):
        if isinstance(items, (WatchError, WireError)):
            continue  # without it there is no note, which is all it would give
        if isinstance(items, BaseException):
            raise items
        _sort(found, items)
    return found


def _sort(found: _Found, items: Iterable[object]) -> None:
    for one in items:
        match one:
            case Deployment():
                found.deployments.append(one)
            case Autoscaler():
                found.autoscalers.append(one)
            case Service():
                found.services.append(one)
            case Route():
                found.routes.append(one)
