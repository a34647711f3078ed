"""SelfSubjectAccessReview and SelfSubjectRulesReview: the lab's user may do whatever is served, nobody else anything."""

from __future__ import annotations

from . import bodies
from .calls import Call
from .errors import Json, unprocessable
from .errors import invalid as invalid_field


def review(call: Call) -> Json:
    """The answer to a review."""
    given = bodies.object_of(call).value
    given.pop("metadata", None)
    spec = given.get("spec") or {}
    if call.resource.kind == "SelfSubjectRulesReview":
        return {**_head(call), "spec": {}, "status": _rules()}
    if ("resourceAttributes" in spec) == ("nonResourceAttributes" in spec):
        cause = invalid_field(
            "spec.resourceAttributes",
            spec.get("resourceAttributes"),
            "exactly one of nonResourceAttributes or resourceAttributes must be specified",
        )
        raise unprocessable(call.resource.kind, call.resource.group, "", [cause])
    return {**_head(call), "spec": spec, "status": {"allowed": not call.impersonated}}


def _head(call: Call) -> Json:
    return {"kind": call.resource.kind, "apiVersion": call.resource.api_version, "metadata": {}}


def _rules() -> Json:
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    paths = {"verbs": ["*"], "nonResourceURLs": ["*"]}
    return {"resourceRules": [everything], "nonResourceRules": [paths], "incomplete": False}
