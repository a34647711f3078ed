"""The one way that changes go: source, recorder, world, front end."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..model.changes import Change
from ..model.ports import Clock
from ..model.view import View
from ..model.world import World

log = logging.getLogger(__name__)


class Flow:
    """Takes every change, in the order of their coming; one loop only."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.world = World()
        self._listeners: list[Callable[[Change], None]] = []

    def listen(self, listener: Callable[[Change], None], first: bool = False) -> None:
        """Be told of each change after the world took it; `first`: before all others."""
        self._listeners.insert(0 if first else len(self._listeners), listener)

    def deaf(self, listener: Callable[[Change], None]) -> None:
        """Be told no more."""
        self._listeners.remove(listener)

    def emit(self, change: Change) -> None:
        """Take one change. A listener that fails is logged: it must not stop the watching."""
        self.world.apply(change)
        for listener in tuple(self._listeners):
            try:
                listener(change)
            except BrokenPipeError:
                raise
            except Exception:
                log.exception("a listener failed on %s", type(change).__name__)

    def picture(self) -> View:
        """The picture now."""
        return self.world.view(self.clock.mono(), self.clock.wall())
