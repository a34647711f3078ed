"""The cluster's processes: each leads a group of its own, known by a file with its id and its start time."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from .places import Cluster
from .shell import inside, say


def start(cluster: Cluster, name: str, *command: str | Path) -> None:
    """Start it in the cluster's namespace, unless it runs already."""
    if alive(cluster, name):
        return
    log = cluster.run / "log" / name
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            inside(cluster, *command),
            cwd=cluster.run,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    file = _file(cluster, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{process.pid} {_born(process.pid)}")


def alive(cluster: Cluster, name: str) -> bool:
    """Whether it runs."""
    return _pid(cluster, name) is not None


def why_dead(cluster: Cluster, name: str) -> str:
    """The end of its log, if it is dead; "" while it lives."""
    if alive(cluster, name):
        return ""
    log = cluster.run / "log" / name
    text = log.read_text(errors="replace")[-1000:] if log.exists() else ""
    return f"{name} ended; the end of {log}:\n{text}"


def stop(cluster: Cluster, *names: str, patience: float = 5.0) -> None:
    """Ask them all, wait, then insist."""
    for name in names:
        _signal(cluster, name, signal.SIGTERM)
    end = time.monotonic() + patience
    while time.monotonic() < end and any(alive(cluster, n) for n in names):
        time.sleep(0.05)
    for name in names:
        _signal(cluster, name, signal.SIGKILL)
        _file(cluster, name).unlink(missing_ok=True)


def _file(cluster: Cluster, name: str) -> Path:
    return cluster.run / "pid" / name


def _born(pid: int) -> str:
    """When a process started, in the kernel's ticks: a reused id has another. "" where there is none, or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def _pid(cluster: Cluster, name: str) -> int | None:
    try:
        pid, born = _file(cluster, name).read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if _born(int(pid)) == born else None


def _signal(cluster: Cluster, name: str, number: signal.Signals) -> None:
    pid = _pid(cluster, name)
    if pid is None:
        return
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        say(f"{name} was gone already")
