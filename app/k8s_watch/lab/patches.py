"""The four forms of PATCH: JSON patch, merge patch, strategic merge, server-side apply (begun here)."""

from __future__ import annotations

from typing import Any

import msgspec

from . import bodies
from .api import copied
from .calls import Call, needs_manager
from .errors import (
    ApiError,
    Json,
    bad_request,
    invalid,
    rejected_patch,
    required,
    unprocessable,
    unsupported_media,
)
from .forms import from_yaml
from .schema import node
from .strategic import merge_strategic

APPLY = frozenset({"application/apply-patch+yaml"})
_JSON_PATCH = "application/json-patch+json"
_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"


def apply(call: Call, value: Json) -> Json:
    """The object with the patch applied; `value` is used up. ApiError 400, 415, 422."""
    kind = bodies.media(call)
    if kind == _JSON_PATCH:
        patched: Json = json_patch(value, _decode(call, list))
        return patched
    if kind == _MERGE:
        changed: Json = merge(value, _decode(call, dict))
        return changed
    if kind == _STRATEGIC:
        merged: Json = merge_strategic(node(call.resource), value, _decode(call, dict))
        return merged
    raise _unsupported()


def _unsupported() -> ApiError:
    error = unsupported_media(", ".join([_JSON_PATCH, _MERGE, _STRATEGIC, *APPLY]))
    return ApiError(415, error.reason, "415: Unsupported Media Type", {})


def _decode(call: Call, wanted: type) -> Any:
    try:
        found = msgspec.json.decode(call.body)
    except msgspec.DecodeError as error:
        raise bad_request(f"error decoding patch: {error}") from None
    if not isinstance(found, wanted):
        go = "[]handlers.jsonPatchOp" if wanted is list else "map[string]interface {}"
        got = "object" if isinstance(found, dict) else "array" if isinstance(found, list) else "value"
        raise bad_request(f"error decoding patch: json: cannot unmarshal {got} into Go value of type {go}")
    return found


def applied(call: Call) -> bodies.Given:
    """The body of a server-side apply, made to fit its kind."""
    if not call.query.get("fieldManager"):
        raise needs_manager(call)
    try:
        value = from_yaml(call.body)
    except ValueError as error:
        raise bad_request(f"error decoding YAML: {error}") from None
    if not isinstance(value, dict):
        raise bad_request("error decoding YAML: not an object")
    for name in ("apiVersion", "kind"):
        if not value.get(name):
            raise unprocessable(call.resource.kind, call.resource.group, call.name, [required(name)])
    if (value.get("metadata") or {}).get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    given = bodies.fitted(call, value)
    metadata = given.value["metadata"]
    metadata.setdefault("name", call.name)
    if call.resource.namespaced:
        metadata.setdefault("namespace", call.namespace)
    return given


def misfit(call: Call, value: Json, error: ApiError) -> ApiError:
    """A patch that makes an object unreadable is told with the object, as on a real cluster.

    A strategic one is told with itself, as Go prints a map.
    """
    if error.code != 400 or "cannot be handled as" not in error.message:
        return error
    if bodies.media(call) == _STRATEGIC and (wanted := error.message.rpartition(" of type ")[2]):
        return unprocessable(
            "", "", "", [invalid("patch", _printed(_decode(call, dict)), f"unrecognized type: {wanted}")]
        )
    why = error.message.split(": ", 1)[1]
    text = msgspec.json.encode(value).decode()
    return unprocessable("", "", "", [invalid("patch", text, why)])


def _printed(value: Any) -> str:
    """As Go's %v prints what it read from JSON."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{_printed(value[name])}' for name in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(_printed, value))}]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def merge(value: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    found = value if isinstance(value, dict) else {}
    for name, part in patch.items():
        if part is None:
            found.pop(name, None)
        else:
            found[name] = merge(found.get(name), part)
    return found


def json_patch(value: Any, operations: list[Json]) -> Any:
    """RFC 6902. Anything that does not fit is a 422, as a real API server says it."""
    for one in operations:
        try:
            value = _operate(value, one)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            raise rejected_patch() from None
    return value


def _operate(value: Any, one: Json) -> Any:
    kind, path = one["op"], _steps(one["path"])
    if kind == "add":
        return _add(value, path, one["value"])
    if kind == "remove":
        return _remove(value, path)[0]
    if kind == "replace":
        _look(value, path)
        return _add(_remove(value, path)[0], path, one["value"]) if path else one["value"]
    if kind == "test":
        if _look(value, path) != one["value"]:
            raise ValueError("test failed")
        return value
    if kind == "move":
        rest, moved = _remove(value, _steps(one["from"]))
        return _add(rest, path, moved)
    if kind == "copy":
        found = _look(value, _steps(one["from"]))
        return _add(value, path, copied({"": found})[""])
    raise ValueError(kind)


def _steps(path: str) -> list[str]:
    if not path:
        return []
    if not path.startswith("/"):
        raise ValueError(path)
    return [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]


def _look(value: Any, path: list[str]) -> Any:
    for step in path:
        value = value[_place(value, step)]
    return value


def _place(value: Any, step: str) -> Any:
    """The key of a map, or the index into a list."""
    if isinstance(value, dict):
        return step
    if not (step == "0" or (step.isdigit() and step[0] != "0")):
        raise IndexError(step)
    return int(step)


def _add(value: Any, path: list[str], what: Any) -> Any:
    if not path:
        return what
    target, last = _look(value, path[:-1]), path[-1]
    if isinstance(target, list):
        place = len(target) if last == "-" else _place(target, last)
        if place > len(target):
            raise IndexError(last)
        target.insert(place, what)
    else:
        target[last] = what
    return value


def _remove(value: Any, path: list[str]) -> tuple[Any, Any]:
    if not path:
        return None, value
    target = _look(value, path[:-1])
    return value, target.pop(_place(target, path[-1]))
