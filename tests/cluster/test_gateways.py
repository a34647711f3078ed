"""HTTPRoutes are reached where their Gateways listen."""

from __future__ import annotations

from typing import Any

import pytest

from k8s_watch.cluster.gateways import reached
from k8s_watch.model.objects import Route
from k8s_watch.wire.translate import translate


async def route(api: Any, *parents: dict[str, Any]) -> Route:
    rules = [{"backendRefs": [{"name": "svc", "port": 80}]}]
    made = await api.put("httproutes", "r", spec={"parentRefs": list(parents), "rules": rules})
    found = translate("httproutes", made)
    assert isinstance(found, Route)
    return found


async def gateway(api: Any, name: str, *addresses: str, **listeners: tuple[str, int]) -> None:
    await api.put(
        "gateways",
        name,
        spec={"listeners": [{"name": n, "protocol": p, "port": port} for n, (p, port) in listeners.items()]},
        status={"addresses": [{"value": one} for one in addresses]},
    )


async def test_address_and_port_come_from_the_gateway(api: Any, cluster: Any) -> None:
    await gateway(api, "g", "10.1.2.3", secure=("HTTPS", 443), plain=("HTTP", 8080))
    found = await reached(cluster, await route(api, {"name": "g"}))
    assert (found.addresses, found.port, found.tls_hosts) == (("10.1.2.3",), 8080, ())


async def test_a_listener_that_is_named_is_the_one(api: Any, cluster: Any) -> None:
    await gateway(api, "g", "10.1.2.3", secure=("HTTPS", 443), plain=("HTTP", 8080))
    found = await reached(cluster, await route(api, {"name": "g", "sectionName": "secure"}))
    assert (found.port, found.tls_hosts) == (443, ("",))


async def test_the_first_gateway_with_an_address_is_taken(api: Any, cluster: Any) -> None:
    await gateway(api, "waiting", plain=("HTTP", 80))
    await gateway(api, "there", "10.9.9.9", plain=("HTTP", 81))
    found = await reached(cluster, await route(api, {"name": "waiting"}, {"name": "there"}))
    assert (found.addresses, found.port) == (("10.9.9.9",), 81)


@pytest.mark.parametrize("parents", [[], [{"name": "missing"}], [{"name": "s", "kind": "Service"}]])
async def test_without_a_gateway_the_route_stays_as_it_is(
    api: Any, cluster: Any, parents: list[dict[str, Any]]
) -> None:
    made = await route(api, *parents)
    assert await reached(cluster, made) == made
