"""Pictures built by hand, one a situation, with a clock that stands still."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from k8s_watch.model.changes import LoadTick, Targeted
from k8s_watch.model.objects import Autoscaler, Condition, Container, ContainerState, Deployment, Pod
from k8s_watch.model.ports import BurstPlan, Decision, TargetChoice
from k8s_watch.model.view import (
    Answers,
    Cell,
    Charts,
    Connection,
    Episode,
    Headline,
    Mark,
    Moment,
    PodRow,
    PodSeries,
    Scaling,
    Share,
    View,
)
from k8s_watch.tui.app import ScreenSettings, WatchApp

WALL = 1_785_000_464.0  # 2026-07-25 17:27:44 UTC
NOW = 5_000.0
HASH = "hello-world-flask-7c9d8b6f54"
NAMES = ("2xz7w", "4f9qz", "kk8ld", "p2m5x", "vb7ct", "z9qwr", "c4nhj", "t6s2l", "w8dfg", "m3kpb")


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def pod(name: str, *, age: float = 218, ready: bool = True, restarts: int = 0, **more: object) -> Pod:
    """A pod of one container that runs."""
    ended = ContainerState("terminated", "Completed", exit_code=0, finished=WALL - 12) if restarts else None
    running = ContainerState("running", started=WALL - age) if ready else None
    main = Container(
        "hello-world-flask",
        cpu_request=100,
        known=True,
        ready=ready,
        started=True,
        restarts=restarts,
        state=running or ContainerState("waiting", "ContainerCreating"),
        last=ended,
    )
    given: dict[str, object] = {
        "uid": f"uid-{name}",
        "name": name,
        "namespace": "default",
        "created": WALL - age,
        "phase": "Running" if ready else "Pending",
        "conditions": (Condition("Ready", "True" if ready else "False"),),
        "containers": (main,),
        "node": "node-1",
    }
    return Pod(**{**given, **more})  # type: ignore[arg-type]


def row(at: int, name: str | None = None, **more: object) -> PodRow:
    """A healthy row; `at` gives letter and colour."""
    given: dict[str, object] = {
        "pod": pod(name or f"{HASH}-{NAMES[at % 10]}"),
        "letter": chr(65 + at % 26),
        "hue": at % 10,
        "health": "healthy",
        "in_rotation": True,
        "generation": "",
        "cpu": 11 + at,
        "cpu_unit": "%",
    }
    return PodRow(**{**given, **more})  # type: ignore[arg-type]


def killed(at: int, **more: object) -> PodRow:
    """A row whose container just died; its restart is held back."""
    ended = ContainerState("terminated", "Completed", exit_code=0, finished=WALL - 2)
    base = pod(f"{HASH}-{NAMES[at]}", ready=False, restarts=1, phase="Running")
    main = replace(base.containers[0], state=ended, last=ended)
    given: dict[str, object] = {
        "pod": replace(base, containers=(main,)),
        "health": "healing",
        "in_rotation": False,
        "cpu": None,
        "restart_range": (8.0, 13.0),
        "next_delay": (20.0, 30.0),
    }
    return row(at, **{**given, **more})


def cells(pattern: str, rows: tuple[PodRow, ...]) -> tuple[Cell, ...]:
    """A strip from letters: A.. a pod, x a refused, 2 a 502, t a timeout, lower-case letter a slow pod, - nothing."""
    by_letter = {one.letter: one for one in rows}
    begin = int(NOW) - len(pattern) + 1
    made = []
    for at, sign in enumerate(pattern):
        second = begin + at
        failure = {"x": "refused", "2": "502", "t": "timeout"}.get(sign)
        if failure:
            made.append(Cell(second, "failed", failure=failure))
        elif sign in "-?":
            made.append(Cell(second, "none" if sign == "-" else "unknown"))
        else:
            one = by_letter[sign.upper()]
            slow = sign.islower()
            made.append(
                Cell(
                    second,
                    "pod",
                    one.pod.uid,
                    one.letter,
                    one.hue,
                    slow=slow,
                    ms=210 if slow else 9,
                    fault=slow,
                )
            )
    return tuple(made)


def share(one: PodRow, part: float, ms: float = 9) -> Share:
    """A pod's share."""
    return Share(one.pod.name, one.letter, one.hue, part, int(60 * part), ms, ms * 3)


