"""A recording comes back at its own pace, or is refused in one clear sentence."""

import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.model.changes import Acted, Answered, Gone, Listed, LoadTick, Measured, Said, Seen, Targeted
from k8s_watch.model.objects import Autoscaler, Deployment, Pod
from k8s_watch.model.ports import BadInput
from k8s_watch.session import lines
from k8s_watch.session.recording import Recorder
from k8s_watch.session.replay import ReplayClock, fold_until, play, read

HEADER = lines.encode_header("0.1.0", 5000.0)


@pytest.fixture
def tape(tmp_path, answered):
    """A recording of answers at 10, 11, 11 and 15 s."""
    with Recorder(tmp_path / "tape") as recorder:
        for at in (10, 11, 11, 15):
            recorder.write(answered(at))
    return tmp_path / "tape"


async def test_changes_come_at_their_recorded_times(tape, clock):
    came = []
    time = ReplayClock(1.0, clock)
    await play(
        tape,
        lambda change: came.append((clock.now - 100, change.mono, time.mono(), time.wall())),
        time,
        sleep=clock.sleep,
    )
    assert came == [(0, 10, 10, 5010), (1, 11, 11, 5011), (1, 11, 11, 5011), (5, 15, 15, 5015)]


async def test_a_faster_replay_has_the_same_recorded_times(tape, clock):
    came = []
    time = ReplayClock(1.0, clock)
    await play(
        tape, lambda change: came.append((clock.now - 100, time.mono())), time, speed=8, sleep=clock.sleep
    )
    assert came == [(0, 10), (0.125, 11), (0.125, 11), (0.625, 15)]


async def test_speed_0_does_not_wait_and_jumps_from_change_to_change(tape, clock):
    came = []
    time = ReplayClock(0, clock)
    await play(tape, lambda change: came.append(time.mono()), time, sleep=clock.sleep)
    assert came == [10, 11, 11, 15]
    assert clock.now == 100


async def test_the_clock_stands_still_after_the_end(tape, clock):
    time = ReplayClock(1.0, clock)
    await play(tape, lambda change: None, time, sleep=clock.sleep)
    clock.now += 60
    assert (time.mono(), time.wall()) == (15, 5015)


async def test_between_changes_the_clock_runs(tape, clock):
    time = ReplayClock(2.0, clock)
    time.follow(next(read(tape)))
    clock.now += 0.25
    assert time.mono() == 10.5
    time.speed = 1.0
    clock.now += 1
    assert time.mono() == 11.5


async def test_a_replay_that_is_late_catches_up_at_once(tape, clock):
    time = ReplayClock(1.0, clock)

    def slow(change):
        clock.now += 3

    await play(tape, slow, time, sleep=clock.sleep)
    assert clock.now == 100 + 12


async def test_a_long_replay_lets_others_run(tmp_path, answered, clock):
    breaths = []

    async def sleep(seconds):
        breaths.append(seconds)

    with Recorder(tmp_path / "a") as recorder:
        for _each in range(1000):
            recorder.write(answered(1))
    await play(tmp_path / "a", lambda change: None, ReplayClock(0, clock), sleep=sleep)
    assert breaths == [0] * 10


@pytest.mark.parametrize(("seconds", "count"), [(0, 1), (0.99, 1), (1, 3), (4.9, 3), (5, 4), (100, 4)])
def test_a_session_is_folded_up_to_an_exact_moment(tape, seconds, count):
    came = []
    time = fold_until(tape, came.append, seconds)
    assert len(came) == count
    assert (time.mono(), time.wall()) == (10 + seconds, 5010 + seconds)


# -- what is refused, and what is forgiven


def refused(path):
    with pytest.raises(BadInput) as caught:
        list(read(path))
    assert str(path) in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"apiVersion: v1\n",
        b"{}\n",
        b'{"format": 1}\n',
        b"\x00\xff",
        b"[1]\n",
        b"[" * 5000,
        b"\x1f\x8bnonsense",
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    sentence = refused(tmp_path / "a")
    assert sentence == "FILE is not a recording of k8s-watch." or sentence.startswith("FILE, line 1")


def test_a_format_of_the_future_is_refused(tmp_path):
    (tmp_path / "a").write_text('{"format": 2, "product": "k8s-watch", "version": "9"}\n')
    assert refused(tmp_path / "a") == "FILE has format 2; this k8s-watch reads format 1: use a newer one."


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert refused(tmp_path / "none") == "FILE can't be read: No such file or directory."
    assert refused(tmp_path) == "FILE can't be read: Is a directory."


