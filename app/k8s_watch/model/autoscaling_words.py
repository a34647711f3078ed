"""A sync's arithmetic as one sentence: "2 → 4 because ⌈2 × 139/50⌉ = 6, limited to max(2 × 2, 4) = 4 a step"."""

from __future__ import annotations

from typing import Literal

from .autoscaling import Proposal
from .autoscaling_limits import Decision, Recommendation, needs_metrics
from .autoscaling_policies import filled
from .objects import Autoscaler, ScalingPolicy
from .words import _, ngettext


def explain(decision: Decision, autoscaler: Autoscaler, at: float) -> str:
    """Why a sync set what it set. `at` is of the clock of the recommendations."""
    before, after = decision.current, decision.desired
    if not needs_metrics(autoscaler, before) and before != after:
        return _outside(before, after, decision)
    if decision.proposal is None or decision.proposal.error:
        return _("stays at {n}: there is no CPU value to decide by").format(n=before)
    now = arithmetic(decision.proposal)
    limit = limit_words(decision, autoscaler)
    held = ""
    if decision.held_by:
        lowest = decision.proposal.replicas > decision.stabilised
        held = held_words(decision.held_by, decision.window, at, lowest)
    if before == after:
        return _stays(decision, now, held, limit)
    change = _("{before} → {after}").format(before=before, after=after)
    if held and after > before:
        return _("{change} because {held}{limit}; now: {now}").format(
            change=change, held=held, limit=limit, now=now
        )
    if held:
        return _("{change} because higher ones left the window: {held}{limit}; now: {now}").format(
            change=change, held=held, limit=limit, now=now
        )
    if after < before and decision.window:
        return _("{change} because {now}{limit}, and nothing in the last {window} s asked for more").format(
            change=change, now=now, limit=limit, window=round(decision.window)
        )
    return _("{change} because {now}{limit}").format(change=change, now=now, limit=limit)


def _outside(before: int, after: int, decision: Decision) -> str:
    sentence = (
        _("{before} → {after} because the maximum is {after}")
        if decision.limit == "TooManyReplicas"
        else _("{before} → {after} because the minimum is {after}")
    )
    return sentence.format(before=before, after=after)


def _stays(decision: Decision, now: str, held: str, limit: str) -> str:
    if held:
        return _("stays at {n}: {now}, but {held}{limit}").format(
            n=decision.desired, now=now, held=held, limit=limit
        )
    return _("stays at {n}: {now}{limit}").format(n=decision.desired, now=now, limit=limit)


def held_words(held_by: Recommendation, window: float, at: float, lowest: bool = False) -> str:
    """The earlier recommendation that the window applied: the highest, or for an upward window the lowest."""
    sentence = (
        _("the lowest recommendation of the last {window} s was {n} ({when})")
        if lowest
        else _("the highest recommendation of the last {window} s was {n} ({when})")
    )
    ago = max(0, round(at - held_by.at))
    when = _("{ago} s ago").format(ago=ago)
    if held_by.utilisation is not None:
        when = _("{ago} s ago, at {cpu} %").format(ago=ago, cpu=held_by.utilisation)
    return sentence.format(window=round(window), n=held_by.replicas, when=when)


# -- what CPU asked for


def arithmetic(proposal: Proposal) -> str:
    """What CPU asked for, before window and limits, with the numbers."""
    if proposal.outcome == "direct":
        return _("⌈{n} × {cpu}/{target}⌉ = {replicas}").format(
            n=proposal.counted, cpu=proposal.utilisation, target=proposal.target, replicas=proposal.replicas
        )
    if proposal.outcome == "refilled":
        return _("⌈{n} × {refilled}/{target}⌉ = {replicas} ({why})").format(
            n=proposal.counted,
            refilled=proposal.refilled,
            target=proposal.target,
            replicas=proposal.replicas,
            why=_refill(proposal),
        )
    if proposal.outcome == "within tolerance":
        return _within(proposal)
    return _otherwise(proposal)


def _otherwise(proposal: Proposal) -> str:
    """The measured pods say one thing, all of them together say another."""
    left_out, assumed = _assumption(proposal)
    sentence = (
        _(
            "{cpu} % over {n} measured says more, {refilled} % with {left_out} unmeasured taken as {assumed} % says otherwise, so it keeps {replicas}"
        )
        if (proposal.usage_ratio or 0.0) > 1.0
        else _(
            "{cpu} % over {n} measured says fewer, {refilled} % with {left_out} unmeasured taken as {assumed} % says otherwise, so it keeps {replicas}"
        )
    )
    return sentence.format(
        cpu=proposal.utilisation,
        n=proposal.measured,
        refilled=proposal.refilled,
        left_out=left_out,
        assumed=assumed,
        replicas=proposal.replicas,
    )


