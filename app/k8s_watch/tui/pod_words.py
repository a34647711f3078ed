"""A pod's details as text: containers, conditions and probes in words, its Events. Pure; drawn by pod_screen."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from k8s_watch.model.columns import duration
from k8s_watch.model.objects import Condition, Container, ContainerState, Event, Pod, Probe
from k8s_watch.model.view import PodRow
from k8s_watch.model.words import _, ngettext

from .amounts import whole
from .look import glyph, health_style, pod_chip

_HEALTH = {
    "healthy": _("healthy"),
    "starting": _("starting"),
    "healing": _("healing"),
    "failed": _("failed"),
    "leaving": _("leaving"),
    "gone": _("gone"),
}
_ROLES = {"main": "", "init": _("init container"), "sidecar": _("sidecar")}
_PROBES = {
    "startup": _("startup probe: until it passes, the others wait"),
    "readiness": _("readiness probe: fails, and the pod gets no requests"),
    "liveness": _("liveness probe: fails, and the container is restarted"),
}
_TRUE = {
    "PodScheduled": _("has a node"),
    "PodReadyToStartContainers": _("has its network and volumes"),
    "Initialized": _("its init containers are done"),
    "ContainersReady": _("all its containers are ready"),
    "Ready": _("ready: Services send it requests"),
    "DisruptionTarget": _("is about to be evicted"),
}
_FALSE = {
    "PodScheduled": _("has no node yet"),
    "PodReadyToStartContainers": _("waits for its network and volumes"),
    "Initialized": _("its init containers are not done"),
    "ContainersReady": _("not all its containers are ready"),
    "Ready": _("not ready: Services send it nothing"),
    "DisruptionTarget": _("is not being evicted"),
}
_ORDER = ("PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready")


def head(row: PodRow, now: float, server_now: float) -> list[Content]:
    """Who it is and how it is."""
    pod, dot = row.pod, Content.styled(f" {glyph('dot')} ", "$faint")
    health = "gone" if row.gone_at is not None else row.health
    said = [Content.styled(f"{glyph(health)} {_HEALTH[health]}", f"bold {health_style(health)}")]
    if row.in_rotation is not None and row.gone_at is None:
        said.append(
            _styled(_("in rotation"), "$healthy")
            if row.in_rotation
            else _styled(_("out of rotation"), "$healing")
        )
    if pod.created is not None:
        said.append(_quiet(_("{age} old").format(age=duration(server_now - pod.created))))
    if row.cpu is not None:
        said.append(_quiet(_("CPU {n} {unit}").format(n=row.cpu, unit=row.cpu_unit)))
    where = [_quiet(words) for words in (pod.node, pod.ip, _owner(pod), pod.phase) if words]
    lines = [
        Content.assemble((f" {row.letter} ", pod_chip(row.hue)), " ", (pod.name, "bold")),
        dot.join(said),
        dot.join(where),
    ]
    if row.gone_at is not None:
        words = _("This pod has been gone for {time}. What follows is what was last known.")
        lines.append(_styled(words.format(time=whole(now - row.gone_at)), "bold $healing"))
    elif pod.deleted is not None:
        words = _("It is being deleted; whatever still runs in {time} is killed.")
        lines.append(_styled(words.format(time=whole(max(0.0, pod.deleted - server_now))), "$healing"))
    if pod.reason or pod.message:
        lines.append(_styled(": ".join(words for words in (pod.reason, pod.message) if words), "$failed"))
    return lines


def _owner(pod: Pod) -> str:
    """Whose it is, where its name does not tell: a Deployment's pods are named after their ReplicaSet."""
    told = not pod.owner_name or pod.name.startswith(f"{pod.owner_name}-")
    return "" if told else f"{pod.owner_kind} {pod.owner_name}"


def containers(row: PodRow, server_now: float) -> list[Content]:
    """Each container: what it does, how its last run ended, how it is asked whether it is well."""
    lines: list[Content] = []
    for container in (*row.pod.init_containers, *row.pod.containers):
        held = row.restart_range if container is row.pod.main else None
        lines += _container(container, held, server_now)
    return lines


def _container(container: Container, held: tuple[float, float] | None, server_now: float) -> list[Content]:
    name = Content.assemble(
        (container.name, "bold"), "  ", (container.image, "$quiet"), "  ", (_ROLES[container.role], "$quiet")
    )
    state, style = _state(container.state, server_now) if container.known else (_("no status yet"), "$quiet")
    lines = [name.rstrip(), _styled("  " + state, f"bold {style}")]
    if held is not None:
        low, high = (whole(max(0.0, seconds)) for seconds in held)
        words = _("restart held back: {low} to {high} from now, since it died before")
        lines.append(_styled("  " + words.format(low=low, high=high), "bold $healing"))
    if container.state is not None and container.state.message:
        lines.append(_quiet("  " + container.state.message))
    if container.last is not None and container.last.kind == "terminated":
        lines.append(Content("  ") + _last_run(container.last, server_now))
    lines.append(Content("  ") + _counts(container))
    if not container.probes and container.role == "main":
        lines.append(_quiet("  " + _("no probes: it counts as ready as long as it runs")))
    return [*lines, *(_probe(probe) for probe in container.probes)]


