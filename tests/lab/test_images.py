"""What each image's PID 1 does with a signal that comes from inside its container."""

import signal

import pytest

from k8s_watch.lab import images
from k8s_watch.lab.images import AGNHOST, LESSON, MOODY, QUITTER, STUBBORN, effect, everyone, find, full_name
from k8s_watch.lab.texts import status_file

INT, TERM, KILL, HUP = (int(getattr(signal, f"SIG{n}")) for n in ("INT", "TERM", "KILL", "HUP"))


@pytest.mark.parametrize(
    ("image", "number", "code"),
    [
        (LESSON, INT, 0),
        (LESSON, TERM, 0),  # the reloader's handler
        (LESSON, KILL, None),
        (LESSON, HUP, None),
        (STUBBORN, INT, 0),
        (STUBBORN, TERM, None),
        (STUBBORN, KILL, None),
        (AGNHOST, INT, 2),  # a Go program dies of either
        (AGNHOST, TERM, 2),
        (AGNHOST, KILL, None),
        (MOODY, TERM, 0),
        (QUITTER, INT, None),
    ],
)
def test_pid_1_takes_only_the_signals_that_it_handles(image, number, code):
    done = effect(image, 1, number)
    assert done.found
    assert done.exit_code == code
    assert (done.real is None) == (code is None)


@pytest.mark.parametrize("image", images.IMAGES)
def test_sigkill_to_pid_1_is_never_sent_on(image):
    assert effect(image, 1, KILL).real is None
    assert effect(image, 1, int(signal.SIGSTOP)).real is None


@pytest.mark.parametrize(("image", "caught"), [(LESSON, "4002"), (STUBBORN, "0002"), (QUITTER, "0000")])
def test_the_status_file_tells_the_handled_signals(image, caught):
    text = status_file(image, image.processes[0])
    assert f"SigCgt:\t000000000000{caught}\n" in text
    assert "Pid:\t1\n" in text
    assert text.startswith(f"Name:\t{image.processes[0].name}\n")


def test_kill_9_of_everyone_spares_pid_1_and_ends_the_reloader_through_its_child():
    assert everyone(STUBBORN, KILL).exit_code is None
    done = everyone(LESSON, KILL)
    assert done.exit_code == 247
    assert done.real == KILL


def test_a_pid_that_is_not_there_is_not_found():
    assert not effect(LESSON, 99, TERM).found


def test_an_image_is_found_with_and_without_its_registry_and_tag():
    for name in (
        "lyzhang1999/hello-world-flask",
        "docker.io/lyzhang1999/hello-world-flask:latest",
        LESSON.name,
    ):
        assert find(name) is LESSON
    assert find("lyzhang1999/hello-world-flask:v2") is None
    assert find("nginx") is None
    assert full_name("nginx") == "docker.io/library/nginx:latest"
    assert full_name("registry.local/moody:1") == "registry.local/moody:1"
    assert full_name("localhost:5000/a") == "localhost:5000/a:latest"


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("registry.local/UPPER:1", "invalid reference format: repository name (UPPER) must be lowercase"),
        ("Nginx", "invalid reference format: repository name (Nginx) must be lowercase"),
        ("UPPER/case:1", ""),  # a name with capitals before a slash is taken to be a host's
        ("a b", "invalid reference format"),
        ("web:", "invalid reference format"),
        ("", "invalid reference format"),
        ("localhost:5000/a/b_c:v1.2", ""),
        (f"web@sha256:{'0' * 64}", ""),
        *((image.name, "") for image in images.IMAGES),
    ],
)
def test_what_is_no_image_name_is_refused_as_kubelet_refuses_it(reference, why):
    assert images.unreadable(reference) == why
