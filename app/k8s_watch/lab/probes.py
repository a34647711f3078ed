"""Startup, liveness and readiness probes, and the life of one run of a container under them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from .applets import Address, Left, Session, find
from .container import Container
from .status import Object
from .transfers import request


class Keeper(Protocol):
    """Who runs the pod."""

    def publish(self) -> None:
        """Write the status soon."""
        ...

    def tell(self, reason: str, message: str, warning: bool = False, container: str = "") -> None:
        """An event."""
        ...

    async def stop_container(self, container: Container, grace: float) -> None:
        """End it, gently first."""
        ...


async def watch_over(keeper: Keeper, container: Container) -> tuple[int, float]:
    """Run the container's probes until its main process ends: exit code and time."""
    run, spec = container.run, container.spec
    startup, liveness, readiness = (spec.get(f"{k}Probe") for k in ("startup", "liveness", "readiness"))
    run.started = startup is None
    run.ready = run.started and readiness is None
    keeper.publish()

    async def all_probes() -> None:
        if startup is not None:
            await _until(keeper, container, "Startup", startup, wanted=True)
            run.started = True
            run.ready = readiness is None
            keeper.publish()
        await asyncio.gather(
            _stay_alive(keeper, container, liveness) if liveness else _idle(),
            _stay_ready(keeper, container, readiness) if readiness else _idle(),
        )

    task = asyncio.create_task(all_probes())
    try:
        return await container.ended()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _idle() -> None:
    return None


async def _stay_alive(keeper: Keeper, container: Container, probe: Object) -> None:
    await _until(keeper, container, "Liveness", probe, wanted=False)
    await _replace(keeper, container, "liveness", probe)


async def _replace(keeper: Keeper, container: Container, kind: str, probe: Object) -> None:
    name = container.run.name
    keeper.tell("Killing", f"Container {name} failed {kind} probe, will be restarted", container=name)
    grace = float(probe.get("terminationGracePeriodSeconds") or container.grace)
    await keeper.stop_container(container, grace)


async def _stay_ready(keeper: Keeper, container: Container, probe: Object) -> None:
    while True:
        await _until(keeper, container, "Readiness", probe, wanted=not container.run.ready)
        container.run.ready = not container.run.ready
        keeper.publish()


async def _until(keeper: Keeper, container: Container, kind: str, probe: Object, wanted: bool) -> None:
    """Probe until the verdict is `wanted`, by the thresholds; a startup probe that fails ends the container."""
    key = f"probed-{kind}"
    if key not in container.probed:
        container.probed.add(key)
        await asyncio.sleep(float(probe.get("initialDelaySeconds") or 0))
    good = bad = 0
    while True:
        why = await _ask(container, probe)
        good, bad = (good + 1, 0) if why is None else (0, bad + 1)
        if why is not None:
            message = f"{kind} probe failed: {why}"
            keeper.tell("Unhealthy", message, warning=True, container=container.run.name)
        if wanted and good >= int(probe.get("successThreshold") or 1):
            return
        if bad >= int(probe.get("failureThreshold") or 3):
            if not wanted:
                return
            if kind == "Startup":
                await _replace(keeper, container, "startup", probe)
        await asyncio.sleep(float(probe.get("periodSeconds") or 10))


async def _ask(container: Container, probe: Object) -> str | None:
    """One attempt: None when it is well, else why not."""
    seconds = float(probe.get("timeoutSeconds") or 1)
    ask = next((a for kind, a in _KINDS.items() if kind in probe), None)
    if ask is None:
        return "the lab knows httpGet, tcpSocket and exec"
    try:
        async with asyncio.timeout(seconds):
            return await ask(container, probe)
    except TimeoutError:
        return f"command timed out after {seconds:g}s" if "exec" in probe else "context deadline exceeded"
    except ConnectionRefusedError:
        where = "{}:{}".format(*_where(container, probe))
        http = f'Get "http://{where}{probe["httpGet"].get("path") or "/"}": ' if "httpGet" in probe else ""
        return f"{http}dial tcp {where}: connect: connection refused"
    except (OSError, ValueError, IndexError) as error:
        return str(error)


def _port(container: Container, wanted: object) -> int:
    if isinstance(wanted, int):
        number = wanted
    else:
        named = (p["containerPort"] for p in container.spec.get("ports") or [] if p.get("name") == wanted)
        number = next(named, 0)
    own = container.address[0] == "127.0.0.1" and number == container.image.port
    return container.address[1] if own else number


def _where(container: Container, probe: Object) -> Address:
    asked = probe.get("httpGet") or probe.get("tcpSocket") or {}
    return container.address[0], _port(container, asked.get("port"))


async def _http(container: Container, probe: Object) -> str | None:
    path = probe["httpGet"].get("path") or "/"
    code, _head, _body = await request(_where(container, probe), container.address[0], path)
    return None if 200 <= code < 400 else f"HTTP probe failed with statuscode: {code}"


async def _tcp(container: Container, probe: Object) -> str | None:
    _reader, writer = await asyncio.open_connection(*_where(container, probe))
    writer.close()
    return None


async def _exec(container: Container, probe: Object) -> str | None:
    argv = list(probe["exec"].get("command") or [])
    applet = find(container, argv[0]) if argv else None
    if applet is None:
        return f'exec: "{argv[0] if argv else ""}": executable file not found in $PATH'
    said: list[bytes] = []

    async def take(data: bytes) -> None:
        said.append(data)

    async def nothing() -> str | None:
        return None

    try:
        code = await applet(Session(container, take, take, nothing), argv)
    except Left as left:
        code = left.code
    return None if code == 0 else b"".join(said).decode("utf-8", "replace") or f"exit status {code}"


_KINDS: dict[str, Callable[[Container, Object], Awaitable[str | None]]] = {
    "httpGet": _http,
    "tcpSocket": _tcp,
    "exec": _exec,
}
