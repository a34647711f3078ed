"""Every kind of change, as hypothesis draws it, and a clock that stands until told."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import strategies as st

from k8s_watch.model import changes, objects
from k8s_watch.session.lines import _CHANGES, _SUBJECTS
from k8s_watch.wire.clean import clean

RECORDING = Path(__file__).parents[1] / "recordings" / "lesson-k8s-1.36.jsonl.gz"

texts = st.text(max_size=12).map(clean)
LEAVES = {
    str: texts,
    bool: st.booleans(),
    int: st.integers(-(2**60), 2**60),
    float: st.floats(allow_nan=False, allow_infinity=False),
    type(None): st.none(),
}


def values(kind):
    """Values of a field's type."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind in LEAVES:
        return LEAVES[kind]
    if dataclasses.is_dataclass(kind):
        return records(kind)
    if origin is typing.Literal:
        return st.sampled_from(parts)
    if origin is tuple and parts[-1] is Ellipsis:
        return st.lists(values(parts[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, parts))
    if origin is Mapping:
        return st.dictionaries(values(parts[0]), values(parts[1]), max_size=2)
    assert origin in {typing.Union, types.UnionType}, kind
    return st.one_of(*map(values, parts))


def records(record, **fixed):
    """Instances of a dataclass."""
    hints = typing.get_type_hints(record)
    fields = {
        one.name: values(hints[one.name]) for one in dataclasses.fields(record) if one.name not in fixed
    }
    return st.builds(record, **fields, **fixed)


def _seen(kind):
    return records(changes.Seen, kind=st.just(kind), object=records(_SUBJECTS[kind]))


ANY_CHANGE = st.one_of(*map(records, _CHANGES.values()), *map(_seen, _SUBJECTS))


class StoppedClock:
    """Moves only when told."""

    def __init__(self):
        self.now = 100.0

    def wall(self):
        return self.now + 1_000_000

    def mono(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return StoppedClock()


@pytest.fixture
def recording():
    return RECORDING


@pytest.fixture
def answered():
    """An answer at a second."""

    def make(at, **more):
        return changes.Answered(wall=at + 5000, mono=at, sent=at - 0.01, **more)

    return make


@pytest.fixture
def a_pod():
    return objects.Pod("u", "web-1", "default", labels={"app": "web"})


@pytest.fixture
def any_change():
    return ANY_CHANGE
