"""The programs that are compared, and where the peers are kept: outside of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "k8s-watch" / "bench"
PEERS = ("korvid", "kuberich")  # PyPI
K9S = "github.com/derailed/k9s@latest"
K9S_PATIENCE = 600  # seconds for its build


@dataclass(frozen=True)
class Program:
    """How a program is run, and what tells on its screen that it has done something."""

    name: str
    command: tuple[str, ...]  # {namespace} and {deployment} are filled in
    version: str
    ready: tuple[str, ...] = ()  # keys that bring new pods to the top of its table
    help: str = ""  # a text of its help screen; "" where it has no keys
    back: str = "\x1b"  # leaves the help screen
    marks: bool = False  # the selected row has a glyph, so that its moving can be seen in the bytes

    def words(self, namespace: str, deployment: str) -> list[str]:
        """The command line."""
        return [word.format(namespace=namespace, deployment=deployment) for word in self.command]


def environment(kubeconfig: Path | str) -> dict[str, str]:
    """A home of their own, so that nobody's settings count, and nobody's are changed."""
    home = CACHE / "home"
    home.mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "K9S_", "TEXTUAL"))}
    return {**kept, "HOME": str(home), "KUBECONFIG": str(kubeconfig)}


def ours(entry: str) -> Program:
    """k8s-watch with everything visible, newest pods first where pods come."""
    here = Path(sys.executable).parent
    command = (str(here / "k8s-watch"), "{deployment}", "-n", "{namespace}", "--url", entry)
    version = _first_line([str(here / "k8s-watch"), "--version"])
    return Program("k8s-watch", command, version, ready=("o", "\x1b[H"), help="log file", marks=True)


def kubectl(binary: Path) -> Program:
    """The yardstick: it prints a line a change and nothing else."""
    command = (str(binary), "get", "pods", "-w", "-n", "{namespace}")
    return Program("kubectl get -w", command, _first_line([str(binary), "version", "--client"]))


def peers() -> tuple[list[Program], list[str]]:
    """Those that could be had, and a sentence for each that could not."""
    found: list[Program] = []
    missing: list[str] = []
    korvid, kuberich = (_from_pypi(name, missing) for name in PEERS)
    if korvid:
        words: tuple[str, ...] = (korvid, "--readonly", "--no-restart", "-n", "{namespace}")
        found.append(Program("korvid", words, _first_line([korvid, "--version"]), help="to close"))
    if kuberich:
        words = (kuberich, "--readonly", "-n", "{namespace}")
        found.append(Program("kuberich", words, _first_line([kuberich, "version"]), help="Focus filter"))
    k9s = _k9s(missing)
    if k9s:
        words = (k9s, "--readonly", "-c", "pods", "-n", "{namespace}")
        version = _first_line(["go", "version", "-m", k9s], r"derailed/k9s\s+v(\S+)")
        found.append(Program("k9s", words, version, help="RESOURCE"))
    return found, missing


def _from_pypi(name: str, missing: list[str]) -> str:
    """The program's path, installed in an environment of its own; "" where that fails."""
    folder = CACHE / name
    if not (folder / "bin" / name).exists():
        shutil.rmtree(folder, ignore_errors=True)
        steps = [[_python(), "-m", "venv", str(folder)], [str(folder / "bin" / "pip"), "install", "-q", name]]
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, timeout=600, check=False)
            if done.returncode:
                shutil.rmtree(folder, ignore_errors=True)
                missing.append(f"{name} could not be installed from PyPI ({_last_line(done.stderr)})")
                return ""
    return str(folder / "bin" / name)


def _python() -> str:
    """The newest Python at hand: kuberich needs 3.12."""
    for minor in (14, 13, 12):
        for found in (shutil.which(f"python3.{minor}"), *_of_pyenv(minor)):
            if found and not subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode:
                return found
    return sys.executable


def _of_pyenv(minor: int) -> list[str]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [str(path) for path in root.glob(f"versions/3.{minor}.*/bin/python3")]


def _k9s(missing: list[str]) -> str:
    binary = CACHE / "bin" / "k9s"
    if binary.exists():
        return str(binary)
    go = shutil.which("go")
    if go is None:
        missing.append("k9s: no Go here to build it")
        return ""
    try:
        # `go` and its compilers step back: a build must not disturb what else is on the machine
        done = subprocess.run(
            ["nice", "-n", "19", go, "install", K9S],
            env={**os.environ, "GOBIN": str(CACHE / "bin")},
            capture_output=True,
            text=True,
            timeout=K9S_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        missing.append(f"k9s did not build within {K9S_PATIENCE // 60} minutes")
        return ""
    if done.returncode:
        missing.append(f"k9s did not build ({_last_line(done.stderr)})")
        return ""
    return str(binary)


def _first_line(command: list[str], pattern: str = r"v?(\d+\.\d+\.\d+\S*)") -> str:
    """The version in what a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found else "?"


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "no reason given"
