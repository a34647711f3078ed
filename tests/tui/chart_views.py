"""Views with charts in them, made by hand: the lesson's scale-out as the recording has it."""

from __future__ import annotations

from k8s_watch.model.objects import Autoscaler
from k8s_watch.model.view import Charts, Mark, PodSeries, Points, Scaling, View

BEGIN = 1000.0


def steps(*points: tuple[float, float | None]) -> Points:
    """Points whose times count from BEGIN."""
    return tuple((BEGIN + at, value) for at, value in points)


def series(letter: str, hue: int, *points: tuple[float, float | None], name: str = "") -> PodSeries:
    """A pod's CPU."""
    return PodSeries(f"uid-{letter}", name or f"hello-{letter}", letter, hue, steps(*points))


def charts(now: float = 170.0, *, begin: float = 0.0) -> Charts:
    """Load at 92 s, decisions at 111 and 126 s."""
    return Charts(
        begin=BEGIN + begin,
        cpu=steps((0, 10), (111, 261), (126, 403), (141, 44), (156, 2)),
        pods=(
            series(
                "A", 0, (0, 10), (15, 12), (30, 13), (105, 250), (120, 480), (135, 80), (150, 3), (165, 2)
            ),
            series("B", 1, (20, 11), (111, 20), (126, 30), (141, 30), (156, 4)),
            series("C", 2, (141, 2), (156, 12)),
            series("D", 3, (141, 1), (156, 14)),
        ),
        target=50,
        current=steps((0, 2), (111, 2), (126, 4), (141, 8), (156, 10)),
        desired=steps((0, 2), (111, 4), (126, 8), (141, 10)),
        minimum=2,
        maximum=10,
        marks=(
            Mark(BEGIN + 27, "kill", "killed"),
            Mark(BEGIN + 52, "kill", "killed"),
            Mark(BEGIN + 92, "burst", "burst"),
            Mark(BEGIN + 118, "burst-end", "burst over"),
        ),
        sample_age=4.0,
    )


def scaling() -> Scaling:
    """What the autoscaler says at that time."""
    return Scaling(
        autoscaler=Autoscaler("hpa", "hello", "default", minimum=2, maximum=10, cpu_target=50, cpu=2),
        conditions=("wants more than the maximum of 10",),
        decision="4 → 8 because ⌈4 × 403/50⌉ = 33, limited to max(2 × 4, 4) = 8 a step",
        decided_at=BEGIN + 126,
        next_sync_in=9.0,
        window_words="shrinks in about 212 s unless load returns",
    )


def view(now: float = 170.0, drawn: Charts | None = None, said: Scaling | None = None) -> View:
    """The picture `now` seconds after BEGIN."""
    return View(
        now=BEGIN + now,
        wall=1_795_539_600.0 + now,
        server_now=1_795_539_600.0 + now,
        version=1,
        charts=charts(now) if drawn is None else drawn,
        scaling=scaling() if said is None else said,
    )