TARGET = Targeted(
    wall=WALL,
    mono=NOW - 300,
    context="lab",
    namespace="default",
    deployment="hello-world-flask",
    server="https://127.0.0.1:34567",
    is_lab=True,
    url="http://127.0.0.1:38080/",
    via="ingress",
)
SCALER = Autoscaler(
    "hpa", "hello-world-flask", "default", minimum=2, maximum=10, current=2, desired=2, cpu_target=50, cpu=11
)


def _charts(rows: tuple[PodRow, ...], loud: bool = False) -> Charts:
    begin = NOW - 300
    times = [begin + 15 * n for n in range(21)]
    high = {at: (12.0 if at < NOW - 100 or not loud else 139.0) for at in times}
    return Charts(
        begin=begin,
        cpu=tuple((at, high[at]) for at in times),
        pods=tuple(
            PodSeries(
                one.pod.uid,
                one.pod.name,
                one.letter,
                one.hue,
                tuple((at, high[at] + one.hue) for at in times),
            )
            for one in rows[:4]
        ),
        target=50,
        current=((begin, 2.0), (NOW - 60, 4.0 if loud else 2.0)),
        desired=((begin, 2.0), (NOW - 75, 4.0 if loud else 2.0)),
        minimum=2,
        maximum=10,
        marks=(Mark(NOW - 100, "burst", "burst"),) if loud else (),
        sample_age=4.0,
    )


def calm_view() -> View:
    """Two pods answer in turn."""
    rows = (row(0), row(1))
    return View(
        now=NOW,
        wall=WALL,
        server_now=WALL,
        version=1,
        target=TARGET,
        presence="present",
        deployment=Deployment(
            "dep", "hello-world-flask", "default", replicas=2, ready=2, current=2, updated=2, available=2
        ),
        pods=rows,
        ready=2,
        wanted=2,
        answers=Answers(
            cells=cells("AB" * 45, rows),
            shares=(share(rows[0], 0.5), share(rows[1], 0.5, 10)),
            pattern="round robin",
            pattern_words="in turn (58 of 59 changes)",
            last_at=NOW - 0.4,
        ),
        charts=_charts(rows),
        scaling=Scaling(autoscaler=SCALER, conditions=("ready for a new scale",), next_sync_in=9.0),
        headline=Headline("calm", "All well: 2 pods answer in turn"),
        connection=Connection("live", NOW - 300),
    )


HEALING_EPISODE = Episode(
    7,
    "healing",
    NOW - 2.1,
    WALL - 2.1,
    "you killed 2xz7w (SIGINT)",
    (Moment("died", NOW - 1.8, 0.32), Moment("out of rotation", NOW - 1.75, 0.35)),
    tone="healing",
    open=True,
    waiting="restart held back for 10–15 s",
    pod_uid=f"uid-{HASH}-2xz7w",
)
HEALED_EPISODE = Episode(
    3,
    "healing",
    NOW - 120,
    WALL - 120,
    "you killed 2xz7w (SIGINT)",
    (
        Moment("died", NOW - 119.7, 0.32),
        Moment("out of rotation", NOW - 119.6, 0.35),
        Moment("restarted", NOW - 119.5, 0.45),
        Moment("ready", NOW - 119.5, 0.45),
        Moment("answers again", NOW - 118.7, 1.3, 0.1),
    ),
    tail="0 of 14 answers failed, slowest 210 ms; exit 0 (Completed); next restart after 10–15 s",
    pod_uid=f"uid-{HASH}-2xz7w",
)


def healing_view() -> View:
    """One pod was just killed, the other carries everything."""
    rows = (killed(0), row(1))
    base = calm_view()
    return replace(
        base,
        version=2,
        pods=rows,
        ready=1,
        answers=replace(
            base.answers,
            cells=cells("AB" * 40 + "ABABAbBBBBxB", rows),
            shares=(share(rows[0], 0.41), share(rows[1], 0.57, 10)),
            failed=0.02,
            failures=(("refused", 1),),
            pattern="uneven",
            pattern_words="4f9qz answers most",
            rate=10.0,
        ),
        story=(HEALED_EPISODE, HEALING_EPISODE),
        headline=Headline("healing", "HEALING 2xz7w: restarting for 2.1 s, 4f9qz carries everything"),
        acts=("killing 2xz7w: SIGINT sent",),
    )


