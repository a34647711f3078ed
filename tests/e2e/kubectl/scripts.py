"""The scripts of kubectl commands: lines of text, one command or one condition each.

`$ COMMAND` is run and its output compared; `$ [how] COMMAND` says what of its output is (see `HOWS`).
`> TEXT` is typed into the terminal of the command above. `until SECONDS REGEX :: COMMAND` repeats the command until its
output matches. `let NAME = COMMAND` keeps an output for `$NAME`. `begin NAME $ [how] COMMAND` runs a command beside the
following ones until `end NAME` (ctrl+c; its output is compared) or `stop NAME` (not compared). `## TITLE`, `# comment`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
What = Literal["run", "until", "let", "begin", "end", "stop"]
HOWS = {
    "tty": "in a terminal",
    "events": "what was missing at one look of the autoscaler depends on the moment",
    "grown": "how far and in how many steps it has grown depends on the moments of load and samples",
    "race": "whether it ends before what it kills is a race",
    "words": "the order of its words says nothing",
    "sorted": "the order of its lines says nothing",
    "unique": "how often a line comes depends on the speed of the machine",
    "numbers": "its numbers are measured",
    "first": "how many lines alike there are depends on the speed of the machine",
}


@dataclass(slots=True)
class Step:
    """One line of a script."""

    what: What
    command: str = ""
    name: str = ""  # of a variable, or of a command that runs beside
    how: str = ""
    within: float = 0.0  # seconds
    pattern: str = ""
    typed: list[str] = field(default_factory=list)
    title: str = ""  # of its section


def read(name: str) -> list[Step]:
    """The steps of a script. ValueError for a line that is none."""
    steps: list[Step] = []
    title = ""
    for line in (HERE / f"{name}.script").read_text().splitlines():
        if line.startswith("## "):
            title = line[3:]
        elif line.startswith("> "):
            steps[-1].typed.append(line[2:])
        elif line and not line.startswith("#"):
            step = _step(line)
            step.title = title
            steps.append(step)
    return steps


def _step(line: str) -> Step:
    if found := re.fullmatch(r"\$ (?:\[(\w+)\] )?(.+)", line):
        if found[1] and found[1] not in HOWS:
            raise ValueError(f"no such way to compare: {line}")
        return Step("run", found[2], how=found[1] or "")
    if found := re.fullmatch(r"until (\d+) (.+?) :: (.+)", line):
        return Step("until", found[3], within=float(found[1]), pattern=found[2])
    if found := re.fullmatch(r"let (\w+) = (.+)", line):
        return Step("let", found[2], name=found[1])
    if found := re.fullmatch(r"begin (\w+) \$ (?:\[(\w+)\] )?(.+)", line):
        return Step("begin", found[3], name=found[1], how=found[2] or "")
    if found := re.fullmatch(r"(end|stop) (\w+)", line):
        return Step("end" if found[1] == "end" else "stop", name=found[2])
    raise ValueError(f"not a step: {line}")
