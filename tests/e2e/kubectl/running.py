"""Runs a script on one cluster: a learner at a terminal, with nothing but kubectl, curl and a KUBECONFIG."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.kubectl.scripts import HERE, Step

KUBECTL_LIMIT = 150.0  # seconds that one command may take


@dataclass(frozen=True, slots=True)
class Said:
    """What one command printed: both streams apart (in a terminal they are one), and its exit code."""

    title: str
    command: str  # as it stands in the script
    how: str
    out: str
    err: str
    code: int


@dataclass
class Terminal:
    """One learner. `folder`: an empty one of their own, for kubectl's caches."""

    kubeconfig: Path
    entry: str
    kubectl: Path
    folder: Path
    said: list[Said] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    beside: dict[str, tuple[Step, asyncio.subprocess.Process]] = field(default_factory=dict)

    async def run(self, steps: Sequence[Step]) -> list[Said]:
        """Every step in order. AssertionError when a condition is not reached."""
        try:
            for step in steps:
                await self._step(step)
        finally:
            for _step, process in self.beside.values():
                process.kill()
                await process.wait()
        return self.said

    async def _step(self, step: Step) -> None:
        match step.what:
            case "run" if step.how == "tty":
                code, text = await asyncio.to_thread(self._in_terminal, step)
                self._keep(step, text, "", code)
            case "run":
                process = await self._start(step.command)
                out, err = await asyncio.wait_for(process.communicate(), KUBECTL_LIMIT)
                self._keep(step, _text(out), _text(err), process.returncode or 0)
            case "let":
                out = await self._output(step.command)
                assert out.strip(), f"{step.command} says nothing"
                self.variables[step.name] = out.strip()
            case "until":
                await self._until(step)
            case "begin":
                self.beside[step.name] = step, await self._start(step.command)
                await asyncio.sleep(0.5)  # its first request is under way before the next command
            case "end" | "stop":
                await self._end(step)

    async def _end(self, step: Step) -> None:
        began, process = self.beside.pop(step.name)
        if step.what == "end":
            await asyncio.sleep(1.0)  # what it was told is printed
        if process.returncode is None:
            # not SIGINT: who starts the tests in the background has it ignored, and `kubectl exec` keeps it so
            process.terminate()
        try:
            out, err = await asyncio.wait_for(process.communicate(), 30)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if step.what == "end":
            self._keep(began, _text(out), _text(err), 0)

    async def _until(self, step: Step) -> None:
        end = time.monotonic() + step.within
        while not re.search(step.pattern, seen := (await self._output(step.command)).strip()):
            assert time.monotonic() < end, (
                f"{step.command}: not within {step.within:g} s: {step.pattern}: {seen}"
            )
            await asyncio.sleep(0.15)

    async def _output(self, command: str) -> str:
        process = await self._start(command)
        out, _ = await asyncio.wait_for(process.communicate(), KUBECTL_LIMIT)
        return _text(out)

    def _words(self, command: str) -> list[str]:
        known = {**self.variables, "ENTRY": self.entry}
        words = [re.sub(r"\$([A-Z]+)", lambda m: known[m[1]], word) for word in shlex.split(command)]
        return [str(self.kubectl), *words[1:]] if words[0] == "kubectl" else words

    @property
    def _environment(self) -> dict[str, str]:
        home = str(self.folder)
        return {
            **os.environ,
            "HOME": home,
            "KUBECONFIG": str(self.kubeconfig),
            "TERM": "xterm",
            "LC_ALL": "C",
        }

    async def _start(self, command: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._words(command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=HERE / "files",
            env=self._environment,
            limit=1 << 24,
        )

    def _in_terminal(self, step: Step) -> tuple[int, str]:
        words, environment = self._words(step.command), self._environment
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(HERE / "files")
            os.execve(words[0], words, environment)
        text = b""
        typed = list(step.typed)
        while True:
            try:
                data = os.read(terminal, 4096)
            except OSError:  # Linux: the other side is closed
                break
            if not data:
                break
            text += data
            if typed and text.endswith(b"# "):  # the prompt
                os.write(terminal, typed.pop(0).encode() + b"\r")
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), _text(text)

    def _keep(self, step: Step, out: str, err: str, code: int) -> None:
        self.said.append(Said(step.title, step.command, step.how, out, err, code))


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
