"""Where a lab lives: a private folder that goes with it, free ports, addresses for its pods."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import shutil
import socket
import tempfile
from pathlib import Path

_PREFIX = "k8s-watch-lab-"


def base() -> Path:
    """XDG_RUNTIME_DIR where there is one (in memory, private, gone at logout), else the temporary folder."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(runtime) if runtime and os.access(runtime, os.W_OK) else Path(tempfile.gettempdir())


def make() -> tuple[Path, int]:
    """A new folder with mode 700, and the descriptor of the lock that says it is in use."""
    sweep()
    home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base()))
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return home, lock


def sweep() -> None:
    """Remove the folders of labs that were killed: ours, and locked by nobody."""
    for home in base().glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if home.stat().st_uid != os.getuid() or home.is_symlink():
                continue
            lock = os.open(home / "lock", os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(home, ignore_errors=True)
            finally:
                os.close(lock)


def remove(home: Path) -> None:
    """Remove a lab's folder, and never anything else: a path that is not one is left alone."""
    if home.name.startswith(_PREFIX) and home.parent == base():
        shutil.rmtree(home, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that are free now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def pod_net() -> str:
    """Three octets for the pods' addresses: every 127.x.y.z is ours on Linux; "" where only 127.0.0.1 exists."""
    for _ in range(5):
        net = f"127.{random.randint(64, 250)}.{random.randint(1, 254)}"
        with contextlib.suppress(OSError), socket.socket() as one:
            one.bind((f"{net}.2", 0))
            return net
    return ""
