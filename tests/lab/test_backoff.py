"""The rhythm of restarts and pulls."""

import random

import pytest

from k8s_watch.lab.backoff import RestartBackoff, jittered, looks, pull_delays, said


def test_restarts_are_held_back_longer_and_longer():
    held, now, delays = RestartBackoff(), 1000.0, []
    for _ in range(9):
        delays.append(held.after(now))
        held.restarted(now + delays[-1])
        now += delays[-1] + 1
    assert delays == [0, 10, 20, 40, 80, 160, 300, 300, 300]


def test_ten_minutes_without_a_crash_are_forgiven():
    held = RestartBackoff()
    held.restarted(1000)
    held.restarted(1010)
    assert held.after(1010 + 599) == 20
    assert held.after(1010 + 601) == 0


def test_a_fast_lab_waits_a_fifth():
    held = RestartBackoff(factor=0.2, level=1)
    assert held.after(0) == 2
    assert pull_delays(0.2)[:2] == [2, 4]


@pytest.mark.parametrize(("jitter", "waited"), [(0, 10), (1, 15), (0.5, 12.5)])
def test_up_to_half_of_the_delay_is_added(jitter, waited):
    assert jittered(10, jitter) == waited


@pytest.mark.parametrize(
    ("delay", "least", "most"), [(10, 10, 15), (40, 40, 60), (80, 80, 90), (300, 300, 330)]
)
def test_a_restart_is_late_by_half_of_the_last_look_at_most(delay, least, most):
    wholes = [sum(looks(delay, random.random)) for _ in range(2000)]
    assert least <= min(wholes)
    assert max(wholes) <= most
    assert max(wholes) > least + (most - least) * 0.8


def test_a_long_delay_is_looked_at_each_minute():
    assert looks(160, lambda: 0) == [60, 60, 40]
    assert looks(160, lambda: 1) == [90, 90]
    assert looks(32, lambda: 0, factor=0.2) == pytest.approx([12, 12, 8])


@pytest.mark.parametrize(("seconds", "text"), [(10, "10s"), (80, "1m20s"), (300, "5m0s"), (2, "2s")])
def test_delays_are_said_as_kubelet_says_them(seconds, text):
    assert said(seconds) == text
