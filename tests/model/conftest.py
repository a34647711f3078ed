"""What the model's tests share: the recorded lesson as the changes of a live session."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import pytest

from k8s_watch.model.changes import Change
from k8s_watch.session.raw import RawRecording, target_of
from k8s_watch.session.replay import read

RECORDING = Path(__file__).parents[1] / "recordings" / "lesson-k8s-1.36.jsonl.gz"


@cache
def _lesson() -> tuple[Change, ...]:
    with gzip.open(RECORDING) as recorded:
        lines = list(recorded)
    target = target_of(lines)
    assert target is not None
    raw = RawRecording(target)
    return (raw.begin(lines[0]), *(change for line in lines for change in raw.changes(line)))


@pytest.fixture(scope="session")
def lesson() -> tuple[Change, ...]:
    """The recorded lesson; `mono` is seconds since its start."""
    return _lesson()


@pytest.fixture(scope="session")
def behaved() -> tuple[Change, ...]:
    """A session with a real 1.36 whose HPA has a `behavior`: at most +3 pods and -2 pods in 30 s, 45 s window."""
    return tuple(read(RECORDING.with_name("behavior-k8s-1.36.jsonl.gz")))