@pytest.mark.parametrize(
    "broken",
    [b"{", b"nonsense", b"{}", b'{"change":"Nonsense"}', b'{"change":"Said","wall":"x"}', b"\xff", b"[" * 5000,
     b'{"change":"Seen","wall":1,"mono":1,"kind":"metrics","object":{}}',
     b'{"change":"Seen","wall":1,"mono":1,"kind":"pods","object":{"uid":1}}'],
)  # fmt: skip
def test_a_broken_line_in_the_middle_is_named(tmp_path, broken, answered):
    good = lines.encode(answered(1))
    (tmp_path / "a").write_bytes(HEADER + good + broken + b"\n" + good)
    assert refused(tmp_path / "a").startswith("FILE, line 3: this is not what a recording holds (")


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path, answered):
    good = lines.encode(answered(1))
    for cut in range(len(good)):
        (tmp_path / "a").write_bytes(HEADER + good + good[:cut])
        # Cut before its newline alone, the line is whole.
        assert len(list(read(tmp_path / "a"))) == (2 if cut == len(good) - 1 else 1)


def test_a_compressed_recording_that_was_cut_off_gives_its_whole_lines(tmp_path, answered):
    with Recorder(tmp_path / "a.gz") as recorder:
        sizes = []
        for at in range(20):
            recorder.write(answered(at))
            sizes.append((tmp_path / "a.gz").stat().st_size)
    (tmp_path / "a.gz").write_bytes((tmp_path / "a.gz").read_bytes()[: sizes[10] + 3])
    assert [change.mono for change in read(tmp_path / "a.gz")] == list(range(11))


def test_hostile_text_of_a_recording_is_harmless(tmp_path):
    evil = {"change": "Said", "wall": 1, "mono": 1, "level": "info", "text": "\x1b]52;c;x\x07\u202e\n"}
    for ascii_only in (True, False):
        (tmp_path / "a").write_bytes(HEADER + json.dumps(evil, ensure_ascii=ascii_only).encode() + b"\n")
        assert list(read(tmp_path / "a")) == [
            Said(wall=1, mono=1, level="info", text="\ufffd]52;c;x\ufffd\ufffd ")
        ]


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_bad_input(tmp_path_factory, noise):
    path = tmp_path_factory.mktemp("noise") / "a"
    for content in (
        noise,
        HEADER + noise + b"\n",
        gzip.compress(HEADER + noise) + noise,
        b"\x1f\x8b" + noise,
    ):
        path.write_bytes(content)
        try:
            list(read(path))
        except BadInput:
            continue


# -- the raw recording of a real Kubernetes


@pytest.fixture(scope="module")
def lesson():
    return list(read(Path(__file__).parents[1] / "recordings" / "lesson-k8s-1.36.jsonl.gz"))


def of(lesson, kind):
    return [change for change in lesson if isinstance(change, kind)]


def test_the_lesson_begins_with_its_target(lesson):
    first = lesson[0]
    assert isinstance(first, Targeted)
    assert (first.context, first.namespace, first.deployment, first.via, first.mono) == (
        "recording",
        "default",
        "hello-world-flask",
        "url",
        0.0,
    )
    assert len(of(lesson, Targeted)) == 1


def test_the_lessons_times_never_go_back(lesson):
    assert all(before.mono <= after.mono for before, after in pairwise(lesson))
    assert lesson[-1].wall - lesson[0].wall == pytest.approx(lesson[-1].mono, abs=0.01)


def test_the_lesson_has_every_line_of_the_recording(lesson):
    assert len(of(lesson, Answered)) == 6200
    assert len(of(lesson, Measured)) == 124
    assert {change.kind: change.count for change in of(lesson, Listed)} == {
        "replicasets": 3,
        "ingresses": 1,
        "deployments": 1,
        "autoscalers": 1,
        "events": 139,
        "endpointslices": 1,
        "pods": 2,
        "services": 1,  # "kubernetes" has no selector
    }
    assert [change.kind for change in of(lesson, Gone)] == ["pods"] * 8


def test_each_answer_names_its_pod_and_weighs_a_tenth(lesson):
    answers = of(lesson, Answered)
    assert sum(not one.pod for one in answers) == 1  # before the pods were listed
    assert {one.rate for one in answers} == {10.0}
    assert {(one.status, one.failure) for one in answers} == {(200, "")}
    assert len({one.pod for one in answers}) == 11


def test_the_lessons_kills_come_with_their_proof(lesson):
    steps = [(round(one.mono, 2), one.signal, one.step) for one in of(lesson, Acted) if one.act == "kill"]
    assert steps == [
        (14.78, "SIGTERM", "asked"),
        (14.78, "SIGTERM", "sent"),
        (15.04, "SIGTERM", "returned"),
        (22.78, "SIGTERM", "failed"),
        (27.01, "SIGINT", "asked"),
        (27.01, "SIGINT", "sent"),
        (27.16, "SIGINT", "returned"),
        (27.48, "SIGINT", "seen"),
        (52.12, "SIGINT", "asked"),
        (52.12, "SIGINT", "sent"),
        (52.27, "SIGINT", "returned"),
        (52.52, "SIGINT", "seen"),
    ]
    assert all(one.pod_uid and one.container_id for one in of(lesson, Acted) if one.act == "kill")
    assert [one.detail for one in of(lesson, Acted) if one.step == "seen"] == ["exit code 0 (Completed)"] * 2


