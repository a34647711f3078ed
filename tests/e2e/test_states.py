"""Pods in strange states: the columns are what `kubectl get pods` prints at the same moment."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from tests.e2e.screen import Screen
from tests.e2e.spaces import NAME, Space

from k8s_watch.model import lesson

Open = Callable[..., AbstractAsyncContextManager[Screen]]
LABELS = {"app": NAME}


def pod(name: str, image: str = lesson.IMAGE, **spec: Any) -> dict[str, Any]:
    """A pod that the Deployment's selector matches, so that it is in the table, but that no ReplicaSet owns."""
    container = {"name": "app", "image": image, **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        # without the template's hash the ReplicaSet does not adopt it
        "metadata": {"name": name, "labels": LABELS, "ownerReferences": []},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 1, **spec},
    }


async def same_as_kubectl(space: Space, one: Screen, name: str) -> None:
    """READY, STATUS and RESTARTS (its "ago" aside) are kubectl's for the same moment: nothing changed around it."""

    def now() -> tuple[str, ...]:
        cells = one.cells(name)
        return () if cells is None else (cells[0], cells[1], cells[2].split(" ")[0])

    for _try in range(10):
        before = now()
        found = (await space.table()).get(name, ("", "", "", ""))
        theirs = (found[0], found[1], found[2].split(" ")[0])
        # kubectl's own answer may be older than what the watch has told meanwhile
        if theirs == before == now():
            return
    raise AssertionError(f"{name}: kubectl says {theirs}, the screen {now()}")


STATES = {
    "no-image": (pod("no-image", "registry.local/nothing:1"), {"ErrImagePull", "ImagePullBackOff"}),
    "bad-name": (pod("bad-name", "registry.local/UPPER:1"), {"InvalidImageName"}),
    "too-big": (pod("too-big", container={"resources": {"requests": {"cpu": "64"}}}), {"Pending"}),
    "gated": (pod("gated", schedulingGates=[{"name": "example.com/wait"}]), {"SchedulingGated"}),
}


async def test_pods_that_can_not_run_say_what_kubectl_says(space: Space, screen: Open) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline("All well")
        await space.apply(*(copy.deepcopy(made) for made, _words in STATES.values()))
        for name, (_made, words) in STATES.items():
            await one.until(
                lambda name=name, words=words: (one.cells(name) or "  ")[1] in words, f"{name}: {words}"
            )
            await same_as_kubectl(space, one, name)
            await one.until_says(rf"{name} 0/1 ({'|'.join(words)})")
        await one.until(lambda: one.cells("no-image")[1] == "ImagePullBackOff", "the pull is held back")
        await same_as_kubectl(space, one, "no-image")
        assert one.row("no-image").health == "failed"
        await one.until_headline("FAILED|NO ROOM")


async def test_a_pod_that_dies_again_and_again_ends_in_crash_loop_back_off(
    space: Space, screen: Open
) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline("All well")
        command = {"command": ["sh", "-c", "exit 3"]} if not space.cluster.is_lab else {}
        image = lesson.IMAGE if not space.cluster.is_lab else "registry.local/quitter:1"
        await space.apply(pod("crasher", image, container=command))
        await one.until(lambda: (one.cells("crasher") or "  ")[1] == "CrashLoopBackOff", "CrashLoopBackOff")
        await same_as_kubectl(space, one, "crasher")
        assert int(one.cells("crasher")[2].split(" ")[0]) >= 1


async def test_a_pod_that_is_leaving_says_terminating(space: Space, screen: Open) -> None:
    """PID 1 of the stubborn image ignores SIGTERM, so it takes its whole grace."""
    await space.lesson()
    async with screen() as one:
        await one.until_headline("All well")
        await space.apply(pod("leaver", "registry.local/stubborn:1", terminationGracePeriodSeconds=5))
        await one.until(lambda: (one.cells("leaver") or "  ")[1] == "Running", "it runs")
        began = time.monotonic()
        await space.kubectl("delete", "pod", "leaver", "--wait=false")
        await one.until(lambda: one.cells("leaver")[1] == "Terminating", "Terminating")
        await same_as_kubectl(space, one, "leaver")
        # kubelet is waiting already, and lets a second deletion change nothing (SyncTerminatingPod takes no cancellation)
        await space.kubectl("delete", "pod", "leaver", "--grace-period=1", "--wait=false")
        await one.until(lambda: one.row("leaver") is None or one.row("leaver").gone_at, "gone")
        assert time.monotonic() - began > 4.5


INIT = [{"name": "first", "image": "registry.local/shell:1", "command": ["sh", "-c", "sleep 8"]}]


@pytest.mark.real_only("the lab runs no init containers")
async def test_init_containers_are_counted_as_kubectl_counts_them(space: Space, screen: Open) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline("All well")
        broken = [{**INIT[0], "command": ["sh", "-c", "exit 5"]}]
        missing = [{**INIT[0], "image": "registry.local/nothing:1"}]
        await space.apply(
            pod("slow", initContainers=INIT),
            pod("broken", initContainers=broken),
            pod("missing", initContainers=missing),
        )
        await one.until(lambda: (one.cells("slow") or "  ")[1] == "Init:0/1", "Init:0/1")
        await one.until(lambda: one.cells("slow")[1] == "Running", "it runs after that")
        await one.until(lambda: one.cells("broken")[1] == "Init:CrashLoopBackOff", "Init:CrashLoopBackOff")
        await same_as_kubectl(space, one, "broken")
        await one.until(lambda: one.cells("missing")[1] == "Init:ImagePullBackOff", "Init:ImagePullBackOff")
        await same_as_kubectl(space, one, "missing")


@pytest.mark.real_only("the lab limits no memory")
async def test_a_pod_that_takes_too_much_memory_is_oom_killed(space: Space, screen: Open) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline("All well")
        greedy = {
            "command": ["python3", "-c", "import time; time.sleep(1); x = bytearray(200 << 20); x[::4096] = b'1' * len(x[::4096]); time.sleep(9)"],
            "resources": {"limits": {"memory": "32Mi"}},
        }  # fmt: skip
        await space.apply(pod("greedy", container=greedy, restartPolicy="Never"))
        await one.until(lambda: (one.cells("greedy") or "  ")[1] == "OOMKilled", "OOMKilled")
        await same_as_kubectl(space, one, "greedy")


@pytest.mark.real_only("the lab keeps ConfigMaps for nobody")
async def test_a_missing_config_map_is_said(space: Space, screen: Open) -> None:
    await space.lesson()
    async with screen() as one:
        await one.until_headline("All well")
        reference = {"envFrom": [{"configMapRef": {"name": "nowhere"}}]}
        await space.apply(pod("unset", container=reference))
        await one.until(lambda: (one.cells("unset") or "  ")[1] == "CreateContainerConfigError", "the error")
        await same_as_kubectl(space, one, "unset")
