"""A recorded session again: its changes, at its own pace, faster, or up to an exact moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain, islice
from pathlib import Path

from k8s_watch.model.changes import Change
from k8s_watch.model.ports import BadInput, Clock, Emit, LocalClock
from k8s_watch.model.words import _

from . import lines
from .files import broken, first, read_lines
from .raw import RawRecording, target_of

AHEAD = 200  # lines of a raw recording in which its Deployment must be listed; the lists come first
BREATH = 100  # changes after which a replay that never sleeps lets others run: about 5 ms


class ReplayClock:
    """The recording's time: runs `speed` times as fast as `clock`; at speed 0 it jumps from change to change."""

    def __init__(self, speed: float = 1.0, clock: Clock | None = None) -> None:
        self._clock = clock or LocalClock()
        self._speed = speed
        self._at = 0.0  # the recording's monotonic time ...
        self._since = self._clock.mono()  # ... at this moment of ours
        self._ahead = 0.0  # wall minus mono, as recorded
        self._runs = False

    @property
    def speed(self) -> float:
        """How many times as fast as real time; 0 is as fast as possible."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._at, self._since = self.mono(), self._clock.mono()
        self._speed = speed

    def mono(self) -> float:
        """Monotonic seconds of the recording."""
        if not self._runs:
            return self._at
        return self._at + (self._clock.mono() - self._since) * self._speed

    def wall(self) -> float:
        """Unix seconds of the recording."""
        return self.mono() + self._ahead

    def follow(self, change: Change) -> None:
        """A change of the recording is passed on: the first one starts the clock."""
        self._ahead = change.wall - change.mono
        if not self._runs and self._speed > 0:
            self._at, self._since, self._runs = change.mono, self._clock.mono(), True
        elif change.mono > self.mono():
            self._at, self._since = change.mono, self._clock.mono()

    def stop_at(self, mono: float) -> None:
        """Stand still at a moment of the recording."""
        self._at, self._runs = mono, False

    def until(self, mono: float) -> float:
        """Seconds of ours until that moment of the recording; 0 when it is past, or not timed."""
        if not self._runs or self._speed <= 0:
            return 0.0
        return max(0.0, (mono - self.mono()) / self._speed)


def read(path: str | Path) -> Iterator[Change]:
    """The changes of a recording of either format, read as they are taken; raises BadInput.

    A last line that was cut off is left out: the recording process was killed.
    """
    path = Path(path)
    numbered = read_lines(path)
    number, line = next(numbered, (0, b""))
    kind = first(line)
    if kind is None:
        raise BadInput(_("{path} is not a recording of k8s-watch.").format(path=path))
    if kind.is_raw:
        yield from _raw(path, chain([(number, line)], numbered))
        return
    if kind.format != lines.FORMAT:
        words = _("{path} has format {format}; this k8s-watch reads format {ours}: use a newer one.")
        raise BadInput(words.format(path=path, format=kind.format, ours=lines.FORMAT))
    for number, line in numbered:
        try:
            yield lines.decode(line)
        except (ValueError, RecursionError) as error:
            if not line.endswith(b"\n"):
                return
            raise broken(path, number, str(error)) from error


def _raw(path: Path, numbered: Iterator[tuple[int, bytes]]) -> Iterator[Change]:
    ahead = list(islice(numbered, AHEAD))
    recording: RawRecording | None = None
    for number, line in chain(ahead, numbered):
        try:
            if recording is None:
                target = target_of(line for _number, line in ahead)
                if target is None:
                    raise BadInput(_("{path} lists no Deployment, so it shows nothing.").format(path=path))
                recording = RawRecording(target)
                yield recording.begin(line)
            yield from recording.changes(line)
        except (ValueError, RecursionError) as error:
            if not line.endswith(b"\n"):
                return
            raise broken(path, number, str(error)) from error


async def play(
    path: str | Path,
    emit: Emit,
    clock: ReplayClock,
    speed: float | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Emit each change at its time by `clock` (at `speed`, where given); the clock stands still at the end.

    Raises BadInput.
    """
    if speed is not None:
        clock.speed = speed
    hurried = 0
    for change in read(path):
        wait = clock.until(change.mono)
        hurried = 0 if wait else hurried + 1
        if wait or hurried % BREATH == 0:
            await sleep(wait)
        clock.follow(change)
        emit(change)
    clock.stop_at(clock.mono())


def fold_until(path: str | Path, emit: Emit, seconds: float) -> ReplayClock:
    """Emit everything up to `seconds` after the recording's begin; the clock given back stands there.

    Raises BadInput.
    """
    clock, begin = ReplayClock(0.0), None
    for change in read(path):
        begin = change.mono if begin is None else begin
        if change.mono > begin + seconds:
            break
        clock.follow(change)
        emit(change)
    clock.stop_at((begin or 0.0) + seconds)
    return clock