def scaling_view() -> View:
    """A burst runs, the autoscaler has decided, new pods come."""
    new = replace(pod(f"{HASH}-{NAMES[2]}", age=3, ready=False))
    rows = (
        row(0, cpu=148),
        row(1, cpu=131),
        row(2, pod=new, health="starting", in_rotation=False, cpu=None),
        row(
            3,
            pod=replace(new, uid="uid-4", name=f"{HASH}-{NAMES[3]}"),
            health="starting",
            in_rotation=False,
            cpu=None,
        ),
    )
    base = calm_view()
    return replace(
        base,
        version=3,
        pods=rows,
        ready=2,
        wanted=4,
        answers=replace(
            base.answers,
            cells=cells("ABBAABABBBAABABBBAAABABBABA" * 3, rows),
            shares=(share(rows[0], 0.55, 44), share(rows[1], 0.45, 51)),
            pattern="random",
            pattern_words="27 of 59 changes, as by dice",
        ),
        charts=_charts(rows, loud=True),
        scaling=Scaling(
            autoscaler=replace(SCALER, cpu=139, desired=4),
            decision="2 → 4 because ⌈2 × 139/50⌉ = 6, limited to max(2 × 2, 4) = 4 a step",
            decided_at=NOW - 3,
            next_sync_in=12,
        ),
        story=(
            HEALED_EPISODE,
            Episode(
                9,
                "scaling",
                NOW - 22,
                WALL - 22,
                "load began",
                (Moment("CPU 139 % of 50 %", NOW - 3.3, 18.7, 15), Moment("2 → 4 decided", NOW - 3.2, 18.8)),
                tone="scaling",
                open=True,
                waiting="2 new pods start",
            ),
        ),
        headline=Headline("scaling", "SCALING 2 → 4: CPU 139 % of 50 %, next decision in about 12 s"),
        load=LoadTick(
            wall=WALL,
            mono=NOW,
            state="running",
            done=4210,
            wanted=10_000,
            errors=0,
            rate=312,
            elapsed=13.4,
            p50=44,
            p95=97,
            p99=141,
            per_pod=((rows[0].pod.name, 2320), (rows[1].pod.name, 1890)),
            concurrency=50,
        ),
        load_at=NOW,
    )


def shrinking_view() -> View:
    """The load is over, the window runs, one pod is gone already."""
    rows = (*(row(at) for at in range(5)), row(5, health="leaving"), row(6, health="gone", gone_at=NOW - 8))
    base = calm_view()
    return replace(
        base,
        version=4,
        pods=rows,
        ready=5,
        wanted=5,
        scaling=Scaling(
            autoscaler=replace(SCALER, current=5, desired=5, cpu=8),
            window_ends_in=212,
            window_words="shrinks in about 212 s unless load returns",
        ),
        headline=Headline("scaling", "SHRINKING in about 212 s unless load returns"),
        load=LoadTick(
            wall=WALL, mono=NOW - 88, state="ended", done=10_000, wanted=10_000, errors=3, rate=0, elapsed=31.0,
            p50=44, p95=97, p99=141,
        ),
        load_at=NOW - 88,
    )  # fmt: skip


def reconnecting_view() -> View:
    """The API server is away, the polls go on."""
    return replace(
        calm_view(),
        version=5,
        headline=Headline("stale", "RECONNECTING for 4 s: the picture below is old"),
        connection=Connection("reconnecting", NOW - 4, "connection refused"),
    )


def waiting_view() -> View:
    """The target is not there yet."""
    return replace(
        View(now=NOW, wall=WALL, server_now=WALL, version=6),
        target=TARGET,
        presence="missing",
        answers=Answers(error="No URL: there is no Ingress yet"),
        headline=Headline("stale", "Waiting for deployment hello-world-flask in default"),
        connection=Connection("live", NOW - 20),
    )


def rollout_view() -> View:
    """The lesson's patch: old pods give way to new ones."""
    other = "hello-world-flask-5d4f6c7b89"
    rows = (
        row(0, generation="old"),
        row(1, generation="old", health="leaving"),
        row(2, f"{other}-aa2bb", generation="new"),
        row(3, f"{other}-cc4dd", generation="new", health="starting"),
    )
    return replace(
        calm_view(), version=7, pods=rows, headline=Headline("busy", "ROLLING OUT: 1 of 2 pods are new")
    )


