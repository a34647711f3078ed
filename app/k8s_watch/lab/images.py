"""The few images that the lab has, and what each one's PID 1 does with a signal (a pure table)."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import Literal

Serves = Literal["hello", "netexec", "moody", "name", "nothing"]

INT, TERM, KILL, HUP, QUIT = (
    int(signal.SIGINT),
    int(signal.SIGTERM),
    int(signal.SIGKILL),
    int(signal.SIGHUP),
    int(signal.SIGQUIT),
)
_HARMLESS = {0, int(signal.SIGCHLD), int(signal.SIGCONT), int(signal.SIGURG), int(signal.SIGWINCH)}
_STOPPING = {int(signal.SIGSTOP), int(signal.SIGTSTP), int(signal.SIGTTIN), int(signal.SIGTTOU)}


@dataclass(frozen=True, slots=True)
class Process:
    """One process as `ps` inside the container shows it."""

    pid: int
    name: str
    command: str


@dataclass(frozen=True, slots=True)
class Image:
    """What a container of this image runs and how it takes signals."""

    name: str
    serves: Serves
    processes: tuple[Process, ...]  # PID 1 first; a second one is the reloader's child
    ends_with: dict[int, int]  # signals that PID 1 handles by ending -> exit code
    port: int = 5000
    digest: str = ""  # what imageID tells
    size: int = 230247220  # bytes, as an event tells it: of the lesson's app as tests/cluster makes it
    shell: bool = True
    lives: float | None = None  # seconds until it exits by itself; None: it serves for ever
    exit_code: int = 0  # of that exit
    argv: bool = False  # its arguments mean something (agnhost)
    warm_up: float = 0.0  # seconds from the start until it listens, as importing Flask takes

    @property
    def caught(self) -> int:
        """The mask of handled signals, as /proc/1/status tells it in SigCgt."""
        mask = 0
        for number in self.ends_with:
            mask |= 1 << (number - 1)
        return mask

    def greeting(self, host: str, port: int) -> list[str]:
        """What Flask 2.2 says in the log at its start, with its reloader or without; others say nothing."""
        if self.serves not in {"hello", "moody"}:
            return []
        reloads = len(self.processes) > 1
        return [
            *([" * Debug mode: on"] if reloads else []),
            "WARNING: This is a development server. Do not use it in a production deployment. "
            "Use a production WSGI server instead.",
            " * Running on all addresses (0.0.0.0)",
            f" * Running on http://127.0.0.1:{port}",
            f" * Running on http://{host}:{port}",
            "Press CTRL+C to quit",
            *_RELOADER[: len(_RELOADER) * reloads],
        ]


_RELOADER = (" * Restarting with stat", " * Debugger is active!", " * Debugger PIN: 127-362-571")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a signal did: nothing, stopped it, or ended PID 1 with a code."""

    found: bool = True  # there is such a process
    exit_code: int | None = None  # PID 1 ends with it
    real: int | None = None  # the signal to send to the real process; None: nothing is sent


def effect(image: Image, pid: int, number: int) -> Effect:
    """What happens when a process inside the container sends signal `number` to `pid`.

    The kernel drops every signal to PID 1 that PID 1 does not handle, SIGKILL and SIGSTOP included,
    when it comes from inside its own PID namespace.
    """
    if pid not in {p.pid for p in image.processes}:
        return Effect(found=False)
    if number in _HARMLESS or (number in _STOPPING and pid == 1):
        return Effect()
    if pid == 1:
        code = image.ends_with.get(number)
        return Effect() if code is None else Effect(exit_code=code, real=number)
    # The reloader's child serves; the reloader ends when its child does, with the child's code.
    if number in _STOPPING:
        return Effect()
    code = image.ends_with.get(number, 256 - number)  # sys.exit(-9) is 247
    return Effect(exit_code=code, real=KILL if number not in image.ends_with else number)


def everyone(image: Image, number: int) -> Effect:
    """`kill -N -1` from inside: every process except the sender and PID 1."""
    others = [p for p in image.processes if p.pid != 1]
    effects = [effect(image, p.pid, number) for p in others]
    return next((e for e in effects if e.exit_code is not None), Effect())


