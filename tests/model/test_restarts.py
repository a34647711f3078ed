"""How long a restart is held back, seen from its first crash on and joined later."""

from __future__ import annotations

import pytest

from k8s_watch.model.objects import Container, ContainerState, Pod
from k8s_watch.model.restarts import RestartHistory, delay_range

SERVER = 1_000_000.0  # the server's clock at mono 0


def running(run: str, restarts: int, started: float, last_finished: float | None = None) -> Pod:
    last = None if last_finished is None else ContainerState("terminated", finished=SERVER + last_finished)
    state = ContainerState("running", started=SERVER + started)
    return _pod(
        Container("c", known=True, ready=True, restarts=restarts, container_id=run, state=state, last=last)
    )


def dead(run: str, restarts: int, finished: float) -> Pod:
    state = ContainerState("terminated", exit_code=0, finished=SERVER + finished, container_id=run)
    return _pod(Container("c", known=True, restarts=restarts, container_id=run, state=state))


def _pod(container: Container, policy: str = "Always") -> Pod:
    return Pod("u", "web-abc", "d", containers=(container,), restart_policy=policy)


def see(history: RestartHistory, at: float, pod: Pod) -> Pod:
    history.seen(pod, at, SERVER + at)
    return pod


@pytest.mark.parametrize(
    ("crashes", "expected"),
    [
        (0, (0, 0)),
        (1, (10, 15)),
        (2, (20, 30)),
        (3, (40, 60)),
        (4, (80, 110)),
        (6, (300, 330)),
        (99, (300, 330)),
    ],
)
def test_delays_double_and_are_looked_at_late(crashes: int, expected: tuple[float, float]) -> None:
    assert delay_range(crashes) == expected


def test_the_first_crash_is_not_held_back_and_the_second_is() -> None:
    history = RestartHistory()
    pod = see(history, 0, running("r1", 0, -100))
    assert history.next_delay(pod, 1) == (0, 0)
    assert history.restart_range(see(history, 5, dead("r1", 0, 5)), 5) is None
    pod = see(history, 5.2, running("r2", 1, 5, 5))
    assert history.next_delay(pod, 6) == (10, 15)
    pod = see(history, 30, dead("r2", 1, 30))
    assert history.restart_range(pod, 30) == (10, 15)
    assert history.restart_range(pod, 34) == (6, 11)
    assert history.restart_range(pod, 50) == (0, 0)
    pod = see(history, 43, running("r3", 2, 43, 30))
    assert history.next_delay(pod, 44) == (20, 30)


def test_a_death_seen_in_last_state_only_counts_as_well() -> None:
    history = RestartHistory()
    see(history, 0, running("r1", 0, -100))
    pod = see(history, 5, running("r2", 1, 5, 5))
    assert history.next_delay(pod, 6) == (10, 15)


def test_ten_minutes_without_a_crash_forget_all() -> None:
    history = RestartHistory()
    pod = see(history, 0, running("r5", 4, -1, -42))
    assert history.next_delay(pod, 1) == (80, 110)
    assert history.next_delay(pod, 598) == (80, 110)
    assert history.next_delay(pod, 602) == (0, 0)
    see(history, 700, dead("r5", 4, 700))
    pod = see(history, 700.2, running("r6", 5, 700, 700))
    assert history.next_delay(pod, 701) == (10, 15)


@pytest.mark.parametrize(
    ("took", "restarts", "expected"),
    [
        (0, 3, (10, 15)),
        (13, 3, (20, 30)),
        (29, 5, (40, 60)),
        (45, 9, (80, 110)),
        (300, 20, (300, 330)),
        (13, 1, (10, 15)),
    ],
)
def test_joined_later_the_last_restart_tells_the_next(
    took: float, restarts: int, expected: tuple[float, float]
) -> None:
    history = RestartHistory()
    assert history.next_delay(see(history, 0, running("r", restarts, -5, -5 - took)), 0) == expected


def test_crash_loop_back_off_names_its_delay() -> None:
    waiting = ContainerState(
        "waiting", "CrashLoopBackOff", "back-off 2m40s restarting failed container=c pod=x"
    )
    last = ContainerState("terminated", exit_code=1, finished=SERVER - 20, container_id="r")
    history = RestartHistory()
    pod = see(history, 0, _pod(Container("c", restarts=7, container_id="r", state=waiting, last=last)))
    assert history.restart_range(pod, 0) == (140, 170)


def test_joined_in_the_middle_of_an_untold_wait_the_range_is_wide() -> None:
    history = RestartHistory()
    assert history.held(see(history, 0, dead("r", 3, -2)), 0) == (10, 60)


def test_what_is_not_restarted_is_not_held_back() -> None:
    for policy, code, held in (("Never", 1, False), ("OnFailure", 0, False), ("OnFailure", 1, True)):
        state = ContainerState("terminated", exit_code=code, finished=SERVER, container_id="r")
        history = RestartHistory()
        pod = see(history, 0, _pod(Container("c", restarts=1, container_id="r", state=state), policy))
        assert (history.restart_range(pod, 0) is not None) is held


def test_a_fast_lab_holds_back_a_fifth() -> None:
    history = RestartHistory(fast=True)
    see(history, 0, running("r1", 0, -10))
    pod = see(history, 1, running("r2", 1, 1, 1))
    assert history.next_delay(pod, 2) == (2, 3)
    assert history.next_delay(pod, 122) == (0, 0)
