"""The starter: makes the lab's folder and papers, starts its processes, starts one again that dies, ends them all.

`python -m k8s_watch.lab.start [--fast] [--empty]` prints one JSON line when the API answers:
{"kubeconfig": PATH, "entry": URL, "home": PATH}; it ends with SIGINT, SIGTERM, or its lifeline.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import ssl
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from ..model.ports import Unreachable
from ..model.words import _
from . import homes, lifeline
from .box import Box

PARTS = ("server", "node", "entry")
"""The modules of the three processes that the starter starts; pods are the node's."""
_READY_WITHIN = 10.0  # seconds


class Lab:
    """A lab that runs inside `async with`."""

    def __init__(self, fast: bool = False, empty: bool = False) -> None:
        self.fast = fast
        self.empty = empty
        self.home = Path()
        self.kubeconfig = Path()
        self.entry_url = ""
        self.children: dict[str, asyncio.subprocess.Process] = {}
        self._box: Box | None = None
        self._lock = -1
        self._watchers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Lab:
        from . import papers

        self.home, self._lock = homes.make()
        api, node, entry = homes.free_ports(3)
        token = secrets.token_urlsafe(32)
        self._box = Box(str(self.home), token, api, node, entry, homes.pod_net(), self.fast, self.empty)
        self._box.save()
        papers.certificates(self.home)
        self.kubeconfig = papers.kubeconfig(self.home, api, token)
        self.entry_url = f"http://127.0.0.1:{entry}/"
        (self.home / "logs").mkdir(mode=0o700)
        try:
            for part in PARTS:
                await self._spawn(part)
            self._watchers = [asyncio.create_task(self._keep(part)) for part in PARTS]
            await self._answers()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def _spawn(self, part: str) -> None:
        # -P: a file called aiohttp.py in the user's folder must not be ours
        command = [sys.executable, "-P", "-m", f"k8s_watch.lab.{part}", str(self.home)]
        path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]).rstrip(
            os.pathsep
        )
        with (self.home / "logs" / f"{part}.log").open("ab") as log:
            self.children[part] = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the terminal's ^C is for the starter alone
                env={**os.environ, lifeline.LIFELINE: "1", "PYTHONPATH": path},
            )

    async def _keep(self, part: str) -> None:
        """Start it again whenever it ends."""
        pause = 0.05
        while True:
            began = asyncio.get_running_loop().time()
            await self.children[part].wait()
            if asyncio.get_running_loop().time() - began > 5:
                pause = 0.05
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)
            await self._spawn(part)

    async def _answers(self) -> None:
        """Wait for the API's first answer."""
        assert self._box is not None
        trust = ssl.create_default_context(cafile=str(self.home / "ca.crt"))
        request = f"GET /readyz HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer {self._box.token}\r\nConnection: close\r\n\r\n"
        deadline = asyncio.get_running_loop().time() + _READY_WITHIN
        while asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._box.api_port, ssl=trust)
                writer.write(request.encode())
                line = await reader.readline()
                writer.close()
                if b" 200 " in line:
                    return
            await asyncio.sleep(0.02)
        raise Unreachable(
            _("The lab's API did not answer within {n} s: {why}").format(
                n=round(_READY_WITHIN), why=self._last_words()
            )
        )

    def _last_words(self) -> str:
        said = (self.home / "logs" / "server.log").read_text(errors="replace").strip().splitlines()
        return said[-1] if said else _("it said nothing")

    async def close(self) -> None:
        """End every process and remove the folder."""
        for watcher in self._watchers:
            watcher.cancel()
        for child in self.children.values():
            if child.stdin is not None:
                child.stdin.close()  # the lifeline: each of them ends at once, and its pods with it
        for child in self.children.values():
            try:
                async with asyncio.timeout(1):
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()
        self.children.clear()
        if self.home != Path():
            homes.remove(self.home)
            os.close(self._lock)
            self.home = Path()


async def _until_told() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


async def run_alone(empty: bool = False, fast: bool = False) -> None:
    """`k8s-watch lab`: say how to reach it and wait for SIGINT or SIGTERM."""
    async with Lab(fast=fast, empty=empty) as lab:
        print(_("The lab runs. In another terminal:"))  # noqa: T201  what the command is for
        print(f"  export KUBECONFIG={lab.kubeconfig}")  # noqa: T201
        print(_("Its entry: {url}   (Ctrl-C ends the lab)").format(url=lab.entry_url), flush=True)  # noqa: T201
        await _until_told()


async def _for_the_dashboard(fast: bool, empty: bool) -> None:
    lab = Lab(fast=fast, empty=empty)
    _end_with_parent(lab)
    async with lab:
        facts = {"kubeconfig": str(lab.kubeconfig), "entry": lab.entry_url, "home": str(lab.home)}
        print(json.dumps(facts), flush=True)  # noqa: T201  the dashboard reads it
        await _until_told()


def _end_with_parent(lab: Lab) -> None:
    """Like `lifeline.hold`, but take the folder along: the lab's own processes end with our pipes."""
    if os.environ.get(lifeline.LIFELINE) != "1":
        return

    def wait() -> None:
        try:
            while os.read(0, 4096):
                pass
            homes.remove(lab.home)
        finally:
            os._exit(0)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def main(argv: Sequence[str]) -> int:
    """The starter as a process of its own, for the dashboard."""
    try:
        asyncio.run(_for_the_dashboard("--fast" in argv, "--empty" in argv))
    except Unreachable as fault:
        print(fault, file=sys.stderr)  # noqa: T201
        return fault.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
