"""Lets a real API server print pods with invented statuses, and keeps what it printed as test input.

    python tests/recordings/pods/invent.py [COUNT] [SEED]

The pods are gated, so no kubelet contradicts. This reaches what one healthy node never shows: lost nodes,
signals without a reason, statuses that contradict themselves. Needs kubectl; deletes its namespace in the end.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NAMESPACE = "invented-pods"
FILE = Path(__file__).parent / "invented.jsonl.gz"
WORDS = [
    "",
    "Completed",
    "Error",
    "OOMKilled",
    "ContainerCreating",
    "PodInitializing",
    "CrashLoopBackOff",
    "ImagePullBackOff",
]
AGES = [3, 60, 130, 700, 4_000, 90_000, 10**6, 10**8]  # seconds: one for each way to print an age

Json = dict[str, Any]


def kubectl(*words: str, body: Json | None = None) -> str:
    """What a kubectl command prints."""
    done = subprocess.run(
        ["kubectl", "-n", NAMESPACE, *words],
        check=True,
        stdout=subprocess.PIPE,
        input=json.dumps(body) if body is not None else None,
        text=True,
    )
    return done.stdout


def stamp(ago: float) -> str:
    """A time as the API writes it."""
    return datetime.fromtimestamp(time.time() - ago, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ending(dice: random.Random) -> Json:
    """How a run ended."""
    found: Json = {"exitCode": dice.choice([0, 0, 1, 3, 137]), "reason": dice.choice(["", "", *WORDS[1:4]])}
    if dice.random() < 0.4:
        found["signal"] = dice.choice([9, 15])
    if dice.random() < 0.9:
        found["finishedAt"] = stamp(dice.choice(AGES))
    return found


def container(dice: random.Random, name: str) -> Json:
    """A container's status."""
    states: list[Json] = [
        {},
        {"running": {"startedAt": stamp(50)}},
        {"waiting": {"reason": dice.choice(WORDS)}},
        {"terminated": ending(dice)},
        {"terminated": {"exitCode": 0, "reason": "Completed"}},
    ]
    found: Json = {"name": name, "image": "i", "imageID": "", "state": dice.choice(states)}
    found |= {"ready": dice.random() < 0.6, "restartCount": dice.choice([0, 0, 1, 3])}
    if dice.random() < 0.5:
        found["lastState"] = {"terminated": ending(dice)}
    if dice.random() < 0.7:
        found["started"] = dice.random() < 0.6
    return found


def pod(dice: random.Random, name: str) -> Json:
    """A pod without a status."""
    names, first = dice.sample("abcdefgh", 6), dice.choice([0, 0, 1, 2, 3])
    init: list[Json] = [{"name": one, "image": "i"} for one in names[:first]]
    for one in init:
        if dice.random() < 0.5:
            one["restartPolicy"] = "Always"
    spec = {
        "schedulingGates": [{"name": "example.com/wait"}],
        "initContainers": init,
        "containers": [{"name": one, "image": "i"} for one in names[3 : 3 + dice.choice([1, 1, 2, 3])]],
        "restartPolicy": dice.choice(["Always", "OnFailure", "Never"]),
    }
    meta = {"name": name, "finalizers": ["example.com/keep"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def status(dice: random.Random, spec: Json) -> Json:
    """A status for it."""
    main = [container(dice, one["name"]) for one in spec["containers"]]
    dice.shuffle(main)
    kinds = [one for one in ("Ready", "Initialized", "PodScheduled") if dice.random() < 0.8]
    conditions: list[Json] = [{"type": one, "status": dice.choice(["True", "False"])} for one in kinds]
    for one in conditions:
        if one["type"] == "PodScheduled" and dice.random() < 0.3:
            one |= {"status": "False", "reason": "SchedulingGated"}
    found: Json = {
        "phase": dice.choice(["Pending", "Running", "Running", "Succeeded", "Failed", "Unknown"]),
        "conditions": conditions,
        "containerStatuses": main[: len(main) - (dice.random() < 0.15)],
        "initContainerStatuses": [container(dice, one["name"]) for one in spec["initContainers"]],
    }
    if dice.random() < 0.25:
        found["reason"] = dice.choice(["NodeLost", "Evicted", "Shutdown"])
    return found


def stripped(raw: Json) -> Json:
    """The pod without what no column depends on."""
    meta = {key: raw["metadata"].get(key) for key in ("name", "creationTimestamp", "deletionTimestamp")}
    parts = {"containers", "initContainers"}
    spec: Json = {
        part: [
            {key: one[key] for key in ("name", "restartPolicy") if key in one}
            for one in raw["spec"].get(part, [])
        ]
        for part in sorted(parts)
    }
    return {"metadata": meta, "spec": spec, "status": raw["status"]}


def printed() -> list[Json]:
    """What kubectl prints now, where nothing changed while it did."""
    at = time.time()
    rows = kubectl("get", "pods", "--no-headers").splitlines()
    items = {
        one["metadata"]["name"]: one for one in json.loads(kubectl("get", "pods", "-o", "json"))["items"]
    }
    found = []
    for row in rows:
        name, *cells = re.split(r"\s{2,}", row.strip())
        found.append({"printed": cells, "at": round(at, 3), "pod": stripped(items[name])})
    return found


def main() -> None:
    """Make COUNT pods (300), give them statuses, delete a third, and write down what is printed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    dice = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    subprocess.run(["kubectl", "create", "namespace", NAMESPACE], check=True)
    pods = [pod(dice, f"p{number}") for number in range(count)]
    kubectl("create", "-f", "-", body={"apiVersion": "v1", "kind": "List", "items": pods})
    for one in pods:
        change = json.dumps({"status": status(dice, one["spec"])})
        kubectl("patch", "pod", one["metadata"]["name"], "--subresource=status", "--type=merge", "-p", change)
    gone = [one["metadata"]["name"] for one in pods if dice.random() < 0.3]
    kubectl("delete", "pod", "--wait=false", *gone)
    with gzip.open(FILE, "wt") as out:
        out.writelines(json.dumps(row) + "\n" for row in printed())
    for one in pods:
        kubectl(
            "patch", "pod", one["metadata"]["name"], "--type=merge", "-p", '{"metadata":{"finalizers":null}}'
        )
    subprocess.run(["kubectl", "delete", "namespace", NAMESPACE, "--wait=false"], check=True)


if __name__ == "__main__":
    main()
