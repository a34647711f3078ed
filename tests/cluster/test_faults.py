"""Killing and deleting: only a death that was seen is one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from k8s_watch.cluster import faults
from k8s_watch.cluster.deaths import DeathWatch, death
from k8s_watch.cluster.executing import execute
from k8s_watch.cluster.faults import delete_pod, kill
from k8s_watch.cluster.signals import ladder, read_status
from k8s_watch.model.changes import Acted, Gone, Seen
from k8s_watch.model.objects import Container, ContainerState, Pod
from k8s_watch.model.ports import Unreachable
from k8s_watch.wire.translate import translate

PYTHON = "Name:\tpython3\nSigBlk:\t0000000000000000\nSigCgt:\t0000000000000002\n"
RELOADER = "Name:\tpython3\nSigBlk:\t0000000000000000\nSigCgt:\t0000000000004002\n"
TINI = "Name:\ttini\nSigBlk:\tfffffffe3bfb7a27\nSigCgt:\t0000000000000000\n"
SHELL = "Name:\tsh\nSigBlk:\t0000000000000000\nSigCgt:\t0000000000010000\n"
DEAF = "Name:\tsleep\nSigBlk:\t0000000000000000\nSigCgt:\t0000000000000000\n"
MISSING = 'OCI runtime exec failed: exec: "sh": executable file not found in $PATH'


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("BUDGET", 0.8), ("TRY", 0.25), ("POLL", 0.04)):
        monkeypatch.setattr(faults, name, value)


def status(container_id: str = "run-1", **more: Any) -> dict[str, Any]:
    state = more.pop("state", {"running": {}})
    one = {"name": "app", "containerID": container_id, "state": state, "ready": True, "restartCount": 0}
    return {"phase": "Running", "containerStatuses": [{**one, **more}]}


@pytest.fixture
async def pod(api: Any) -> Pod:
    made = await api.put("pods", "web-1", spec={"containers": [{"name": "app"}]}, status=status())
    found = translate("pods", made)
    assert isinstance(found, Pod)
    return found


class Machine:
    """A container whose PID 1 has these signals, and dies of some."""

    def __init__(self, api: Any, signals: str, dies_of: set[str], missing: tuple[str, ...] = ()) -> None:
        self.api, self.signals, self.dies_of, self.missing = api, signals, dies_of, missing
        api.shell = self.run

    async def run(self, command: list[str]) -> tuple[str, str, Any]:
        if command[0] in self.missing:
            return "", "", MISSING
        text = " ".join(command)
        if "/proc/1/status" in text:
            return self.signals, "", 0
        if any(text.endswith(way) for way in self.dies_of):
            ended = {"terminated": {"exitCode": 0, "reason": "Completed", "containerID": "run-1"}}
            new = status("run-2", lastState=ended, restartCount=1)
            await self.api.put("pods", "web-1", spec={"containers": [{"name": "app"}]}, status=new)
            return "", "", 137
        return "", "", 0


def steps(heard: Any) -> list[tuple[str, str]]:
    return [(c.step, c.signal) for c in heard.of(Acted)]


async def test_the_signal_that_pid_1_handles_is_sent_and_its_death_is_seen(
    api: Any, cluster: Any, heard: Any, pod: Pod
) -> None:
    Machine(api, PYTHON, {"kill -INT 1"})
    assert await kill(cluster, pod, heard.emit)
    assert steps(heard)[:2] == [("asked", ""), ("sent", "SIGINT")]
    last = heard.of(Acted)[-1]
    assert (last.step, last.signal, last.container_id) == ("seen", "SIGINT", "run-1")
    assert "exit code 0 (Completed)" in last.detail
    assert api.ran[1] == ["sh", "-c", "kill -INT 1"]


async def test_a_signal_that_changes_nothing_gives_way_to_the_next(
    api: Any, cluster: Any, heard: Any, pod: Pod
) -> None:
    Machine(api, RELOADER, {"kill -TERM 1"})
    assert await kill(cluster, pod, heard.emit)
    assert [s for step, s in steps(heard) if step == "sent"] == ["SIGINT", "SIGTERM"]
    assert steps(heard)[-1] == ("seen", "SIGTERM")


async def test_a_return_code_of_0_is_no_death(api: Any, cluster: Any, heard: Any, pod: Pod) -> None:
    Machine(api, RELOADER, set())
    assert not await kill(cluster, pod, heard.emit)
    assert [step for step, _signal in steps(heard)].count("returned") == 2
    last = heard.of(Acted)[-1]
    assert last.step == "failed"
    assert "survived SIGINT, SIGTERM" in last.detail
    assert "Delete the pod instead" in last.detail


async def test_an_app_behind_a_shell_is_killed_itself(api: Any, cluster: Any, heard: Any, pod: Pod) -> None:
    Machine(api, SHELL, {"kill -9 -1"})
    assert await kill(cluster, pod, heard.emit)


async def test_a_process_that_handles_nothing_is_told_at_once(
    api: Any, cluster: Any, heard: Any, pod: Pod
) -> None:
    Machine(api, DEAF, set())
    assert not await kill(cluster, pod, heard.emit)
    assert "handles no signal" in heard.of(Acted)[-1].detail
    assert len(api.ran) == 1


async def test_without_a_shell_the_interpreter_of_the_app_is_used(
    api: Any, cluster: Any, heard: Any, pod: Pod
) -> None:
    Machine(api, PYTHON, {" 1 2"}, missing=("sh",))
    assert await kill(cluster, pod, heard.emit)
    assert api.ran[-1][0] == "python3"


async def test_an_image_with_nothing_to_run_is_a_sentence(
    api: Any, cluster: Any, heard: Any, pod: Pod
) -> None:
    Machine(api, PYTHON, set(), missing=("sh", "python3", "node"))
    assert not await kill(cluster, pod, heard.emit)
    assert "no shell" in heard.of(Acted)[-1].detail


async def test_the_watch_tells_the_death_before_any_poll(
    api: Any, cluster: Any, heard: Any, pod: Pod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "POLL", 60.0)
    Machine(api, PYTHON, set())  # nothing that a poll could see
    deaths = DeathWatch()

    def emit(change: Any) -> None:
        heard.emit(change)
        if isinstance(change, Acted) and change.step == "returned":
            ended = ContainerState("terminated", "Error", exit_code=3, container_id="run-1")
            now = Pod(pod.uid, pod.name, "default", containers=(Container("app", state=ended),))
            deaths.take(Seen(wall=0, mono=0, kind="pods", object=now))

    assert await kill(cluster, pod, emit, deaths.died)
    assert "exit code 3 (Error)" in heard.of(Acted)[-1].detail
    assert not deaths._waiting


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"deletionTimestamp": "2026-01-01T00:00:00Z"}, "being deleted"),
        ({"restartPolicy": "Never"}, "never restarted"),
        ({"state": {"waiting": {"reason": "CrashLoopBackOff"}}}, "no running process"),
    ],
)
async def test_what_can_not_be_killed_is_told_before_anything_is_sent(
    api: Any, cluster: Any, heard: Any, change: dict[str, Any], sentence: str
) -> None:
    meta = {k: v for k, v in change.items() if k == "deletionTimestamp"}
    spec = {"containers": [{"name": "app"}], **{k: v for k, v in change.items() if k == "restartPolicy"}}
    now = status(**({"state": change["state"]} if "state" in change else {}))
    found = translate("pods", await api.put("pods", "web-1", metadata=meta, spec=spec, status=now))
    assert isinstance(found, Pod)
    assert not await kill(cluster, found, heard.emit)
    assert sentence in heard.of(Acted)[-1].detail
    assert not api.ran


async def test_a_run_that_died_before_the_screen_knew_is_not_counted_as_ours(
    api: Any, cluster: Any, heard: Any, pod: Pod
) -> None:
    await api.put("pods", "web-1", spec={"containers": [{"name": "app"}]}, status=status("run-2"))
    Machine(api, PYTHON, set())
    assert not await kill(cluster, pod, heard.emit)  # `pod` still says run-1
    assert heard.of(Acted)[-1].container_id == "run-2"


async def test_a_pod_that_is_gone_is_told(api: Any, cluster: Any, heard: Any, pod: Pod) -> None:
    await api.remove("pods", "web-1")
    assert not await kill(cluster, pod, heard.emit)
    assert "gone already" in heard.of(Acted)[-1].detail


async def test_without_the_permission_nothing_is_sent(api: Any, cluster: Any, heard: Any, pod: Pod) -> None:
    api.allowed = False
    assert not await kill(cluster, pod, heard.emit)
    assert "pods/exec" in heard.of(Acted)[-1].detail
    assert not api.ran


async def test_a_review_that_fails_means_no(
    api: Any, cluster: Any, heard: Any, pod: Pod, tricks: Any
) -> None:
    api.tricks["post"].append(tricks["text"](500, "<html>"))
    assert not await kill(cluster, pod, heard.emit)
    assert not api.ran


async def test_a_deletion_takes_this_pod_and_no_other_of_its_name(
    api: Any, cluster: Any, heard: Any, pod: Pod
) -> None:
    await api.remove("pods", "web-1")
    await api.put("pods", "web-1")
    assert not await delete_pod(cluster, pod, heard.emit)
    assert "web-1" in api.objects["pods"]
    again = translate("pods", api.objects["pods"]["web-1"])
    assert isinstance(again, Pod)
    assert await delete_pod(cluster, again, heard.emit)
    assert "web-1" not in api.objects["pods"]
    assert [step for step, _signal in steps(heard)] == ["asked", "failed", "asked", "sent"]


async def test_a_kill_that_is_stopped_says_so(
    api: Any, cluster: Any, heard: Any, pod: Pod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "TRY", 60.0)
    monkeypatch.setattr(faults, "BUDGET", 60.0)
    Machine(api, RELOADER, set())
    task = asyncio.create_task(kill(cluster, pod, heard.emit))
    await heard.until(lambda: any(c.step == "returned" for c in heard.of(Acted)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert heard.of(Acted)[-1].step == "failed"
    assert "Stopped" in heard.of(Acted)[-1].detail


# -- the pieces


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (PYTHON, ["SIGINT"]),
        (RELOADER, ["SIGINT", "SIGTERM"]),
        (TINI, ["SIGINT", "SIGTERM", "SIGABRT", "SIGQUIT", "SIGHUP"]),
        (DEAF, []),
        ("nonsense", ["SIGINT", "SIGTERM", "SIGQUIT"]),
        ("SigCgt:\tzz\n", ["SIGINT", "SIGTERM", "SIGQUIT"]),
    ],
)
def test_the_signals_come_from_the_status(text: str, names: list[str]) -> None:
    assert sorted(rung.words for rung in ladder(read_status(text), False)) == sorted(names)


def test_processes_are_never_all_killed_where_they_are_shared_with_others() -> None:
    assert not ladder(read_status(SHELL), True)


def test_a_death_is_known_by_its_run() -> None:
    def seen(**more: Any) -> ContainerState | None:
        return death(Pod("u", "p", "n", containers=(Container("app", **more),)), "run-1")

    assert seen(container_id="run-1") is None
    assert seen(container_id="") is None  # the status is not written yet
    assert seen(container_id="run-2") is not None  # back before anyone looked
    old = ContainerState("terminated", exit_code=1, container_id="run-0")
    assert seen(container_id="run-1", last=old) is None  # an older death
    mine = ContainerState("terminated", exit_code=2, container_id="run-1")
    assert seen(container_id="run-2", last=mine) == mine


async def test_a_pod_that_is_gone_ends_the_wait() -> None:
    deaths = DeathWatch()
    wait = asyncio.create_task(deaths.died("u", "run-1"))
    await asyncio.sleep(0)
    deaths.take(Gone(wall=0, mono=0, kind="pods", name="p", namespace="n", uid="u"))
    assert await wait is None


async def test_an_exit_code_and_both_streams_come_back(api: Any, cluster: Any, pod: Pod) -> None:
    async def shell(_command: list[str]) -> tuple[str, str, Any]:
        return "out\n", "err\n", 3

    api.shell = shell
    result = await execute(cluster, "default", pod.name, "app", ["sh", "-c", "exit 3"])
    assert (result.stdout, result.stderr, result.exit_code, result.error) == (b"out\n", b"err\n", 3, "")


async def test_a_command_that_never_ends_is_left_in_time(api: Any, cluster: Any, pod: Pod) -> None:
    async def shell(_command: list[str]) -> tuple[str, str, Any]:
        await asyncio.sleep(30)
        return "", "", 0

    api.shell = shell
    result = await execute(cluster, "default", pod.name, "app", ["sleep", "30"], within=0.1)
    assert result.exit_code is None
    assert "no result within" in result.error


async def test_a_server_that_does_not_answer_an_exec_is_unreachable(api: Any, cluster: Any, pod: Pod) -> None:
    api.silent.clear()
    with pytest.raises(Unreachable):
        await execute(cluster, "default", pod.name, "app", ["true"], within=0.1)


async def test_a_pod_that_does_not_exist_is_told_in_the_server_s_words(cluster: Any) -> None:
    with pytest.raises(Exception, match='pods "nope" not found'):
        await execute(cluster, "default", "nope", "app", ["true"])


async def test_a_connection_that_ends_without_a_result_has_no_exit_code(
    api: Any, cluster: Any, pod: Pod
) -> None:
    async def shell(_command: list[str]) -> tuple[str, str, Any]:
        return "half", "", None

    api.shell = shell
    result = await execute(cluster, "default", pod.name, "app", ["true"])
    assert (result.stdout, result.exit_code) == (b"half", None)
    assert result.error