def _counts(container: Container) -> Content:
    parts = []
    if container.known and container.role != "init":
        parts.append(
            _styled(_("ready"), "$healthy") if container.ready else _styled(_("not ready"), "$healing")
        )
    restarts = ngettext("{n} restart", "{n} restarts", container.restarts).format(n=container.restarts)
    parts.append(_styled(restarts, "$foreground" if container.restarts else "$quiet"))
    asks = _("requests {n}m CPU").format(n=container.cpu_request)
    parts.append(
        _quiet(asks if container.cpu_request else _("requests no CPU: no autoscaler can tell its share"))
    )
    return Content.styled(f" {glyph('dot')} ", "$faint").join(parts)


def _state(state: ContainerState | None, server_now: float) -> tuple[str, str]:
    """What a container does, and a style for that."""
    if state is None:
        return _("not started"), "$quiet"
    if state.kind == "running":
        if state.started is None:
            return _("running"), "$healthy"
        return _("running for {time}").format(time=duration(server_now - state.started)), "$healthy"
    if state.kind == "waiting":
        return _("waiting: {reason}").format(reason=state.reason or _("no reason given")), "$healing"
    return _("ended: {how}").format(how=ending(state)), "$healing" if state.exit_code == 0 else "$failed"


def ending(state: ContainerState) -> str:
    """How a run ended: "exit code 137 (OOMKilled)", "signal 9"."""
    how = _("signal {n}").format(n=state.signal) if state.signal else ""
    if not how:
        code = "?" if state.exit_code is None else state.exit_code
        how = _("exit code {n}").format(n=code)
    return f"{how} ({state.reason})" if state.reason else how


def _last_run(state: ContainerState, server_now: float) -> Content:
    words = _("the run before: {how}").format(how=ending(state))
    if state.started is not None and state.finished is not None:
        words += ", " + _("ran for {time}").format(time=duration(state.finished - state.started))
    if state.finished is not None:
        words += ", " + _("ended {time} ago").format(time=duration(server_now - state.finished))
    return _styled(words, "$foreground")


def _probe(probe: Probe) -> Content:
    every = _("every {n} s, timeout {t} s, {f} failures in a row")
    numbers = every.format(n=probe.period, t=probe.timeout, f=probe.failures)
    return Content.assemble(f"  {_PROBES[probe.kind]}: ", (probe.how, "bold"), (f" {numbers}", "$quiet"))


def conditions(pod: Pod, server_now: float) -> list[Content]:
    """The conditions in words, in the order in which a pod passes them."""
    known = {c.type: c for c in pod.conditions}
    order = [*_ORDER, *(kind for kind in known if kind not in _ORDER)]
    lines = [_condition(known[kind], server_now) for kind in order if kind in known]
    missing = [gate for gate in pod.readiness_gates if gate not in known]
    lines += [
        _styled(_("readiness gate {name}: nobody has answered yet").format(name=gate), "$healing")
        for gate in missing
    ]
    return lines or [_quiet(_("none yet"))]


def _condition(condition: Condition, server_now: float) -> Content:
    fine = condition.status == "True" and condition.type != "DisruptionTarget"
    known = (_TRUE if condition.status == "True" else _FALSE).get(condition.type)
    if known is None or condition.status == "Unknown":
        known = _("{type} is {status}").format(type=condition.type, status=condition.status)
    since = (
        ""
        if condition.since is None
        else " " + _("since {time}").format(time=duration(server_now - condition.since))
    )
    why = ": ".join(words for words in (condition.reason, condition.message) if words)
    sign = Content.styled(glyph("healthy") if fine else glyph("waiting"), "$healthy" if fine else "$healing")
    return Content.assemble(sign, " ", known, (since, "$quiet"), (f"  {why}" if why else "", "$quiet"))


def events(every: Iterable[Event], uid: str, server_now: float) -> list[Content]:
    """The pod's Events, the newest first."""
    mine = [event for event in every if event.object_uid == uid]
    if not mine:
        return [_quiet(_("none (the API server forgets them after an hour)"))]
    mine.sort(key=lambda event: event.last or event.first or 0.0, reverse=True)
    return [_event(event, server_now) for event in mine]


def _event(event: Event, server_now: float) -> Content:
    at = event.last or event.first
    age = "" if at is None else duration(server_now - at)
    times = f" {glyph('times')}{event.count}" if event.count > 1 else ""
    style = "bold $healing" if event.type == "Warning" else "bold"
    return Content.assemble((f"{age:>6} ", "$quiet"), (event.reason + times, style), " ", event.message)


def wrapped(line: Content, width: int, indent: int = 4) -> list[Content]:
    """The line in pieces of at most `width` cells; the later ones are set in by `indent`."""
    if line.cell_length <= width:
        return [line]
    indent = min(indent, width // 3)
    lead = min(len(line.plain) - len(line.plain.lstrip(" ")), width // 3)
    first = line[lead:].wrap(width - lead)[0]
    rest = line[lead + len(first.plain) :]
    rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
    return [line[:lead] + first, *(Content(" " * indent) + piece for piece in rest.wrap(width - indent))]


def _styled(words: str, style: str) -> Content:
    return Content.styled(words, style)


def _quiet(words: str) -> Content:
    return Content.styled(words, "$quiet")
