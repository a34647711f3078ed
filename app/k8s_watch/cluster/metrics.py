"""PodMetrics, asked every 5 s: metrics-server takes a sample each 15 s, and cannot be watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..model.changes import Absent, Change, Denied, Live, Measured
from ..model.ports import Forbidden, WatchError
from ..model.words import _
from ..wire.translate import WireError, decode_metrics
from .access import not_served
from .connect import Cluster
from .failures import Answer
from .known import stamp
from .pace import Backoff, Pace
from .paths import collection
from .pulse import Pulse


async def polling(
    cluster: Cluster, pulse: Pulse, pace: Pace, namespace: str, labels: str, take: Callable[[Change], None]
) -> None:
    """Ask for the pods' CPU and memory until cancelled."""
    path = collection("metrics", namespace)
    asked = {"labelSelector": labels} if labels else {}
    told, denied = "", Backoff(pace.denied)
    while True:
        await pulse.wait_up()
        status, error, pause = "live", "", pace.metrics
        try:
            async with pulse.guard():
                usages = decode_metrics(await cluster.get(path, asked, within=pace.metrics))
            take(Measured(**stamp(cluster.clock), usages=usages))
            denied.reset()
        except Forbidden as denial:
            status, error, pause = "denied", str(denial), denied.firm()
            if await not_served(cluster, path):
                status, error = "absent", in_metrics_words(Answer("", 404))
        except Answer as answer:
            status, error = ("absent" if answer.status == 404 else "failed"), in_metrics_words(answer)
        except (WatchError, WireError, TimeoutError) as failure:
            status, error = "failed", str(failure) or pulse.reason
        if error:
            take(Measured(**stamp(cluster.clock), error=error))
        if status != told:
            _tell(cluster, status, error, take)
            told = status
        await asyncio.sleep(pause)


def _tell(cluster: Cluster, status: str, error: str, take: Callable[[Change], None]) -> None:
    """The panel's state, once each time that it changes. A failing poll is told by Measured alone."""
    if status == "live":
        take(Live(**stamp(cluster.clock), kind="metrics"))
    elif status == "denied":
        take(
            Denied(
                **stamp(cluster.clock), kind="metrics", permission="list pods.metrics.k8s.io", message=error
            )
        )
    elif status == "absent":
        take(Absent(**stamp(cluster.clock), kind="metrics", message=error))


def in_metrics_words(answer: Answer) -> str:
    """Why there are no metrics, with the fix where there is one."""
    if answer.status == 404:
        return _("metrics-server is not installed, so nothing measures CPU: install it.")
    if answer.status == 503:
        return _("metrics-server does not answer (503): is its pod ready?")
    return _("The metrics API failed: {why}").format(why=answer)
