"""`--json`: one JSON object a line, in ASCII, each with `t` (seconds since the first change), `wall` (unix
seconds) and `type`. Fields may be added; none changes its meaning. Unknown is null, none is "", [] or 0.

| type | when | fields |
| --- | --- | --- |
| target | what is watched was found, or its entry changed | context, namespace, deployment, server, is_lab, fast, url, via, note |
| pod | a column other than AGE changed | name, ready, status, restarts (as printed, "1 (12s ago)"), restart_count, age, uid, reconstructed (from a relist: the moment is too late) |
| pod-gone | the pod is no more | name, uid, reconstructed |
| rotation | the Service sends requests to the pod, or no longer | name, uid, in_rotation |
| deployment | its numbers changed | presence (present, missing, deleted), wanted, ready |
| autoscaler | its numbers or reasons changed | name, cpu (percent of request), target, current, desired, minimum, maximum, decision, conditions, unknown (why cpu is null) |
| answer | a poll ended | pod ("" for none that is known), status, failure (refused, timeout, 502, 503, 504, http, error), ms, text, rate (polls a second then), sent_t |
| pattern | the order of the answers changed its kind, and has kept it for 5 s | pattern (round robin, random, one pod, uneven), words |
| shares | each 10 s, of the last 60 s | ready, wanted, pods (name, share 0..1 of the time, count, p50 and worst in ms), failed (0..1), failures ([reason, count]) |
| connection | its state changed | state (connecting, live, reconnecting, stale, ended), reason, gap (seconds for which nothing was known) |
| missing | a kind can't be watched | kind, permission ("" where the server does not serve it), message |
| act | a step of what the user did | act, step, pod, signal, detail |
| load | four times a second while a burst runs, and at its end | state (running, ended, stopped, failed), done, wanted, errors, rate (requests/s of the last tick), elapsed, p50, p95, p99 (ms), concurrency, pods ([name, count]), detail |
| episode | a healing, scaling, deletion, rollout or gap is over | key, kind, title, begin_t, begin_wall, moments (word, after: seconds from its begin, error: +- seconds), tail, open |
| event | the cluster told an Event (after the first list of them) | level (Normal, Warning), reason, object_kind, object_name, message, count |
| notice | something that the user must know | level (info, warning, error), text |
| summary | at the end (SIGINT, SIGTERM, end of a replay) | seconds, answers, failed, failures, slowest (ms), pods ([name, answers]), restarts, gaps (seconds), episodes (as above, running ones with open: true) |
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TextIO

from ..model.changes import Change
from ..model.view import View
from .facts import Fact
from .telling import Teller


class Json:
    """Prints each fact as an object. A closed pipe is a BrokenPipeError, for the caller to end quietly."""

    def __init__(self, out: TextIO, picture: Callable[[], View]) -> None:
        self._out = out
        self._teller = Teller(picture)

    def saw(self, change: Change) -> None:
        """Tell what the change brought; the world must have taken it already."""
        for fact in self._teller.take(change):
            self._print(change, fact)

    def finish(self) -> None:
        """The summary."""
        for change, fact in self._teller.finish():
            self._print(change, fact)

    def _print(self, change: Change, fact: Fact) -> None:
        line = {
            "t": round(self._teller.t(change.mono), 3),
            "wall": round(change.wall, 3),
            "type": fact.type,
            **asdict(fact),
        }
        self._out.write(json.dumps(line) + "\n")
        self._out.flush()
