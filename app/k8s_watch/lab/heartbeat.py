"""The node's Lease: renewed each 10 s, as kubelet does."""

from __future__ import annotations

import asyncio
import time

from .client import Api, ApiFault, Object

_PERIOD = 10.0  # seconds; kubelet.go, nodeLeaseRenewIntervalFraction of 40 s


def _now() -> str:
    at = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at))}.{int(at % 1 * 1e6):06d}Z"


def lease(node: str) -> Object:
    """As it is when the node registers."""
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": node, "namespace": "kube-node-lease"},
        "spec": {"holderIdentity": node, "leaseDurationSeconds": 40, "renewTime": _now()},
    }


async def beat(api: Api, node: str) -> None:
    """Renew it for ever; made where it is not."""
    while True:
        thing = lease(node)
        try:
            try:
                await api.patch("leases", thing, {"spec": {"renewTime": _now()}})
            except ApiFault as fault:
                if fault.status != 404:
                    raise
                await api.create("leases", thing)
            await asyncio.sleep(_PERIOD)
        except ApiFault:  # the API is away
            await asyncio.sleep(0.1)