def crowd_view(size: int = 2_000) -> View:
    """A great many pods."""
    rows = tuple(row(at, f"{HASH}-{at:05d}") for at in range(size))
    return replace(calm_view(), version=8, pods=rows, ready=size, wanted=size)


def hostile_view(text: str = "[/][@click=app.quit]x[/] [red]\x1b]0;owned\x07\x9b31m\u202e") -> View:
    """Whatever a server may say, unsanitised, everywhere."""
    rows = (row(0, f"a-{text}", letter="A"), row(1, f"b-{text}"))
    base = healing_view()
    return replace(
        base,
        version=9,
        target=replace(TARGET, deployment=text, namespace=text, url=text, is_lab=False, context=text),
        pods=rows,
        answers=replace(
            base.answers,
            cells=cells("AB", rows),
            shares=(share(rows[0], 0.5), share(rows[1], 0.5)),
            failures=((text, 2),),
            pattern_words=text,
            error=text,
        ),
        story=(
            replace(HEALED_EPISODE, title=text, tail=text),
            replace(HEALING_EPISODE, title=text, waiting=text),
        ),
        headline=Headline("failed", text),
        acts=(text,),
        said=((NOW, "error", text),),
    )


VIEWS: dict[str, Callable[[], View]] = {
    "calm": calm_view,
    "healing": healing_view,
    "scaling": scaling_view,
    "shrinking": shrinking_view,
    "reconnecting": reconnecting_view,
    "waiting": waiting_view,
    "rollout": rollout_view,
    "crowd": crowd_view,
    "hostile": hostile_view,
}


@dataclass
class FrozenClock:
    """Time that stands still."""

    def wall(self) -> float:
        return WALL

    def mono(self) -> float:
        return NOW


@dataclass
class FakeActs:
    """Remembers what was asked; `decision` is the gate's word."""

    decision: Decision = field(default_factory=lambda: Decision(True))
    done: list[tuple[object, ...]] = field(default_factory=list)
    asked: list[tuple[str, str, BurstPlan | None]] = field(default_factory=list)
    wrong: Exception | None = None

    def may(self, act: str, pod_uid: str = "", plan: BurstPlan | None = None) -> Decision:
        self.asked.append((act, pod_uid, plan))
        return self.decision

    async def _note(self, *what: object) -> None:
        self.done.append(what)
        if self.wrong is not None:
            raise self.wrong

    async def kill(self, pod_uid: str) -> None:
        await self._note("kill", pod_uid)

    async def delete(self, pod_uid: str) -> None:
        await self._note("delete", pod_uid)

    async def burst(self, plan: BurstPlan) -> None:
        await self._note("burst", plan)

    async def stop(self) -> None:
        await self._note("stop")

    async def log(self, pod_uid: str, container: str) -> AsyncIterator[str]:
        yield "127.0.0.1 - GET / 200"

    async def choices(self, context: str = "") -> list[TargetChoice]:
        return [TargetChoice("lab", "default", "hello-world-flask", 2, 2, "HPA")]

    def contexts(self) -> list[str]:
        return ["lab"]

    async def retarget(self, choice: TargetChoice) -> None:
        await self._note("retarget", choice)


class Stage:
    """A screen with a picture that a test can change."""

    def __init__(self, view: View, acts: FakeActs | None = None, **settings: object) -> None:
        self.view = view
        self.acts = acts or FakeActs()
        chosen = ScreenSettings(still=True, **settings)  # type: ignore[arg-type]
        self.app = WatchApp(lambda: self.view, self.acts, chosen, FrozenClock())

    def show(self, view: View) -> None:
        """The world has changed."""
        self.view = replace(view, version=self.view.version + 1)
        self.app.changed()


@pytest.fixture
def stage() -> Callable[..., Stage]:
    """Makes a screen for a view by name or by value."""

    def make(view: str | View, **more: object) -> Stage:
        return Stage(VIEWS[view]() if isinstance(view, str) else view, **more)  # type: ignore[arg-type]

    return make


@pytest.fixture
def views() -> dict[str, Callable[[], View]]:
    """The situations by name."""
    return VIEWS
