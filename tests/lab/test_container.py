"""Containers as real processes: they answer, die of what their image dies of, and count their CPU time."""

import asyncio
import contextlib
import signal

import pytest

from k8s_watch.lab import homes
from k8s_watch.lab.container import Container, port_of, refusal
from k8s_watch.lab.images import AGNHOST, LESSON, MOODY, QUITTER, STUBBORN
from k8s_watch.lab.transfers import request

TERM, INT, KILL = (int(getattr(signal, f"SIG{n}")) for n in ("TERM", "INT", "KILL"))
WITHIN = 5.0  # seconds


def container(image, folder, reach=lambda host, port: None) -> Container:
    net = homes.pod_net()
    address = (f"{net}.2", image.port) if net else ("127.0.0.1", homes.free_ports(1)[0])
    meta = {"name": "web-1", "namespace": "default", "uid": "u"}
    spec = {"name": "web", "image": image.name}
    return Container({"metadata": meta, "spec": {}}, spec, image, address, folder, reach)


@contextlib.asynccontextmanager
async def started(image, folder):
    one = container(image, folder)
    one.start()
    try:
        yield one
    finally:
        one.kill()
        await asyncio.wait_for(one.ended(), WITHIN)


async def ask(one: Container, path: str = "/") -> tuple[int, str]:
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                status, _head, body = await request(one.address, "x", path)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                return status, body.decode()


async def test_the_lessons_app_answers_with_its_pods_name_and_logs_as_werkzeug_does(tmp_path):
    async with started(LESSON, tmp_path) as one:
        assert await ask(one) == (200, "Hello, my first docker images! web-1\n")
        assert (await ask(one, "/nowhere"))[0] == 404
        assert '"GET / HTTP/1.1" 200 -' in one.log.read_text()


async def test_agnhost_answers_with_its_bare_host_name(tmp_path):
    async with started(AGNHOST, tmp_path) as one:
        assert await ask(one, "/hostname") == (200, "web-1")
        assert (await ask(one, "/healthz"))[0] == 200


async def test_the_moody_image_fails_and_heals_when_told(tmp_path):
    async with started(MOODY, tmp_path) as one:
        assert (await ask(one, "/ready"))[0] == 200
        await ask(one, "/fail")
        assert (await ask(one, "/ready"))[0] == 503
        await ask(one, "/heal")
        assert (await ask(one, "/ready"))[0] == 200


@pytest.mark.parametrize(
    ("image", "pid", "number", "code"),
    [
        (LESSON, 1, INT, 0),
        (LESSON, 1, TERM, 0),
        (LESSON, 7, KILL, 247),
        (STUBBORN, 1, INT, 0),
        (AGNHOST, 1, TERM, 2),
    ],
)
async def test_a_signal_from_inside_ends_the_process_with_the_images_code(tmp_path, image, pid, number, code):
    async with started(image, tmp_path) as one:
        if image is not QUITTER:
            await ask(one, "/")
        one.signal(pid, number)
        assert (await asyncio.wait_for(one.ended(), WITHIN))[0] == code
        one.run.end(code, 0)
        assert one.run.ended["reason"] == ("Completed" if code == 0 else "Error")


async def test_a_stubborn_process_outlives_sigterm_and_dies_137_of_the_nodes_sigkill(tmp_path):
    async with started(STUBBORN, tmp_path) as one:
        await ask(one)
        one.terminate()
        one.signal(1, KILL)
        assert not await one.died(0.1)
        one.kill()
        assert (await asyncio.wait_for(one.ended(), WITHIN))[0] == 137


async def test_the_quitter_exits_with_1_and_leaves_a_line(tmp_path):
    async with started(QUITTER, tmp_path) as one:
        assert (await asyncio.wait_for(one.ended(), WITHIN))[0] == 1
        assert one.log.read_text().endswith("stdout F I quit\n")


async def test_cpu_time_is_really_burnt_and_still_known_after_death(tmp_path):
    async with started(LESSON, tmp_path) as one:
        for _ in range(30):
            await ask(one)
        alive = one.cpu_seconds()
        one.kill()
        await asyncio.wait_for(one.ended(), WITHIN)
        assert one.cpu_seconds() >= 30 * 0.0008
        assert alive <= one.cpu_seconds() < 1


async def test_a_restart_has_a_new_container_id_and_a_log_of_its_own(tmp_path):
    async with started(LESSON, tmp_path) as one:
        await ask(one)
        first, log = one.run.container_id, one.log
        one.signal(1, INT)
        one.run.end(*await asyncio.wait_for(one.ended(), WITHIN))
        one.start()
        assert one.run.restarts == 1
        assert one.run.last["terminated"]["containerID"] == first != one.run.container_id
        assert one.previous_log == log


async def test_ab_runs_in_the_pod_and_its_cpu_counts(tmp_path):
    said: list[bytes] = []

    async def take(data: bytes) -> None:
        said.append(data)

    async with started(LESSON, tmp_path) as one:
        await ask(one)
        host, port = one.address
        code = await one.bench(
            [
                *("--concurrency", "5", "--requests", "50", "--seconds", "0", "--host", "127.0.0.1"),
                *("--port", "5000", "--path", "/", "--addresses", f"{host}:{port}"),
            ],
            take,
            take,
        )
        report = b"".join(said).decode()
        assert code == 0
        assert "Complete requests:      50\n" in report
        assert "Failed requests:        0\n" in report
        assert one.helpers_cpu > 0
        assert one.helpers == []


@pytest.mark.parametrize(
    ("image", "spec", "fine"),
    [
        (LESSON, {}, True),
        (LESSON, {"command": ["sleep"]}, False),
        (LESSON, {"args": ["x"]}, False),
        (LESSON, {"lifecycle": {"preStop": {}}}, False),
        (AGNHOST, {"args": ["netexec", "--http-port=5000"]}, True),
        (AGNHOST, {"args": ["pause"]}, False),
    ],
)
def test_what_the_lab_can_not_run_it_says(image, spec, fine):
    assert (refusal(image, spec) == "") == fine


def test_agnhosts_port_comes_from_its_arguments():
    assert port_of(AGNHOST, {"args": ["netexec", "--http-port=5000"]}) == 5000
    assert port_of(AGNHOST, {}) == 8080
