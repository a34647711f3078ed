"""The applets that send signals: kill, killall, pkill; and ps, which shows whom they could reach."""

from __future__ import annotations

import signal

from .applets import Applet, Left, Session

# kill is a shell builtin: the shell that runs it dies with PID 1, 0.08 s later on a real node.
_AFTER_KILL = 0.08


def number_of(text: str) -> int | None:
    """The signal that -9, -KILL or -SIGKILL names (without the dash); None: there is none."""
    if text.isdigit():
        return int(text) if int(text) < signal.NSIG else None
    name = text.upper()
    name = name if name.startswith("SIG") else f"SIG{name}"
    found = signal.Signals.__members__.get(name)
    return None if found is None else int(found)


async def _signal_options(session: Session, argv: list[str]) -> tuple[int, list[str]] | None:
    number = int(signal.SIGTERM)
    rest: list[str] = []
    words = iter(argv[1:])
    for word in words:
        if rest or not word.startswith("-") or (word == "-1" and number_given(argv, word)):
            rest.append(word)
        elif word == "--":
            rest += list(words)
        elif word in {"-s", "-n", "--signal"} or word[1:2].isalnum():
            text = next(words, "") if word in {"-s", "-n", "--signal"} else word[1:]
            found = number_of(text)
            if found is None:
                await session.complain(f"{session.name}: 1: {argv[0]}: Illegal option {word}\n")
                return None
            number = found
        else:
            rest.append(word)
    return number, rest


def number_given(argv: list[str], word: str) -> bool:
    """Whether `word` (-1) stands behind a signal already, so that it means everyone and not SIGHUP."""
    return argv.index(word) > 1 or argv.count(word) > 1


async def _kill(session: Session, argv: list[str]) -> int:
    if argv[1:] == ["-l"]:
        await session.say(" ".join(s.name[3:] for s in signal.Signals) + "\n")
        return 0
    found = await _signal_options(session, argv)
    if found is None:
        return 2
    number, targets = found
    if not targets:
        await session.complain(f"{session.name}: 1: kill: Usage: kill [-s sigspec | -signum] pid ...\n")
        return 2
    code, lethal = 0, False
    for target in targets:
        text = target.lstrip("-")
        if not text.isdigit() or (target.startswith("-") and target != "-1"):
            await session.complain(f"{session.name}: 1: kill: Illegal number: {target}\n")
            return 2
        done = session.sandbox.signal(int(target), number)
        lethal = lethal or done.exit_code is not None
        if not done.found:
            await session.complain(f"{session.name}: 1: kill: No such process\n")
            code = 1
    if lethal and await session.sandbox.died(_AFTER_KILL):
        raise Left(128 + signal.SIGKILL)  # whoever called a builtin dies with PID 1; killall has ended before
    return code


async def _killall(session: Session, argv: list[str]) -> int:
    found = await _signal_options(session, argv)
    if found is None or not found[1]:
        await session.complain("Usage: killall [-s,--signal SIGNAL] [--] NAME...\n")
        return 1
    number, names = found
    code = 0
    for name in names:
        pids = [p.pid for p in session.sandbox.processes() if p.name == name.rsplit("/", 1)[-1]]
        for pid in pids:
            session.sandbox.signal(pid, number)
        if not pids:
            await session.complain(f"{name}: no process found\n")
            code = 1
    return code


async def _pkill(session: Session, argv: list[str]) -> int:
    full = "-f" in argv
    found = await _signal_options(session, [a for a in argv if a not in {"-f", "-x"}])
    if found is None or len(found[1]) != 1:
        await session.complain("pkill: exactly one pattern is needed\n")
        return 2
    number, (pattern,) = found
    pids = [p.pid for p in session.sandbox.processes() if pattern in (p.command if full else p.name)]
    for pid in pids:
        session.sandbox.signal(pid, number)
    return 0 if pids else 1


async def _ps(session: Session, argv: list[str]) -> int:
    processes = session.sandbox.processes()
    wide = any(set(a.lstrip("-")) & set("auxef") for a in argv[1:])
    lines = [f"{'UID':<8} {'PID':>5}  CMD" if wide else f"{'PID':>7} TTY          TIME CMD"]
    for p in processes:
        lines.append(
            f"{'root':<8} {p.pid:>5}  {p.command}" if wide else f"{p.pid:>7} ?        00:00:00 {p.name}"
        )
    own = max(p.pid for p in processes) + 11
    lines.append(f"{'root':<8} {own:>5}  {' '.join(argv)}" if wide else f"{own:>7} ?        00:00:00 ps")
    await session.say("\n".join(lines) + "\n")
    return 0


APPLETS: dict[str, Applet] = {"kill": _kill, "killall": _killall, "pkill": _pkill, "ps": _ps}
