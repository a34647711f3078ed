"""The whole lab as real processes: started, asked, hurt, scaled, killed."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from k8s_watch.lab import box as boxes
from k8s_watch.lab.client import Api, ApiFault, Object, path
from k8s_watch.lab.lifeline import LIFELINE
from k8s_watch.lab.transfers import request, split

WITHIN = 20.0  # seconds: a machine that builds something else beside is slow
STARTER = [sys.executable, "-m", "k8s_watch.lab.start"]


class Running:
    """A lab that runs, seen from outside."""

    def __init__(self, process: asyncio.subprocess.Process, facts: dict[str, str]):
        self.process = process
        self.home = Path(facts["home"])
        self.kubeconfig = Path(facts["kubeconfig"])
        self.entry = facts["entry"]
        self.api = Api(boxes.load(facts["home"]))

    async def ask(self) -> str:
        host, port, where = split(self.entry)
        return (await request((host, port), host, where))[2].decode()

    async def pods(self) -> list[Object]:
        return (await self.api.call("GET", path("pods", "default")))["items"]

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def runs(process: psutil.Process) -> bool:
    """Whether it still does something: a dead orphan stays a zombie until PID 1 looks, which is not ours to hurry."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def until(what, within: float = WITHIN):
    """Ask until the answer is true."""
    async with asyncio.timeout(within):
        while True:
            with contextlib.suppress(OSError, ApiFault, ValueError, IndexError, KeyError):
                if found := await what():
                    return found
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def lab(*flags: str):
    process = await asyncio.create_subprocess_exec(
        *STARTER,
        *flags,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, LIFELINE: "1"},
    )
    line = await asyncio.wait_for(process.stdout.readline(), WITHIN)
    running = Running(process, json.loads(line))
    try:
        yield running
    finally:
        await running.api.close()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.wait(), WITHIN)


async def two_answer(running: Running) -> set[str]:
    answers = [await running.ask() for _ in range(4)]
    names = {a.split()[-1] for a in answers if a.startswith("Hello, my first docker images! ")}
    return names if len(names) == 2 and all(a.startswith("Hello") for a in answers) else set()


async def kubectl(running: Running, *arguments: str) -> tuple[int, str]:
    binary = Path(sys.executable).parent / "kubectl"
    process = await asyncio.create_subprocess_exec(
        str(binary),
        "--kubeconfig",
        str(running.kubeconfig),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), WITHIN)
    return process.returncode or 0, out.decode()


async def test_two_pods_answer_in_turn_and_one_that_is_killed_comes_back():
    async with lab("--fast") as running:
        names = await until(lambda: two_answer(running))
        victim = sorted(names)[0]
        code, said = await kubectl(running, "exec", victim, "--", "bash", "-c", "killall python3")
        assert (code, said) == (0, "")

        async def restarted():
            pod = next(p for p in await running.pods() if p["metadata"]["name"] == victim)
            state = pod["status"]["containerStatuses"][0]
            return state["restartCount"] == 1 and state["ready"] and state

        state = await until(restarted)
        assert state["lastState"]["terminated"]["exitCode"] == 0
        assert state["lastState"]["terminated"]["reason"] == "Completed"
        assert await until(lambda: two_answer(running)) == names
        _code, table = await kubectl(running, "get", "pods", "--no-headers")
        assert table.count("1/1") == 2
        _code, logs = await kubectl(running, "logs", victim, "--tail=200")
        assert "GET / HTTP/1.1" in logs


async def test_the_folder_is_private_and_goes_with_the_lab():
    async with lab("--fast", "--empty") as running:
        home = running.home
        assert home.stat().st_mode & 0o777 == 0o700
        assert all(f.stat().st_mode & 0o077 == 0 for f in home.iterdir() if f.is_file())
        assert await running.pods() == []
    assert not home.exists()


@pytest.mark.parametrize("how", ["starter killed", "parent gone"])
async def test_no_process_is_left_when_the_lab_dies_however_it_dies(how):
    async with lab("--fast") as running:
        await until(lambda: two_answer(running))
        image = [
            {
                "op": "replace",
                "path": "/spec/template/spec/containers/0/image",
                "value": "registry.local/stubborn:1",
            }
        ]
        about = {"metadata": {"name": "hello-world-flask", "namespace": "default"}}
        await running.api.patch("deployments", about, image, how="json")

        async def stubborn():
            pods = await running.pods()
            return [
                p for p in pods if p["spec"]["containers"][0]["image"] != image[0]["value"]
            ] == [] and pods

        await until(stubborn)
        await until(lambda: two_answer(running))
        host, port, where = split(running.entry)

        async def burst() -> None:
            while True:
                await request((host, port), host, where)

        bursts = [asyncio.create_task(burst()) for _ in range(10)]
        processes = running.processes()
        assert len(processes) >= 5
        if how == "starter killed":
            running.process.send_signal(signal.SIGKILL)
        else:
            running.process.stdin.close()

        async def none_runs():
            return not any(map(runs, processes))

        await until(none_runs, 2)
        await asyncio.wait_for(running.process.wait(), WITHIN)
        await asyncio.gather(*bursts, return_exceptions=True)


async def test_an_api_that_is_killed_comes_back_with_its_objects_while_the_pods_serve_on():
    async with lab("--fast") as running:
        names = await until(lambda: two_answer(running))
        server = next(p for p in running.processes() if "k8s_watch.lab.server" in " ".join(p.cmdline()))
        server.kill()
        assert await until(lambda: two_answer(running)) == names
        pods = await until(running.pods)
        assert {p["metadata"]["name"] for p in pods} == names
        assert all(p["status"]["containerStatuses"][0]["restartCount"] == 0 for p in pods)


async def test_an_unknown_image_is_said_with_the_images_that_there_are():
    async with lab("--fast", "--empty") as running:
        await kubectl(running, "create", "deployment", "web", "--image=nginx")

        async def waiting():
            pod = (await running.pods())[0]
            return (
                pod["status"]["containerStatuses"][0]["state"].get("waiting", {}).get("reason")
                == "ErrImagePull"
            )

        await until(waiting)

        async def told():
            events = (await running.api.call("GET", path("events", "default")))["items"]
            return [e for e in events if e["reason"] == "Failed" and "hello-world-flask" in e["message"]]

        assert await until(told)


async def test_a_pod_that_does_not_fit_says_insufficient_cpu():
    async with lab("--fast", "--empty") as running:
        container = {
            "name": "a",
            "image": "registry.local/stubborn:1",
            "resources": {"requests": {"cpu": "64"}},
        }
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "big", "namespace": "default"},
            "spec": {"containers": [container]},
        }
        await running.api.create("pods", pod)

        async def refused():
            conditions = (await running.pods())[0]["status"].get("conditions") or []
            return next((c["message"] for c in conditions if c.get("reason") == "Unschedulable"), "")

        assert (await until(refused)).startswith("0/1 nodes are available: 1 Insufficient cpu")
