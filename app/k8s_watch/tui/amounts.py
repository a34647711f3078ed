"""How numbers, durations and times of day are written."""

from __future__ import annotations

import time

from k8s_watch.model.words import _


def clock_time(wall: float) -> str:
    """Local time of day: "19:27:44"."""
    return time.strftime("%H:%M:%S", time.localtime(wall))


def span(seconds: float) -> str:
    """A measured duration, to the digit that means something: "0.35 s", "1.3 s", "13.3 s", "212 s"."""
    if seconds < 0.995:
        return _("{n} s").format(n=f"{seconds:.2f}")
    return _("{n} s").format(n=f"{seconds:.1f}" if seconds < 99.95 else f"{seconds:.0f}")


def whole(seconds: float) -> str:
    """A waiting time in whole seconds, or minutes and seconds from two minutes on: "4 s", "3 min 32 s"."""
    n = max(0, int(seconds))
    if n < 120:
        return _("{n} s").format(n=n)
    return _("{m} min {s} s").format(m=n // 60, s=n % 60)


def millis(ms: float) -> str:
    """A latency: "9 ms", "1.2 s"."""
    return _("{n} ms").format(n=f"{ms:.0f}") if ms < 1000 else _("{n} s").format(n=f"{ms / 1000:.1f}")


def percent(share: float) -> str:
    """A share between 0 and 1: "62 %". What is not nothing is not called 0, what is not all not 100."""
    rounded = round(100 * share)
    if rounded == 0 and share > 0:
        return _("<1 %")
    if rounded == 100 and share < 1:
        return _(">99 %")
    return _("{n} %").format(n=rounded)


def count(n: int) -> str:
    """A number with its thousands apart: "10,000"."""
    return f"{n:,}"
