"""Which pod answered."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from k8s_watch.traffic.naming import LIMIT, Names, Recogniser

A = "hello-world-flask-6d8c9d7f5b-2xz7w"
B = "hello-world-flask-6d8c9d7f5b-4f9qz"
LONG = "a-deployment-with-a-name-so-long-that-its-host-name-is-cut-short-6d8c9d7f5b-2xz7w"
NAMES = Names([A, B])


def pod(body="", headers=(), names=NAMES, pattern=None, cut=False):
    return Recogniser(pattern).pod(headers, body, names, cut)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (f"Hello, my first docker images! {A}", ()),
        (A, ()),
        (f"<b>{A}</b>", ()),
        (f"Hostname: {A}\nIP: 127.0.0.1\n", ()),
        (f"Server address: 10.0.0.1:80\nServer name: {A}\n", ()),
        (f'{{"hostname":"{A}","version":"6"}}', ()),
        (f"I am {A}.", ()),
        (f"{A}.default.svc.cluster.local", ()),
        (f"你好{A}你好", ()),
        (f"pod_{A}_", ()),
        ("", [("X-Pod-Name", A)]),
        ("", [("x-served-by", f"default/{A}")]),
        (f"proxied to {B}", [("Via", f"1.1 {A}")]),
    ],
)
def test_a_watched_name_is_found_wherever_it_stands(body, headers):
    assert pod(body, headers) == A


@pytest.mark.parametrize(
    "body", [A + "x", "x" + A, A + "-1", "my-" + A, A[:-1], "", "nobody", A.upper()[:-1]]
)
def test_a_part_of_a_longer_word_is_no_name(body):
    assert pod(body) == ""


def test_the_longest_of_several_names_wins():
    names = Names(["web", "web-1", "web.front"])
    assert pod("from web to web-1", names=names) == "web-1"
    assert pod("web.front", names=names) == "web.front"
    assert pod("web", names=names) == "web"
    assert pod("web.front2", names=names) == "web"


def test_of_names_of_one_length_the_first_in_the_answer_wins():
    assert pod(f"{B}, after {A}") == B


def test_a_host_name_that_kubelet_cut_at_63_characters_is_its_pod():
    assert pod(f"Hostname: {LONG[:63]}", names=Names([LONG])) == LONG


def test_a_cut_host_name_that_two_pods_share_is_neither():
    twin = LONG[:-5] + "4f9qz"
    assert pod(f"Hostname: {LONG[:63]}", names=Names([LONG, twin])) == ""


def test_known_shapes_may_spell_the_name_in_capitals():
    assert pod(f"Hostname: {A.upper()}\n") == A
    assert pod(f'{{"pod": "{A.upper()}"}}') == A
    assert pod(A.upper()) == A


def test_the_users_regex_comes_first_and_is_final():
    assert pod(f"from={B} via={A}", pattern=r"via=(\S+)") == A
    assert pod(f"from={B} via={A}", pattern=B) == B
    assert pod(f"from={B} via=somebody", pattern=r"via=(\S+)") == ""


def test_the_users_regex_may_give_the_ending_alone():
    assert pod("I am 2xz7w!", pattern=r"I am (\w+)") == A
    assert pod("I am 7f5b!", pattern=r"I am (\w+)") == ""


def test_the_users_regex_sees_headers_too():
    assert pod(f"by {A}", [("X-Upstream", B)], pattern=r"(?i)x-upstream: (.*)") == B


def test_where_the_users_regex_does_not_match_the_rest_is_tried():
    assert pod(f"Hello {A}", pattern=r"via=(\S+)") == A


def test_a_group_that_took_no_part_names_nobody():
    assert pod("via=", pattern=r"via=(x)?") == ""


def test_the_last_word_of_a_cut_answer_counts_for_nothing():
    assert pod("welcome to web", names=Names(["web"]), cut=True) == ""
    assert pod("welcome to web ", names=Names(["web"]), cut=True) == "web"


def test_a_match_far_down_in_the_answer_is_found():
    assert pod("." * 60_000 + f" via={A} ", pattern=r"via=(\S+) ") == A


def test_a_match_at_the_end_of_a_part_is_read_to_its_own_end():
    assert pod("x" * 1000 + f" via={A}", pattern=r"via=([a-z0-9-]+)") == A


def test_a_hostile_answer_cannot_hold_up_a_quadratic_regex():
    began = time.process_time()
    assert pod("a" * LIMIT, pattern=r"a*b(x)") == ""
    assert time.process_time() - began < 0.5  # 64 KB at once would take 10 s


@pytest.mark.parametrize(
    "body", ["{" * LIMIT, "[" * LIMIT, '{"a":' * 12_000, "a.-" * 21_000, "hostname:" * 7000]
)
def test_hostile_shapes_cost_little(body):
    names = Names([*(f"pod-{n}" for n in range(2000)), "a.b.c", LONG])
    began = time.process_time()
    assert pod(body, names=names) == ""
    assert time.process_time() - began < 0.5


@given(st.text(), st.lists(st.tuples(st.text(), st.text())), st.booleans())
@example('{"hostname": ["x"]}', [], False)
@example('{"hostname": 1e999}', [], False)
@example('"x"', [("X-Pod-Name", "")], True)
def test_no_answer_breaks_recognition_and_only_watched_names_come_out(body, headers, cut):
    assert pod(body, headers, cut=cut) in {"", A, B}
    assert pod(body, headers, pattern=r"(\w*)", cut=cut) in {"", A, B}


@given(st.text("abc-. \n:", max_size=40), st.text("abc-. \n:", max_size=40))
def test_a_name_with_free_space_around_it_is_found_in_any_text(before, after):
    assert pod(f"{before} {A} {after}") == A
