"""`python -m tests.e2e.kubectl [lesson] [more] [--number N]`: run the scripts on both clusters, show what differs."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import sys
import tempfile
from pathlib import Path

from tests.e2e.clusters import KUBECTL, Cluster, the_lab, the_real_one
from tests.e2e.kubectl.comparing import Output, judged, outputs, record
from tests.e2e.kubectl.running import Said, Terminal
from tests.e2e.kubectl.scripts import read


async def transcript(cluster: Cluster, script: str) -> list[Said]:
    """What a learner sees on one cluster; as far as they came, where a condition is not reached."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(cluster.kubeconfig, cluster.entry, KUBECTL, Path(folder))
        try:
            return await terminal.run(read(script))
        except AssertionError as fault:
            print(f"{cluster.name}: {fault}", flush=True)
            return terminal.said


def keep(folder: Path, name: str, said: list[Said]) -> None:
    """Write what was really printed."""
    text = "".join(f"$ {s.command}\n{s.out}{s.err}[{s.code}]\n" for s in said)
    (folder / f"{name}.txt").write_text(text)


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scripts", nargs="*", default=["lesson", "more"])
    parser.add_argument("--number", type=int, default=0, help="of the real cluster")
    parser.add_argument("--raw", type=Path, help="a folder for what was really printed")
    parser.add_argument("--keep", action="store_true", help="record what the real one printed")
    asked = parser.parse_args()
    real = the_real_one(asked.number)
    failed = False
    for script in asked.scripts:
        with the_lab() as lab:
            both = await asyncio.gather(transcript(real, script), transcript(lab, script))
        for name, said in zip(("real", "lab"), both, strict=True):
            if asked.raw:
                keep(asked.raw, f"{script}-{name}", said)
        one, other = (outputs(said) for said in both)
        show(one, other)
        if asked.keep:
            record(script, one)
        if len(one) == len(other):
            unknown, past = judged(script, one, other)
            print(f"{script}: {len(unknown)} not accepted", *unknown, "no longer different:", *past, sep="\n")
            failed = failed or bool(unknown or past)
    return int(failed)


def show(real: list[Output], lab: list[Output]) -> None:
    """Everything that differs, accepted or not, as a diff."""
    for one, other in zip(real, lab, strict=False):
        if one.lines != other.lines:
            print(f"\n## {one.title}\n$ {one.command}")
            print(*list(difflib.unified_diff(one.lines, other.lines, lineterm="", n=1))[2:], sep="\n")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
