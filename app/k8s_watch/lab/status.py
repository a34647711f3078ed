"""A pod's status as kubelet writes it, from what its containers do: pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import names, quantities

Object = dict[str, Any]


@dataclass(slots=True)
class Run:
    """One container as the status shows it."""

    name: str
    image: str
    image_id: str = ""
    state: Object = field(default_factory=lambda: {"waiting": {"reason": "ContainerCreating"}})
    last: Object = field(default_factory=dict)
    ready: bool = False
    started: bool = False
    restarts: int = 0
    container_id: str = ""
    resources: Object = field(default_factory=dict)
    mounts: list[Object] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return "running" in self.state

    @property
    def ended(self) -> Object | None:
        """How it ended, if it did and nothing else has begun."""
        found: Object | None = self.state.get("terminated")
        return found

    def begin(self, container_id: str, at: float) -> None:
        """It runs; a first start leaves the restart count alone."""
        if self.container_id:
            self.restarts += 1
            ended = self.ended
            if ended is not None:
                self.last = {"terminated": ended}
        self.container_id = container_id
        self.state = {"running": {"startedAt": names.stamp(at)}}

    def end(self, code: int, at: float, reason: str = "") -> None:
        """It has ended with an exit code."""
        began = self.state.get("running", {}).get("startedAt") or names.stamp(at)
        self.state = {
            "terminated": {
                "exitCode": code,
                "reason": reason or ("Completed" if code == 0 else "Error"),
                "startedAt": began,
                "finishedAt": names.stamp(at),
                "containerID": self.container_id,
            }
        }
        self.ready = self.started = False

    def wait(self, reason: str, message: str = "") -> None:
        """It waits, and why."""
        ended = self.ended
        if ended is not None:
            self.last = {"terminated": ended}
        self.state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
        self.ready = self.started = False

    def shown(self) -> Object:
        """Its entry in containerStatuses."""
        entry: Object = {
            "name": self.name,
            "state": self.state,
            "lastState": self.last,
            "ready": self.ready,
            "restartCount": self.restarts,
            "image": self.image,
            "imageID": self.image_id,
            "started": self.started,
        }
        if self.container_id:
            entry["containerID"] = self.container_id
            if requests := self.resources.get("requests"):
                entry["allocatedResources"] = requests
            entry["resources"] = self.resources
            if self.mounts:
                entry["volumeMounts"] = self.mounts
        return entry


def phase(runs: list[Run], policy: str, deleting: bool = False) -> str:
    """Pending until every container has been made, then Running until all have ended for good."""
    if not runs or any(not r.container_id for r in runs):
        return "Pending"
    ended = [r.ended for r in runs]
    if all(e is not None for e in ended):
        failed = any(e is not None and e["exitCode"] for e in ended)
        if deleting or policy == "Never" or (policy == "OnFailure" and not failed):
            return "Failed" if failed else "Succeeded"
    return "Running"


def conditions(
    spec: Object, runs: list[Run], sandbox: bool, stage: str, old: list[Object], at: float
) -> list[Object]:
    """The five conditions, in kubelet's order, each with the time of its last change."""
    unready = [r.name for r in runs if not r.ready]
    if stage in {"Failed", "Succeeded"}:
        why: Object = {"reason": "PodFailed" if stage == "Failed" else "PodCompleted"}
    elif unready:
        why = {
            "reason": "ContainersNotReady",
            "message": f"containers with unready status: [{' '.join(unready)}]",
        }
    else:
        why = {}
    well = not why
    gates = [g["conditionType"] for g in spec.get("readinessGates") or []]
    open_gates = [g for g in gates if not any(c["type"] == g and c["status"] == "True" for c in old)]
    ready_why = why
    if well and open_gates:
        ready_why = {
            "reason": "ReadinessGatesNotReady",
            "message": "; ".join(
                f'corresponding condition of pod readiness gate "{g}" does not exist.' for g in open_gates
            ),
        }
    found = [
        _condition("PodReadyToStartContainers", sandbox, {}, old, at),
        _condition("Initialized", True, {"reason": "PodCompleted"} if stage == "Succeeded" else {}, old, at),
        _condition("Ready", well and not open_gates, ready_why, old, at),
        _condition("ContainersReady", well, why, old, at),
        _condition("PodScheduled", True, {}, old, at),
    ]
    ours = {c["type"] for c in found}
    return found + [c for c in old if c["type"] not in ours]


