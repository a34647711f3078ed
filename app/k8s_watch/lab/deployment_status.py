"""A Deployment's status: its counts, and the conditions that `kubectl rollout status` reads. Pure."""

from __future__ import annotations

from . import names
from .client import Object
from .replicasets import condition


def told(
    deployment: Object, sets: list[Object], new: Object | None, unavailable: int, now: float
) -> tuple[Object, float | None]:
    """The Deployment's status, and when to look again for the progress deadline."""

    def total(field: str) -> int:
        return sum((s.get("status") or {}).get(field, 0) for s in sets)

    wanted = deployment["spec"].get("replicas", 1)
    status: Object = {
        "observedGeneration": deployment["metadata"].get("generation", 1),
        "replicas": total("replicas"),
        "updatedReplicas": (new.get("status") or {}).get("replicas", 0) if new else 0,
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": total("availableReplicas"),
        "terminatingReplicas": total("terminatingReplicas"),
    }
    asked = sum(s["spec"].get("replicas", 1) for s in sets)
    if asked > status["availableReplicas"]:
        status["unavailableReplicas"] = asked - status["availableReplicas"]
    well = status["availableReplicas"] >= wanted - unavailable
    available = _condition(
        deployment,
        "Available",
        well,
        "MinimumReplicasAvailable" if well else "MinimumReplicasUnavailable",
        "Deployment has minimum availability." if well else "Deployment does not have minimum availability.",
        now,
    )
    progressing, wait = _progress(deployment, status, new, wanted, now)
    status["conditions"] = _ordered(
        (deployment.get("status") or {}).get("conditions") or [], available, progressing
    )
    return status, wait


def _ordered(old: list[Object], *new: Object) -> list[Object]:
    """As the real controller leaves them: one that changed goes to the end, others stay where they are."""
    kept = [one for one in old if one in new]
    return kept + [one for one in new if one not in kept]


def _progress(
    deployment: Object, status: Object, new: Object | None, wanted: int, now: float
) -> tuple[Object, float | None]:
    before = condition(deployment, "Progressing")
    name = new["metadata"]["name"] if new else ""
    old = deployment.get("status") or {}
    done = (
        new is not None
        and status["updatedReplicas"] == status["replicas"] == wanted
        and status["availableReplicas"] >= wanted
    )
    if done:
        why = "NewReplicaSetAvailable"
        if before is not None and before["reason"] == why and f'"{name}"' in before["message"]:
            return before, None
        return _condition(
            deployment, "Progressing", True, why, f'ReplicaSet "{name}" has successfully progressed.', now
        ), None
    deadline = deployment["spec"].get("progressDeadlineSeconds", 600)
    fields = ("updatedReplicas", "readyReplicas", "availableReplicas", "replicas")
    moved = any(old.get(f, 0) != status[f] for f in fields)
    if before is None:
        return _condition(
            deployment, "Progressing", True, "NewReplicaSetCreated", f'Created new replica set "{name}"', now
        ), float(deadline)
    scaled_only = before["reason"] == "NewReplicaSetAvailable" and f'"{name}"' in before["message"]
    if scaled_only:
        return before, None
    if moved or before["reason"] == "NewReplicaSetAvailable":
        message = f'ReplicaSet "{name}" is progressing.'
        found = _condition(deployment, "Progressing", True, "ReplicaSetUpdated", message, now)
        return {**found, "lastUpdateTime": names.stamp(now)}, float(deadline)
    since = names.unix(before.get("lastUpdateTime")) or now
    left = since + deadline - now
    if left > 0 or before["reason"] == "ProgressDeadlineExceeded":
        return before, left if left > 0 else None
    message = f'ReplicaSet "{name}" has timed out progressing.'
    return _condition(deployment, "Progressing", False, "ProgressDeadlineExceeded", message, now), None


def _condition(deployment: Object, kind: str, true: bool, reason: str, message: str, now: float) -> Object:
    before = condition(deployment, kind)
    state = "True" if true else "False"
    if before is not None and (before["status"], before["reason"], before["message"]) == (
        state,
        reason,
        message,
    ):
        return before
    same = before is not None and before["status"] == state
    return {
        "type": kind,
        "status": state,
        "lastUpdateTime": names.stamp(now),
        "lastTransitionTime": before["lastTransitionTime"] if same and before else names.stamp(now),
        "reason": reason,
        "message": message,
    }
