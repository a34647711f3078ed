"""How things look: the names of the colours of states and pods, the glyphs.

Colours have names (themes.py says what they are). Drawing code writes their names ("$healing bold", `pod_style(2)`) into
`textual.content.Content`, which resolves them in the running theme, so a change of theme needs no new drawing.
What cannot use Content (a chart's cells) asks `colour(app, "pod-2")`.
"""

from __future__ import annotations

import sys
from typing import Final

from textual.app import App

from k8s_watch.model.view import Health, Tone

from .themes import ANSI, CONTRAST, DARK, LIGHT, PODS

_NAMES: Final = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST, "high-contrast": CONTRAST, "ansi": ANSI}


def theme_name(asked: str, *, no_color: bool = False) -> str:
    """The registered theme that "dark", "light", "contrast" or "ansi" means; NO_COLOR means "ansi".

    In a true-colour theme Textual would answer NO_COLOR with shades of grey.
    """
    if no_color:
        return ANSI.name
    return _NAMES.get(asked, DARK).name


def colour(app: App[object], name: str) -> str:
    """The running theme's colour of that name as "#rrggbb" (or "ansi_red" in the ansi theme)."""
    return app.theme_variables[name]


def pod_name(hue: int) -> str:
    """The name of a pod's colour: "pod-3"."""
    return f"pod-{hue % PODS}"


def pod_style(hue: int) -> str:
    """A Content style for text in the pod's colour."""
    return f"${pod_name(hue)}"


def pod_chip(hue: int) -> str:
    """A Content style for text on the pod's colour."""
    return f"bold $ink on ${pod_name(hue)}"


_TONES: Final[dict[Tone, str]] = {
    "calm": "healthy",
    "healing": "healing",
    "scaling": "scaling",
    "failed": "failed",
    "stale": "stale",
    "busy": "busy",
}
_HEALTHS: Final[dict[Health, str]] = {
    "healthy": "healthy",
    "starting": "scaling",
    "healing": "healing",
    "failed": "failed",
    "leaving": "stale",
    "gone": "faint",
}


def tone_style(tone: Tone) -> str:
    """A Content style for text in the tone's colour."""
    return f"${_TONES[tone]}"


def health_style(health: Health) -> str:
    """A Content style for text in the colour of a pod's health."""
    return f"${_HEALTHS[health]}"


GLYPHS: Final = {
    "healthy": ("●", "o"),
    "starting": ("◐", "+"),
    "healing": ("↻", "@"),
    "failed": ("✖", "X"),
    "leaving": ("◌", "-"),
    "gone": ("○", "."),
    "live": ("●", "*"),
    "reconnecting": ("◌", "~"),
    "stale": ("○", "!"),
    "fault": ("▼", "v"),
    "slow": ("▴", "^"),
    "unknown": ("?", "?"),
    "none": ("·", "."),
    "selected": ("▌", ">"),
    "ellipsis": ("…", "~"),
    "bar": ("█", "#"),
    "rest": ("─", "-"),
    "moment": ("●", "o"),
    "waiting": ("○", "."),
    "line": ("━", "="),
    "dash": ("┄", "-"),
    "arrow": ("→", ">"),
    "dot": ("·", "|"),
    "new": ("▲", "^"),
    "old": ("▽", "v"),
    "frozen": ("‖", "#"),
    "times": ("×", "x"),
    "plusminus": ("±", "+-"),
    "about": ("≈", "~"),
}
"""Name -> (UTF-8, ASCII). Every one is one cell wide, save "+-"."""


def unicode_works(encoding: str | None = None) -> bool:
    """Whether the terminal's encoding (by default stdout's) can show more than ASCII."""
    name = (encoding or getattr(sys.__stdout__, "encoding", None) or "utf-8").lower().replace("-", "")
    return name in {"utf8", "utf16", "utf32", "cp65001", "gb18030"}


_ascii = False


def use_ascii(only_ascii: bool) -> None:
    """Draw with ASCII alone from here on (or no longer); one choice a process, as is the terminal."""
    global _ascii  # noqa: PLW0603  a property of the one terminal that this process draws on
    _ascii = only_ascii


def is_ascii() -> bool:
    """Whether drawing must do with ASCII."""
    return _ascii


def glyph(name: str) -> str:
    """The sign of that name, in what the terminal can show."""
    return GLYPHS[name][_ascii]
