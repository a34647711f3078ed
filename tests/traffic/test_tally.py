"""The burst's figures."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.traffic.tally import Tally, Times

durations = st.floats(0.02, 119_000)


@given(st.lists(durations, min_size=1), st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_is_at_most_half_a_percent_off(values, part):
    times = Times()
    for value in values:
        times.add(value)
    exact = sorted(values)[max(1, math.ceil(part * len(values))) - 1]
    assert times.quantiles(part)[0] == pytest.approx(exact, rel=0.0051)


@given(st.lists(st.floats(-1, 1e9), min_size=1))
def test_any_time_is_counted_and_quantiles_rise(values):
    times = Times()
    for value in values:
        times.add(value)
    found = times.quantiles(0.5, 0.95, 0.99)
    assert times.count == len(values)
    assert found == sorted(found)


def test_nothing_measured_is_zero():
    assert Times().quantiles(0.5, 0.99) == [0.0, 0.0]


def test_errors_are_told_by_reason_and_a_refusal_has_no_time():
    tally = Tally()
    tally.answer(10, 200, "a")
    tally.answer(10, 503, "")
    tally.failure(0.1, "refused")
    tally.failure(10_000, "timeout")
    told = tally.told()
    assert told["done"] == 4
    assert told["errors"] == {"503": 1, "refused": 1, "timeout": 1}
    assert told["pods"] == {"a": 1, "": 1}
    assert told["p99"] == pytest.approx(10_000, rel=0.01)
    assert told["p50"] == pytest.approx(10, rel=0.01)
    assert tally.times.count == 3
