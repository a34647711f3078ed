"""Label and field selectors, as apimachinery's pkg/labels and pkg/fields read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .errors import ApiError, Json, bad_request
from .kinds import Resource

_MARKS = frozenset({",", "(", ")", "=", "==", "!=", "<", ">"})
_TOKEN = re.compile(r"\s*(==|!=|=|!|,|\(|\)|<|>|[^\s=!,()<>]+)")
Operator = Literal["=", "!=", "in", "notin", "exists", "!", ">", "<"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels meet it. As in Kubernetes, a missing label meets != and notin."""
        value = labels.get(self.key)
        if self.operator == "exists":
            return value is not None
        if self.operator == "!":
            return value is None
        if self.operator in {"!=", "notin"}:
            return value is None or value not in self.values
        if self.operator in {">", "<"}:
            return _compares(value, self.operator, self.values[0])
        return value is not None and value in self.values


Selector = tuple[Requirement, ...]
"""All must be met."""


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether the labels meet every requirement."""
    return all(one.matches(labels) for one in selector)


def parse(text: str) -> Selector:
    """Read `a=b,c!=d,e in (f,g),!h,i`. ApiError 400 in apimachinery's words otherwise."""
    tokens = _tokens(text)
    found: list[Requirement] = []
    while tokens:
        found.append(_requirement(tokens))
        if tokens and tokens[0] != ",":
            raise bad_request(f"found '{tokens[0]}', expected: ',' or 'end of string'")
        if tokens:
            tokens.pop(0)
            if tokens and tokens[0] in _MARKS:
                raise bad_request(f"found '{tokens[0]}', expected: identifier after ','")
    return tuple(found)


def of_object(selector: Mapping[str, Any] | None) -> Selector:
    """Read a LabelSelector object: matchLabels and matchExpressions."""
    operators: dict[str, Operator] = {
        "In": "in",
        "NotIn": "notin",
        "Exists": "exists",
        "DoesNotExist": "!",
    }
    chosen = selector or {}
    labels = (chosen.get("matchLabels") or {}).items()
    found = [Requirement(key, "=", (value,)) for key, value in sorted(labels)]
    for one in chosen.get("matchExpressions") or []:
        found.append(Requirement(one["key"], operators[one["operator"]], tuple(one.get("values") or ())))
    return tuple(found)


def text_of(selector: Selector) -> str:
    """As kubectl prints it: `a=b,c in (d,e)`."""
    return ",".join(_text(one) for one in selector)


def _text(one: Requirement) -> str:
    if one.operator in {"in", "notin"}:
        return f"{one.key} {one.operator} ({','.join(sorted(one.values))})"
    if one.operator == "exists":
        return one.key
    if one.operator == "!":
        return f"!{one.key}"
    return f"{one.key}{one.operator}{one.values[0]}"


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    stripped = text.rstrip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if match is None:
            raise bad_request(f"unable to parse requirement: found {stripped[at:]!r}")
        tokens.append(match.group(1))
        at = match.end()
    return tokens


def _requirement(tokens: list[str]) -> Requirement:
    first = tokens.pop(0)
    if first == "!":
        return Requirement(_word(tokens, "identifier"), "!")
    if first in _MARKS:
        raise bad_request(f"found '{first}', expected: !, identifier, or 'end of string'")
    if not tokens or tokens[0] == ",":
        return Requirement(first, "exists")
    operator = tokens.pop(0)
    if operator in {"in", "notin"}:
        return Requirement(first, "in" if operator == "in" else "notin", _values(tokens))
    if operator in {"=", "=="}:
        return Requirement(first, "=", (_value(tokens),))
    if operator == "!=":
        return Requirement(first, "!=", (_value(tokens),))
    if operator in {"<", ">"}:
        return Requirement(first, "<" if operator == "<" else ">", (_whole(tokens),))
    raise bad_request(
        f"unable to parse requirement: found '{operator}', expected: in, notin, =, ==, !=, gt, lt"
    )


def _word(tokens: list[str], wanted: str) -> str:
    if not tokens or tokens[0] in _MARKS or tokens[0] == "!":
        found = tokens[0] if tokens else ""
        raise bad_request(f"unable to parse requirement: found '{found}', expected: {wanted}")
    return tokens.pop(0)


