"""Whether the API server is a lab of this program, started in another terminal: it is asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from ipaddress import ip_address

from ..model.ports import WatchError
from .connect import Cluster
from .target import Target

WITHIN = 0.5  # seconds: it is on this machine
_ENTRY = re.compile(r"http://127\.0\.0\.1:\d{1,5}")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a lab says of itself."""

    entry: str  # the URL of its ingress
    fast: bool = False


def settled(target: Target, claim: Claim | None) -> Target:
    """The target, with what a lab says of itself where it is in one."""
    if claim is None:
        return target
    return replace(target, base=claim.entry, is_lab=True, fast=claim.fast)


async def claimed(cluster: Cluster) -> Claim | None:
    """The lab's own word, or None: another cluster answers 404, and only a literal loopback address is asked.

    A lab may be hurt without a question, so a name that could mean another machine is not enough.
    """
    try:
        if not ip_address(cluster.server_host).is_loopback:
            return None
        told = json.loads(await cluster.request("GET", "/lab", timeout=WITHIN))
    except (WatchError, ValueError):
        return None
    if not isinstance(told, dict) or told.get("lab") is not True:
        return None
    entry = told.get("entry")
    if not isinstance(entry, str) or not _ENTRY.fullmatch(entry):
        return None
    return Claim(f"{entry}/", told.get("fast") is True)
