"""Recordings as lines of bytes, compressed or not."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

import msgspec

from k8s_watch.model.ports import BadInput
from k8s_watch.model.words import _

from . import lines

LONGEST = 64 * 1024 * 1024
"""Bytes of a line: a list of 2,000 pods has 10 MB."""

_GZIP = b"\x1f\x8b"


class First(msgspec.Struct):
    """The first line of either format."""

    format: int | None = None
    product: str | None = None
    src: str | None = None  # the raw format's
    t: float | None = None

    @property
    def is_raw(self) -> bool:
        """Whether it is the raw format: what an API said, line by line."""
        return self.product is None and self.src is not None and self.t is not None


def first(line: bytes) -> First | None:
    """What kind of recording begins with this line; None: no recording at all."""
    try:
        found = msgspec.json.decode(line, type=First)
    except (ValueError, RecursionError):
        return None
    return found if found.is_raw or found.product == lines.PRODUCT else None


def is_recording(path: Path) -> bool:
    """Whether the file's first line is that of a recording; raises OSError."""
    with _open(path) as file:
        try:
            return first(file.readline(LONGEST)) is not None
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return False


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbers (from 1) and lines with their newlines; raises BadInput where the file can't be read.

    What was cut off by the end of the recording process is no error: the last line may lack its newline.
    """
    number = 0
    try:
        with _open(path) as file:
            while line := file.readline(LONGEST + 1):
                number += 1
                if len(line) > LONGEST:
                    raise broken(path, number, _("the line is too long"))
                yield number, line
    except EOFError:
        return  # a compressed file that was not closed: all whole lines came
    except (zlib.error, gzip.BadGzipFile) as error:
        raise broken(path, number + 1, str(error)) from error
    except OSError as error:
        words = _("{path} can't be read: {reason}.")
        raise BadInput(words.format(path=path, reason=error.strerror or error)) from error


def broken(path: Path, number: int, reason: str) -> BadInput:
    """The error that names a line and what is wrong with it."""
    words = _("{path}, line {number}: this is not what a recording holds ({reason}).")
    return BadInput(words.format(path=path, number=number, reason=reason))


def _open(path: Path) -> BufferedReader | gzip.GzipFile:
    file = path.open("rb")
    if file.peek(2)[:2] != _GZIP:
        return file
    return gzip.GzipFile(fileobj=file)
