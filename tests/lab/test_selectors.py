"""Selectors, in Kubernetes' words."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.lab.errors import ApiError
from k8s_watch.lab.kinds import KEPT
from k8s_watch.lab.selectors import fields_match, matches, of_object, parse, parse_fields, text_of

LABELS = {"app": "web", "tier": "front", "n": "5"}


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier!=back", True),
        ("app in (web, api)", True),
        ("app notin (web)", False),
        ("missing notin (web)", True),
        ("missing!=x", True),
        ("missing", False),
        ("!missing", True),
        ("!app", False),
        ("n>4", True),
        ("n<4", False),
        ("app=", False),
    ],
)
def test_labels_meet_a_selector(text: str, met: bool) -> None:
    assert matches(parse(text), LABELS) is met


@pytest.mark.parametrize(  # each answer is a real API server's, 1.36
    ("text", "words"),
    [
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("=b", "found '=', expected: !, identifier, or 'end of string'"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("!a=b", "found '=', expected: ',' or 'end of string'"),
    ],
)
def test_what_is_no_selector_is_said_as_kubernetes_says_it(text: str, words: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse(text)
    assert caught.value.message == words


@given(st.text(alphabet="ab=!,() <>in", max_size=12))
def test_any_text_is_a_selector_or_a_status(text: str) -> None:
    with contextlib.suppress(ApiError):  # anything else fails the test
        matches(parse(text), LABELS)


def test_a_selector_object_prints_as_kubectl_prints_it() -> None:
    selector = of_object(
        {
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["front", "back"]},
                {"key": "old", "operator": "DoesNotExist"},
            ],
        }
    )
    assert matches(selector, LABELS)
    assert text_of(selector) == "app=web,tier in (back,front),!old"


def test_field_selectors_know_the_fields_of_each_kind() -> None:
    pod = {"metadata": {"name": "x"}, "spec": {"nodeName": "n"}, "status": {"phase": "Running"}}
    chosen = parse_fields("status.phase==Running,spec.nodeName!=m", KEPT["pods"])
    assert fields_match(chosen, pod)
    assert not fields_match(parse_fields("metadata.name=y", KEPT["pods"]), pod)
    with pytest.raises(ApiError, match=r"field label not supported: status.bogus"):
        parse_fields("status.bogus=1", KEPT["pods"])
    with pytest.raises(ApiError, match=r'"status.phase" is not a known field selector'):
        parse_fields("status.phase=1", KEPT["deployments"])
