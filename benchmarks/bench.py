#!/usr/bin/env python3
"""k8s-watch beside kubectl and other terminal programs, on a real API server: prints a table. See README.md."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from api import Api
from labs import Starts, lab_starts
from measures import (
    Cost,
    Storm,
    Times,
    cost,
    created_to_shown,
    many_shown,
    pressed_to_help,
    pressed_to_moved,
    shown,
    started_to_row,
)
from programs import Program, environment, kubectl, ours, peers
from stage import LESSON, Stage
from table import written

from k8s_watch.model.lesson import NAME

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "cluster"))
from kube.places import BIN, Cluster  # noqa: E402  the path has to be there first

ROW = NAME + r"-[a-z0-9]+-[a-z0-9]{5}|…[a-z0-9]{5} "  # a pod of the lesson, whole or cut
STORM = 400.0  # status changes a second
STORM_AT_MOST = 300.0  # seconds


@dataclass(frozen=True)
class Plan:
    """How often and how long."""

    sizes: tuple[int, ...] = (2, 500, 2000)
    pods: int = 20
    starts: int = 5
    idle: float = 60.0  # seconds
    storm: float = 10.0
    keys: int = 20


@dataclass
class Result:
    """What one program did."""

    program: Program
    created: dict[int, Times] = field(default_factory=dict)
    started: Times | None = None
    idle: Cost | None = None
    storm: Cost | None = None
    storm_rate: float = 0.0
    help: Times | None = None
    moved: Times | None = None


class Bench:
    """One run."""

    def __init__(self, cluster: Cluster, plan: Plan, chosen: list[Program]) -> None:
        self._cluster, self._plan = cluster, plan
        self._environment = environment(cluster.kubeconfig)
        self.results = [Result(program) for program in chosen]

    def run(self, stage: Stage) -> None:
        """Everything on the real cluster."""
        for size in self._plan.sizes:
            say(f"{size} pods")
            stage.fill(size)
            for one in self.results:
                with many_shown(one.program, stage, self._environment) as terminal:
                    one.created[size] = created_to_shown(terminal, stage, self._plan.pods)
                say(f"  {one.program.name}: {1000 * one.created[size].median:.0f} ms")
        for one in self.results:
            self._storm(one, stage)
        self._starts()
        self._idle()

    def _starts(self) -> None:
        """In turns, so that a slow moment of the machine hits everybody."""
        found: dict[str, list[float]] = {one.program.name: [] for one in self.results}
        for _ in range(self._plan.starts):
            for one in self.results:
                took = started_to_row(one.program, LESSON, NAME, ROW, self._environment)
                found[one.program.name].append(took)
        for one in self.results:
            one.started = Times(tuple(found[one.program.name]))
            say(f"start, {one.program.name}: {one.started.median:.2f} s")

    def _idle(self) -> None:
        """All at once: they hardly do anything, and what each does is counted apart."""
        with ExitStack() as stack:
            terminals = [
                stack.enter_context(shown(one.program, LESSON, NAME, ROW, self._environment))
                for one in self.results
            ]
            time.sleep(min(self._plan.idle, 35.0))  # ours looks closer for 30 s after a start
            for one, spent in zip(self.results, cost(terminals, self._plan.idle), strict=True):
                one.idle = spent
                say(f"idle, {one.program.name}: {100 * spent.cpu:.1f} %, {spent.memory:.0f} MB")

    def _storm(self, one: Result, stage: Stage) -> None:
        with many_shown(one.program, stage, self._environment) as terminal:
            with Storm(self._cluster.kubeconfig, stage.fillers, STORM, STORM_AT_MOST) as storm:
                time.sleep(3.0)
                (one.storm,) = cost([terminal], self._plan.storm)
                if one.program.help:
                    one.help = pressed_to_help(terminal, one.program, self._plan.keys)
                if one.program.marks:
                    names = stage.fillers[-2 : -2 - self._plan.keys : -1]
                    one.moved = pressed_to_moved(terminal, names)
            one.storm_rate = storm.rate
        say(f"storm, {one.program.name}: {100 * one.storm.cpu:.0f} % at {storm.rate:.0f} a second")


def say(text: str) -> None:
    """Progress, on standard error: the table alone is the output."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def cluster_does(what: str, number: int) -> None:
    """Bring the cluster up, or take it away."""
    words = [sys.executable, str(ROOT / "tests" / "cluster" / "cluster.py"), what, "--number", str(number)]
    subprocess.run(words, check=True, stdout=sys.stderr)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=3, help="of the cluster that is made for this: 0-63")
    parser.add_argument("--keep", action="store_true", help="leave the cluster running")
    parser.add_argument("--quick", action="store_true", help="few repetitions: to see whether it works")
    parser.add_argument("--only", default="", help="programs, separated by commas; default: all")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table to a file as well")
    asked = parser.parse_args()
    plan = Plan((2, 500), 5, 2, 5.0, 5.0, 5) if asked.quick else Plan()
    found, missing = peers()
    cluster_does("up", asked.number)
    try:
        cluster = Cluster(asked.number)
        chosen = [ours(cluster.entry), kubectl(BIN / "kubectl"), *found]
        if asked.only:
            chosen = [one for one in chosen if one.name in asked.only.split(",")]
        bench = Bench(cluster, plan, chosen)
        with Stage(Api(cluster.kubeconfig)) as stage:
            bench.run(stage)
    finally:
        if not asked.keep:
            cluster_does("down", asked.number)
    lab: Starts = lab_starts(plan.starts)
    text = written(bench.results, lab, missing)
    print(text)  # noqa: T201
    if asked.write:
        asked.write.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
