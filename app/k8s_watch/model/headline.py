"""What is happening now in one line: the most important thing first, in at most 78 columns."""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import attrgetter
from unicodedata import east_asian_width

from .autoscaling_conditions import rescaled
from .healing import range_words
from .names import short_name
from .objects import Autoscaler
from .view import Episode, Headline, PodRow, Tone, View
from .words import _, ngettext

_HEALTH = attrgetter("health")  # "gone" for a pod that has left
WIDTH = 78  # columns: 80 less a margin on both sides


def headline(view: View) -> Headline:
    """The headline of a picture."""
    for look in (_connection, _presence, _healing, _broken, _replacing, _failing, _scaling, _rollout):
        found = look(view)
        if found is not None:
            return found
    return _calm(view)


def _line(tone: Tone, *parts: str, between: str = ", ") -> Headline:
    """As many of the parts as fit, the first always."""
    words = parts[0]
    for part in parts[1:]:
        longer = words + between + part if part else words
        if columns(longer) > WIDTH:
            break
        words = longer
    return Headline(tone, cut(words))


def columns(text: str) -> int:
    """How wide a text is on a terminal: Chinese characters take two columns."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str) -> str:
    """At most `WIDTH` columns; what is left out is an ellipsis."""
    if columns(text) <= WIDTH:
        return text
    while columns(text) >= WIDTH:
        text = text[:-1]
    return text.rstrip() + "…"


def _seconds(seconds: float) -> str:
    shown = f"{seconds:.1f}" if seconds < 9.95 else f"{seconds:.0f}"
    return _("{n} s").format(n=shown)


def _about(seconds: float) -> str:
    return _("≈ {n} s").format(n=max(0, math.ceil(seconds)))


# -- the connection and the target


def _connection(view: View) -> Headline | None:
    link = view.connection
    since = max(0.0, view.now - link.since)
    if link.state == "connecting":
        return _line("stale", _("Connecting"), link.reason, between=": ")
    if link.state == "reconnecting":
        words = _("RECONNECTING for {time}: the picture below is old").format(time=_seconds(since))
        return _line("stale", words)
    if link.state == "stale":
        return _line("stale", _("STALE for {time}: no answer from the API").format(time=_seconds(since)))
    if link.state == "ended":
        return _line("calm", link.reason or _("The recording is over"))
    refused = dict(link.denied).get("pods")
    if refused:
        return _line("failed", _("NOT ALLOWED to see the pods: {permission}").format(permission=refused))
    return None


def _presence(view: View) -> Headline | None:
    name = view.target.deployment if view.target else ""
    if view.presence == "missing":
        return _line("busy", _("WAITING for deployment {name}: it is not there yet").format(name=name))
    if view.presence == "deleted":
        return _line("failed", _("DELETED: deployment {name}, waiting for a new one").format(name=name))
    if view.deployment is not None and view.wanted == 0 and not view.ready:
        return _line("busy", _("SCALED TO ZERO: nobody can answer"))
    return None


# -- healing


def _open(view: View, kind: str) -> list[Episode]:
    return [e for e in view.story if e.open and e.kind == kind]


def _healing(view: View) -> Headline | None:
    found = _open(view, "healing")
    if not found:
        return None
    healing = found[-1]
    row = next((r for r in view.pods if r.pod.uid == healing.pod_uid), None)
    name = _short(view, row) if row else ""
    words = {m.word for m in healing.moments}
    if _("died") not in words:
        return _line("healing", _("KILLING {pod}").format(pod=name), healing.waiting, between=": ")
    if len(found) > 1:
        begin = ngettext("HEALING {n} pod", "HEALING {n} pods", len(found)).format(n=len(found))
        return _line(*_carried(view, found, begin))
    return _line(
        *_carried(view, found, _("HEALING {pod}: {stage}").format(pod=name, stage=_stage(view, healing, row)))
    )


def _carried(view: View, healings: list[Episode], begin: str) -> tuple[Tone, str, str]:
    """Who answers meanwhile; when nobody does, it is a failure."""
    ill = {h.pod_uid for h in healings}
    well = [r for r in view.pods if _serves(r) and r.pod.uid not in ill]
    if len(well) == 1:
        return "healing", begin, _("{pod} carries everything").format(pod=_short(view, well[0]))
    if well:
        return "healing", begin, _("{n} others carry everything").format(n=len(well))
    back = any(_serves(r) for r in view.pods)
    return ("healing", begin, "") if back else ("failed", begin, _("NOBODY answers"))


def _stage(view: View, healing: Episode, row: PodRow | None) -> str:
    done = {m.word: m for m in healing.moments}
    if _("restarted") not in done:
        since = max(0.0, view.now - done[_("died")].at)
        if row and row.restart_range:
            if row.restart_range[1] <= 0:
                return _("restart due any moment")
            return _("restart held back {range} more").format(range=range_words(row.restart_range))
        return _("restarting for {time}").format(time=_seconds(since))
    if _("ready") not in done:
        since = max(0.0, view.now - done[_("restarted")].at)
        return _("restarted, not ready for {time}").format(time=_seconds(since))
    return _("ready, first answer awaited")


def _serves(row: PodRow) -> bool:
    if row.gone_at is not None or row.pod.deleted is not None:
        return False
    return row.pod.ready if row.in_rotation is None else row.in_rotation


def _short(view: View, row: PodRow) -> str:
    return short_name(row.pod.name, (r.pod.name for r in view.pods))


# -- what is broken


def _broken(view: View) -> Headline | None:
    """A pod that can't run: its reason in Kubernetes' own word."""
    failed = [row for row in view.pods if row.health == "failed"]
    for row in failed:
        placed = row.pod.condition("PodScheduled")
        if placed and placed.status == "False" and placed.reason == "Unschedulable":
            return _line(
                "failed", _("NO ROOM for {pod}").format(pod=_short(view, row)), placed.message, between=": "
            )
    if failed:
        row = failed[0]
        return _line("failed", _("FAILED: {pod}").format(pod=_short(view, row)), *_reasons(row))
    return None


def _reasons(row: PodRow) -> Iterable[str]:
    for container in (*row.pod.init_containers, *row.pod.containers):
        state = container.state
        if state and state.kind in {"waiting", "terminated"} and state.reason:
            yield state.reason
            if row.restart_range and row.restart_range[1] > 0:
                yield _("restart in {range}").format(range=range_words(row.restart_range))
            return
    if row.pod.reason:
        yield row.pod.reason


def _replacing(view: View) -> Headline | None:
    found = _open(view, "deletion")
    if not found:
        return None
    row = next((r for r in view.pods if r.pod.uid == found[-1].pod_uid), None)
    name = _short(view, row) if row else ""
    return _line("healing", _("REPLACING {pod}").format(pod=name), found[-1].waiting, between=": ")


def _failing(view: View) -> Headline | None:
    """Answers fail, and no healing tells why."""
    cells = view.answers.cells[-3:]
    if not any(c.kind == "failed" for c in cells):
        return None
    reason = next(c.failure for c in reversed(cells) if c.kind == "failed")
    share = _("{n} % of the last minute's answers").format(n=math.ceil(100 * view.answers.failed))
    return _line("failed", _("ANSWERS FAIL: {reason}").format(reason=reason), share)


# -- scaling


def _scaling(view: View) -> Headline | None:
    scaler = view.scaling.autoscaler
    loaded = view.load is not None and view.load.state == "running"
    if scaler is None:
        return _loaded(view) if loaded else _by_hand(view)
    cpu = _cpu(scaler)
    next_in = view.scaling.next_sync_in
    decision = "" if next_in is None else _("next decision in {time}").format(time=_about(next_in))
    if (rescaled(scaler) and scaler.desired > scaler.current) or (
        view.ready < scaler.desired and _young(view)
    ):
        return _growth(view, scaler, decision)
    if rescaled(scaler) and scaler.desired < scaler.current:
        change = _("SHRINKING {n} → {m}").format(n=scaler.current, m=scaler.desired)
        return _line("scaling", change, cpu)
    above = scaler.cpu is not None and scaler.cpu_target and scaler.cpu > 1.1 * scaler.cpu_target
    if above and scaler.desired < scaler.maximum:
        return _line("scaling", _("OVER TARGET: {cpu}").format(cpu=cpu), decision)
    if loaded:
        return _loaded(view, cpu, decision)
    if view.scaling.window_ends_in is not None:
        words = _("SHRINKING in {time} unless load returns").format(time=_about(view.scaling.window_ends_in))
        return _line("scaling", words, cpu)
    if above:
        return _line("scaling", _("AT THE MAXIMUM of {n}: {cpu}").format(n=scaler.maximum, cpu=cpu), decision)
    if view.scaling.window_words:
        return _line("scaling", _("SHRINKING soon, unless load returns"), cpu)
    return None


def _growth(view: View, scaler: Autoscaler, decision: str) -> Headline:
    """ "SCALING 2 → 4: CPU 148 % of 50 %, 2 of 4 ready, next decision in ≈ 9 s"."""
    if scaler.desired > scaler.current:
        change = _("SCALING {n} → {m}").format(n=scaler.current, m=scaler.desired)
    else:
        change = _("SCALING to {m}").format(m=scaler.desired)
    ready = _("{n} of {m} ready").format(n=view.ready, m=scaler.desired)
    return _line(
        "scaling", f"{change}: {_cpu(scaler)}", *([ready] if view.ready < scaler.desired else []), decision
    )


def _young(view: View) -> bool:
    """Whether the missing ones are on their way, rather than dead."""
    return "starting" in map(_HEALTH, view.pods)


def _cpu(scaler: Autoscaler) -> str:
    if scaler.cpu is None:
        return _("CPU unknown")
    if scaler.cpu_target is None:
        return _("CPU {cpu} %").format(cpu=scaler.cpu)
    return _("CPU {cpu} % of {target} %").format(cpu=scaler.cpu, target=scaler.cpu_target)


def _loaded(view: View, *parts: str) -> Headline:
    load = view.load
    rate = "" if load is None or not load.rate else _(": {n} requests/s").format(n=f"{load.rate:,.0f}")
    return _line("busy", _("UNDER LOAD{rate}").format(rate=rate), *parts)


def _by_hand(view: View) -> Headline | None:
    found = _open(view, "scaling")
    if not found:
        return None
    return _line("scaling", found[-1].title, found[-1].waiting, between=": ")


def _rollout(view: View) -> Headline | None:
    found = _open(view, "rollout")
    if not found:
        return None
    return _line("busy", _("ROLLING OUT a new version"), found[-1].tail, between=": ")


# -- all well


def _calm(view: View) -> Headline:
    if view.ready < view.wanted:
        word = _("STARTING") if _young(view) else _("WAITING")
        ready = _("{ready} of {wanted} pods ready").format(ready=view.ready, wanted=view.wanted)
        return _line("busy", f"{word}: {ready}")
    n = view.ready
    answers = {
        "round robin": ngettext("{n} pod answers", "{n} pods answer in turn", n),
        "random": ngettext("{n} pod answers", "{n} pods answer, picked at random", n),
        "uneven": ngettext("{n} pod answers", "{n} pods answer, unevenly", n),
        "one pod": ngettext("{n} pod answers", "{n} pods ready, only one of them answers", n),
    }.get(view.answers.pattern, ngettext("{n} pod ready", "{n} pods ready", n))
    return _line("calm", _("All well: {what}").format(what=answers.format(n=n)))
