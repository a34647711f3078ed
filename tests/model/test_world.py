from dataclasses import replace

import pytest

from k8s_watch.model.changes import (
    Acted,
    Answered,
    Change,
    Clocked,
    Denied,
    Gone,
    Kind,
    Listed,
    Live,
    LoadTick,
    Lost,
    Measured,
    Seen,
    Subject,
    Targeted,
)
from k8s_watch.model.objects import (
    Autoscaler,
    Condition,
    Container,
    ContainerState,
    Deployment,
    Endpoint,
    EndpointSlice,
    Pod,
    ReplicaSet,
    Usage,
)
from k8s_watch.model.pods import letters
from k8s_watch.model.view import View
from k8s_watch.model.world import World

WALL = 1_800_000_000.0


def pod(name: str, created: float = 0.0, **more: object) -> Pod:
    main = Container(
        "app", cpu_request=100, known=True, ready=True, container_id="c1", state=ContainerState("running")
    )
    made = Pod(
        uid=f"uid-{name}",
        name=name,
        namespace="default",
        created=WALL + created,
        phase="Running",
        owner_uid="rs-1",
        conditions=(Condition("Ready", "True"),),
        containers=(main,),
    )
    return replace(made, **more)  # type: ignore[arg-type]


class Told:
    """A world and the moment."""

    def __init__(self) -> None:
        self.world = World()
        self.at = 0.0
        self(Targeted, context="lab", namespace="default", deployment="web", server="https://127.0.0.1:1")

    def __call__(self, change: type[Change], /, **fields: object) -> None:
        self.world.apply(change(wall=WALL + self.at, mono=self.at, **fields))  # type: ignore[call-arg]

    def seen(self, kind: Kind, thing: Subject) -> None:
        self(Seen, kind=kind, object=thing)

    def gone(self, kind: Kind, name: str) -> None:
        self(Gone, kind=kind, name=name, namespace="default", uid=f"uid-{name}")

    def view(self) -> View:
        return self.world.view(self.at, WALL + self.at)


@pytest.fixture
def told() -> Told:
    return Told()


def test_pods_stand_oldest_first_and_those_of_one_second_as_they_came(told: Told):
    for name, created in (("c", 5), ("a", 1), ("d", 5), ("b", 0)):
        told.seen("pods", pod(name, created))
    assert [r.pod.name for r in told.view().pods] == ["b", "a", "c", "d"]
    told.seen("pods", pod("e", 5))
    assert [r.pod.name for r in told.view().pods] == ["b", "a", "c", "d", "e"]


def test_a_pod_keeps_its_letter_and_a_gone_one_stays_for_ten_seconds(told: Told):
    told.seen("pods", pod("a"))
    told.seen("pods", pod("b", 1))
    told.at = 100
    told.gone("pods", "a")
    assert [(r.letter, r.health, r.gone_at) for r in told.view().pods] == [
        ("A", "gone", 100.0),
        ("B", "healthy", None),
    ]
    told.at = 111
    assert [r.letter for r in told.view().pods] == ["B"]
    told.seen("pods", pod("c", 2))
    assert [r.letter for r in told.view().pods] == ["B", "C"]


def test_a_gone_pods_name_is_known_for_ten_minutes_and_its_letter_is_free_after_that(told: Told):
    told.seen("pods", pod("a"))
    told.gone("pods", "a")
    told.at = 599
    told.seen("pods", pod("b", 1))
    assert set(told.world.names()) == {"a", "b"}
    told.at = 601
    told.seen("pods", pod("c", 2))
    assert set(told.world.names()) == {"b", "c"}
    told.seen("pods", pod("d", 3))
    assert [r.letter for r in told.view().pods] == ["B", "C", "A"]


def test_an_answer_from_a_pod_that_is_gone_is_shown_as_one(told: Told):
    told.seen("pods", pod("a"))
    told.gone("pods", "a")
    told(Answered, sent=0.0, pod="a", status=200, ms=5)
    assert [s.gone for s in told.view().answers.shares] == [True]


