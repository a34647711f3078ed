"""Each fact as plain English."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.words import _, ngettext
from .facts import (
    ActFact,
    AutoscalerFact,
    ConnectionFact,
    DeploymentFact,
    EpisodeFact,
    EventFact,
    Fact,
    LoadFact,
    MissingFact,
    NoticeFact,
    PatternFact,
    PodGoneFact,
    RotationFact,
    SharesFact,
    SummaryFact,
    TargetFact,
)


def sentences(fact: Fact) -> list[str]:
    """The lines for a fact; none for those that plain output leaves out."""
    match fact:
        case AutoscalerFact():
            return _autoscaler(fact)
        case SummaryFact():
            return _summary(fact)
    line = _pods(fact) or _happenings(fact)
    return [line] if line else []


def _pods(fact: Fact) -> str:
    """Of pods and what they belong to."""
    match fact:
        case TargetFact():
            return _target(fact)
        case PodGoneFact():
            return _("pod {name} is gone").format(name=fact.name)
        case RotationFact(in_rotation=True):
            return _("{name} is in rotation").format(name=fact.name)
        case RotationFact():
            return _("{name} is out of rotation").format(name=fact.name)
        case DeploymentFact():
            return _deployment(fact)
    return ""


def _happenings(fact: Fact) -> str:
    """Of answers, acts, load, the connection and what came of it all."""
    match fact:
        case PatternFact():
            return _("answers: {words}").format(words=fact.words)
        case SharesFact():
            return _shares(fact)
        case ConnectionFact():
            return _connection(fact)
        case MissingFact():
            return _missing(fact)
        case ActFact():
            return _act(fact)
        case LoadFact():
            return _load(fact)
        case EpisodeFact():
            return _episode(fact)
        case EventFact(level="Warning"):
            words = _("warning of {kind} {name}: {reason}: {message}")
            return words.format(
                kind=fact.object_kind, name=fact.object_name, reason=fact.reason, message=fact.message
            )
        case NoticeFact():
            return fact.text
    return ""


def _target(fact: TargetFact) -> str:
    words = _("watching {namespace}/{deployment} in {context}; asking {url}")
    if not fact.url:
        words = _("watching {namespace}/{deployment} in {context}; nothing is asked")
    context = _("the lab") if fact.is_lab else fact.context or _("this cluster")
    line = words.format(
        namespace=fact.namespace,
        deployment=fact.deployment,
        context=" ".join(filter(None, [context, f"({fact.server})" if fact.server else ""])),
        url=fact.url,
    )
    return f"{line}: {fact.note}" if fact.note else line


def _deployment(fact: DeploymentFact) -> str:
    if fact.presence == "missing":
        return _("the Deployment is not there; it is waited for")
    if fact.presence == "deleted":
        return _("the Deployment was deleted; it is waited for")
    words = ngettext(
        "deployment: {ready} ready of {n} pod", "deployment: {ready} ready of {n} pods", fact.wanted
    )
    return words.format(ready=fact.ready, n=fact.wanted)


def _autoscaler(fact: AutoscalerFact) -> list[str]:
    cpu = "<unknown>" if fact.cpu is None else f"{fact.cpu} %"
    target = "-" if fact.target is None else f"{fact.target} %"
    words = _("autoscaler: CPU {cpu} of {target}, {current} replicas")
    if fact.desired not in {fact.current, 0}:  # 0: nothing is decided while CPU is unknown
        words = _("autoscaler: CPU {cpu} of {target}, replicas {current} -> {desired}")
    line = words.format(cpu=cpu, target=target, current=fact.current, desired=fact.desired)
    why = fact.unknown if fact.cpu is None else fact.decision
    lines = [f"{line}: {why}" if why else line]
    news = [words for words in fact.conditions[:1] if words != why]
    return lines + [_("autoscaler: {words}").format(words=words) for words in news]


def _shares(fact: SharesFact) -> str:
    parts = [
        _("{name} {share:.0%} {ms:.0f} ms").format(name=pod.name, share=pod.share, ms=pod.p50)
        for pod in fact.pods
    ]
    parts += [_("failed {share:.0%} ({reasons})").format(share=fact.failed, reasons=_counted(fact.failures))][
        : 1 if fact.failures else 0
    ]
    words = _("{ready} of {wanted} ready; answers of the last 60 s: {parts}")
    return words.format(ready=fact.ready, wanted=fact.wanted, parts=", ".join(parts) or _("none is known"))


def _connection(fact: ConnectionFact) -> str:
    words = {
        "connecting": _("connecting"),
        "live": _("live"),
        "reconnecting": _("connection lost, reconnecting"),
        "stale": _("still not connected: what was told last is old"),
        "ended": _("over"),
    }[fact.state]
    line = f"{words}: {fact.reason}" if fact.reason else words
    if fact.gap:
        line += _("; nothing was known for {n:.1f} s, what happened meanwhile is told as seen now").format(
            n=fact.gap
        )
    return line


def _missing(fact: MissingFact) -> str:
    if not fact.permission:
        words = _("{kind} can't be watched: this server does not serve them")
        return fact.message or words.format(kind=fact.kind)
    words = _("{kind} can't be watched: you lack the permission to {permission}")
    line = words.format(kind=fact.kind, permission=fact.permission)
    return f"{line} ({fact.message})" if fact.message else line


def _act(fact: ActFact) -> str:
    done = {
        ("kill", "asked"): _("kill {pod}: asked"),
        ("kill", "sent"): _("kill {pod}: {signal} sent"),
        ("kill", "returned"): _("kill {pod}: the command returned"),
        ("kill", "seen"): _("kill {pod}: its death was seen"),
        ("kill", "failed"): _("kill {pod}: failed"),
        ("delete", "asked"): _("delete {pod}: asked"),
        ("delete", "sent"): _("delete {pod}: sent"),
        ("delete", "failed"): _("delete {pod}: failed"),
        ("burst", "asked"): _("burst: asked"),
        ("burst", "failed"): _("burst: failed"),
        ("stop", "asked"): _("stop: asked"),
        ("note", "seen"): _("note"),
    }.get((fact.act, fact.step), f"{fact.act} {fact.step} {{pod}}")
    line = done.format(pod=fact.pod, signal=fact.signal or _("a signal")).strip()
    return f"{line} ({fact.detail})" if fact.detail else line


def _load(fact: LoadFact) -> str:
    state = {
        "running": _("burst"),
        "ended": _("burst ended"),
        "stopped": _("burst stopped"),
        "failed": _("burst failed"),
    }[fact.state]
    rate = fact.rate if fact.state == "running" else fact.done / fact.elapsed if fact.elapsed else 0.0
    words = _("{done} of {wanted} requests in {s:.1f} s, {rate:.0f}/s")
    line = words.format(done=fact.done, wanted=fact.wanted, s=fact.elapsed, rate=rate)
    words = _("p50 {p50:.0f} p95 {p95:.0f} p99 {p99:.0f} ms")
    times = words.format(p50=fact.p50, p95=fact.p95, p99=fact.p99) if fact.p99 else ""
    errors = ngettext("{n} error", "{n} errors", fact.errors).format(n=fact.errors)
    pods = _counted((name or _("unknown"), n) for name, n in fact.pods)
    return f"{state}: " + ", ".join(filter(None, [line, times, errors, pods, fact.detail]))


def _episode(fact: EpisodeFact) -> str:
    moments = []
    for moment in fact.moments:
        error = f" ±{moment.error:.1f}" if moment.error else ""
        moments.append(f"{moment.word} {moment.after:.2f}{error}")
    line = fact.title
    if moments:
        line += ": " + " · ".join(moments) + " s"
    return f"{line} · {fact.tail}" if fact.tail else line


def _summary(fact: SummaryFact) -> list[str]:
    restarts = ngettext("{n} restart", "{n} restarts", fact.restarts).format(n=fact.restarts)
    words = _("summary: watched for {s:.0f} s; {n} answers, {failed} failed; {restarts}")
    lines = [words.format(s=fact.seconds, n=fact.answers, failed=fact.failed, restarts=restarts)]
    if fact.failures:
        lines.append(_("failed answers: {reasons}").format(reasons=_counted(fact.failures)))
    well = fact.answers - fact.failed
    for name, n in fact.pods:
        words = ngettext("{name} answered once ({share:.0%})", "{name} answered {n} times ({share:.0%})", n)
        lines.append(words.format(name=name or _("an unknown pod"), n=n, share=n / well))
    if well:
        lines.append(_("slowest answer: {ms:.0f} ms").format(ms=fact.slowest))
    for gap in fact.gaps:
        lines.append(_("a gap of {n:.1f} s in which nothing was known").format(n=gap))
    for episode in fact.episodes:
        words = _("not over: {episode}") if episode.open else "{episode}"
        lines.append(words.format(episode=_episode(episode)))
    return lines


def _counted(pairs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{n} × {name}" for name, n in pairs)
