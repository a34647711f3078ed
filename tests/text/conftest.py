"""A world that changes are told to, and a front end that prints what it saw."""

from __future__ import annotations

import io
import itertools
import json

import pytest

from k8s_watch.model.changes import Answered, Listed, Seen, Targeted
from k8s_watch.model.objects import (
    Condition,
    Container,
    ContainerState,
    Endpoint,
    EndpointSlice,
    Pod,
)
from k8s_watch.model.world import World
from k8s_watch.text.jsonl import Json
from k8s_watch.text.plain import Plain

WALL = 1_795_539_548.0  # unix seconds at monotonic 0


class Session:
    """Changes in, lines out; `at` is monotonic seconds."""

    def __init__(self, front):
        self.out = io.StringIO()
        self.world = World()
        self.now = 0.0
        self.front = front(self.out, lambda: self.world.view(self.now, WALL + self.now))

    def tell(self, what, at, /, **fields):
        self.now = at
        change = what(wall=WALL + at, mono=at, **fields)
        self.world.apply(change)
        self.front.saw(change)

    def target(self, at=0.0, name="web", **more):
        more = {"url": "http://127.0.0.1/", "via": "url", "context": "kind-kind"} | more
        self.tell(Targeted, at, namespace="default", deployment=name, server="https://x:1", **more)

    def pod(self, at, pod, **more):
        self.tell(Seen, at, kind="pods", object=pod, **more)

    def listed(self, at, kind="pods", count=2, gap=0.0):
        self.tell(Listed, at, kind=kind, count=count, gap=gap)

    def answer(self, at, pod="", failure="", status=200, text="", ms=5.0):
        status = {"502": 502, "503": 503, "refused": 0, "timeout": 0}.get(failure, status)
        self.tell(
            Answered, at, sent=at - ms / 1000, pod=pod, failure=failure, status=status, text=text, ms=ms
        )

    def rotation(self, at, *pods, ready=True, terminating=False, name="web-1"):
        endpoints = tuple(
            Endpoint(f"10.0.0.{n}", p.uid, p.name, ready=ready, terminating=terminating)
            for n, p in enumerate(pods)
        )
        part = EndpointSlice(name, "default", "web", endpoints)
        self.tell(Seen, at, kind="endpointslices", object=part)

    def lines(self):
        """Plain lines without their time."""
        return [line.split(" ", 1)[1] for line in self.out.getvalue().splitlines()]

    def objects(self, kind=None):
        told = [json.loads(line) for line in self.out.getvalue().splitlines()]
        return [one for one in told if kind in {None, one["type"]}]


@pytest.fixture
def plain():
    return Session(Plain)


@pytest.fixture
def lines_of_json():
    return Session(Json)


@pytest.fixture
def make_pod():
    """make_pod(name, restarts=, ended=, running=, created=): as a kubelet tells of it."""
    versions = itertools.count(1)

    def make(name="web-6d8c9d7f5b-2xz7w", restarts=0, ended=None, running=True, created=0.0, **more):
        dead = ContainerState(
            "terminated", "Completed", exit_code=0, finished=ended, container_id=f"c{restarts - 1}"
        )
        state = ContainerState("running", started=WALL) if running else dead
        box = Container(
            "web",
            known=True,
            ready=running,
            started=running,
            restarts=restarts,
            container_id=f"c{restarts}",
            state=state,
            last=dead if ended and running else None,
        )
        return Pod(
            uid="uid-" + name,
            name=name,
            namespace="default",
            version=str(next(versions)),
            created=WALL + created - 218,
            phase="Running",
            conditions=(Condition("Ready", "True" if running else "False"),),
            containers=(box,),
            **more,
        )

    return make
