"""Hostile text leaves the terminal unharmed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.wire.clean import clean, clean_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello, my first docker images! web-1\n", "Hello, my first docker images! web-1 "),
        ("a\tb\r\nc", "a b c"),
        ("\x1b]0;owned\x07", "\ufffd]0;owned\ufffd"),
        ("\x9b31m", "\ufffd31m"),
        ("abc\u202edef\u2066", "abc\ufffddef\ufffd"),
        ("\ud800", "\ufffd"),
        ("\ue000\U000f0000", "\ufffd\ufffd"),
        ("over\rwrite", "over\ufffdwrite"),
        ("你好\u3000世界\u00a0é", "你好 世界 é"),
        ("a\u2028b", "a b"),
        ("zero\u200bwidth", "zero\ufffdwidth"),
        ("[/] [@click=app.quit]", "[/] [@click=app.quit]"),
        ("e\u0301" * 9, "e\u0301" * 9),
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "\ufffd\ufffd"),
        ("", ""),
    ],
)
def test_what_a_terminal_would_obey_is_only_shown(text, shown):
    assert clean(text) == shown


@given(st.text())
def test_nothing_but_printable_text_comes_out(text):
    for char in clean(text):
        assert not unicodedata.category(char).startswith("C"), hex(ord(char))
        assert char not in "\n\t\u2028\u2029"


@given(st.text(), st.integers(0, 20))
def test_no_text_is_longer_than_its_limit(text, limit):
    assert len(clean(text, limit)) <= limit


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)


def test_a_cut_shows():
    assert clean("abcdef", 4) == "abc…"
    assert clean("abcd", 4) == "abcd"


def test_lines_are_cleaned_one_by_one():
    assert clean_lines("one\r\ntwo\x1b\n\nfour\n") == ["one", "two\ufffd", "", "four"]
    assert clean_lines("a\nb\nc", lines=2) == ["a", "b"]
    assert clean_lines("abcdef\nb", limit=3) == ["ab…", "b"]
    assert clean_lines("") == []
