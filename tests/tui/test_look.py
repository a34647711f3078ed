"""Colours that everyone can tell apart and read."""

from __future__ import annotations

import itertools
import math

import pytest
from textual.theme import Theme

from k8s_watch.tui.look import GLYPHS, glyph, pod_chip, pod_style, theme_name, tone_style, use_ascii
from k8s_watch.tui.themes import CONTRAST, DARK, LIGHT, PODS, THEMES

# Machado, Oliveira, Fernandes 2009, severity 1, in linear RGB
EYES = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.1523, 1.0526, -0.2049), (0.1145, 0.7863, 0.0992), (-0.0039, -0.0481, 1.052)),
    "deutan": ((0.3673, 0.8606, -0.228), (0.2801, 0.6725, 0.0474), (-0.0118, 0.0429, 0.9689)),
    "tritan": ((1.2555, -0.0767, -0.1788), (-0.0784, 0.9308, 0.1476), (0.0047, 0.6914, 0.3039)),
}
THREE = pytest.mark.parametrize("theme", [DARK, LIGHT, CONTRAST], ids=lambda theme: theme.name)


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def lab(colour: str, eyes: str) -> tuple[float, float, float]:
    seen = linear(colour)
    r, g, b = (max(0.0, min(1.0, sum(a * v for a, v in zip(line, seen, strict=True)))) for line in EYES[eyes])
    x, y, z = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (
            (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
            0.2126 * r + 0.7152 * g + 0.0722 * b,
            (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.0888,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def luminance(colour: str) -> float:
    r, g, b = linear(colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@THREE
def test_text_in_every_colour_can_be_read(theme: Theme) -> None:
    ground, ink = theme.background or "", theme.variables["ink"]
    for name in ("healthy", "healing", "scaling", "failed", "stale", "busy", "quiet"):
        assert contrast(theme.variables[name], ground) >= 4.5, name
    for name in ("healthy", "healing", "scaling", "failed", "stale", "busy"):
        assert contrast(theme.variables[name], ink) >= 4.5, name
    assert contrast(theme.variables["calm-ground"], theme.variables["calm-ink"]) >= 4.5
    assert contrast(theme.variables["quiet"], theme.variables["selected"]) >= 3
    assert contrast(theme.variables["faint"], ground) >= 3  # gone pods: meant to recede
    for hue in range(PODS):
        assert contrast(theme.variables[f"pod-{hue}"], ground) >= 4.5
        assert contrast(theme.variables[f"pod-{hue}"], ink) >= 4.5


@THREE
@pytest.mark.parametrize("eyes", EYES)
def test_pods_can_be_told_apart_by_every_kind_of_eye(theme: Theme, eyes: str) -> None:
    seen = [lab(theme.variables[f"pod-{hue}"], eyes) for hue in range(PODS)]
    assert math.dist(seen[0], seen[1]) > 50
    assert min(math.dist(a, b) for a, b in itertools.combinations(seen[:4], 2)) > 20
    assert min(math.dist(a, b) for a, b in itertools.combinations(seen, 2)) > 10


@THREE
@pytest.mark.parametrize("eyes", EYES)
def test_well_healing_and_failed_can_be_told_apart_by_every_kind_of_eye(theme: Theme, eyes: str) -> None:
    seen = [lab(theme.variables[name], eyes) for name in ("healthy", "healing", "failed", "scaling")]
    assert min(math.dist(a, b) for a, b in itertools.combinations(seen, 2)) > 10


def test_every_theme_has_the_same_names() -> None:
    ours = set(DARK.variables) - {name for name in DARK.variables if name.startswith("footer")}
    for theme in THEMES:
        assert ours <= set(theme.variables), theme.name


def test_the_wished_theme_is_found_and_no_color_means_the_terminals_own() -> None:
    assert theme_name("light") == "k8s-light"
    assert theme_name("high-contrast") == "k8s-contrast"
    assert theme_name("nonsense") == "k8s-dark"
    assert theme_name("light", no_color=True) == "k8s-ansi"


def test_styles_are_names_so_that_a_change_of_theme_needs_no_drawing() -> None:
    assert pod_style(13) == "$pod-3"
    assert pod_chip(3) == "bold $ink on $pod-3"
    assert tone_style("calm") == "$healthy"


def test_every_glyph_has_a_plain_one() -> None:
    for name, (sign, plain) in GLYPHS.items():
        assert plain.isascii(), name
        assert len(sign) == 1
    use_ascii(True)
    try:
        assert glyph("healthy") == "o"
    finally:
        use_ascii(False)
