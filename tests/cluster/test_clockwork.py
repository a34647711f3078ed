"""The server's clock from Date headers."""

from __future__ import annotations

from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.cluster.clockwork import ServerClock


@given(
    st.floats(-5000, 5000), st.lists(st.tuples(st.floats(0, 100), st.floats(0, 0.2)), min_size=1, max_size=30)
)
def test_the_true_offset_is_never_further_away_than_half_a_second_and_a_round_trip(
    offset: float, asked: list[tuple[float, float]]
) -> None:
    clock, told = ServerClock(), None
    for at, trip in asked:
        sent = 1_800_000_000 + at
        date = formatdate(int(sent + trip / 2 + offset), usegmt=True)
        new = clock.heard(date, sent, sent + trip)
        told = told if new is None else new
    assert told is not None
    assert abs(told - offset) <= 0.5 + 0.1 + 0.06


def test_a_clock_that_was_set_is_believed_anew() -> None:
    clock = ServerClock()
    clock.heard(formatdate(1_800_000_000, usegmt=True), 1_800_000_000, 1_800_000_000.01)
    moved = clock.heard(formatdate(1_800_003_600, usegmt=True), 1_800_000_002, 1_800_000_002.01)
    assert moved is not None
    assert 3597 < moved < 3600


def test_what_is_no_date_is_nothing() -> None:
    assert ServerClock().heard("yesterday", 1.0, 2.0) is None
    assert ServerClock().heard("", 1.0, 2.0) is None
