"""CPU and memory as metrics-server tells them: a scrape each 15 s, and a rate between the last two of one run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

from .container import Container
from .periods import Periods


@dataclass(frozen=True, slots=True)
class Point:
    """One scrape of one container."""

    container_id: str
    at: float  # unix seconds
    cpu: float  # seconds of CPU time since the container's start
    memory: int  # bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """What one container used between two scrapes."""

    cpu: int  # millicores, rounded up as metrics-server's nanocores are when printed
    memory: int  # bytes
    at: float  # unix seconds of the later scrape
    window: float  # seconds


def reading(before: Point | None, after: Point) -> Reading | None:
    """The rate between two scrapes; None after a restart, whose counter began again."""
    if before is None or before.container_id != after.container_id or after.at <= before.at:
        return None
    window = after.at - before.at
    cores = max(0.0, after.cpu - before.cpu) / window
    return Reading(-int(-cores * 1000 // 1), after.memory, after.at, window)


class Usage:
    """Scrapes every container of the node."""

    def __init__(self, periods: Periods) -> None:
        self._periods = periods
        self._points: dict[tuple[str, str, str], Point] = {}
        self.readings: dict[tuple[str, str, str], Reading] = {}

    def scrape(self, containers: Iterable[tuple[str, str, str, Container]], at: float) -> None:
        """Take one point of each container (namespace, pod, name) and the rates since the last."""
        points: dict[tuple[str, str, str], Point] = {}
        readings: dict[tuple[str, str, str], Reading] = {}
        for namespace, pod, name, container in containers:
            if not container.alive():
                continue
            place = (namespace, pod, name)
            points[place] = Point(
                container.run.container_id, at, container.cpu_seconds(), container.memory_bytes()
            )
            found = reading(self._points.get(place), points[place])
            if found is not None:
                readings[place] = found
        self._points, self.readings = points, readings

    async def run(self, containers: object) -> None:
        """Scrape for ever; `containers` is called for what there is."""
        assert callable(containers)
        while True:
            await asyncio.sleep(self._periods.scrape)
            self.scrape(containers(), time.time())
