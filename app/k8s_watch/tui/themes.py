"""The themes: every colour of the screen, and the only place where one is written as a number."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

PODS: Final = 10
"""Colours for pods. Ten: the lesson's autoscaler goes to ten pods, and more could not be told apart anyway."""

# Chosen by a search (farthest point first, from blue and yellow, in Lab) for the greatest smallest distance between
# any two as normal, protan, deutan and tritan eyes see them, with a contrast of 5:1 to the ground and to the letter
# on them, and away from the red of "failed" and the orange of "healing". tests/tui/test_look.py holds the figures.
_PODS_ON_DARK: Final = (
    "#5ab4f0", "#ecd36a", "#69fecf", "#b9816a", "#719b1f", "#e859a7", "#5e89f9", "#8ee9ee", "#e3faad", "#82ba98",
)  # fmt: skip
_PODS_ON_LIGHT: Final = (
    "#0a6ab4", "#8a6400", "#671036", "#547045", "#866089", "#1b2789", "#433207", "#442761", "#106a5d", "#862d92",
)  # fmt: skip
_PODS_ANSI: Final = (
    "ansi_bright_blue", "ansi_bright_yellow", "ansi_bright_magenta", "ansi_bright_green", "ansi_bright_cyan",
    "ansi_blue", "ansi_yellow", "ansi_magenta", "ansi_green", "ansi_cyan",
)  # fmt: skip


def _variables(states: dict[str, str], pods: tuple[str, ...]) -> dict[str, str]:
    """The theme's variables: the states, the pods, and what is written on them."""
    return states | {f"pod-{hue}": colour for hue, colour in enumerate(pods)}


DARK: Final = Theme(
    name="k8s-dark",
    dark=True,
    primary="#5ab4f0",
    secondary="#8f9bff",
    warning="#ffa23a",
    error="#ff6166",
    success="#4fc3a1",
    accent="#5ab4f0",
    foreground="#dfe5ee",
    background="#0f141b",
    surface="#0f141b",
    panel="#1b232e",
    variables=_variables(
        {
            "healthy": "#4fc3a1",
            "healing": "#ffa23a",
            "scaling": "#6aa8ff",
            "failed": "#ff6166",
            "stale": "#9aa6b6",
            "busy": "#b79bff",
            "quiet": "#8492a6",  # second things: 5.9:1 on the background
            "faint": "#5b6878",  # third things: gone pods, rules
            "line": "#2c3847",  # borders
            "ink": "#0b1016",  # text on any of the colours above
            "calm-ground": "#174039",  # all well is said quietly, trouble loudly
            "calm-ink": "#d5fff2",
            "bar": "#18212c",  # the header's ground
            "selected": "#223044",  # the selected row
            "footer-background": "#0f141b",
            "footer-key-foreground": "#5ab4f0",
            "footer-description-foreground": "#8492a6",
        },
        _PODS_ON_DARK,
    ),
)

LIGHT: Final = Theme(
    name="k8s-light",
    dark=False,
    primary="#0a6ab4",
    secondary="#4a4ac8",
    warning="#a85400",
    error="#c2202c",
    success="#0a7560",
    accent="#0a6ab4",
    foreground="#1d2733",
    background="#fbfbf9",
    surface="#fbfbf9",
    panel="#eeeeea",
    variables=_variables(
        {
            "healthy": "#0a7560",
            "healing": "#a85400",
            "scaling": "#1f5fc4",
            "failed": "#c2202c",
            "stale": "#5f6a78",
            "busy": "#6b46c1",
            "quiet": "#5a6675",
            "faint": "#828c99",
            "line": "#cfd3d8",
            "ink": "#ffffff",
            "calm-ground": "#cfeae2",
            "calm-ink": "#07382e",
            "bar": "#eceeef",
            "selected": "#dbe7f4",
            "footer-background": "#fbfbf9",
            "footer-key-foreground": "#0a6ab4",
            "footer-description-foreground": "#5a6675",
        },
        _PODS_ON_LIGHT,
    ),
)

CONTRAST: Final = Theme(
    name="k8s-contrast",
    dark=True,
    primary="#7fd0ff",
    secondary="#c0c6ff",
    warning="#ffb84d",
    error="#ff8080",
    success="#5fffd0",
    accent="#ffffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    variables=_variables(
        {
            "healthy": "#5fffd0",
            "healing": "#ffb84d",
            "scaling": "#8fc2ff",
            "failed": "#ff8080",
            "stale": "#e0e0e0",
            "busy": "#d5c2ff",
            "quiet": "#e0e0e0",
            "faint": "#b8b8b8",
            "line": "#ffffff",
            "ink": "#000000",
            "calm-ground": "#5fffd0",
            "calm-ink": "#000000",
            "bar": "#000000",
            "selected": "#003a70",
            "footer-background": "#000000",
            "footer-key-foreground": "#7fd0ff",
            "footer-description-foreground": "#ffffff",
        },
        _PODS_ON_DARK,
    ),
)

ANSI: Final = Theme(
    name="k8s-ansi",  # the terminal's own sixteen colours: what NO_COLOR strips and old terminals have
    dark=True,
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    accent="ansi_blue",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables=_variables(
        {
            "healthy": "ansi_green",
            "healing": "ansi_yellow",
            "scaling": "ansi_bright_blue",
            "failed": "ansi_bright_red",
            "stale": "ansi_white",
            "busy": "ansi_bright_magenta",
            "quiet": "ansi_default",
            "faint": "ansi_bright_black",
            "line": "ansi_bright_black",
            "ink": "ansi_black",
            "calm-ground": "ansi_green",
            "calm-ink": "ansi_black",
            "bar": "ansi_default",
            "selected": "ansi_default",
            "ansi-background": "ansi_black",
            "ansi-foreground": "ansi_white",
            "block-cursor-foreground": "ansi_black",
            "block-cursor-background": "ansi_white",
        },
        _PODS_ANSI,
    ),
)

THEMES: Final = (DARK, LIGHT, CONTRAST, ANSI)
"""In the order in which `t` goes through them."""
