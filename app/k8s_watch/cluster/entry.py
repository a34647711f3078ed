"""Which URL asks the target's pods: from its Ingress or HTTPRoute, else the API server's Service proxy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from ..model.objects import Route, RouteRule, Service
from ..model.words import _

Via = Literal["", "url", "ingress", "httproute", "service-proxy"]
_HERE = "127.0.0.1"  # where kind, k3d, minikube tunnels and Docker Desktop publish their ingress


@dataclass(frozen=True, slots=True)
class Entry:
    """What the probe asks, and how it was found."""

    url: str = ""
    via: Via = ""
    note: str = ""  # why there is no URL, or what was assumed
    host: str = ""  # the Host header to send; "" for the URL's own


def selects(service: Service, labels: Mapping[str, str]) -> bool:
    """Whether a Service sends to pods with these labels. Without a selector it does not choose pods."""
    return bool(service.selector) and all(labels.get(k) == v for k, v in service.selector.items())


def leading(routes: Iterable[Route], services: Iterable[Service]) -> list[Route]:
    """The routes that lead to one of the services."""
    names = {service.name for service in services}
    return [route for route in routes if any(rule.service in names for rule in route.rules)]


def entry(services: list[Service], routes: list[Route], server: str, here: bool, base: str = "") -> Entry:
    """The way in to pods behind `services`, by `routes` if one leads there.

    `server`: the API server's URL. `here`: whether the cluster is on this machine, so that an Ingress without
    an address is taken to be at 127.0.0.1. `base`: where this machine's ingress listens, if that is known.
    """
    names = {service.name for service in services}
    waiting = ""
    for route in sorted(leading(routes, services), key=_preference):
        address = route.addresses[0] if route.addresses else ""
        if not address and not here and not base:
            words = _("The {kind} {name} has no address yet; asking through the API server's Service proxy.")
            waiting = waiting or words.format(kind=route.kind, name=route.name)
            continue
        rule = min((r for r in route.rules if r.service in names), key=_simplicity)
        return _by_route(route, rule, address, base)
    return _by_proxy(services, server, waiting)


def _preference(route: Route) -> tuple[bool, str, str]:
    """Those with an address first, then by name, so that the choice is the same each time."""
    return (not route.addresses, route.kind, route.name)


def _simplicity(rule: RouteRule) -> tuple[bool, int, str]:
    """A rule for any host first, then the shortest path."""
    return (bool(rule.host), len(rule.path), rule.host)


def _by_route(route: Route, rule: RouteRule, address: str, base: str) -> Entry:
    host = rule.host.replace("*", "any", 1)  # a wildcard serves any name in its place
    secure = any(name in {"", rule.host} for name in route.tls_hosts)
    note = ""
    if base:
        root = base.rstrip("/")
    else:
        note = (
            "" if address else _("The {kind} has no address: 127.0.0.1 is assumed.").format(kind=route.kind)
        )
        root = f"{'https' if secure else 'http'}://{_bracketed(address or _HERE)}"
        if route.port and route.port != (443 if secure else 80):
            root = f"{root}:{route.port}"
    same = host == urlsplit(root).hostname
    via: Via = "ingress" if route.kind == "Ingress" else "httproute"
    return Entry(root + _plain_path(rule.path), via, note, "" if same else host)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _plain_path(path: str) -> str:
    """The part of a path that is no pattern: "/app(/|$)(.*)" is asked as "/app"."""
    plain = re.split(r"[(\[*?|^$\\]", path, maxsplit=1)[0]
    return quote(plain if plain.startswith("/") else f"/{plain}", safe="/%:@!&'+,;=~-._")


def _by_proxy(services: list[Service], server: str, note: str) -> Entry:
    for service in sorted(services, key=lambda one: one.name):
        if service.ports:
            name, number = service.ports[0]
            port = quote(name or str(number), safe="")
            path = (
                f"/api/v1/namespaces/{quote(service.namespace)}/services/{quote(service.name)}:{port}/proxy/"
            )
            said = note or _("No Ingress leads here; asking through the API server's Service proxy.")
            return Entry(server + path, "service-proxy", said)
    words = _(
        "No Service selects these pods, so nothing can be asked. Make one, or give the entry with --url."
    )
    return Entry(note=words)
