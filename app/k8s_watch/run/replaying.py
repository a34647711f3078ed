"""A recorded session on the same screen."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..model.ports import Acts, BadInput, BurstPlan, Decision, Refused, TargetChoice
from ..model.safety import Act, Asked, Place, decide
from ..model.words import _
from ..settings import Options
from .flow import Flow
from .fronts import on_screen, without_screen


async def replay(options: Options) -> int:
    """Play the file at its speed. Raises BadInput on a file that is no recording, before the screen opens."""
    from ..session.replay import ReplayClock, play, read

    screen = not (options.plain or options.json)
    if options.speed < 0 or (screen and options.speed == 0):
        raise BadInput(_("--speed must be above 0 (0 only with --plain or --json)."))
    next(iter(read(options.file)), None)
    clock = ReplayClock(options.speed)
    flow = Flow(clock)

    async def work() -> None:
        await play(options.file, flow.emit, clock)
        flow.world.end(clock.mono(), _("the recording is over"))

    if screen:
        return await on_screen(options, flow, NoActs(), clock, work())
    return await without_screen(options, flow, work())


class NoActs(Acts):
    """A recording can be looked at, and nothing else."""

    _place = Place(context="", server="", namespace="", deployment="", is_replay=True)

    def may(self, act: str, pod_uid: str = "", plan: BurstPlan | None = None) -> Decision:
        """Never."""
        kind: Act = "burst" if act == "burst" else "kill"
        return decide(Asked(kind), self._place)

    def _refuse(self) -> Refused:
        return Refused(self.may("kill").sentence)

    async def kill(self, pod_uid: str) -> None:
        """Refused."""
        raise self._refuse()

    async def delete(self, pod_uid: str) -> None:
        """Refused."""
        raise self._refuse()

    async def burst(self, plan: BurstPlan) -> None:
        """Refused."""
        raise self._refuse()

    async def stop(self) -> None:
        """Nothing runs."""

    async def log(self, pod_uid: str, container: str) -> AsyncIterator[str]:
        """A recording holds no logs, and says so."""
        yield _("(a recording holds no logs)")

    async def choices(self, context: str = "") -> list[TargetChoice]:
        """A recording has one target."""
        return []

    def contexts(self) -> list[str]:
        """None."""
        return []

    async def retarget(self, choice: TargetChoice) -> None:
        """Refused."""
        raise Refused(_("A recording has one target."))
