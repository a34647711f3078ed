"""What a request asks for: its path, verb and parameters, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from .errors import (
    ApiError,
    Cause,
    bad_request,
    denied,
    forbidden,
    method_not_allowed,
    no_such_resource,
    options,
    required,
    unsupported,
)
from .kinds import BY_PATH, VERSIONS, Resource, Sub

_VERBS = {
    "GET": "get",
    "HEAD": "get",
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a resource."""

    verb: str  # get, list, watch, create, update, patch, delete, deletecollection
    resource: Resource
    namespace: str = ""
    name: str = ""
    sub: Sub | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, list[str]] = field(
        default_factory=dict
    )  # the same, for parameters given several times
    content_type: str = ""
    accept: str = ""
    agent: str = ""  # the client program, "kubectl"
    body: bytes = b""
    impersonated: str = ""  # who is asked about instead of the lab's own user (kubectl --as)

    @property
    def dry(self) -> bool:
        """Whether nothing is to be kept (dryRun=All)."""
        return bool(self.query.get("dryRun"))

    @property
    def manager(self) -> str:
        """Who writes: fieldManager, or the client program."""
        return self.query.get("fieldManager") or self.agent or "unknown"

    def flag(self, name: str) -> bool:
        """A boolean parameter. Given without a value it is true, as in Go's conversion."""
        found = self.query.get(name)
        return found is not None and found.lower() not in {"0", "false"}

    def number(self, name: str) -> int:
        """A whole number, 0 where it is not given. ApiError 400 in Go's words otherwise."""
        text = self.query.get(name, "")
        try:
            return int(text) if text else 0
        except ValueError:
            raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


class NoSuchPath(Exception):
    """Not even a group version of the lab: `404 page not found`, in plain text."""


def read(method: str, path: str, query: str) -> Call:
    """The call that a method and a raw path and query stand for. NoSuchPath, or ApiError 404, 405, 422."""
    resource, namespace, name, sub = _place(path)
    many = parse_qs(query, keep_blank_values=True)
    flat = {key: values[0] for key, values in many.items()}
    verb = _VERBS.get(method, "")
    if verb == "get" and not name:
        verb = "watch" if flat.get("watch", "false").lower() not in {"0", "false"} else "list"
    elif verb == "delete" and not name:
        verb = "deletecollection"
    call = Call(verb, resource, namespace, name, sub, flat, many)
    _check(call)
    return call


def _place(path: str) -> tuple[Resource, str, str, Sub | None]:
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "api" and len(parts) >= 3:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) >= 4:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        raise NoSuchPath
    if (group, version) not in VERSIONS:
        raise NoSuchPath
    namespace = ""
    if rest[0] == "watch":
        rest = rest[1:] or [""]
    if rest[0] == "namespaces" and len(rest) > 2 and not (group == "" and _is_sub(rest)):
        namespace, rest = rest[1], rest[2:]
    resource = BY_PATH.get((group, version, rest[0]))
    if resource is None or len(rest) > 3 or (namespace and not resource.namespaced):
        raise no_such_resource()
    name = rest[1] if len(rest) > 1 else ""
    sub = resource.sub(rest[2]) if len(rest) > 2 else None
    if (len(rest) > 2 and sub is None) or (name and resource.namespaced and not namespace):
        raise no_such_resource()
    return resource, namespace, name, sub


def _is_sub(rest: list[str]) -> bool:
    """Whether /namespaces/a/b means a subresource of namespace a, not the kind b in it."""
    return len(rest) == 3 and rest[2] in {"status", "finalize"}


def _check(call: Call) -> None:
    verbs = call.sub.verbs if call.sub is not None else call.resource.verbs
    named = {"get", "update", "patch", "delete"}
    creates_without_place = call.verb == "create" and call.resource.namespaced and not call.namespace
    creates_by_name = call.verb == "create" and call.sub is None and call.name
    if call.verb not in verbs or (call.verb in named and not call.name) or creates_by_name:
        raise method_not_allowed()
    if creates_without_place:
        raise method_not_allowed()
    dry = call.many.get("dryRun")
    if dry and dry not in (["All"], [""]):
        raise options(_options_kind(call), unsupported("dryRun", dry, ["All"]))
    validation = call.query.get("fieldValidation", "")
    if validation not in {"", "Ignore", "Warn", "Strict"}:
        choices = ["Ignore", "Strict", "Warn"]
        raise options(_options_kind(call), unsupported("fieldValidation", validation, choices))


def _options_kind(call: Call) -> str:
    return {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}.get(
        call.verb, "DeleteOptions"
    )


def check_list(call: Call) -> None:
    """The rules that hold for resourceVersion, resourceVersionMatch and sendInitialEvents together."""
    cause = _list_cause(call)
    if cause is not None:
        raise options("ListOptions", cause)


def _list_cause(call: Call) -> Cause | None:
    match, version = call.query.get("resourceVersionMatch", ""), call.query.get("resourceVersion", "")
    initial = call.query.get("sendInitialEvents")
    field_name = "resourceVersionMatch"
    if initial is not None:
        if call.verb != "watch":
            return forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")
        if match != "NotOlderThan":
            why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            return forbidden(field_name, why)
        return None
    if not match:
        return None
    if call.verb == "watch":
        why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        return forbidden(field_name, why)
    if not version:
        return forbidden(field_name, "resourceVersionMatch is forbidden unless resourceVersion is provided")
    if match not in {"Exact", "NotOlderThan"}:
        return unsupported(field_name, match, ["Exact", "NotOlderThan", ""])
    if match == "Exact" and version == "0":
        why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        return forbidden(field_name, why)
    if call.query.get("continue"):
        return forbidden(field_name, "resourceVersionMatch is forbidden with continue")
    return None


def needs_manager(call: Call) -> ApiError:
    """Server-side apply without fieldManager."""
    return options("PatchOptions", required("fieldManager", "is required for apply patch"))


def not_allowed(call: Call) -> ApiError:
    """What an authoriser says to somebody without a role."""
    where = f'in the namespace "{call.namespace}"' if call.namespace else "at the cluster scope"
    what = f"{call.resource.plural}/{call.sub.name}" if call.sub is not None else call.resource.plural
    return denied(
        call.resource,
        call.name,
        f'User "{call.impersonated}" cannot {call.verb} resource "{what}" in API group "{call.resource.group}" {where}',
    )
