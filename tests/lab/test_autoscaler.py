"""The lab's autoscaler, fed with what the real one saw, does what the real one did."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from k8s_watch.lab import names
from k8s_watch.lab.autoscaler import Autoscalers
from k8s_watch.lab.client import Mirror
from k8s_watch.lab.periods import Periods
from k8s_watch.lab.usage import Reading, Usage
from k8s_watch.model.autoscaling_limits import Decider

RECORDING = Path(__file__).parents[1] / "recordings" / "lesson-k8s-1.36.jsonl.gz"
KINDS = ("pods", "deployments", "horizontalpodautoscalers")
SYNC = 15.0166  # seconds, as recorded: 15 s and the work
WHERE = "default/hello-world-flask"


class Kept:
    """Stands for the API server: applies patches to what it was given, and remembers the scalings."""

    def __init__(self) -> None:
        self.mirrors = {kind: Mirror(self, kind) for kind in KINDS}  # type: ignore[arg-type]
        self.scaled: list[int] = []

    async def patch(self, kind: str, thing: dict[str, Any], change: Any, sub: str = "") -> dict[str, Any]:
        if kind == "deployments":
            assert sub == "scale"
            self.scaled.append(change["spec"]["replicas"])
        made = copy.deepcopy(self.mirrors[kind].items[WHERE])
        for part, values in change.items():
            made[part].update(values)
        made["metadata"]["resourceVersion"] = str(int(made["metadata"]["resourceVersion"]) + 1)
        self.mirrors[kind].apply(made)
        return made


class Quiet:
    """No events."""

    def tell(self, *_words: object) -> None:
        return


def recorded() -> Iterator[dict[str, Any]]:
    with gzip.open(RECORDING) as lines:
        yield from (json.loads(line) for line in lines)


def readings(answer: dict[str, Any]) -> dict[tuple[str, str, str], Reading]:
    """A recorded PodMetrics list as the lab's own measurements."""
    found = {}
    for item in answer["items"]:
        meta, at = item["metadata"], names.unix(item["timestamp"])
        assert at is not None
        for one in item["containers"]:
            cpu = -int(-names.quantity(one["usage"]["cpu"]) * 1000 // 1)
            window = float(item["window"].removesuffix("s"))
            found[meta["namespace"], meta["name"], one["name"]] = Reading(cpu, 0, at, window)
    return found


class Lab:
    """The autoscaler and what it sees: pods and CPU as recorded, the HPA and the replicas as it leaves them."""

    def __init__(self) -> None:
        self.api = Kept()
        self.now = 0.0
        self.usage = Usage(Periods())
        self.autoscalers = Autoscalers(
            self.api,  # type: ignore[arg-type]
            self.api.mirrors,
            Quiet(),  # type: ignore[arg-type]
            self.usage,
            Periods(),
            clock=lambda: self.now,
        )
        self.api.mirrors["horizontalpodautoscalers"].listeners.clear()  # the test is its clock
        self.decider = Decider(started=True)

    @property
    def hpa(self) -> dict[str, Any]:
        return self.api.mirrors["horizontalpodautoscalers"].items[WHERE]

    @property
    def replicas(self) -> int:
        return int(self.api.mirrors["deployments"].items[WHERE]["spec"]["replicas"])

    def take(self, line: dict[str, Any]) -> None:
        kind = line.get("kind")
        if line["src"] == "metrics":
            self.usage.readings = readings(line["object"])
        elif line["src"] == "list" and kind in KINDS:
            for item in line["object"]["items"]:
                self.api.mirrors[kind].apply(item)
        elif line["src"] == "watch" and kind == "pods" and line["event"]["type"] != "BOOKMARK":
            pod = line["event"]["object"]
            if line["event"]["type"] == "DELETED":
                self.api.mirrors[kind].drop(pod)
            else:
                self.api.mirrors[kind].apply(pod)

    async def sync(self, at: float) -> None:
        self.now = at
        await self.autoscalers._sync(self.hpa, self.decider)


def told(status: dict[str, Any]) -> dict[str, Any]:
    """What of a status must be the same: all but times."""
    conditions = [{k: v for k, v in one.items() if k != "lastTransitionTime"} for one in status["conditions"]]
    return {
        **{k: status.get(k) for k in ("currentReplicas", "desiredReplicas", "currentMetrics")},
        "conditions": conditions,
    }


def is_write(line: dict[str, Any]) -> bool:
    return (
        line["src"] == "watch"
        and line["kind"] == "horizontalpodautoscalers"
        and line["event"]["type"] == "MODIFIED"
    )


def quiet_syncs(lines: list[dict[str, Any]]) -> list[float]:
    """When the controller looked and wrote nothing: between two writes, 15 s apart."""
    writes = [line["wall"] for line in lines if is_write(line)]
    return [
        before + SYNC * n
        for before, after in pairwise(writes)
        for n in range(1, round((after - before) / SYNC))
    ]


async def test_it_takes_the_recorded_decisions_at_the_recorded_syncs() -> None:
    lab, lines, written = Lab(), list(recorded()), []
    quiet = quiet_syncs(lines)
    assert len(quiet) > 5
    for line in lines:
        while quiet and quiet[0] < line["wall"]:
            before = lab.hpa["status"]
            await lab.sync(quiet.pop(0))
            assert lab.hpa["status"] == before, line["t"]
        if not is_write(line):
            lab.take(line)
            continue
        wanted = line["event"]["object"]["status"]
        await lab.sync(line["wall"])
        assert told(lab.hpa["status"]) == told(wanted), line["t"]
        assert lab.replicas == wanted["desiredReplicas"]
        if wanted["currentReplicas"] != wanted["desiredReplicas"]:
            written.append(wanted["desiredReplicas"])
    assert lab.api.scaled == written == [4, 8, 10, 8, 5, 2]
