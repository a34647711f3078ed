"""What was recorded is what is read, whatever happens to the disk or the process."""

import gzip
import os
import signal
import stat
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from k8s_watch.model import changes
from k8s_watch.model.changes import Change, Said, Seen
from k8s_watch.model.ports import BadInput
from k8s_watch.session import lines
from k8s_watch.session.recording import Recorder
from k8s_watch.session.replay import read


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None)
def test_every_change_written_and_read_again_is_equal(any_change, data):
    change = data.draw(any_change)
    line = lines.encode(change)
    assert line.count(b"\n") == 1
    assert lines.decode(line) == change


def test_every_kind_of_change_can_be_recorded():
    known = {one.__name__ for one in Change.__subclasses__()}
    assert known == {*lines._CHANGES, "Seen"}
    assert set(lines._SUBJECTS) == set(changes.Kind.__args__) - {"metrics"}


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_file_holds_the_changes_in_order(tmp_path, name, answered, a_pod):
    written = [
        answered(1.5),
        Seen(wall=1, mono=2, kind="pods", object=a_pod),
        answered(3.25, text="你好 \"'\\"),
    ]
    with Recorder(tmp_path / name) as recorder:
        for change in written:
            recorder.write(change)
    assert list(read(tmp_path / name)) == written
    assert recorder.written == 3
    assert ((tmp_path / name).read_bytes()[:2] == b"\x1f\x8b") == name.endswith(".gz")


def test_a_compressed_recording_is_an_ordinary_gzip_file(tmp_path, answered):
    with Recorder(tmp_path / "a.gz") as recorder:
        recorder.write(answered(1))
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()).count(b"\n") == 2


def test_a_recording_is_private(tmp_path):
    Recorder(tmp_path / "a").close()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_a_file_that_is_no_recording_is_left_alone(tmp_path, answered):
    precious = tmp_path / "config"
    precious.write_text("apiVersion: v1\n")
    with pytest.raises(BadInput, match="left alone"):
        Recorder(precious)
    assert precious.read_text() == "apiVersion: v1\n"
    for _again in range(2):
        with Recorder(tmp_path / "again") as recorder:
            recorder.write(answered(1))
    assert len(list(read(tmp_path / "again"))) == 1


@pytest.mark.parametrize("where", ["none/a", "."])
def test_a_place_that_cannot_be_written_is_said(tmp_path, where):
    with pytest.raises(BadInput, match="can't be written"):
        Recorder(tmp_path / where)


def test_a_disk_that_fills_up_leaves_a_recording_that_can_be_read(tmp_path, answered):
    """A file size limit stands for the full disk: the last line is cut in its middle."""
    script = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
from k8s_watch.model.changes import Answered
from k8s_watch.session.recording import Recorder
said = []
recorder = Recorder({str(tmp_path / "a")!r}, said.append)
for at in range(100):
    recorder.write(Answered(wall=at, mono=at, sent=at, text="x" * 100))
recorder.close()
print(len(said), recorder.written, said[0])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment()
    )
    said, count, sentence = done.stdout.split(maxsplit=2)
    assert (said, sentence) == ("1", f"The recording stopped: {tmp_path / 'a'}: File too large.\n")
    assert (tmp_path / "a").stat().st_size == 5000
    assert len(list(read(tmp_path / "a"))) == int(count) > 10


def environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_a_killed_process_loses_nothing(tmp_path, name):
    script = f"""
import os, signal
from k8s_watch.model.changes import Answered
from k8s_watch.session.recording import Recorder
recorder = Recorder({str(tmp_path / name)!r})
for at in range(50):
    recorder.write(Answered(wall=at, mono=at, sent=at))
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, env=environment())
    assert done.returncode == -signal.SIGKILL
    assert len(list(read(tmp_path / name))) == 50


def test_a_change_that_json_cannot_hold_costs_only_itself(tmp_path, answered):
    said = []
    with Recorder(tmp_path / "a", said.append) as recorder:
        recorder.write(Said(wall=0, mono=0, level="info", text="\ud800"))
        recorder.write(answered(1))
        recorder.write(Said(wall=0, mono=0, level="info", text="\ud800"))
    assert len(said) == 1
    assert list(read(tmp_path / "a")) == [answered(1)]


def test_after_the_end_changes_are_ignored(tmp_path, answered):
    recorder = Recorder(tmp_path / "a")
    recorder.close()
    recorder.write(answered(1))
    recorder.close()
    assert list(read(tmp_path / "a")) == []
