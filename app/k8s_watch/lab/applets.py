"""What `exec` may do in the lab: a few programs that touch their own pod and nothing else.

No program of the host is ever started for a name that came from outside; `ab` is the one applet with a process of
its own (bench.py), whose addresses were looked up here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from . import shell
from .images import Effect, Image, Process

Address = tuple[str, int]


class Sandbox(Protocol):
    """The one pod that an exec session can touch."""

    hostname: str
    address: Address
    image: Image
    environment: dict[str, str]

    def processes(self) -> list[Process]:
        """What runs in the container, PID 1 first."""
        ...

    def signal(self, pid: int, number: int) -> Effect:
        """Send a signal from inside; -1 means everyone."""
        ...

    async def died(self, seconds: float) -> bool:
        """Wait until the container's main process has died; False when it lives on."""
        ...

    def reach(self, host: str, port: int) -> list[Address] | None:
        """The addresses behind a name in the lab; None: no such name, []: nothing answers there."""
        ...

    async def bench(
        self,
        arguments: list[str],
        out: Callable[[bytes], Awaitable[None]],
        err: Callable[[bytes], Awaitable[None]],
    ) -> int:
        """Run the load generator in the pod; returns its exit code."""
        ...


@dataclass(slots=True)
class Session:
    """One exec: where its output goes, what it can read, its variables."""

    sandbox: Sandbox
    out: Callable[[bytes], Awaitable[None]]
    err: Callable[[bytes], Awaitable[None]]
    line: Callable[[], Awaitable[str | None]]  # the next line of standard input; None at its end
    tty: bool = False
    name: str = "sh"
    variables: dict[str, str] = field(default_factory=dict)
    status: int = 0

    async def say(self, text: str) -> None:
        """To standard output."""
        await self.out(text.encode())

    async def complain(self, text: str) -> None:
        """To standard error."""
        await self.err(text.encode())


class Left(Exception):
    """`exit` was called."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


Applet = Callable[[Session, list[str]], Awaitable[int]]


def table() -> dict[str, Applet]:
    """Every applet by name."""
    from . import signals, texts, transfers

    return {**texts.APPLETS, **signals.APPLETS, **transfers.APPLETS, "sh": run_shell, "bash": run_shell}


_SHELLS = frozenset({"sh", "bash"})


def find(sandbox: Sandbox, name: str) -> Applet | None:
    """The applet of that name, by path or alone; None where the image has none."""
    if not sandbox.image.shell:
        return None
    bare = (
        name.rsplit("/", 1)[-1] if name.startswith(("/bin/", "/usr/bin/", "/usr/sbin/", "/sbin/")) else name
    )
    builtin_only = bare in {"exit", "cd", "export", ":"}
    return None if builtin_only else table().get(bare)


async def run_shell(session: Session, argv: list[str]) -> int:
    """`sh -c SCRIPT`, or lines from standard input with a prompt when there is a terminal."""
    name = argv[0].rsplit("/", 1)[-1]
    inner = Session(
        session.sandbox, session.out, session.err, session.line, session.tty, name, dict(session.variables)
    )
    options = [a for a in argv[1:] if a.startswith("-")]
    rest = [a for a in argv[1:] if not a.startswith("-")]
    if any("c" in o for o in options):
        if not rest:
            await session.complain(f"{name}: -c: option requires an argument\n")
            return 2
        return await run_script(inner, rest[0])
    if rest:
        await session.complain(f"{name}: {rest[0]}: No such file or directory\n")
        return 127
    return await _interactive(inner)


async def _interactive(session: Session) -> int:
    bash = session.tty and session.name == "bash"
    while True:
        if bash:  # its readline switches bracketed paste on and off around each line
            await session.say(f"\x1b[?2004hroot@{session.sandbox.hostname}:/app# ")
        elif session.tty:
            await session.say("# ")
        line = await session.line()
        if bash:
            await session.say("\x1b[?2004l\r")
        if line is None:
            return session.status
        try:
            session.status = await _run(session, line)
        except Left as left:
            if bash:
                await session.complain("exit\n")
            return left.code


async def run_script(session: Session, script: str) -> int:
    """Run it; the exit code of its last command."""
    try:
        return await _run(session, script)
    except Left as left:
        return left.code


async def _run(session: Session, script: str) -> int:
    try:
        commands = shell.parse(script)
    except shell.SyntaxFault as fault:
        await session.complain(f"{session.name}: 1: Syntax error: {fault}\n")
        return 2
    for command in commands:
        if (command.joiner == "&&" and session.status) or (command.joiner == "||" and not session.status):
            continue
        session.status = await _command(session, command)
        await asyncio.sleep(0)
    return session.status


async def _command(session: Session, command: shell.Command) -> int:
    known = {**session.sandbox.environment, **session.variables, "?": str(session.status)}
    words = list(command.words)
    given: dict[str, str] = {}
    while words and (found := shell.assignment(words[0])) is not None:
        given[found[0]] = " ".join(shell.expand(found[1], known))
        words.pop(0)
    argv = [argument for word in words for argument in shell.expand(word, known)]
    if not argv:
        session.variables.update(given)
        return 0
    inner = _redirected(session, command.redirects)
    inner.variables.update(given)
    applet = _BUILTINS.get(argv[0]) or find(session.sandbox, argv[0])
    if applet is None:
        missing = "command not found" if session.name == "bash" else "not found"
        line = "line 1" if session.name == "bash" else "1"
        await inner.complain(f"{session.name}: {line}: {argv[0]}: {missing}\n")
        return 127
    code = await applet(inner, argv)
    if argv[0] == "export":
        session.variables.update(inner.variables)
    return code


async def _nowhere(_data: bytes) -> None:
    return None


def _redirected(session: Session, redirects: tuple[tuple[int, str], ...]) -> Session:
    outputs = {1: session.out, 2: session.err}
    for number, target in redirects:
        outputs[number] = _nowhere if target == "/dev/null" else outputs[int(target[1:])]
    return Session(
        session.sandbox,
        outputs[1],
        outputs[2],
        session.line,
        session.tty,
        session.name,
        dict(session.variables),
        session.status,
    )


async def _exit(session: Session, argv: list[str]) -> int:
    raise Left(int(argv[1]) & 255 if len(argv) > 1 and argv[1].isdigit() else session.status)


async def _export(session: Session, argv: list[str]) -> int:
    for word in argv[1:]:
        name, equals, value = word.partition("=")
        if equals:
            session.variables[name] = value
    return 0


async def _nothing(_session: Session, _argv: list[str]) -> int:
    return 0


_BUILTINS: dict[str, Applet] = {"exit": _exit, "export": _export, "cd": _nothing, ":": _nothing}