def _condition(kind: str, true: bool, why: Object, old: list[Object], at: float) -> Object:
    status = "True" if true else "False"
    before = next((c for c in old if c["type"] == kind), None)
    same = before is not None and before["status"] == status
    since = before["lastTransitionTime"] if same and before is not None else names.stamp(at)
    return {"type": kind, "status": status, "lastProbeTime": None, "lastTransitionTime": since, **why}


def pod_status(pod: Object, runs: list[Run], address: str, sandbox: bool, at: float) -> Object:
    """The whole status, following on from the one that the pod has."""
    old: Object = pod.get("status") or {}
    spec: Object = pod["spec"]
    deleting = bool(pod["metadata"].get("deletionTimestamp"))
    stage = phase(runs, spec.get("restartPolicy", "Always"), deleting)
    generation = pod["metadata"].get("generation", 1)
    found: Object = {
        "observedGeneration": generation,
        "phase": stage,
        "conditions": [
            {**c, "observedGeneration": generation}
            for c in conditions(
                spec,
                runs,
                sandbox and stage not in {"Failed", "Succeeded"},
                stage,
                old.get("conditions") or [],
                at,
            )
        ],
        "hostIP": "127.0.0.1",
        "hostIPs": [{"ip": "127.0.0.1"}],
        "startTime": old.get("startTime") or names.stamp(at),
        "containerStatuses": [r.shown() for r in runs],
    }
    if sandbox or any(r.container_id for r in runs):
        found["podIP"] = address
        found["podIPs"] = [{"ip": address}]
        found |= _resources(spec)
    if old.get("qosClass"):
        found["qosClass"] = old["qosClass"]
    return found


def _resources(spec: Object) -> Object:
    """What the whole pod asks for, as kubelet tells it since 1.35; nothing where it asks for nothing."""
    wanted = {kind: _summed(spec, kind) for kind in ("limits", "requests")}
    resources = {kind: found for kind, found in wanted.items() if found}
    if not wanted["requests"]:
        return {}
    return {"allocatedResources": wanted["requests"], "resources": resources}


def _summed(spec: Object, kind: str) -> dict[str, str]:
    given = [(c.get("resources") or {}).get(kind) or {} for c in spec["containers"]]
    found: dict[str, str] = {}
    for one in given:
        for name, amount in one.items():
            found[name] = quantities.total(found.get(name, "0"), amount)
    return found


def change(old: Object, new: Object) -> Object:
    """The merge patch from one status to the other: what is new, and None for what is no more."""
    return {k: v for k, v in new.items() if old.get(k) != v} | {k: None for k in old if k not in new}


def mounts(spec: Object) -> list[Object]:
    """A container's volumes as its status shows them."""
    found = []
    for one in spec.get("volumeMounts") or []:
        shown = {"mountPath": one["mountPath"], "name": one["name"]}
        if one.get("readOnly"):
            shown |= {"readOnly": True, "recursiveReadOnly": "Disabled"}
        found.append(shown)
    return found


def resumed(spec: Object, before: Object | None, at: float) -> Run:
    """A container as it stands when the node finds its pod: whatever ran has died with the node before."""
    run = Run(spec["name"], spec["image"], resources=spec.get("resources") or {}, mounts=mounts(spec))
    if not before or not before.get("containerID"):
        return run
    run.image, run.image_id = before["image"], before.get("imageID", "")
    run.restarts, run.container_id = before["restartCount"], before["containerID"]
    run.state, run.last = before["state"], before.get("lastState") or {}
    if run.running:
        run.end(255, at, "Unknown")  # what kubelet says after the machine was off
    return run
