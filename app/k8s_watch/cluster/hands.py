"""What can send a signal inside a container: a shell, else the interpreter that the app itself brings."""

from __future__ import annotations

from dataclasses import dataclass

_PYTHON = "import os,sys;os.kill(int(sys.argv[1]),int(sys.argv[2]))"
_PYTHON_READ = "print(open('/proc/1/status').read())"
_NODE = "process.kill(Number(process.argv[1]),Number(process.argv[2]))"
_NODE_READ = "console.log(require('fs').readFileSync('/proc/1/status','utf8'))"


@dataclass(frozen=True, slots=True)
class Hand:
    """A program of the image, and how it does both things that are needed."""

    program: str
    read: tuple[str, ...]  # prints /proc/1/status

    def kill(self, signal: str, number: int, process: int) -> tuple[str, ...]:
        """The command that sends a signal."""
        match self.program:
            case "sh":
                return ("sh", "-c", f"kill -{signal} {process}")
            case "node":
                return ("node", "-e", _NODE, str(process), str(number))
            case program:
                return (program, "-c", _PYTHON, str(process), str(number))


HANDS = (
    Hand("sh", ("sh", "-c", "cat /proc/1/status")),
    Hand("python3", ("python3", "-c", _PYTHON_READ)),
    Hand("node", ("node", "-e", _NODE_READ)),
)