def test_rotation_is_what_the_endpoint_slices_say_by_uid(told: Told):
    told.seen("pods", pod("a"))
    told.seen("pods", pod("b"))
    assert [r.in_rotation for r in told.view().pods] == [None, None]
    ready = Endpoint("10.0.0.1", "uid-a")
    told.seen(
        "endpointslices",
        EndpointSlice("web-1", "default", "web", (ready, Endpoint("10.0.0.2", "uid-b", ready=False))),
    )
    assert [r.in_rotation for r in told.view().pods] == [True, False]
    told.seen("endpointslices", EndpointSlice("web-1", "default", "web", (replace(ready, terminating=True),)))
    assert [r.in_rotation for r in told.view().pods] == [False, False]


def test_while_a_rollout_runs_each_pod_says_whether_it_is_of_the_new_set(told: Told):
    rolling = Deployment(
        "d",
        "web",
        "default",
        revision="2",
        replicas=2,
        current=3,
        updated=1,
        available=2,
        generation=2,
        observed_generation=2,
    )
    told.seen("deployments", rolling)
    told.seen(
        "replicasets",
        ReplicaSet("rs-1", "web-1", "default", owner_uid="d", revision="1", replicas=2, current=2),
    )
    told.seen(
        "replicasets",
        ReplicaSet("rs-2", "web-2", "default", owner_uid="d", revision="2", replicas=1, current=1),
    )
    told.seen("pods", pod("a"))
    told.seen("pods", pod("b", 1, owner_uid="rs-2"))
    assert [r.generation for r in told.view().pods] == ["old", "new"]
    told.seen("deployments", replace(rolling, updated=2, current=2))
    assert [r.generation for r in told.view().pods] == ["", ""]


def test_the_new_set_is_new_before_the_deployment_says_its_revision(told: Told):
    rolling = Deployment(
        "d", "web", "default", revision="1", replicas=2, current=3, generation=2, observed_generation=1
    )
    told.seen("deployments", rolling)
    told.seen(
        "replicasets",
        ReplicaSet("rs-1", "web-1", "default", owner_uid="d", revision="1", replicas=2, current=2),
    )
    told.seen("replicasets", ReplicaSet("rs-2", "web-2", "default", owner_uid="d", revision="2", replicas=1))
    told.seen("pods", pod("a"))
    told.seen("pods", pod("b", 1, owner_uid="rs-2"))
    assert [r.generation for r in told.view().pods] == ["old", "new"]


def test_cpu_is_in_percent_of_the_request_and_unknown_after_a_restart(told: Told):
    told.seen("pods", pod("a"))
    told(Measured, usages=(Usage("a", cpu=139, memory=1, at=WALL, window=15),))
    assert [(r.cpu, r.cpu_unit) for r in told.view().pods] == [(139, "%")]
    dead = replace(pod("a").containers[0], restarts=1, container_id="c2")
    told.seen("pods", pod("a", containers=(dead,)))
    told.at = 5
    told.seen("pods", pod("a", containers=(replace(dead, container_id="c3", restarts=2),)))
    assert [r.cpu for r in told.view().pods] == [None]
    assert [v for _t, v in told.view().charts.pods[0].points] == [139, None]


def test_the_age_of_the_newest_sample_is_by_the_servers_clock(told: Told):
    told(Clocked, offset=3600.0)
    told.seen("pods", pod("a"))
    told(Measured, usages=(Usage("a", cpu=1, memory=1, at=WALL + 3595, window=15),))
    assert told.view().charts.sample_age == pytest.approx(5.0)


def test_the_table_is_live_lost_and_live_again_with_the_gap_named(told: Told):
    assert told.view().connection.state == "connecting"
    told(Listed, kind="pods", count=0)
    told(Live, kind="pods")
    assert told.view().connection.state == "live"
    told.at = 10
    told(Lost, kind="pods", reason="connection refused")
    told.at = 14
    assert (told.view().connection.state, told.view().connection.since) == ("reconnecting", 10)
    told.at = 45
    assert told.view().connection.state == "stale"
    told(Listed, kind="pods", count=0, gap=35.0)
    told(Live, kind="pods")
    connection = told.view().connection
    assert (connection.state, connection.last_gap) == ("live", 35.0)


