"""The figures as a table in Markdown, with the machine, the versions and the date."""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from measures import NEVER, Cost, Times

if TYPE_CHECKING:
    from bench import Result
    from labs import Starts

NOTHING = "-"


def written(results: Sequence[Result], lab: Starts, missing: Sequence[str]) -> str:
    """The whole text."""
    parts = [_machine(results), _table(results), _lab(lab)]
    if missing:
        parts.append("Not measured: " + "; ".join(missing) + ".")
    return "\n\n".join(parts)


def _machine(results: Sequence[Result]) -> str:
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{one.program.name} {one.program.version}" for one in results)
    load = os.getloadavg()[1]
    return (
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC; {os.cpu_count()} cores ({cpu[1] if cpu else '?'}), "
        f"{memory:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()} (ours); {versions}; "
        f"load average at the end {load:.1f}."
    )


def _table(results: Sequence[Result]) -> str:
    sizes = list(results[0].created)
    rows: list[tuple[str, str, Callable[[Result], str]]] = [
        (f"pod created → on the screen, {size:,} pods: median (p95)", "40 ms, 2 × kubectl", _created(size))
        for size in sizes
    ]
    rows += [
        ("exec → first pod's row: median (p95)", "0.6 s", lambda r: _seconds(r.started)),
        ("idle, everything visible, 60 s: CPU, memory", "2 %, 100 MB", lambda r: _cost(r.idle)),
        (
            f"{_rate(results)} changes/s on {sizes[-1]:,} pods: CPU, memory",
            "20 %, 110 MB",
            lambda r: _cost(r.storm),
        ),
        ("the same: key `?` → help: median (p95)", "50 ms (p95)", lambda r: _ms(r.help)),
        ("the same: key `↓` → selection: median (p95)", "50 ms (p95)", lambda r: _ms(r.moved)),
    ]
    head = ["", "wanted", *(one.program.name for one in results)]
    lines = [head, ["---"] * len(head)]
    lines += [[name, wanted, *(figure(one) for one in results)] for name, wanted, figure in rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _created(size: int) -> Callable[[Result], str]:
    return lambda result: _ms(result.created.get(size))


def _rate(results: Sequence[Result]) -> str:
    """What was reached: 400 is wanted, and the programs share the machine with the server."""
    rates = [one.storm_rate for one in results]
    low, high = round(min(rates)), round(max(rates))
    return str(high) if high - low < 5 else f"{low}-{high}"


def _lab(lab: Starts) -> str:
    return "\n".join(
        [
            "| the lab | wanted | k8s-watch | kubectl get -w |",
            "| --- | --- | --- | --- |",
            f"| running: exec → first pod's row | 0.6 s | {_seconds(lab.row)} | {_seconds(lab.kubectl)} |",
            f"| `--lab` from nothing: exec → two answering pods | 3 s | {_seconds(lab.two)} | {NOTHING} |",
        ]
    )


def _ms(times: Times | None) -> str:
    if times is None:
        return NOTHING
    return f"{_number(times.median)} ({_number(times.p95)}) ms"


def _number(seconds: float) -> str:
    return f"{1000 * seconds:,.0f}" if seconds < NEVER else f"> {1000 * NEVER:,.0f}"


def _seconds(times: Times | None) -> str:
    return NOTHING if times is None else f"{times.median:.2f} ({times.p95:.2f}) s"


def _cost(cost: Cost | None) -> str:
    return NOTHING if cost is None else f"{100 * cost.cpu:.1f} %, {cost.memory:.0f} MB"
