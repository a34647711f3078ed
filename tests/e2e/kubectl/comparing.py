"""What differs between two transcripts, and which of it is accepted, with its reason (differences.toml)."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from tests.e2e.kubectl.normal import normal
from tests.e2e.kubectl.running import Said
from tests.e2e.kubectl.scripts import HERE

Side = Literal["real", "lab"]


@dataclass(frozen=True, slots=True)
class Output:
    """One command's output, made comparable."""

    title: str
    command: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that only one of them prints."""

    command: str
    side: Side
    line: str

    def __str__(self) -> str:
        return f"$ {self.command}\n  only {self.side}: {self.line}"


@dataclass
class Accepted:
    """What may differ, in which commands, and why. Lines and commands are regular expressions for the whole."""

    command: str
    reason: str
    real: list[str] = field(default_factory=list)
    lab: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def takes(self, one: Difference) -> bool:
        """Whether it is this difference; remembers which of its lines it was."""
        if not re.fullmatch(self.command, one.command):
            return False
        lines = self.real if one.side == "real" else self.lab
        hits = [f"{one.side}: {line}" for line in lines if re.fullmatch(line, one.line)]
        self.used.update(hits)
        return bool(hits)

    def unused(self) -> list[str]:
        """Its lines that did not occur."""
        known = [f"real: {line}" for line in self.real] + [f"lab: {line}" for line in self.lab]
        return [f"{self.command}: {line}" for line in known if line not in self.used]


def accepted(script: str) -> list[Accepted]:
    """The table of a script."""
    table = tomllib.loads((HERE / "differences.toml").read_text())
    return [Accepted(**one) for one in table.get(script, [])]


def outputs(said: Iterable[Said]) -> list[Output]:
    """A transcript, made comparable."""
    return [Output(one.title, one.command, tuple(normal(one))) for one in said]


def differences(real: list[Output], lab: list[Output]) -> list[Difference]:
    """Line by line, command by command. AssertionError where not the same commands were run."""
    assert [one.command for one in real] == [one.command for one in lab]
    found: list[Difference] = []
    for one, other in zip(real, lab, strict=True):
        matcher = difflib.SequenceMatcher(None, one.lines, other.lines, autojunk=False)
        for tag, a, b, c, d in matcher.get_opcodes():
            if tag != "equal":
                found += [Difference(one.command, "real", line) for line in one.lines[a:b]]
                found += [Difference(one.command, "lab", line) for line in other.lines[c:d]]
    return found


def judged(script: str, real: list[Output], lab: list[Output]) -> tuple[list[Difference], list[str]]:
    """The differences that nobody accepted, and the accepted ones that are none any more."""
    table = accepted(script)
    # each entry sees each difference, so that one never hides another
    left = [one for one in differences(real, lab) if not [True for entry in table if entry.takes(one)]]
    return left, [line for entry in table for line in entry.unused()]


def recorded(script: str) -> list[Output]:
    """What the real cluster printed when it was last recorded (`python -m tests.e2e.kubectl --keep`)."""
    kept = json.loads((HERE / f"real-{script}.json").read_text())
    return [Output(one["title"], one["command"], tuple(one["lines"])) for one in kept]


def record(script: str, real: list[Output]) -> None:
    """Keep it, for runs that have no real cluster."""
    kept = [{"title": one.title, "command": one.command, "lines": one.lines} for one in real]
    (HERE / f"real-{script}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def listed() -> str:
    """The accepted differences as the README lists them."""
    table = tomllib.loads((HERE / "differences.toml").read_text())
    reasons = [one["reason"] for entries in table.values() for one in entries]
    return "\n".join(f"- {reason}" for reason in dict.fromkeys(reasons))
