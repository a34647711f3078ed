"""The program on a real pseudo-terminal, and as much of a terminal as its output needs to be read."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from tests.e2e.clusters import PATIENCE, ROOT
from tests.e2e.spaces import Space

PROGRAM = Path(sys.executable).parent / "k8s-watch"
ROWS, COLUMNS = 40, 160
_PIECE = re.compile(
    rb"\x1b\[(?P<csi>[?<>=]*[\d;:]*)(?P<end>[@-~])|\x1b[\]P_^][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()].|\x1b.|(?P<text>[^\x1b\r\n]+)|(?P<line>[\r\n])",
    re.DOTALL,
)


class Glass:
    """What stands on the screen, and the modes that must be as before at the end."""

    def __init__(self) -> None:
        self.rows = [[" "] * COLUMNS for _ in range(ROWS)]
        self.y = self.x = 0
        self.modes: dict[int, bool] = {}
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take output; a sequence that is cut waits for its end."""
        data = self._rest + data
        whole = re.search(rb"\x1b[^\x1b]{0,200}\Z", data)
        cut = len(data)
        if whole and not re.match(rb"\x1b(\[[?<>=]*[\d;:]*[@-~]|[()].|[^\[\]P_^()])", data[whole.start() :]):
            cut = whole.start()
        with contextlib.suppress(UnicodeDecodeError):
            data[:cut].decode()
            data, self._rest = data[:cut], data[cut:]
            for piece in _PIECE.finditer(data):
                self._take(piece)
            return
        self._rest = data

    def _take(self, piece: re.Match[bytes]) -> None:
        if piece["text"]:
            for sign in piece["text"].decode():
                if self.y < ROWS and self.x < COLUMNS:
                    self.rows[self.y][self.x] = sign
                self.x += 1
        elif piece["line"]:
            self.x, self.y = (0, self.y) if piece["line"] == b"\r" else (self.x, self.y + 1)
        elif piece["end"] == b"H":
            y, _, x = piece["csi"].partition(b";")
            self.y, self.x = int(y or 1) - 1, int(x or 1) - 1
        elif piece["end"] == b"J":
            self.rows = [[" "] * COLUMNS for _ in range(ROWS)]
        elif piece["end"] in {b"h", b"l"} and piece["csi"].startswith(b"?"):
            for mode in piece["csi"][1:].split(b";"):
                self.modes[int(mode)] = piece["end"] == b"h"

    def text(self) -> str:
        """The screen's words on one line."""
        return re.sub(r"\s+", " ", " ".join("".join(row) for row in self.rows))


class Terminal:
    """One run of the program on a terminal."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, slave: int) -> None:
        self.process, self.master, self.slave = process, master, slave
        self.glass = Glass()
        self.before = termios.tcgetattr(slave)

    def read(self, seconds: float = 0.1) -> None:
        """Take what it writes for a moment."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([self.master], [], [], left)[0]:
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # Linux: nobody holds the other end any more
                return
            self.glass.feed(piece)

    def until_says(self, *words: str, within: float = PATIENCE) -> None:
        """Read until each is on the screen; as a regular expression."""
        end = time.monotonic() + within
        while not all(re.search(word, self.glass.text()) for word in words):
            assert time.monotonic() < end, f"never says {words}:\n" + "\n".join(map("".join, self.glass.rows))
            assert self.process.poll() is None, f"it ended with {self.process.returncode}"
            self.read()

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())

    def family(self) -> list[psutil.Process]:
        """The program's processes: a lab, its pods, a burst."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, within: float = 20.0) -> int:
        """Read until it has ended; its exit code."""
        end = time.monotonic() + within
        while self.process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            self.read()
        self.read()
        return self.process.returncode

    def is_as_before(self) -> None:
        """Alternate screen left, cursor shown, mouse and paste modes off, line discipline as before."""
        modes = self.glass.modes
        assert modes[1049] is False
        assert modes[25] is True
        assert not [mode for mode in (1000, 1002, 1003, 1004, 1006, 1015, 2004) if modes.get(mode)]
        assert termios.tcgetattr(self.slave) == self.before


@contextmanager
def on_terminal(space: Space, state: Path, *flags: str) -> Iterator[Terminal]:
    """`k8s-watch` as typed: `--lab` of its own, or on the namespace of the real cluster."""
    command = [str(PROGRAM), *where(space), *flags]
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def lead() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    env = {**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": str(state), "LC_ALL": "C.UTF-8"}
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        env.pop(name, None)
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=env, preexec_fn=lead
    )
    terminal = Terminal(process, master, slave)
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        for end in (master, slave):
            with contextlib.suppress(OSError):
                os.close(end)


def where(space: Space) -> list[str]:
    """The flags that name the cluster."""
    if space.cluster.is_lab:
        return ["--lab"]
    return ["--kubeconfig", str(space.cluster.kubeconfig), "-n", space.namespace, "--allow-faults"]