def test_a_missing_permission_names_itself_and_the_rest_is_live(told: Told):
    told(Live, kind="pods")
    told(Denied, kind="autoscalers", permission="list horizontalpodautoscalers")
    connection = told.view().connection
    assert connection.state == "live"
    assert connection.denied == (("autoscalers", "list horizontalpodautoscalers"),)


def test_a_target_that_is_missing_deleted_or_made_anew_is_said(told: Told):
    told(Listed, kind="deployments", count=0)
    assert told.view().presence == "missing"
    assert told.view().connection.state == "live"  # there are no pods to wait for
    assert told.view().headline.words == "WAITING for deployment web: it is not there yet"
    told.seen("deployments", Deployment("d", "web", "default"))
    assert told.view().presence == "present"
    told.gone("deployments", "web")
    assert told.view().presence == "deleted"


def test_another_target_begins_anew_and_a_new_url_does_not(told: Told):
    told.seen("pods", pod("a"))
    told(
        Targeted,
        context="lab",
        namespace="default",
        deployment="web",
        server="https://127.0.0.1:1",
        url="http://x/",
    )
    assert len(told.view().pods) == 1
    told(Targeted, context="lab", namespace="default", deployment="other", server="https://127.0.0.1:1")
    assert told.view().pods == ()


def test_replicas_and_cpu_are_steps_with_gaps_where_unknown(told: Told):
    scaler = Autoscaler(
        "h", "web", "default", target_name="web", minimum=2, maximum=10, current=2, desired=2, cpu_target=50
    )
    for at, cpu, desired in ((0.0, None, 2), (15.0, 139, 4), (30.0, None, 4), (45.0, 20, 4)):
        told.at = at
        told.seen("autoscalers", replace(scaler, cpu=cpu, desired=desired))
    charts = told.view().charts
    assert [v for _t, v in charts.cpu] == [None, 139, None, 20]
    assert charts.desired == ((0.0, 2), (15.0, 4))
    assert (charts.target, charts.minimum, charts.maximum) == (50, 2, 10)


def test_a_burst_is_marked_from_its_first_tick_to_its_last(told: Told):
    figures = {
        "done": 1,
        "wanted": 9,
        "errors": 0,
        "rate": 1.0,
        "elapsed": 0.5,
        "p50": 1.0,
        "p95": 1.0,
        "p99": 1.0,
    }
    told.at = 5
    told(LoadTick, state="running", **figures)
    told.at = 6
    told(LoadTick, state="running", **figures)
    told.at = 35
    told(LoadTick, state="ended", **figures)
    bursts = [(m.at, m.kind) for m in told.view().charts.marks if m.kind.startswith("burst")]
    assert bursts == [(5, "burst"), (35, "burst-end")]


def test_an_act_under_way_is_told_until_it_is_over(told: Told):
    told.seen("pods", pod("web-1"))
    act = {"act": "kill", "pod_uid": "uid-web-1", "pod_name": "web-1", "container_id": "c1"}
    told(Acted, step="asked", **act)
    assert len(told.view().acts) == 1
    told(Acted, step="sent", signal="SIGINT", **act)
    assert "SIGINT" in told.view().acts[0]
    told(Acted, step="failed", detail="Nothing died.", **act)
    assert told.view().acts == ()
    assert told.view().said[-1][2] == "Nothing died."


def test_a_quiet_world_gives_the_same_rows_again(told: Told):
    told.seen("pods", pod("a"))
    first = told.view()
    told.at = 0.4
    assert told.view().pods[0] is first.pods[0]
    assert told.view().charts is first.charts


def test_letters_go_on_after_z():
    assert [letters(n) for n in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]
