"""Running programs: quietly, in the cluster's namespace, or for long with a sign of life."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .places import Cluster, Problem


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


def run(*command: str | Path, check: bool = True, feed: str | bytes | None = None, **more: object) -> str:
    """Run to the end; its output. Raises Problem with the end of what it said."""
    data = feed.encode() if isinstance(feed, str) else feed
    done = subprocess.run([str(c) for c in command], input=data, capture_output=True, check=False, **more)  # type: ignore[call-overload]
    if check and done.returncode:
        last = (done.stderr or done.stdout).decode(errors="replace").strip()[-1500:]
        raise Problem(
            f"{Path(str(command[0])).name} {' '.join(map(str, command[1:4]))} failed ({done.returncode}): {last}"
        )
    return str(done.stdout.decode(errors="replace"))


def inside(cluster: Cluster, *command: str | Path) -> list[str]:
    """The same command in the cluster's network namespace.

    nsenter and not `ip netns exec`: that one mounts /sys anew, and kubelet finds no cgroups.
    """
    return ["nsenter", f"--net=/run/netns/{cluster.name}", *(str(c) for c in command)]


def long(what: str, command: Sequence[str | Path], folder: Path, env: Mapping[str, str], log: Path) -> None:
    """Run for minutes, with a line each 20 s that it lives; its output goes to `log`."""
    say(f"{what} ...")
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(c) for c in command], cwd=folder, env=dict(env), stdout=out, stderr=subprocess.STDOUT
        )
        try:
            while True:
                try:
                    code = process.wait(timeout=20)
                    break
                except subprocess.TimeoutExpired:
                    say(f"  {what}: {time.monotonic() - began:.0f} s so far")
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if code:
        raise Problem(f"{what} failed; {log} says why. Its end:\n{log.read_text(errors='replace')[-1500:]}")
    say(f"  {what}: done in {time.monotonic() - began:.0f} s")


def until(
    what: str, ready: Callable[[], bool], seconds: float, alive: Callable[[], str] = lambda: ""
) -> None:
    """Wait until `ready`; raises Problem after `seconds`, or as soon as `alive` gives a reason."""
    end = time.monotonic() + seconds
    while not ready():
        dead = alive()
        if dead:
            raise Problem(f"{what}: {dead}")
        if time.monotonic() > end:
            raise Problem(f"{what}: not within {seconds:.0f} s.")
        time.sleep(0.1)
