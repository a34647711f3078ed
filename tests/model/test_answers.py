import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.model.answers import AnswerLog, Face, pattern, slow_limit, tail
from k8s_watch.model.changes import Answered

FACES = {"a": Face("ua", "A", 0, False), "b": Face("ub", "B", 1, False), "old": Face("uo", "C", 2, True)}


def answer(sent: float, pod: str = "a", failure: str = "", ms: float = 10.0, rate: float = 1.0) -> Answered:
    return Answered(
        wall=1000 + sent,
        mono=sent + ms / 1000,
        sent=sent,
        pod=pod,
        status=0 if failure else 200,
        failure=failure,
        ms=ms,
        rate=rate,
    )


def log(*answers: Answered) -> AnswerLog:
    made = AnswerLog(FACES.get)
    for one in answers:
        made.apply(one)
    return made


def test_each_second_has_one_cell_and_its_worst_answer_wins():
    made = log(
        answer(100),
        answer(101),
        answer(101.1, failure="refused", pod="", rate=10),
        answer(101.2, rate=10),
        answer(102, "b"),
    )
    cells = made.picture(102.4, loaded=False).cells
    assert [(c.kind, c.letter, c.failure, c.count) for c in cells] == [
        ("pod", "A", "", 1),
        ("failed", "", "refused", 3),
        ("pod", "B", "", 1),
    ]


def test_an_answer_that_comes_late_is_put_into_the_second_in_which_it_was_asked():
    made = log(answer(100), answer(102), answer(101, failure="timeout", pod="", ms=2000))
    assert [c.kind for c in made.picture(103, loaded=False).cells] == ["pod", "failed", "pod"]


def test_two_pods_in_turn_look_so_at_ten_polls_a_second_too():
    made = log(*(answer(100 + i / 10, "ab"[i % 2], rate=10) for i in range(100)))
    letters = "".join(c.letter for c in made.picture(111, loaded=False).cells)
    assert letters.count("A") in {5, 6}
    assert "AAA" not in letters


def test_a_second_that_still_runs_does_not_flicker():
    made = log(*(answer(100 + i / 10, "ab"[i % 2], rate=10) for i in range(13)))
    seen = set()
    for i in range(13, 15):
        made.apply(answer(100 + i / 10, "ab"[i % 2], rate=10))
        seen.add(made.picture(101.49, loaded=False).cells[-1].letter)
    assert len(seen) == 1


def test_seconds_without_an_answer_are_holes_and_the_running_second_is_not():
    made = log(answer(100), answer(103))
    assert [c.kind for c in made.picture(103.9, loaded=False).cells] == ["pod", "none", "none", "pod"]


def test_jitter_of_the_schedule_makes_no_hole():
    made = log(*(answer(100 + i + (0.3 if i % 2 else -0.3) * (i > 0)) for i in range(20)))
    assert all(c.kind == "pod" for c in made.picture(119, loaded=False).cells)


def test_ten_polls_a_second_do_not_skew_the_shares():
    slow = [answer(100 + i, "a") for i in range(30)]
    fast = [answer(130 + i / 10, "b", rate=10) for i in range(100)]
    shares = log(*slow, *fast).picture(140, loaded=False).shares
    assert [(s.name, round(s.share, 2), s.count) for s in shares] == [("a", 0.75, 30), ("b", 0.25, 100)]


def test_an_answer_from_a_pod_that_is_gone_is_a_finding():
    (share,) = log(answer(100, "old")).picture(101, loaded=False).shares
    assert share.gone


def test_failures_are_counted_by_their_reason():
    picture = log(
        answer(1, "", "502"), answer(2, "", "502"), answer(3, "", "timeout", 2000), answer(4)
    ).picture(5, loaded=False)
    assert picture.failures == (("502", 2), ("timeout", 1))
    assert picture.failed == pytest.approx(0.75)
    assert picture.error == ""


def test_answers_older_than_a_minute_count_no_more():
    picture = log(answer(100, "a"), answer(200, "b")).picture(200.5, loaded=False)
    assert [s.name for s in picture.shares] == ["b"]


def test_an_answer_hidden_by_a_retrying_proxy_is_marked_slow():
    made = log(*(answer(100 + i) for i in range(10)), answer(110, "b", ms=1010))
    cells = made.picture(111, loaded=False).cells
    assert [c.slow for c in cells] == [False] * 10 + [True]
    assert slow_limit([10, 12, 900]) == 100.0
    assert slow_limit([200, 200]) == 600.0


def test_two_pods_in_turn_are_a_round_robin():
    assert pattern("ab" * 20)[0] == "round robin"
    assert pattern("abc" * 12)[0] == "round robin"


def test_a_cycle_with_a_skip_is_still_a_cycle():
    assert pattern("ab" * 12 + "b" + "ab" * 10)[0] == "round robin"


def test_disorder_that_is_over_is_forgotten():
    draw = random.Random(3)
    assert pattern([draw.choice("abcdefgh") for _ in range(60)] + list("abcdhegf" * 5))[0] == "round robin"


@pytest.mark.parametrize("seed", range(8))
def test_answers_by_chance_look_random(seed: int):
    draw = random.Random(seed)
    assert pattern([draw.choice("ab") for _ in range(60)])[0] == "random"


def test_nothing_is_said_of_few_answers_or_beside_a_burst():
    assert pattern("abababab")[0] == ""
    draw = random.Random(1)
    assert pattern([draw.choice("ab") for _ in range(60)], loaded=True)[0] == ""


def test_one_pod_and_sticky_answers_are_told_apart():
    assert pattern("a" * 20)[0] == "one pod"
    assert pattern("a" * 20 + "b" * 20)[0] == "uneven"


def test_a_change_of_rotation_starts_the_judgement_of_the_order_anew():
    made = log(*(answer(100 + i, "ab"[i % 2]) for i in range(40)))
    made.rotation(frozenset({"ua"}))
    assert made.picture(140, loaded=False).pattern == ""


@given(st.lists(st.sampled_from("abcd"), max_size=150), st.booleans())
def test_any_sequence_gets_a_word_and_a_sentence(order: list[str], loaded: bool):
    kind, words = pattern(order, loaded)
    assert kind in {"", "round robin", "random", "one pod", "uneven"}
    assert words


@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.01, 0.99))
def test_a_tail_is_a_probability(hits: int, of: int, chance: float):
    assert 0.0 <= tail(hits, of, chance) <= 1.0


def test_a_tail_is_the_binomial_one():
    assert tail(10, 10, 0.5) == pytest.approx(0.5**10)
    assert tail(1, 2, 0.5) == pytest.approx(0.75)