def _within(proposal: Proposal) -> str:
    shown = proposal.utilisation if proposal.refilled is None else proposal.refilled
    up, down = proposal.tolerance
    words = _("{cpu}/{target} = {ratio:.2f} is within the tolerance ({low:g} to {high:g})").format(
        cpu=shown,
        target=proposal.target,
        ratio=(shown or 0) / proposal.target,
        low=round(1 - down, 4),
        high=round(1 + up, 4),
    )
    return words if proposal.refilled is None else f"{words} ({_refill(proposal)})"


def _refill(proposal: Proposal) -> str:
    """How the pods without a usable sample were counted."""
    left_out, assumed = _assumption(proposal)
    return _("{cpu} % over {n} measured, {left_out} unmeasured taken as {assumed} %").format(
        cpu=proposal.utilisation, n=proposal.measured, left_out=left_out, assumed=assumed
    )


def _assumption(proposal: Proposal) -> tuple[int, int]:
    """How many pods had no usable sample, and the percent they were taken to use."""
    growing = (proposal.usage_ratio or 0.0) > 1.0
    left_out = len(proposal.missing) + (len(proposal.unready) if growing else 0)
    return left_out, 0 if growing else max(100, proposal.target)


# -- what limited it


def limit_words(decision: Decision, autoscaler: Autoscaler) -> str:
    """The limit that applied, as the end of a sentence; "" where none did."""
    value = decision.limit_value
    match decision.limit:
        case "TooManyReplicas":
            return _(", limited to the maximum of {n}").format(n=value)
        case "TooFewReplicas":
            return _(", raised to the minimum of {n}").format(n=value)
        case "ScaleUpLimit" if not autoscaler.has_behavior:
            return _(", limited to max(2 × {n}, 4) = {most} a step").format(n=decision.current, most=value)
        case "ScaleUpLimit":
            return _behavior(autoscaler, "up", value)
        case "ScaleDownLimit":
            return _behavior(autoscaler, "down", value)
    return ""


def _behavior(autoscaler: Autoscaler, direction: Literal["up", "down"], value: int) -> str:
    rules = filled(autoscaler.up if direction == "up" else autoscaler.down, direction)
    if rules.select == "Disabled":
        return (
            _(", but its behavior disables scaling up")
            if direction == "up"
            else _(", but its behavior disables scaling down")
        )
    sign = "+" if direction == "up" else "−"
    policies = [_policy(policy, sign) for policy in rules.policies]
    if len(policies) == 1:
        allowed = policies[0]
    elif rules.select == "Min":
        allowed = _("the smaller of {policies}").format(policies=", ".join(policies))
    else:
        allowed = _("the larger of {policies}").format(policies=", ".join(policies))
    return _(", limited by its behavior to {n} ({allowed})").format(n=value, allowed=allowed)


def _policy(policy: ScalingPolicy, sign: str) -> str:
    if policy.type == "Percent":
        return _("{sign}{n} % in {s} s").format(sign=sign, n=policy.value, s=policy.period)
    return ngettext("{sign}{n} pod in {s} s", "{sign}{n} pods in {s} s", policy.value).format(
        sign=sign, n=policy.value, s=policy.period
    )


# -- what can't be explained


def unexplained(autoscaler: Autoscaler, joined_ago: float, window: float) -> str:
    """Said plainly where what was seen does not lead to what was written."""
    change = (
        _("{before} → {after}").format(before=autoscaler.current, after=autoscaler.desired)
        if autoscaler.current != autoscaler.desired
        else _("stays at {n}").format(n=autoscaler.desired)
    )
    if autoscaler.other_metrics:
        why = _("its other metrics are not watched here")
    elif autoscaler.cpu_target is None:
        why = _("it has no CPU utilisation target")
    elif joined_ago < window and _is_held(autoscaler):
        return _("{change}: a higher recommendation from before it was watched still counts").format(
            change=change
        )
    elif joined_ago < window:
        # it may be watched for longer: what is not understood once makes what came before uncertain
        why = _("only the last {n} s of its {window} s window are known").format(
            n=round(joined_ago), window=round(window)
        )
    else:
        why = _("the samples seen are not the ones that it used")
    return _("{change}: not explained by what was seen ({why})").format(change=change, why=why)


def _is_held(autoscaler: Autoscaler) -> bool:
    able = autoscaler.condition("AbleToScale")
    return able is not None and able.reason == "ScaleDownStabilized"
