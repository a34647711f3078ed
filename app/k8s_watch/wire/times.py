"""RFC 3339 times, with or without fractions, as unix seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def moment(text: str | None) -> float | None:
    """Unix seconds; None for nothing, for Go's zero time and for what is not a time.

    The same few stamps come with every event of an object, hence the cache: 60 ns against 700.
    """
    if not text or len(text) > 40:
        return None
    try:
        found = datetime.fromisoformat(text)
        stamp = found.replace(tzinfo=found.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    return stamp if found.year > 1 else None
