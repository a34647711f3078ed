"""What is measured, each for one program at a time, so that none is in another's way."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from programs import Program
from stage import DEPLOYMENT, MANY, Stage, probe_name
from terminal import Late, Terminal

NEVER = 10.0  # seconds after which something counts as not having happened
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Times:
    """How long it took, in seconds, each time; `NEVER` where it did not happen."""

    all: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.all)

    @property
    def p95(self) -> float:
        """Of 20 the 19th."""
        return sorted(self.all)[max(0, round(0.95 * len(self.all)) - 1)]


@dataclass(frozen=True)
class Cost:
    """What a program with all its children used."""

    cpu: float  # of one core, 0..1
    memory: float  # resident, MB, at the end


def _tree(pid: int) -> list[psutil.Process]:
    top = psutil.Process(pid)
    return [top, *top.children(recursive=True)]


def _spent(pid: int) -> float:
    """CPU seconds so far, those of children that have ended included."""
    own = psutil.Process(pid).cpu_times()
    children = sum(sum(one.cpu_times()[:2]) for one in _tree(pid)[1:])
    return sum(own[:4]) + children


def _resident(pid: int) -> float:
    return sum(one.memory_info().rss for one in _tree(pid)) / 1e6


@contextmanager
def shown(
    program: Program, namespace: str, deployment: str, row: str, environment: Mapping[str, str]
) -> Iterator[Terminal]:
    """The program with its first row on the screen, quiet, and its table as `ready` wants it."""
    with Terminal(program.words(namespace, deployment), environment) as terminal:
        terminal.wait(row, timeout=60)
        terminal.settle()
        for key in program.ready:
            terminal.press(key)
            terminal.settle(0.5, 3)
        yield terminal


def created_to_shown(terminal: Terminal, stage: Stage, count: int) -> Times:
    """(a) From before the request that creates a pod to its name on the screen."""
    found: list[float] = []
    for number in range(count):
        name, ending = probe_name(number)
        time.sleep(random.uniform(0.2, 0.5))  # at any moment of whatever rhythm a program has
        since = terminal.mark()
        begun = time.monotonic()
        stage.make(name)
        try:
            found.append(terminal.wait(ending, since, NEVER) - begun)
        except Late:
            found.append(NEVER)
        stage.remove(name)
        if len(found) >= 3 and min(found) == NEVER:
            break  # what did not come three times would only take longer not to come
    return Times(tuple(found))


def started_to_row(
    program: Program, namespace: str, deployment: str, row: str, environment: Mapping[str, str]
) -> float:
    """(b) From exec to the first pod's name on the screen, in seconds."""
    with Terminal(program.words(namespace, deployment), environment) as terminal:
        try:
            return terminal.wait(row, timeout=NEVER) - terminal.begun
        except Late:
            return NEVER


def cost(terminals: Sequence[Terminal], seconds: float) -> list[Cost]:
    """(c) Of each of them during that time."""
    before = [_spent(one.pid) for one in terminals]
    begun = time.monotonic()
    time.sleep(seconds)
    length = time.monotonic() - begun
    return [
        Cost((_spent(one.pid) - old) / length, _resident(one.pid))
        for one, old in zip(terminals, before, strict=True)
    ]


def pressed_to_help(terminal: Terminal, program: Program, count: int) -> Times:
    """(d) From the key `?` to the help screen."""
    found: list[float] = []
    for _ in range(count):
        since = terminal.mark()
        begun = terminal.press("?")
        try:
            found.append(terminal.wait(program.help, since, NEVER) - begun)
        except Late:
            found.append(NEVER)
        terminal.press(program.back)
        time.sleep(random.uniform(0.4, 0.6))
    return Times(tuple(found))


def pressed_to_moved(terminal: Terminal, names: Sequence[str]) -> Times:
    """(d) From the key `down` to the mark before the next pod of ours, which are these (others mark by colour alone)."""
    found: list[float] = []
    for name in names:
        since = terminal.mark()
        begun = terminal.press("\x1b[B")
        try:
            # the mark, the pod's letter, what its state is, and its name: first together when it is selected
            found.append(terminal.wait(f"\u258c.{{1,24}}{name}", since, NEVER) - begun)
        except Late:
            found.append(NEVER)
        time.sleep(random.uniform(0.2, 0.4))
    return Times(tuple(found))


class Storm:
    """Status changes in a process of its own; `with Storm(...) as storm:`, afterwards `storm.rate`."""

    def __init__(self, kubeconfig: Path, names: Sequence[str], rate: float, at_most: float) -> None:
        self._words = [sys.executable, str(HERE / "storm.py"), str(kubeconfig), MANY, str(rate), str(at_most)]
        self._names = names
        self.rate = 0.0  # changes a second that were reached

    def __enter__(self) -> Storm:
        self._process = subprocess.Popen(
            self._words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write("\n".join([*self._names, "", ""]))
        self._process.stdin.flush()
        return self

    def __exit__(self, kind: object, *_error: object) -> None:
        said, _none = self._process.communicate(timeout=60)  # it ends at the end of its input
        if kind is None:
            self.rate = float(said)


def many_shown(
    program: Program, stage: Stage, environment: Mapping[str, str]
) -> AbstractContextManager[Terminal]:
    """The program at the Deployment whose pods are never scheduled."""
    return shown(program, MANY, DEPLOYMENT, stage.fillers[0], environment)
