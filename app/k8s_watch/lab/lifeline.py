"""The pipe that ties a lab process to its starter: when the starter dies, however it dies, this process ends."""

from __future__ import annotations

import os
import threading

LIFELINE = "K8S_WATCH_LIFELINE"
"""Set to "1" by the starter, which keeps the write end of the pipe that is this process's stdin."""


def hold() -> bool:
    """Exit this process at once when stdin ends. Whether the lifeline is in force (not when run by hand)."""
    if os.environ.get(LIFELINE) != "1":
        return False
    threading.Thread(target=_wait, name="lifeline", daemon=True).start()
    return True


def _wait() -> None:
    """Read until the end. A thread, because it must work while the event loop is busy or stuck."""
    try:
        while os.read(0, 4096):
            pass
    finally:
        os._exit(0)  # no clean-up: the starter is gone, and anything that waits here would outlive it
