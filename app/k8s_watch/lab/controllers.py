"""The controllers of the lab, together: what a controller manager and a scheduler do."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from .client import Api, Mirror
from .deployments import Deployments
from .endpoints import Endpoints
from .garbage import Garbage
from .recorder import Recorder
from .replicasets import ReplicaSets
from .scheduler import Scheduler

KINDS = (
    "pods",
    "services",
    "nodes",
    "deployments",
    "replicasets",
    "endpointslices",
    "horizontalpodautoscalers",
)
"""What the node process mirrors."""


def loops(api: Api, mirrors: dict[str, Mirror], recorder: Recorder) -> list[Coroutine[Any, Any, None]]:
    """Every controller's loop, to be run side by side."""
    garbage = Garbage(api, mirrors)
    queues = [
        Deployments(api, mirrors, recorder).queue,
        ReplicaSets(api, mirrors, recorder).queue,
        Scheduler(api, mirrors, recorder).queue,
        Endpoints(api, mirrors).queue,
        garbage.queue,
    ]
    return [*(queue.run() for queue in queues), garbage.run()]
