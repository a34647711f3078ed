"""The lab's periods: Kubernetes' own, or shortened by `fast`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Periods:
    """Seconds, all of them."""

    sync: float = 15.0  # the autoscaler's loop
    window: float = 300.0  # scale-down stabilisation
    scrape: float = 15.0  # metrics-server, as its manifest sets it
    backoff: float = 1.0  # factor of the restart and image delays
    forget: float = 600.0  # without a crash, after which restarts are immediate again
    young: float = 300.0  # a pod's CPU counts only under conditions until it is this old


def periods(fast: bool) -> Periods:
    """15 s become 3 s, 300 s become 30 s, delays a fifth."""
    if not fast:
        return Periods()
    return Periods(sync=3.0, window=30.0, scrape=3.0, backoff=0.2, forget=120.0, young=30.0)
