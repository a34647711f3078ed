"""The last door before the terminal: nothing passes that could be more than a character."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from .look import GLYPHS

_NOT_TEXT = {"Cc", "Cf", "Cs"}  # controls (ESC, C1), formats (bidi, zero width), surrogates
_TO_ASCII = str.maketrans(
    {sign: plain for sign, plain in GLYPHS.values() if len(plain) == 1}
    | {
        "│": "|",
        "─": "-",
        "┄": "-",
        "╌": "-",
        "–": "-",
        "—": "-",
        "’": "'",
        "“": '"',
        "”": '"',
        "⌈": "(",
        "⌉": ")",
    }
    | dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+")
    | dict.fromkeys("▁▂▃▄▅▆▇█▀▌▐▏▎▍▋▊▉", "#")
)


class SafeOutput(LineFilter):
    """Text is cleaned where it enters; this is for the case that one way in was forgotten, and costs 0.1 us a piece.

    Where the terminal's encoding has ASCII alone, signs are replaced by plain ones of the same width.
    """

    def __init__(self, *, only_ascii: bool = False) -> None:
        super().__init__()
        self.only_ascii = only_ascii

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, made harmless."""
        return [
            segment
            if segment.control or self._harmless(segment.text)
            else Segment(self._clean(segment.text), segment.style)
            for segment in segments
        ]

    def _harmless(self, text: str) -> bool:
        """Whether a text may pass as it is."""
        return text.isascii() and text.isprintable() if self.only_ascii else text.isprintable()

    def _clean(self, text: str) -> str:
        """The text with a substitute for what may not pass."""
        substitute = "?" if self.only_ascii else "\ufffd"
        # what the layout took for no cell wide leaves none, so that the line keeps its length
        safe = "".join(
            char if unicodedata.category(char) not in _NOT_TEXT else substitute * cell_len(char)
            for char in text
        )
        if not self.only_ascii:
            return safe
        plain = safe.translate(_TO_ASCII)
        return "".join(char if char.isascii() else "?" * cell_len(char) for char in plain)
