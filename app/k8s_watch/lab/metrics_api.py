"""metrics.k8s.io/v1beta1: what the node measured, as metrics-server tells it."""

from __future__ import annotations

from collections import defaultdict

from . import reading, selectors
from .api import Api
from .calls import Call
from .cells import stamp
from .errors import Json, not_found
from .forms import Writer
from .forwarding import Node
from .kinds import BY_PATH
from .store import Entry, body


async def answer(api: Api, node: Node, call: Call, writer: Writer) -> bytes:
    """GET or LIST of PodMetrics or NodeMetrics."""
    items = await node.stats()
    now = api.clock()
    found = _of_pods(api, items) if call.resource.kind == "PodMetrics" else _of_nodes(api, items, now)
    entries = [Entry(_key(value), 0, value, body(value)) for value in found]
    if call.verb == "get":
        for entry in entries:
            if entry.key == (call.namespace, call.name):
                return writer.one(entry, now)
        raise not_found(BY_PATH["", "v1", call.resource.plural], call.name)  # metrics-server names its pod
    asks = selectors.predicate(*reading.chosen(call))
    chosen = [
        entry
        for entry in entries
        if call.namespace in {"", entry.key[0]} and (asks is None or asks(entry.object))
    ]
    return writer.many(chosen, {}, now)


def _key(value: Json) -> tuple[str, str]:
    return value["metadata"].get("namespace", ""), value["metadata"]["name"]


def _usage(items: list[Json]) -> Json:
    cpu = sum(float(one["cpu_millicores"]) for one in items)
    memory = sum(int(one["memory_bytes"]) for one in items)
    return {"cpu": f"{round(cpu * 10**6)}n" if cpu else "0", "memory": f"{memory // 1024}Ki"}


def _sample(items: list[Json]) -> Json:
    """When the oldest of the samples was taken, and the time that it spans."""
    oldest = min(items, key=lambda one: str(one["timestamp"]))
    window = float(oldest["window_seconds"])
    return {"timestamp": oldest["timestamp"], "window": f"{window:.3f}".rstrip("0").rstrip(".") + "s"}


def _of_pods(api: Api, items: list[Json]) -> list[Json]:
    by_pod: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for one in items:
        by_pod[one["namespace"], one["pod"]].append(one)
    found = []
    for key, samples in sorted(by_pod.items()):
        entry = api.store.get("pods", key)
        if entry is None:
            continue
        metadata: Json = {"name": key[1], "namespace": key[0], "creationTimestamp": stamp(api.clock())}
        if entry.labels:
            metadata["labels"] = entry.labels
        parts = [{"name": one["container"], "usage": _usage([one])} for one in samples]
        found.append(_metrics("PodMetrics", metadata, samples) | {"containers": parts})
    return found


def _of_nodes(api: Api, items: list[Json], now: float) -> list[Json]:
    by_node: dict[str, list[Json]] = defaultdict(list)
    for one in items:
        entry = api.store.get("pods", (one["namespace"], one["pod"]))
        if entry is not None:
            by_node[entry.object["spec"].get("nodeName", "")].append(one)
    found = []
    for entry in api.store.listed("nodes"):
        name = entry.key[1]
        samples = by_node[name] or [
            {"cpu_millicores": 0, "memory_bytes": 0, "timestamp": stamp(now), "window_seconds": 15}
        ]
        metadata: Json = {"name": name, "creationTimestamp": stamp(now)}
        if entry.labels:
            metadata["labels"] = entry.labels
        found.append(_metrics("NodeMetrics", metadata, samples) | {"usage": _usage(samples)})
    return found


def _metrics(kind: str, metadata: Json, samples: list[Json]) -> Json:
    head = {"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": metadata}
    return head | _sample(samples)
