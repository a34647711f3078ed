"""The applets that only print: hostname, env, echo, cat, ls, id, date, and true, false, sleep."""

from __future__ import annotations

import asyncio
import datetime

from .applets import Applet, Sandbox, Session
from .images import Image, Process

_IGNORED = 0x1001000  # Python ignores SIGPIPE and SIGXFSZ


def files(sandbox: Sandbox) -> dict[str, str]:
    """Every file that `cat` can print, made up for this pod."""
    found = {
        "/etc/hostname": f"{sandbox.hostname}\n",
        "/etc/hosts": f"127.0.0.1\tlocalhost\n{sandbox.address[0]}\t{sandbox.hostname}\n",
        "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n',
        "/etc/resolv.conf": "search default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n",
        "/app/app.py": "# the lab's stand-in: lab/workload.py of k8s-watch\n",
        "/dev/null": "",
    }
    for process in sandbox.processes():
        found[f"/proc/{process.pid}/status"] = status_file(sandbox.image, process)
        found[f"/proc/{process.pid}/comm"] = f"{process.name}\n"
        found[f"/proc/{process.pid}/cmdline"] = process.command.replace(" ", "\0") + "\0"
    return found


def status_file(image: Image, process: Process) -> str:
    """/proc/PID/status, with the signals that this process really handles (SigCgt)."""
    parent = 0 if process.pid == 1 else 1
    caught = image.caught if process.pid == 1 else 0x2
    rows = (
        ("Name", process.name),
        ("Umask", "0022"),
        ("State", "S (sleeping)"),
        ("Tgid", str(process.pid)),
        ("Ngid", "0"),
        ("Pid", str(process.pid)),
        ("PPid", str(parent)),
        ("TracerPid", "0"),
        ("Uid", "0\t0\t0\t0"),
        ("Gid", "0\t0\t0\t0"),
        ("Threads", "1"),
        ("SigQ", "0/15615"),
        ("SigPnd", f"{0:016x}"),
        ("ShdPnd", f"{0:016x}"),
        ("SigBlk", f"{0:016x}"),
        ("SigIgn", f"{_IGNORED if process.name.startswith('python') else 0:016x}"),
        ("SigCgt", f"{caught:016x}"),
    )
    return "".join(f"{key}:\t{value}\n" for key, value in rows)


async def _cat(session: Session, argv: list[str]) -> int:
    known = files(session.sandbox)
    code = 0
    for name in argv[1:]:
        if name in known:
            await session.say(known[name])
        else:
            await session.complain(f"cat: {name}: No such file or directory\n")
            code = 1
    return code


async def _ls(session: Session, argv: list[str]) -> int:
    known = files(session.sandbox)
    names = [a for a in argv[1:] if not a.startswith("-")] or ["/app"]
    for name in names:
        folder = name.rstrip("/") + "/"
        inside = sorted({f[len(folder) :].split("/")[0] for f in known if f.startswith(folder)})
        if name in known:
            await session.say(f"{name}\n")
        elif inside:
            await session.say("\n".join(inside) + "\n")
        else:
            await session.complain(f"ls: cannot access '{name}': No such file or directory\n")
            return 2
    return 0


async def _hostname(session: Session, argv: list[str]) -> int:
    only_address = any(a in {"-i", "-I"} for a in argv[1:])
    await session.say(f"{session.sandbox.address[0] if only_address else session.sandbox.hostname}\n")
    return 0


async def _env(session: Session, argv: list[str]) -> int:
    variables = {**session.sandbox.environment, **session.variables}
    if argv[0].endswith("printenv") and len(argv) > 1:
        await session.say("".join(f"{variables[n]}\n" for n in argv[1:] if n in variables))
        return 0 if all(n in variables for n in argv[1:]) else 1
    await session.say("".join(f"{name}={value}\n" for name, value in variables.items()))
    return 0


async def _echo(session: Session, argv: list[str]) -> int:
    words = argv[1:]
    newline = not (words and words[0] == "-n")
    await session.say(" ".join(words if newline else words[1:]) + ("\n" if newline else ""))
    return 0


async def _true(_session: Session, _argv: list[str]) -> int:
    return 0


async def _false(_session: Session, _argv: list[str]) -> int:
    return 1


async def _sleep(session: Session, argv: list[str]) -> int:
    try:
        seconds = sum(float(a.rstrip("s")) for a in argv[1:])
    except ValueError:
        await session.complain(f"sleep: invalid time interval '{' '.join(argv[1:])}'\n")
        return 1
    if not 0 <= seconds < 86_400:
        await session.complain("sleep: a day at most\n")
        return 1
    await asyncio.sleep(seconds)
    return 0


async def _date(session: Session, argv: list[str]) -> int:
    now = datetime.datetime.now(datetime.UTC)
    pattern = next((a[1:] for a in argv[1:] if a.startswith("+")), "%a %b %e %H:%M:%S UTC %Y")
    await session.say(now.strftime(pattern.encode("ascii", "replace").decode()) + "\n")
    return 0


async def _id(session: Session, _argv: list[str]) -> int:
    await session.say("uid=0(root) gid=0(root) groups=0(root)\n")
    return 0


async def _whoami(session: Session, _argv: list[str]) -> int:
    await session.say("root\n")
    return 0


async def _pwd(session: Session, _argv: list[str]) -> int:
    await session.say("/app\n")
    return 0


APPLETS: dict[str, Applet] = {
    "cat": _cat,
    "ls": _ls,
    "hostname": _hostname,
    "env": _env,
    "printenv": _env,
    "echo": _echo,
    "true": _true,
    "false": _false,
    "sleep": _sleep,
    "date": _date,
    "id": _id,
    "whoami": _whoami,
    "pwd": _pwd,
}
