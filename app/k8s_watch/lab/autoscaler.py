"""The HPA controller: each autoscaler every 15 s, by the same arithmetic that the dashboard explains."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import cast

from ..model import objects
from ..model.autoscaling import PodSample, Proposal, propose
from ..model.autoscaling_limits import Decider, Decision, needs_metrics, tolerances
from ..wire.translate import translate
from . import names
from .client import Api, ApiFault, Mirror, Object, key
from .labels import matches
from .periods import Periods
from .recorder import Recorder
from .replicasets import condition
from .usage import Reading, Usage

_WHO = "horizontal-pod-autoscaler"
_TARGETS = {"Deployment": "deployments", "ReplicaSet": "replicasets"}
Readings = dict[tuple[str, str, str], Reading]


def sample(pod: Object, readings: Readings) -> PodSample:
    """One pod as the calculation takes it; without a sample where one of its containers has none."""
    meta, spec = pod["metadata"], pod["spec"]
    containers = spec["containers"]
    found = [readings.get((meta["namespace"], meta["name"], c["name"])) for c in containers]
    known = [r for r in found if r is not None]
    whole = len(known) == len(containers)
    requests = {c["name"]: ((c.get("resources") or {}).get("requests") or {}).get("cpu") for c in containers}
    without = next((name for name, request in requests.items() if request is None), "")
    status, ready = pod.get("status") or {}, condition(pod, "Ready")
    return PodSample(
        name=meta["name"],
        usage_m=sum(r.cpu for r in known) if whole else None,
        request_m=None if without else round(sum(names.quantity(r) for r in requests.values()) * 1000),
        ready=None if ready is None else ready["status"] != "False",
        phase=status.get("phase") or "Pending",
        deleted=bool(meta.get("deletionTimestamp")),
        start_time=names.unix(status.get("startTime")),
        ready_transition=names.unix(ready["lastTransitionTime"]) if ready else None,
        sample_at=max((r.at for r in known), default=None) if whole else None,
        sample_window=max((r.window for r in known), default=15.0),
        container=without,
    )


def status_of(decision: Decision, old: Object, generation: int | None, now: float) -> Object:
    """The status that follows from a decision."""
    failed = decision.proposal is not None and bool(decision.proposal.error)
    metrics: list[Object] = [{"type": ""}] if failed else []  # what the real controller leaves there
    if decision.utilisation is not None:
        current = {"averageUtilization": decision.utilisation, "averageValue": f"{decision.average_m}m"}
        metrics = [{"type": "Resource", "resource": {"name": "cpu", "current": current}}]
    status: Object = {
        "currentReplicas": decision.current,
        "desiredReplicas": decision.desired,
        "currentMetrics": metrics,
        "conditions": [
            {
                "type": c.type,
                "status": c.status,
                "lastTransitionTime": names.stamp(c.since or now),
                "reason": c.reason,
                "message": c.message,
            }
            for c in decision.conditions
        ],
    }
    if generation is not None:
        status["observedGeneration"] = generation
    scaled = names.stamp(now) if decision.rescale else old.get("lastScaleTime")
    return status | ({"lastScaleTime": scaled} if scaled else {})


class Autoscalers:
    """A loop for each HorizontalPodAutoscaler, each in its own rhythm from its creation on."""

    def __init__(
        self,
        api: Api,
        mirrors: dict[str, Mirror],
        recorder: Recorder,
        usage: Usage,
        periods: Periods,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._api, self._mirrors, self._recorder = api, mirrors, recorder
        self._usage, self._periods, self._clock = usage, periods, clock
        self._loops: dict[str, asyncio.Task[None]] = {}
        mirrors["horizontalpodautoscalers"].listeners.append(self._changed)

    def _changed(self, old: Object | None, new: Object | None) -> None:
        uid = (new or old or {})["metadata"]["uid"]
        if new is None:
            if loop := self._loops.pop(uid, None):
                loop.cancel()
        elif uid not in self._loops:
            self._loops[uid] = asyncio.create_task(self._loop(key(new), uid))

    async def _loop(self, where: str, uid: str) -> None:
        decider = Decider(window=self._periods.window)
        due = asyncio.get_running_loop().time()
        while True:
            due += self._periods.sync
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            found = self._mirrors["horizontalpodautoscalers"].items.get(where)
            if found is None or found["metadata"]["uid"] != uid:
                continue
            try:
                await self._sync(found, decider)
            except ApiFault:
                continue  # the API is away or has a newer object: the next round comes anyway

    async def _sync(self, found: Object, decider: Decider) -> None:
        now = self._clock()
        autoscaler = cast(objects.Autoscaler, translate("autoscalers", found))
        target = self._target(found)
        if target is None:
            reference = found["spec"]["scaleTargetRef"]
            plural = _TARGETS.get(reference["kind"], reference["kind"].lower() + "s")
            why = f'{plural}.apps "{reference["name"]}" not found'
            decision = decider.no_scale(now, autoscaler, why)
            self._tell(found, "FailedGetScale", why)
        else:
            decision = self._decide(found, autoscaler, target, decider, now)
        if decision.rescale and target is not None:
            await self._scale(found, target, decision)
        await self._write(found, status_of(decision, found.get("status") or {}, None, now))

    def _decide(
        self, found: Object, autoscaler: objects.Autoscaler, target: Object, decider: Decider, now: float
    ) -> Decision:
        current = target["spec"].get("replicas", 1)
        if autoscaler.cpu_target is None or autoscaler.other_metrics:
            why = "the HPA was unable to compute the replica count: the lab knows CPU utilization only"
            return decider.refuse(now, autoscaler, current, "FailedGetResourceMetric", why)
        proposal: Proposal | None = None
        if needs_metrics(autoscaler, current):
            up, down = tolerances(autoscaler)
            proposal = propose(
                self._samples(target),
                current,
                autoscaler.cpu_target,
                now,
                tolerance_up=up,
                tolerance_down=down,
                cpu_init_period=self._periods.young,
                readiness_delay=self._periods.young / 10,
            )
        decision = decider.decide(now, autoscaler, current, proposal)
        if proposal is not None and proposal.error:
            what = f"failed to get cpu utilization: {proposal.error}"
            self._tell(found, "FailedGetResourceMetric", what)
            invalid = f"invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: {what}"
            self._tell(found, "FailedComputeMetricsReplicas", invalid)
        return decision

    def _tell(self, found: Object, reason: str, message: str, warning: bool = True) -> None:
        self._recorder.tell(found, _WHO, reason, message, warning)

    def _target(self, found: Object) -> Object | None:
        reference = found["spec"]["scaleTargetRef"]
        kind = _TARGETS.get(reference["kind"])
        return self._mirrors[kind].get(found["metadata"]["namespace"], reference["name"]) if kind else None

    def _samples(self, target: Object) -> Iterable[PodSample]:
        namespace, selector = target["metadata"]["namespace"], target["spec"]["selector"]
        for pod in self._mirrors["pods"].items.values():
            meta = pod["metadata"]
            if meta["namespace"] == namespace and matches(selector, meta.get("labels") or {}):
                yield sample(pod, self._usage.readings)

    async def _scale(self, found: Object, target: Object, decision: Decision) -> None:
        kind = _TARGETS[found["spec"]["scaleTargetRef"]["kind"]]
        change = {"spec": {"replicas": decision.desired}}
        await self._api.patch(kind, target, change, sub="scale")
        message = f"New size: {decision.desired}; reason: {decision.reason}"
        self._tell(found, "SuccessfulRescale", message, warning=False)

    async def _write(self, found: Object, status: Object) -> None:
        old = found.get("status") or {}
        changed = {k: v for k, v in status.items() if (old.get(k) or None) != (v or None)}
        if changed:
            answer = await self._api.patch(
                "horizontalpodautoscalers", found, {"status": changed}, sub="status"
            )
            self._mirrors["horizontalpodautoscalers"].apply(answer)