def _value(tokens: list[str]) -> str:
    """The text behind an operator; empty is allowed (`a=`)."""
    if not tokens or tokens[0] == ",":
        return ""
    return _word(tokens, "identifier")


def _whole(tokens: list[str]) -> str:
    value = _value(tokens)
    if not re.fullmatch(r"[+-]?\d+", value):
        why = "for 'Gt', 'Lt' operators, the value must be an integer"
        raise bad_request(f'unable to parse requirement: values[0]: Invalid value: "{value}": {why}')
    return value


def _values(tokens: list[str]) -> tuple[str, ...]:
    if not tokens or tokens[0] != "(":
        raise bad_request(f"unable to parse requirement: found '{tokens[0] if tokens else ''}' expected: '('")
    tokens.pop(0)
    values: list[str] = []
    while tokens and tokens[0] != ")":
        if tokens[0] == ",":
            tokens.pop(0)
            continue
        values.append(_word(tokens, "',' or ')'"))
    if not tokens:
        raise bad_request("unable to parse requirement: found '', expected: ',' or ')'")
    tokens.pop(0)
    return tuple(values)


def _compares(value: str | None, operator: str, wanted: str) -> bool:
    try:
        found, limit = int(value or ""), int(wanted)
    except ValueError:
        return False
    return found > limit if operator == ">" else found < limit


Fields = tuple[tuple[str, bool, str], ...]
"""(field, equal or not, value), all must be met."""

_META = ("metadata.name", "metadata.namespace")
_FIELDS: dict[str, dict[str, str]] = {  # kind -> field label -> path in the object
    "Pod": {
        "spec.nodeName": "spec.nodeName",
        "spec.restartPolicy": "spec.restartPolicy",
        "spec.schedulerName": "spec.schedulerName",
        "spec.serviceAccountName": "spec.serviceAccountName",
        "spec.hostNetwork": "spec.hostNetwork",
        "status.phase": "status.phase",
        "status.podIP": "status.podIP",
        "status.nominatedNodeName": "status.nominatedNodeName",
    },
    "Event": {
        **{
            f"involvedObject.{name}": f"involvedObject.{name}"
            for name in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
        },
        "reason": "reason",
        "reportingComponent": "reportingComponent",
        "source": "source.component",
        "type": "type",
    },
    "Namespace": {"status.phase": "status.phase"},
    "Node": {"spec.unschedulable": "spec.unschedulable"},
    "ReplicaSet": {"status.replicas": "status.replicas"},
    "Secret": {"type": "type"},
    "Service": {"spec.clusterIP": "spec.clusterIP", "spec.type": "spec.type"},
}
_EVENTS_V1 = "regarding."


def parse_fields(text: str, resource: Resource) -> Fields:
    """Read `status.phase=Running,metadata.name!=x`, for fields that Kubernetes knows of that kind."""
    found: list[tuple[str, bool, str]] = []
    for part in filter(None, text.split(",")):
        match = re.match(r"^([^=!]+)(==|!=|=)(.*)$", part)
        if match is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        name, operator, value = match.groups()
        known = _FIELDS.get(resource.kind, {})
        label = name.replace(_EVENTS_V1, "involvedObject.") if resource.group == "events.k8s.io" else name
        if label not in known and label not in _META:
            raise _unknown_field(resource, name)
        found.append((known.get(label, label), operator != "!=", value))
    return tuple(found)


def _unknown_field(resource: Resource, name: str) -> ApiError:
    if resource.kind in _FIELDS:
        return bad_request(f"field label not supported: {name}")
    return bad_request(f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"')


def fields_match(fields: Fields, value: Json) -> bool:
    """Whether an object meets them all."""
    return all((_at(value, path) == wanted) is equal for path, equal, wanted in fields)


def _at(value: Any, path: str) -> str:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return "false" if path in {"spec.unschedulable", "spec.hostNetwork"} else ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def predicate(labels: Selector, fields: Fields) -> Callable[[Json], bool] | None:
    """Both as one question; None when nothing was asked."""
    if not labels and not fields:
        return None

    def asks(value: Json) -> bool:
        found: Mapping[str, str] = value["metadata"].get("labels") or {}
        return matches(labels, found) and fields_match(fields, value)

    return asks
