"""`python -m tests.e2e.kubectl [lesson] [more] [--number N]`: run the scripts on both clusters, show what differs."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import sys
import tempfile
from pathlib import Path

from tests.e2e.clusters import KUBECTL, Cluster, the_lab, the_real_one
from tests.e2e.kubectl.normal import normal
from tests.e2e.kubectl.running import Said, Terminal
from tests.e2e.kubectl.scripts import read


async def transcript(cluster: Cluster, names: list[str]) -> list[Said]:
    """What a learner sees on one cluster; as far as they came, where a condition is not reached."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(cluster.kubeconfig, cluster.entry, KUBECTL, Path(folder))
        try:
            return await terminal.run([step for name in names for step in read(name)])
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
    parser.add_argument("--number", type=int, default=0)
    parser.add_argument("--raw", type=Path, help="a folder for the raw transcripts")
    asked = parser.parse_args()
    real = the_real_one(asked.number)
    with the_lab() as lab:
        both = await asyncio.gather(transcript(real, asked.scripts), transcript(lab, asked.scripts))
    if asked.raw:
        keep(asked.raw, "real", both[0])
        keep(asked.raw, "lab", both[1])
    for one, other in zip(*both, strict=False):
        a, b = normal(one), normal(other)
        if a != b:
            print(f"\n## {one.title}\n$ {one.command}")
            print("\n".join(list(difflib.unified_diff(a, b, "real", "lab", lineterm="", n=1))[2:]))
    print([len(one) for one in both])
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
