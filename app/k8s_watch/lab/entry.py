"""The entry process: an ingress controller in small. `python -m k8s_watch.lab.entry HOME`.

It goes round the ready endpoints, one request each, tries the next on a connection error, and serves on with the
last endpoints that it knew while the API is away. It listens on 127.0.0.1 alone.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

from . import lifeline, routes
from .box import Box, load
from .client import Api, Mirror, Object
from .proxy import factory
from .routes import Address, Backend, Rule

KINDS = ("ingresses", "services", "endpointslices")


class RoutingTable:
    """The rules and endpoints as the API last told them."""

    def __init__(self, mirrors: dict[str, Mirror]) -> None:
        self._mirrors = mirrors
        self._rules: list[Rule] | None = None
        self._known: dict[Backend, list[Address]] = {}
        self._turns: dict[Backend, itertools.count[int]] = {}
        for mirror in mirrors.values():
            mirror.listeners.append(self._changed)

    def _changed(self, _old: Object | None, _new: Object | None) -> None:
        self._rules = None
        self._known.clear()

    def route(self, host: str, path: str) -> list[Address] | None:
        """The endpoints for a request, in turn; None when no rule fits."""
        if self._rules is None:
            self._rules = routes.rules(self._mirrors["ingresses"].items.values())
        rule = routes.find(self._rules, host, path)
        if rule is None:
            return None
        known = self._known.get(rule.backend)
        if known is None:
            slices = self._mirrors["endpointslices"].items.values()
            known = routes.addresses(rule.backend, self._mirrors["services"].items, slices)
            self._known[rule.backend] = known
        if not known:
            return []
        at = next(self._turns.setdefault(rule.backend, itertools.count())) % len(known)
        return known[at:] + known[:at]


async def run(box: Box) -> None:
    """Serve for ever."""
    api = Api(box)
    mirrors = {kind: Mirror(api, kind) for kind in KINDS}
    table = RoutingTable(mirrors)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        factory(table, box.entry_port), "127.0.0.1", box.entry_port, backlog=1024, reuse_address=True
    )
    await asyncio.gather(server.serve_forever(), *(m.run() for m in mirrors.values()))


def main() -> None:
    """The process."""
    lifeline.hold()
    asyncio.run(run(load(sys.argv[1])))


if __name__ == "__main__":
    main()
