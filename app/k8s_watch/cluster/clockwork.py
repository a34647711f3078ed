"""The server's clock, narrowed down from the Date headers of many answers."""

from __future__ import annotations

from email.utils import parsedate_to_datetime


class ServerClock:
    """How far the server's clock is from ours.

    A Date header is cut to whole seconds and written between our sending and our receiving, so each answer
    says: received - 1 s <= ... <= sent: an interval for the offset. Their intersection gets narrower with each.
    """

    def __init__(self) -> None:
        self._low = float("-inf")
        self._high = float("inf")
        self._told: float | None = None

    def heard(self, date: str, sent: float, received: float) -> float | None:
        """Take a Date header; `sent` and `received` are local unix seconds.

        The new offset (server = local + offset, seconds) where it moved by 50 ms or more, else None.
        """
        try:
            stamp = parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError, OverflowError):
            return None
        low, high = stamp - received, stamp + 1.0 - sent
        self._low, self._high = max(low, self._low), min(high, self._high)
        if self._low > self._high:  # one of the clocks was set
            self._low, self._high = low, high
        offset = (self._low + self._high) / 2
        if self._told is not None and abs(offset - self._told) < 0.05:
            return None
        self._told = offset
        return offset
