"""A live cluster: connect, find the target, start the sources, show."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from ..model.ports import BadInput, LocalClock, TargetChoice
from ..model.words import _
from ..settings import Options
from .flow import Flow
from .fronts import Show, on_screen, without_screen
from .watch import Watching

if TYPE_CHECKING:
    from ..cluster.claim import Claim
    from ..cluster.connect import Cluster, ConnectOptions
    from ..cluster.target import Target
    from .labs import LabAt


async def live(options: Options) -> int:
    """Watch until the user leaves. Raises WatchError before the screen opens, never after."""
    from ..cluster.connect import ConnectOptions, has_kubeconfig

    wanted = ConnectOptions(options.kubeconfig or None, options.context, options.namespace)
    asked_for = bool(options.lab or options.fast or options.empty)
    named = bool(options.kubeconfig or options.context)
    async with _lab(options, asked_for or not (named or has_kubeconfig(wanted))) as lab:
        if lab is not None:
            wanted = ConnectOptions(lab.kubeconfig, "", options.namespace)
        return await watch(options, wanted, lab, by_itself=lab is not None and not asked_for)


@contextlib.asynccontextmanager
async def _lab(options: Options, wanted: bool) -> AsyncIterator[LabAt | None]:
    if not wanted:
        yield None
        return
    from .labs import LabProcess

    async with LabProcess(fast=options.fast, empty=options.empty) as at:
        yield at


async def watch(
    options: Options,
    wanted: ConnectOptions,
    lab: LabAt | None = None,
    by_itself: bool = False,
    show: Show | None = None,
) -> int:
    """Watch the cluster that `wanted` names until the user leaves.

    `lab`: that cluster is this lab. `by_itself`: the lab was started because there is no kubeconfig, which is
    said. `show`: how the screen is run, by default on this terminal. Raises WatchError before the screen opens.
    """
    from ..cluster.connect import connect
    from ..cluster.target import Target

    clock = LocalClock()
    cluster = await connect(wanted, clock)
    flow = Flow(clock)
    recorder = None
    watching = Watching(flow, cluster, options)
    try:
        if options.record:
            from ..session.recording import Recorder

            recorder = Recorder(options.record, failed=lambda why: watching.say(why, "error"), clock=clock)
            flow.listen(recorder.write, first=True)
        claim, target = await _target(cluster, options, lab)
        watching.believe(cluster, claim)
        if isinstance(target, Target):
            watching.begin(target)
        elif options.plain or options.json:
            raise BadInput(_several(target))
        if by_itself and lab is not None:
            words = _(
                "No kubeconfig was found, so this is the lab, a cluster in a box. For kubectl in the next terminal: {line}"
            )
            watching.say(words.format(line=f"export KUBECONFIG={lab.kubeconfig}"))
        if options.plain or options.json:
            return await without_screen(options, flow, watching.forever())
        kubeconfig = lab.kubeconfig if lab else ""
        pick = not isinstance(target, Target)
        return await on_screen(
            options, flow, watching, clock, watching.forever(), kubeconfig, pick=pick, show=show
        )
    finally:
        await watching.end()
        if recorder is not None:
            recorder.close()


async def _target(
    cluster: Cluster, options: Options, lab: LabAt | None
) -> tuple[Claim | None, Target | list[TargetChoice]]:
    """What to watch. A lab is asked whether it is one at the same time, so that others start no later."""
    from ..cluster.claim import Claim, claimed, settled
    from ..cluster.target import Target, named, resolve
    from ..model.lesson import NAME

    ours = Claim(lab.entry, options.fast) if lab is not None else None
    asking = asyncio.create_task(claimed(cluster)) if ours is None else None
    try:
        # a lab is born with the lesson's Deployment, or its user is about to type it: it may not be there yet
        target = await resolve(cluster, options.target or (NAME if ours else ""), options.url)
    except BadInput:
        ours = await asking if asking else ours
        if ours is None or options.target:
            raise
        target = await named(cluster, cluster.namespace, NAME, options.url)
    else:
        ours = await asking if asking else ours
    finally:
        if asking is not None:
            asking.cancel()
    return ours, settled(target, ours) if isinstance(target, Target) else target


def _several(choices: list[TargetChoice]) -> str:
    names = ", ".join(f"{c.namespace}/{c.deployment}" for c in choices[:10])
    return _("Several Deployments could be meant, so name one: {names}").format(names=names)
