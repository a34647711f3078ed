"""Big letters for the back of the room: capitals of 5 pixels' height, two pixels in a cell."""

from __future__ import annotations

from typing import Final

# Five rows of pixels, 4 wide (I: 3, M, N, W: 5), each row as the bits of a number, top row first.
_FONT: Final = {
    "A": (4, 0b0110, 0b1001, 0b1111, 0b1001, 0b1001),
    "B": (4, 0b1110, 0b1001, 0b1110, 0b1001, 0b1110),
    "C": (4, 0b0111, 0b1000, 0b1000, 0b1000, 0b0111),
    "D": (4, 0b1110, 0b1001, 0b1001, 0b1001, 0b1110),
    "E": (4, 0b1111, 0b1000, 0b1110, 0b1000, 0b1111),
    "F": (4, 0b1111, 0b1000, 0b1110, 0b1000, 0b1000),
    "G": (4, 0b0111, 0b1000, 0b1011, 0b1001, 0b0111),
    "H": (4, 0b1001, 0b1001, 0b1111, 0b1001, 0b1001),
    "I": (3, 0b111, 0b010, 0b010, 0b010, 0b111),
    "J": (4, 0b0011, 0b0001, 0b0001, 0b1001, 0b0110),
    "K": (4, 0b1001, 0b1010, 0b1100, 0b1010, 0b1001),
    "L": (4, 0b1000, 0b1000, 0b1000, 0b1000, 0b1111),
    "M": (5, 0b10001, 0b11011, 0b10101, 0b10001, 0b10001),
    "N": (5, 0b10001, 0b11001, 0b10101, 0b10011, 0b10001),
    "O": (4, 0b0110, 0b1001, 0b1001, 0b1001, 0b0110),
    "P": (4, 0b1110, 0b1001, 0b1110, 0b1000, 0b1000),
    "Q": (4, 0b0110, 0b1001, 0b1001, 0b1010, 0b0101),
    "R": (4, 0b1110, 0b1001, 0b1110, 0b1010, 0b1001),
    "S": (4, 0b0111, 0b1000, 0b0110, 0b0001, 0b1110),
    "T": (5, 0b11111, 0b00100, 0b00100, 0b00100, 0b00100),
    "U": (4, 0b1001, 0b1001, 0b1001, 0b1001, 0b0110),
    "V": (5, 0b10001, 0b10001, 0b10001, 0b01010, 0b00100),
    "W": (5, 0b10001, 0b10001, 0b10101, 0b11011, 0b10001),
    "X": (4, 0b1001, 0b1001, 0b0110, 0b1001, 0b1001),
    "Y": (5, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100),
    "Z": (4, 0b1111, 0b0001, 0b0110, 0b1000, 0b1111),
    " ": (2, 0, 0, 0, 0, 0),
}
HEIGHT: Final = 3
"""Rows of cells that a word takes: the uppermost pixel of the six is left free."""


def big(word: str) -> list[str] | None:
    """The word on three lines of equal width; None where a letter is not one of A to Z."""
    if not word or any(letter not in _FONT for letter in word):
        return None
    pixels = ["", "", "", "", "", ""]
    for letter in word:
        width, *rows = _FONT[letter]
        for y, bits in enumerate((0, *rows)):
            pixels[y] += f"{bits:0{width}b}" + "0"
    pairs = zip(pixels[0::2], pixels[1::2], strict=True)
    return [
        "".join(" ▄▀█"[2 * (up == "1") + (down == "1")] for up, down in zip(*pair, strict=True))
        for pair in pairs
    ]