def test_the_lessons_load_has_its_two_ends(lesson):
    ticks = [(round(one.mono, 1), one.state, one.done, round(one.rate)) for one in of(lesson, LoadTick)]
    assert ticks == [(92.3, "running", 0, 0), (118.3, "ended", 30000, 1153)]


def test_the_lesson_scales_out_and_in_again(lesson):
    desired = [change.object.desired for change in of(lesson, Seen) if isinstance(change.object, Autoscaler)]
    steps = [after for before, after in zip([None, *desired], desired, strict=False) if before != after]
    assert steps == [2, 4, 8, 10, 8, 5, 2]
    deployment = [change.object for change in of(lesson, Seen) if isinstance(change.object, Deployment)][-1]
    assert (deployment.replicas, deployment.cpu_request) == (2, 100)


def test_a_raw_recording_without_a_deployment_is_refused(tmp_path):
    (tmp_path / "a").write_text('{"t":0,"wall":1,"src":"answer","status":200,"ms":1,"body":"x"}\n')
    assert refused(tmp_path / "a") == "FILE lists no Deployment, so it shows nothing."


def raw(tmp_path, *found):
    deployment = {"metadata": {"name": "web", "namespace": "default", "uid": "d"}}
    pod = {"metadata": {"name": "web-1", "namespace": "default", "uid": "p"}}
    begin = [
        {"t": 0, "wall": 1000, "src": "list", "kind": "deployments", "object": {"items": [deployment]}},
        {"t": 0, "wall": 1000, "src": "list", "kind": "pods", "object": {"items": [pod]}},
    ]
    path = tmp_path / "raw"
    path.write_text("".join(json.dumps(line) + "\n" for line in [*begin, *found]))
    return path


@pytest.mark.parametrize(
    ("line", "failure", "pod"),
    [
        ({"status": 200, "body": "I am web-1."}, "", "web-1"),
        ({"status": 200, "body": "I am web-12"}, "", ""),
        ({"status": 503, "body": ""}, "503", ""),
        ({"status": 500, "body": ""}, "http", ""),
        ({"status": 0, "error": "Connection refused"}, "refused", ""),
        ({"status": 0, "error": "Timeout on reading"}, "timeout", ""),
        ({"status": 0, "error": "reset"}, "error", ""),
    ],
)
def test_raw_answers_tell_why_they_failed(tmp_path, line, failure, pod):
    change = list(read(raw(tmp_path, {"t": 1, "wall": 1001, "src": "answer", "ms": 250, **line})))[-1]
    assert isinstance(change, Answered)
    assert (change.failure, change.pod, change.sent) == (failure, pod, 0.75)


def test_a_note_that_is_no_act_is_shown_as_it_stands(tmp_path):
    change = list(read(raw(tmp_path, {"t": 1, "wall": 1001, "src": "note", "text": "coffee\x1b"})))[-1]
    assert isinstance(change, Acted)
    assert (change.act, change.detail) == ("note", "coffee\ufffd")


def test_a_load_that_broke_is_said(tmp_path):
    notes = [
        {"t": 1, "wall": 1001, "src": "note", "text": "load: ab -c 5 -n 100 in web-1"},
        {"t": 3, "wall": 1003, "src": "note", "text": "load returned 22"},
    ]
    ticks = of(list(read(raw(tmp_path, *notes))), LoadTick)
    assert [(one.state, one.done, one.elapsed, one.concurrency) for one in ticks] == [
        ("running", 0, 0, 5),
        ("failed", 0, 2, 5),
    ]


@pytest.mark.parametrize(
    "line",
    [{"src": "nonsense"}, {"src": "watch", "kind": "nodes"}, {"src": "list", "kind": "pods", "object": 3}],
)
def test_a_raw_line_that_is_not_of_the_format_is_named(tmp_path, line):
    assert refused(
        raw(tmp_path, {"t": 1, "wall": 1001, **line}, {"t": 2, "wall": 1, "src": "note"})
    ).startswith("FILE, line 3")


def test_a_pod_in_the_raw_lists_is_seen(tmp_path):
    seen = [change.object for change in read(raw(tmp_path)) if isinstance(change, Seen)]
    assert [type(one) for one in seen] == [Deployment, Pod]
