"""Text from outside, made harmless once, where it enters.

Terminals obey ESC, OSC, C1 and bidi characters wherever they come from, so a pod's answer could set the
title or write the clipboard. What passes here can only be seen.
"""

from __future__ import annotations

from unicodedata import category

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
LIMIT = 1000
"""Characters kept by default: an Event's message may have 1,024, a condition's 32,768."""

MARKS = 4
"""Combining marks kept on one character: no language stacks more, and a hundred cover the lines above."""

_SPACES = frozenset("\n\t\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}")
_MEMORY = 4096  # code points remembered: hostile text must not grow the table to a million


class _Replacements(dict[int, str]):
    """What `str.translate` asks for each character; learns as it goes."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        shown = char if char.isprintable() else REPLACEMENT
        # Zs (no-break and ideographic spaces) is not "printable", but does no harm as a plain space.
        if char in _SPACES or (shown == REPLACEMENT and char.isspace() and code >= 0xA0):
            shown = " "
        if len(self) < _MEMORY:
            self[code] = shown
        return shown


_replacements = _Replacements()


def clean(text: str, limit: int = LIMIT) -> str:
    """One line of at most `limit` characters that no terminal obeys; a cut ends with an ellipsis.

    Newlines and tabs become spaces; control, format, bidi, surrogate, private and unassigned characters and
    heaps of combining marks become U+FFFD. ASCII costs 0.1 us, the rest 1-4 us per 42 characters.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…" if limit > 0 else ""
    # "Printable" is every category but Other (Cc, Cf, Cs, Co, Cn) and Separator, the plain space excepted.
    if not text.isprintable():
        text = text.replace("\r\n", "\n").translate(_replacements)
    return text if text.isascii() else _unstacked(text)


def _unstacked(text: str) -> str:
    """The text without more than `MARKS` combining marks in a row."""
    if sum(category(char)[0] == "M" for char in text) <= MARKS:
        return text
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if category(char)[0] == "M" else 0
        kept.append(char if run <= MARKS else REPLACEMENT)
    return "".join(kept)


def clean_lines(text: str, limit: int = LIMIT, lines: int = 1000) -> list[str]:
    """The first `lines` lines, each made harmless and cut to `limit` characters; no last empty line."""
    found = text.split("\n", lines)[:lines]
    if found and not found[-1]:
        found.pop()
    return [clean(line.removesuffix("\r"), limit) for line in found]