_FLASK_IMPORT = 0.3  # seconds; 0.3 to 0.8 on a real node
_FLASK = "python3 -m flask run --host=0.0.0.0"
# Werkzeug's reloader handles SIGTERM in PID 1 (SigCgt 0x4002); without it Python handles SIGINT alone (0x2).
LESSON = Image(
    name="lyzhang1999/hello-world-flask:latest",
    serves="hello",
    processes=(Process(1, "python3", _FLASK), Process(7, "python3", f"/usr/bin/{_FLASK}")),
    ends_with={INT: 0, TERM: 0},
    digest="sha256:72d34f73b569910d1181a0640879a7afc0e0a024adbe8279e9321dcf6de089c3",
    warm_up=_FLASK_IMPORT,
)
STUBBORN = Image(
    name="registry.local/stubborn:1",
    serves="hello",
    processes=(Process(1, "python3", _FLASK),),
    ends_with={INT: 0},
    digest="sha256:2c4b1d3be4d0f1f0d0f1d1b2d6a65e27a3b9f0b2c1d4f7a86d0f5f2b9c7e1a34",
    warm_up=_FLASK_IMPORT,
)
AGNHOST = Image(
    name="registry.k8s.io/e2e-test-images/agnhost:2.53",
    serves="netexec",
    processes=(Process(1, "agnhost", "/agnhost netexec"),),
    ends_with={INT: 2, TERM: 2},  # a Go program as PID 1 dies of either, exit 2
    port=8080,
    digest="sha256:99c6b4bb4a1e1df3f0b3752168c89358794d02258ebebc26bf21c29399011a85",
    argv=True,
)
STATIC = Image(
    name="registry.local/static:1",
    serves="name",
    processes=(Process(1, "server", "/server"),),
    ends_with={INT: 2, TERM: 2},
    digest="sha256:1d9a5b0b6a2f4e3c8d7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d",
    shell=False,
)
MOODY = Image(
    name="registry.local/moody:1",
    serves="moody",
    processes=(Process(1, "python3", "python3 -m flask --app moody run --host=0.0.0.0"),),
    ends_with={INT: 0, TERM: 0},
    digest="sha256:5f0c1f7c86d1b6e1e9a4d7f2b3c8a9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f70",
    warm_up=_FLASK_IMPORT,
)
QUITTER = Image(
    name="registry.local/quitter:1",
    serves="nothing",
    processes=(Process(1, "sh", "sh -c echo I quit; exit 1"),),
    ends_with={},
    digest="sha256:8a1e0a2f6d3c4b5a69788776655443322110ffeeddccbbaa9988776655443322",
    lives=0.0,
    exit_code=1,
)
METRICS = Image(
    name="registry.local/metrics-server:1",
    serves="name",
    processes=(Process(1, "metrics-server", "/metrics-server"),),
    ends_with={INT: 0, TERM: 0},
    port=10250,
    digest="sha256:3b1f0c5d7e9a2b4c6d8e0f1a3b5c7d9e1f2a4b6c8d0e2f3a5b7c9d1e3f4a6b8c",
    shell=False,
)
"""Of the Deployment that the lesson waits for; what it would measure, the node measures itself."""
IMAGES: tuple[Image, ...] = (LESSON, STUBBORN, STATIC, AGNHOST, MOODY, QUITTER)


def find(reference: str) -> Image | None:
    """The image that a container's `image` means: docker.io may be said or left out, a tag is :latest by default."""
    wanted = full_name(reference)
    return next((i for i in (*IMAGES, METRICS) if full_name(i.name) == wanted), None)


_PATH = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*")
_TAIL = re.compile(r"(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,})?")


def unreadable(reference: str) -> str:
    """Why a reference is no image's name, in the words of distribution/reference; "" where it may be one."""
    first, slash, rest = reference.partition("/")
    has_host = bool(slash) and (
        "." in first or ":" in first or first == "localhost" or first != first.lower()
    )
    name = rest if has_host else reference
    path = re.split(r"[:@]", name, maxsplit=1)[0]
    if path != path.lower():
        return f"invalid reference format: repository name ({path}) must be lowercase"
    if not all(_PATH.fullmatch(part) for part in path.split("/")) or not _TAIL.fullmatch(name[len(path) :]):
        return "invalid reference format"
    return ""


def full_name(reference: str) -> str:
    """With registry and tag, as containerd reports it."""
    name, at, digest = reference.partition("@")
    first, slash, rest = name.partition("/")
    if not slash:
        name = f"docker.io/library/{first}"
    elif not ("." in first or ":" in first or first == "localhost"):
        name = f"docker.io/{first}/{rest}"
    if at:
        return f"{name}@{digest}"
    last = name.rsplit("/", 1)[-1]
    return name if ":" in last else f"{name}:latest"
