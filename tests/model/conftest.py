"""What the model's tests share: the recorded lesson as changes, and small makers of changes."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from k8s_watch.model.changes import Acted, Answered, Change, Clocked, Gone, Kind, Listed, Measured, Seen
from k8s_watch.wire import translate

RECORDING = Path(__file__).parents[1] / "recordings" / "lesson-k8s-1.36.jsonl.gz"
KINDS: dict[str, Kind] = {
    "pods": "pods",
    "endpointslices": "endpointslices",
    "deployments": "deployments",
    "replicasets": "replicasets",
    "horizontalpodautoscalers": "autoscalers",
    "services": "services",
    "ingresses": "ingresses",
    "events": "events",
}


@cache
def lesson_changes() -> tuple[Change, ...]:
    """The recording, read once; `mono` is seconds since its start."""
    found: list[Change] = []
    with gzip.open(RECORDING) as lines:
        for line in lines:
            one = json.loads(line)
            found += _changes(one, {"wall": one["wall"], "mono": one["t"]})
    return (Clocked(wall=found[0].wall, mono=0.0, offset=0.0), *found)


def _changes(one: dict[str, Any], when: dict[str, float]) -> list[Change]:
    match one["src"]:
        case "list":
            kind = KINDS[one["kind"]]
            items = [translate.translate(kind, item) for item in one["object"]["items"]]
            seen: list[Change] = [Seen(**when, kind=kind, object=item) for item in items]
            return [*seen, Listed(**when, kind=kind, count=len(items))]
        case "watch":
            kind = KINDS[one["kind"]]
            if one["event"]["type"] == "BOOKMARK":
                return []
            item: Any = translate.translate(kind, one["event"]["object"])
            if one["event"]["type"] == "DELETED":
                return [Gone(**when, kind=kind, name=item.name, namespace=item.namespace, uid=item.uid)]
            return [Seen(**when, kind=kind, object=item)]
        case "metrics":
            return [Measured(**when, usages=translate.decode_metrics(json.dumps(one["object"]).encode()))]
        case "answer":
            return [_answer(one, when)]
    return _acts(one["text"], when)


def _answer(one: dict[str, Any], when: dict[str, float]) -> Answered:
    body = (one.get("body") or "").strip()
    return Answered(
        **when,
        sent=when["mono"] - one["ms"] / 1000,
        pod=body.rpartition(" ")[2],
        status=one.get("status") or 0,
        failure="error" if one.get("error") else "",
        ms=one["ms"],
        text=body,
        rate=10.0,
    )


def _acts(text: str, when: dict[str, float]) -> list[Change]:
    return [Acted(**when, act="note", step="seen", detail=text)]


@pytest.fixture(scope="session")
def lesson() -> tuple[Change, ...]:
    """The recorded lesson."""
    return lesson_changes()
