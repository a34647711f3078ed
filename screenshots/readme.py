"""Writes into the README what the program itself knows: the table of keys. `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from k8s_watch.tui.keys import KEYS

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- keys: made by screenshots/readme.py -->", "<!-- /keys -->"


def keys() -> str:
    """The table of keys."""
    # the footer's "1-5" stands for five keys
    named = [(k.key if k.key.isdigit() else k.key_display or k.key, k.tooltip) for k in KEYS]
    rows = [f"| `{key}` | {what} |" for key, what in named]
    return "\n".join(
        [
            "| key | what it does |",
            "| --- | --- |",
            *rows,
            "| `ctrl+p` | The palette: everything, by typing |",
        ]
    )


def with_keys(text: str) -> str:
    """The README with the table as it should be."""
    head, _begin, rest = text.partition(BEGIN)
    _old, _end, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{keys()}\n{END}{tail}"


def main() -> int:
    """Write or compare."""
    text = README.read_text()
    if "--check" in sys.argv:
        if with_keys(text) != text:
            print("README.md: the table of keys is old: make screenshots", file=sys.stderr)
            return 1
        return 0
    README.write_text(with_keys(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
