"""What the user asked for, and where things are on this machine."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, checked."""

    command: str = "watch"  # watch, lab or replay
    target: str = ""
    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    url: str = ""
    answer_regex: str = ""
    lab: bool = False
    fast: bool = False
    empty: bool = False
    read_only: bool = False
    allow_faults: bool = False
    plain: bool = False
    json: bool = False
    theme: str = ""
    no_mouse: bool = False
    record: str = ""
    file: str = ""
    speed: float = 1.0


def state_folder() -> Path:
    """Where the log file and the like go: XDG_STATE_HOME, or the platform's habit. Not created here."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Logs" / "k8s-watch"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "k8s-watch"


def log_file() -> Path:
    """The log of this user's runs; `?` on the screen tells it."""
    return state_folder() / "k8s-watch.log"


def locale_folder() -> Path:
    """Where the catalogues are."""
    return Path(__file__).parent / "locale"


def styles_folder() -> Path:
    """The style sheets: inside the package when installed, the repository's own in a checkout."""
    inside = Path(__file__).parent / "styles"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "styles"
