"""Quantities, durations and times as numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.wire.quantities import millicores, seconds, whole
from k8s_watch.wire.times import moment


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100m", 100),
        ("1", 1000),
        (1, 1000),
        (0.5, 500),
        ("0.1", 100),
        (".5", 500),
        ("1.", 1000),
        ("119582n", 1),
        ("1000001n", 2),
        ("250u", 1),
        ("0", 0),
        ("1e2", 100_000),
        ("1E-2", 10),
        ("-1500u", -1),
        ("2k", 2_000_000),
        ("1e999", 2**63 - 1),
        ("9" * 40, 2**63 - 1),
    ],
)
def test_cpu_is_rounded_up_to_millicores(text, value):
    assert millicores(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("21752Ki", 21752 * 1024),
        ("1.5Gi", 1536 * 1024 * 1024),
        ("128M", 128_000_000),
        ("1E", 10**18),
        ("1e3", 1000),
        ("1Ei", 1024**6),
        ("1500m", 2),
        (12, 12),
    ],
)
def test_memory_is_in_bytes(text, value):
    assert whole(text) == value


@pytest.mark.parametrize(
    "text", ["", "m", "1x", "1 Gi", "1ki", "1e", "1e2000", "nan", "inf", "٣", "1" * 50, None, "--1"]
)
def test_what_is_no_quantity_is_nothing(text):
    assert millicores(text) is None


@given(st.text() | st.floats() | st.integers())
def test_no_quantity_raises(text):
    millicores(text)
    whole(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15.012s", 15.012),
        ("1m30s", 90.0),
        ("1h", 3600.0),
        ("250ms", 0.25),
        ("", None),
        ("5", None),
        ("x", None),
    ],
)
def test_durations_are_in_seconds(text, value):
    assert seconds(text) == (pytest.approx(value) if value else None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-24T16:27:51Z", 1795537671.0),
        ("2026-11-24T16:27:51.990170Z", 1795537671.99017),
        ("2026-11-24T16:27:51.990170123Z", 1795537671.99017),
        ("2026-11-24T17:27:51+01:00", 1795537671.0),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("9999-12-31T23:59:59-23:59", 253402387139.0),
        ("", None),
        (None, None),
    ],
)
def test_times_are_unix_seconds(text, value):
    assert moment(text) == value


@given(st.text())
def test_no_time_raises(text):
    moment(text)
