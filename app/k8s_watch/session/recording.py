"""Every change as a line of a file, as it passes."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol

from k8s_watch import __version__
from k8s_watch.model.changes import Change
from k8s_watch.model.ports import BadInput, Clock, LocalClock
from k8s_watch.model.words import _

from . import lines
from .files import is_recording


class _Squeezer(Protocol):
    def __call__(self, line: bytes, *, last: bool = False) -> bytes: ...


def _plain(line: bytes, *, last: bool = False) -> bytes:
    return line


def _gzipped() -> _Squeezer:
    stream = zlib.compressobj(wbits=31)

    def squeeze(line: bytes, *, last: bool = False) -> bytes:
        # Flushed at every line: 262 KB instead of 192 KB for the lesson, and nothing is lost by a SIGKILL.
        return stream.compress(line) + stream.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)

    return squeeze


class Recorder:
    """Writes changes to `path`; a name that ends in .gz is compressed.

    Each change is with the operating system when `write` returns (one unbuffered write, 5-15 us), so that
    killing this process loses none.
    """

    def __init__(
        self, path: str | Path, failed: Callable[[str], None] | None = None, clock: Clock | None = None
    ) -> None:
        """Begin the file; `failed` gets a sentence, once, when it can't go on. Raises BadInput."""
        self.path = Path(path)
        self.written = 0  # changes
        self._failed = failed
        self._squeeze: _Squeezer = _gzipped() if self.path.name.endswith(".gz") else _plain
        self._file: int | None = _begin(self.path)
        self._said = False
        self._put(lines.encode_header(__version__, (clock or LocalClock()).wall()))

    def write(self, change: Change) -> None:
        """Take a change; never raises. After a failure of the disk it takes no more."""
        if self._file is None:
            return
        try:
            line = lines.encode(change)
        except (ValueError, TypeError) as error:  # UnicodeEncodeError is a ValueError
            self._tell(_("A change could not be recorded: {reason}.").format(reason=error))
            return
        self._put(line)
        self.written += self._file is not None

    def close(self) -> None:
        """End the file; further changes are ignored."""
        if self._file is not None:
            self._put(b"", last=True)
        self._shut()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _put(self, line: bytes, *, last: bool = False) -> None:
        if self._file is None:
            return
        rest = self._squeeze(line, last=last)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            self._shut()
            words = _("The recording stopped: {path}: {reason}.")
            self._tell(words.format(path=self.path, reason=error.strerror or error))

    def _shut(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            os.close(file)
        except OSError as error:  # network file systems report a full disk only here
            words = _("The recording may be incomplete: {path}: {reason}.")
            self._tell(words.format(path=self.path, reason=error.strerror or error))

    def _tell(self, sentence: str) -> None:
        if not self._said and self._failed is not None:
            self._said = True
            self._failed(sentence)


def _begin(path: Path) -> int:
    """The file, empty. One that is there already is replaced only if it is a recording: a slip of the hand
    must not cost a kubeconfig."""
    try:
        kept = path.is_file() and path.stat().st_size > 0 and not is_recording(path)
        if kept:
            raise BadInput(_("{path} exists and is not a recording: it is left alone.").format(path=path))
        # Answers and object names of a cluster are nobody else's business.
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        words = _("{path} can't be written: {reason}.")
        raise BadInput(words.format(path=path, reason=error.strerror or error)) from error
