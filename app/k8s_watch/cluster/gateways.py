"""Where an HTTPRoute is reached: its Gateways' addresses and listeners, which the route itself lacks."""

from __future__ import annotations

import logging
from dataclasses import replace
from urllib.parse import quote

import msgspec

from ..model.objects import Route
from ..model.ports import WatchError
from ..wire.clean import clean
from .connect import Cluster
from .paths import item

log = logging.getLogger(__name__)

_GROUP = "/apis/gateway.networking.k8s.io/v1"


class _Parent(msgspec.Struct):
    name: str = ""
    namespace: str | None = None
    kind: str | None = None
    section: str | None = msgspec.field(default=None, name="sectionName")
    port: int | None = None


class _RouteSpec(msgspec.Struct):
    parents: list[_Parent] | None = msgspec.field(default=None, name="parentRefs")


class _HttpRoute(msgspec.Struct):
    spec: _RouteSpec | None = None


class _Listener(msgspec.Struct):
    name: str = ""
    port: int = 0
    protocol: str = ""


class _Address(msgspec.Struct):
    value: str = ""


class _GatewaySpec(msgspec.Struct):
    listeners: list[_Listener] | None = None


class _GatewayStatus(msgspec.Struct):
    addresses: list[_Address] | None = None


class _Gateway(msgspec.Struct):
    spec: _GatewaySpec | None = None
    status: _GatewayStatus | None = None


async def reached(cluster: Cluster, route: Route) -> Route:
    """The route with the address, port and TLS of its Gateway: of the first that has an address.

    Where none may be read, the route comes back as it is.
    """
    best = route
    try:
        for parent in await _parents(cluster, route):
            found = await _by_gateway(cluster, route, parent)
            if found is not None and found.addresses:
                return found
            best = found or best
    except (WatchError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.info("the Gateways of %s can't be read: %s", route.name, error)
    return best


async def _parents(cluster: Cluster, route: Route) -> list[_Parent]:
    body = await cluster.get(item("httproutes", route.namespace, route.name))
    spec = msgspec.json.decode(body, type=_HttpRoute).spec
    return [one for one in (spec.parents if spec else None) or () if one.kind in {None, "Gateway"}]


async def _by_gateway(cluster: Cluster, route: Route, parent: _Parent) -> Route | None:
    namespace = quote(parent.namespace or route.namespace, safe="")
    path = f"{_GROUP}/namespaces/{namespace}/gateways/{quote(parent.name, safe='')}"
    gateway = msgspec.json.decode(await cluster.get(path), type=_Gateway)
    given = (gateway.status.addresses if gateway.status else None) or []
    addresses = tuple(clean(one.value, 300) for one in given if one.value)
    listeners = [
        one
        for one in (gateway.spec.listeners if gateway.spec else None) or ()
        if one.protocol in {"HTTP", "HTTPS"}
        and parent.section in {None, one.name}
        and parent.port in {None, one.port}
    ]
    if not listeners:
        return None
    listener = min(listeners, key=lambda one: one.protocol != "HTTP")  # plain where there is a choice
    secure = ("",) if listener.protocol == "HTTPS" else ()
    return replace(route, addresses=addresses, port=listener.port, tls_hosts=secure)
