"""The node process: kubelet, its API, and the controllers. `python -m k8s_watch.lab.node HOME`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine, Iterator
from typing import Any

from . import lifeline
from .autoscaler import Autoscalers
from .box import Box, load
from .client import Api, ApiFault, Mirror
from .container import Container
from .controllers import KINDS, loops
from .heartbeat import beat
from .kubelet import NODE, Kubelet
from .nodeapi import NodeApi
from .periods import periods
from .recorder import Recorder
from .usage import Usage


async def give_birth(api: Api, box: Box) -> None:
    """Create the lesson's objects, once: a lab whose API was started again keeps what the user made of them."""
    from pathlib import Path

    from ..model import lesson

    mark = Path(box.home) / "born"
    if box.empty or mark.exists():
        return
    for kind, thing in lesson.objects():
        while True:
            try:
                await api.create(kind, thing)
            except ApiFault as fault:
                if fault.status == 409:
                    break
                await asyncio.sleep(0.02)
            else:
                break
    mark.touch(mode=0o600)


def containers(kubelet: Kubelet) -> Iterator[tuple[str, str, str, Container]]:
    """Every container on the node with its namespace, pod and name."""
    for worker in kubelet.workers.values():
        meta = worker.pod["metadata"]
        for name, container in worker.containers.items():
            yield meta["namespace"], meta["name"], name, container


async def _when_synced(mirrors: dict[str, Mirror], loop: Coroutine[Any, Any, None]) -> None:
    """Begin once every kind is listed: a controller that knows half would make everything a second time."""
    for mirror in mirrors.values():
        await mirror.synced.wait()
    await loop


async def run(box: Box) -> None:
    """Run until a signal or the lifeline's end."""
    api = Api(box)
    recorder = Recorder(api)
    mirrors = {kind: Mirror(api, kind) for kind in KINDS}
    kubelet = Kubelet(box, api, mirrors, recorder)
    usage = Usage(periods(box.fast))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    controllers = loops(api, mirrors, recorder)
    Autoscalers(api, mirrors, recorder, usage, periods(box.fast))
    server = await NodeApi(box, kubelet, usage).start()
    tasks = [
        asyncio.create_task(one)
        for one in (
            *(m.run() for m in mirrors.values()),
            kubelet.register(),
            beat(api, NODE),
            *(_when_synced(mirrors, one) for one in controllers),
            recorder.run(),
            usage.run(lambda: containers(kubelet)),
            give_birth(api, box),
        )
    ]
    await stop.wait()
    for task in tasks:
        task.cancel()
    await kubelet.close()
    await server.cleanup()
    await api.close()


def main() -> None:
    """The process."""
    lifeline.hold()
    asyncio.run(run(load(sys.argv[1])))


if __name__ == "__main__":
    main()
