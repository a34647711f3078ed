"""Which signals the main process of a container would notice: read from its /proc/1/status."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.words import _

# The kernel drops signals to PID 1 that it does not handle. Those that ask a program to end, gentlest first;
# not USR1 and USR2, which mean something else to many (Node opens its debugger).
NUMBERS = {"INT": 2, "TERM": 15, "QUIT": 3, "ABRT": 6, "HUP": 1}  # in the order of trying
BLIND = ("INT", "TERM", "QUIT")  # where PID 1's signals can't be read
_SHELLS = {"sh", "bash", "dash", "ash", "busybox", "zsh", "ksh"}


@dataclass(frozen=True, slots=True)
class MainProcess:
    """What /proc/1/status says of PID 1."""

    name: str = ""
    caught: int = 0  # SigCgt: bit n-1 for signal n
    blocked: int = 0  # SigBlk: small inits (tini) wait for blocked signals and forward them

    @property
    def is_shell(self) -> bool:
        """Whether it is a shell that runs the app as its child, and ends with it."""
        return self.name in _SHELLS

    def candidates(self) -> list[str]:
        """The signals worth trying, best first, without "SIG"."""
        handled = [name for name, number in NUMBERS.items() if self.caught >> (number - 1) & 1]
        awaited = [name for name, number in NUMBERS.items() if self.blocked >> (number - 1) & 1]
        return list(dict.fromkeys(handled + awaited))


def read_status(text: str) -> MainProcess | None:
    """Take /proc/1/status; None where it is not one."""
    found = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            found[key.strip()] = value.strip()
    try:
        caught, blocked = int(found["SigCgt"], 16), int(found.get("SigBlk", "0"), 16)
    except (KeyError, ValueError):
        return None
    return MainProcess(found.get("Name", ""), caught, blocked)


@dataclass(frozen=True, slots=True)
class Rung:
    """One thing to try."""

    words: str  # for the user: "SIGINT"
    signal: str
    number: int
    process: int  # 1, or -1 for every process but PID 1


def ladder(main: MainProcess | None, shares_processes: bool) -> list[Rung]:
    """What to try, best first: what PID 1 handles; then, behind a shell, the app itself.

    None: the signals could not be read. Nothing at all is left for a PID 1 that handles nothing.
    """
    names = list(BLIND) if main is None else main.candidates()
    rungs = [Rung(f"SIG{name}", name, NUMBERS[name], 1) for name in names]
    if main is not None and main.is_shell and not shares_processes:
        rungs.append(Rung(_("SIGKILL to the app behind the shell"), "9", 9, -1))
    return rungs
