"""What exec may do: each applet against a pod that only remembers what was done to it."""

import signal
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.lab import applets
from k8s_watch.lab.applets import Session, find
from k8s_watch.lab.images import AGNHOST, LESSON, STUBBORN, Effect, everyone
from k8s_watch.lab.images import effect as table


class Pod:
    """A sandbox without a process."""

    hostname = "web-1"
    address = ("127.9.9.9", 5000)

    def __init__(self, image=LESSON):
        self.image = image
        self.environment = {"HOSTNAME": "web-1", "PATH": "/bin"}
        self.sent: list[tuple[int, int]] = []
        self.benched: list[list[str]] = []

    def processes(self):
        return list(self.image.processes)

    def signal(self, pid: int, number: int) -> Effect:
        self.sent.append((pid, number))
        return everyone(self.image, number) if pid == -1 else table(self.image, pid, number)

    async def died(self, seconds: float) -> bool:
        return False

    def reach(self, host: str, port: int):
        if host in {"127.0.0.1", "web"}:
            return [self.address] if port == 5000 else []
        return None

    async def bench(self, arguments, out, err) -> int:
        self.benched.append(arguments)
        return 0


async def run(pod: Pod, *argv: str, lines: tuple[str, ...] = ()) -> tuple[int, str, str]:
    out, err, given_lines = bytearray(), bytearray(), list(lines)

    async def to_out(data: bytes) -> None:
        out.extend(data)

    async def to_err(data: bytes) -> None:
        err.extend(data)

    async def line() -> str | None:
        return given_lines.pop(0) if given_lines else None

    applet = find(pod, argv[0])
    assert applet is not None
    code = await applet(Session(pod, to_out, to_err, line), list(argv))
    return code, out.decode(), err.decode()


TERM, INT, KILL, HUP = (int(getattr(signal, f"SIG{n}")) for n in ("TERM", "INT", "KILL", "HUP"))


@pytest.mark.parametrize(
    ("script", "sent"),
    [
        ("kill 1", [(1, TERM)]),
        ("kill -INT 1", [(1, INT)]),
        ("kill -SIGINT 1", [(1, INT)]),
        ("kill -s INT 1", [(1, INT)]),
        ("kill -9 1", [(1, KILL)]),
        ("kill -9 -1", [(-1, KILL)]),
        ("kill -1 1", [(1, HUP)]),
        ("kill -- -1", [(-1, TERM)]),
        ("killall python3", [(1, TERM), (7, TERM)]),
        ("killall -9 python3", [(1, KILL), (7, KILL)]),
        ("pkill -f flask", [(1, TERM), (7, TERM)]),
        ("pkill -INT python", [(1, INT), (7, INT)]),
    ],
)
async def test_signals_go_where_they_are_sent(script, sent):
    pod = Pod()
    assert (await run(pod, "bash", "-c", script))[0] == 0
    assert pod.sent == sent


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("killall nginx", 1, "nginx: no process found"),
        ("kill 99", 1, "No such process"),
        ("kill one", 2, "Illegal number"),
        ("kill -NONE 1", 2, "Illegal option"),
        ("nmap 10.0.0.0/8", 127, "nmap: not found"),
        ("cat /etc/shadow", 1, "No such file"),
        ("cat /proc/self/environ", 1, "No such file"),
        ("/usr/bin/python3 -c 'import os'", 127, "not found"),
        ("exit 3", 3, ""),
        ("false || exit 4", 4, ""),
        ("true && false", 1, ""),
        ("id > /tmp/x", 2, "/dev/null only"),
        ("curl http://169.254.169.254/", 6, "Could not resolve"),
        ("curl http://example.test/", 6, "Could not resolve"),
        ("ab -c 1 -n 1 http://example.test/", 1, "not known"),
        ("ab -c 5 -n 1 http://web:5000/", 22, "concurrency"),
    ],
)
async def test_what_can_not_be_done_fails_as_it_does_in_a_container(script, code, said):
    pod = Pod()
    got, _out, err = await run(pod, "sh", "-c", script)
    assert got == code
    assert said in err


@pytest.mark.parametrize(
    ("script", "out"),
    [
        ("hostname", "web-1\n"),
        ("echo $HOSTNAME; echo done", "web-1\ndone\n"),
        ("A=1; echo $A", "1\n"),
        ("A=1 printenv A", "1\n"),
        ("cat /etc/hostname", "web-1\n"),
        ("false; echo $?", "1\n"),
        ("echo -n x 2>/dev/null", "x"),
        ("echo hidden >/dev/null", ""),
        ("bash -c 'echo inner'", "inner\n"),
    ],
)
async def test_texts_are_this_pods_own(script, out):
    assert await run(Pod(), "sh", "-c", script) == (0, out, "")


async def test_lines_typed_at_the_prompt_are_run_until_exit():
    code, out, _err = await run(Pod(), "bash", lines=("echo one", "exit 7", "echo two"))
    assert (code, out) == (7, "one\n")


async def test_ab_gets_the_lessons_own_flags_and_only_the_pods_address():
    pod = Pod()
    assert (await run(pod, "ab", "-c", "50", "-n", "10000", "http://127.0.0.1:5000/"))[0] == 0
    assert pod.benched[0][pod.benched[0].index("--addresses") + 1] == "127.9.9.9:5000"
    assert pod.benched[0][:4] == ["--concurrency", "50", "--requests", "10000"]


async def test_ps_shows_the_reloader_and_its_child():
    _code, out, _err = await run(Pod(), "ps", "aux")
    assert out.count("flask run") == 2
    assert (await run(Pod(STUBBORN), "ps", "-ef"))[1].count("flask run") == 1


def test_programs_are_found_by_name_or_in_bin_and_not_at_all_without_a_shell():
    assert find(Pod(replace(AGNHOST, shell=False)), "sh") is None
    assert find(Pod(), "/bin/cat") is not None
    assert find(Pod(), "/tmp/cat") is None
    assert find(Pod(), "exit") is None


@given(st.text(max_size=200))
async def test_any_script_ends_with_a_code_and_touches_nothing_but_the_pod(script):
    pod = Pod()
    if "sleep" in script:
        return
    code = (await run(pod, "sh", "-c", script))[0] if not script.startswith("-") else 0
    assert 0 <= code <= 255


def test_the_table_names_every_applet_once():
    assert {"kill", "killall", "ps", "ab", "curl", "sh", "bash", "cat"} <= set(applets.table())
