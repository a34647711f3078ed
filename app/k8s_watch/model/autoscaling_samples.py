"""What the autoscaler may have known at a sync: pods and their samples, as they were a few seconds ago."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .autoscaling import PodSample
from .objects import Pod, Usage

LATE = 2.0  # seconds after which a sync without a write counts as one that changed nothing
LAG = 1.0  # seconds by which pods of a decision may be seen before its status write


@dataclass(slots=True)
class Past:
    """What was known of pods and samples a few seconds ago."""

    pods: dict[str, list[tuple[float, Pod | None]]] = field(default_factory=dict)
    samples: deque[tuple[float, tuple[Usage, ...]]] = field(default_factory=lambda: deque(maxlen=8))

    def note(self, at: float, uid: str, pod: Pod | None) -> None:
        """A pod is as follows from `at` on; None: it is gone."""
        kept = self.pods.setdefault(uid, [])
        while len(kept) > 1 and kept[1][0] < at - LATE - 2 * LAG:
            del kept[0]
        kept.append((at, pod))

    def forget(self, before: float) -> None:
        """Drop pods that were gone by then."""
        self.pods = {u: k for u, k in self.pods.items() if not (k[-1][1] is None and k[-1][0] < before)}

    def pods_at(self, at: float) -> list[Pod]:
        """The pods as known at a moment."""
        found = (next((p for t, p in reversed(kept) if t <= at), None) for kept in self.pods.values())
        return [pod for pod in found if pod is not None]

    def samples_at(self, at: float) -> Iterator[tuple[Usage, ...]]:
        """The newest samples at a moment, then the ones before that differ."""
        last: tuple[Usage, ...] | None = None
        for _moment, usages in (s for s in reversed(self.samples) if s[0] <= at):
            if usages != last:
                yield usages
            last = usages


def assuming(samples: list[PodSample], percent: int) -> Iterator[list[PodSample]]:
    """Samples that make exactly that utilisation, and those that make the most that is still cut down to it.

    Where no pod has a sample (metrics may be forbidden to us), every pod is taken to have one.
    """
    none = all(s.usage_m is None for s in samples)
    for hundredths in (100 * percent, 100 * percent + 99):
        yield [_scaled(s, hundredths, none) for s in samples]


def _scaled(sample: PodSample, hundredths: int, measured: bool) -> PodSample:
    """Requests are multiplied with 10,000, so that hundredths of a percent are whole numbers."""
    if not sample.request_m:
        return sample
    usage = hundredths * sample.request_m if measured or sample.usage_m is not None else None
    return replace(sample, request_m=10_000 * sample.request_m, usage_m=usage)


def pod_samples(pods: list[Pod], usages: tuple[Usage, ...]) -> list[PodSample]:
    """Pods and their newest PodMetrics as the arithmetic wants them."""
    by_name = {u.pod: u for u in usages}
    return [_pod_sample(pod, by_name.get(pod.name)) for pod in pods]


def _pod_sample(pod: Pod, usage: Usage | None) -> PodSample:
    counted = [*pod.containers, *(c for c in pod.init_containers if c.role == "sidecar")]
    without = next((c.name for c in counted if c.cpu_request is None), "")
    ready, placed = pod.condition("Ready"), pod.condition("PodScheduled")
    return PodSample(
        pod.name,
        None if usage is None else usage.cpu,
        None if without else sum(c.cpu_request or 0 for c in counted),
        None if ready is None else ready.status != "False",
        pod.phase,
        pod.deleted is not None,
        # status.startTime is not among the fields read; the kubelet sets it within a second of the binding
        placed.since if placed and placed.since is not None else pod.created,
        ready.since if ready else None,
        usage.at if usage else None,
        (usage.window if usage else None) or 15.0,
        without,
    )
