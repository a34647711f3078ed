"""The same commands on both clusters print the same, but for what differences.toml accepts, each with its reason."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from tests.e2e.clusters import KUBECTL, Cluster, the_lab
from tests.e2e.kubectl.comparing import Output, accepted, judged, outputs, recorded
from tests.e2e.kubectl.running import Terminal
from tests.e2e.kubectl.scripts import read


async def typed(cluster: Cluster, script: str, folder: Path) -> list[Output]:
    return outputs(await Terminal(cluster.kubeconfig, cluster.entry, KUBECTL, folder).run(read(script)))


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Path, Path]:
    """Two home folders, for kubectl's caches."""
    made = tmp_path / "one", tmp_path / "other"
    for home in made:
        home.mkdir()
    return made


async def settled(cluster: Cluster) -> None:
    """The namespaces of other tests are gone, as some commands list everything."""
    end = time.monotonic() + 90
    while "e2e-" in (left := await cluster.kubectl("get", "namespaces", "-o", "name")):
        assert time.monotonic() < end, left
        await asyncio.sleep(0.5)


@pytest.mark.long
@pytest.mark.parametrize("script", ["lesson", "more"])
async def test_kubectl_prints_the_same_on_both_clusters(
    cluster: Cluster, script: str, homes: tuple[Path, Path]
) -> None:
    """On the real cluster beside a lab of its own; on the lab against what the real one printed when recorded."""
    await settled(cluster)
    if cluster.is_lab:
        real, lab = recorded(script), await typed(cluster, script, homes[0])
    else:
        with the_lab() as beside:
            real, lab = await asyncio.gather(
                typed(cluster, script, homes[0]), typed(beside, script, homes[1])
            )
    unknown, past = judged(script, real, lab)
    assert not unknown, "\n".join(map(str, unknown))
    assert not past, "no longer different: " + "\n".join(past)


def test_nothing_differs_in_the_lessons_own_commands() -> None:
    assert accepted("lesson") == []
