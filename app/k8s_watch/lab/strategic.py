"""Strategic merge patch, by the merge keys and strategies that Kubernetes' schema tells."""

from __future__ import annotations

from typing import Any

from .errors import bad_request
from .schema import Node

_ORDER, _DELETE, _RETAIN, _PATCH = "$setElementOrder/", "$deleteFromPrimitiveList/", "$retainKeys", "$patch"
_UNKNOWN = Node()


def merge_strategic(schema: Node, value: Any, patch: Any) -> Any:
    """The value with the patch merged in; `value` is used up."""
    directive = patch.get(_PATCH)
    if directive == "replace":
        return _plain(patch)
    if directive == "delete":
        return {}
    if directive not in {None, "merge"}:
        raise bad_request(f"Unknown patch type found: {directive}")
    found: dict[str, Any] = value if isinstance(value, dict) else {}
    if _RETAIN in patch:
        found = {name: part for name, part in found.items() if name in patch[_RETAIN]}
    for name, part in patch.items():
        if name.startswith("$"):
            continue
        inner = _inner(schema, name)
        if part is None:
            found.pop(name, None)
        elif isinstance(part, dict):
            _merge_map(inner, found, name, part)
        elif isinstance(part, list):
            found[name] = _merge_list(inner, found.get(name), part, patch.get(_ORDER + name))
        else:
            found[name] = part
    _directives(schema, found, patch)
    return found


def _inner(schema: Node, name: str) -> Node:
    if schema.form == "map":
        return schema.inside or _UNKNOWN
    return schema.fields.get(name, _UNKNOWN)


def _merge_map(inner: Node, found: dict[str, Any], name: str, part: dict[str, Any]) -> None:
    if part.get(_PATCH) == "delete":
        found.pop(name, None)
    elif "replace" in inner.strategies:
        found[name] = _plain(part)
    else:
        found[name] = merge_strategic(inner, found.get(name), part)


def _directives(schema: Node, found: dict[str, Any], patch: dict[str, Any]) -> None:
    """Deletions from lists of plain values, and orders given for lists that the patch does not change."""
    for name, part in patch.items():
        if name.startswith(_DELETE):
            field = name.removeprefix(_DELETE)
            if field in found:
                found[field] = [one for one in found[field] if one not in part]
                found[field] = _ordered(found[field], found[field], patch.get(_ORDER + field), "")
        elif name.startswith(_ORDER):
            field = name.removeprefix(_ORDER)
            if field in found and field not in patch:
                inner = _inner(schema, field)
                found[field] = _ordered(found[field], found[field], part, inner.merge_key)


def _plain(value: Any) -> Any:
    """Without directives."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items() if not name.startswith("$")}
    if isinstance(value, list):
        return [_plain(one) for one in value if not (isinstance(one, dict) and set(one) == {_PATCH})]
    return value


def _merge_list(inner: Node, before: Any, part: list[Any], order: list[Any] | None) -> list[Any]:
    current: list[Any] = before if isinstance(before, list) else []
    if "merge" not in inner.strategies:
        plain: list[Any] = _plain(part)
        return plain
    if any(isinstance(one, dict) and one.get(_PATCH) == "replace" for one in part):
        return [_plain(one) for one in part if one.get(_PATCH) != "replace"]
    key = inner.merge_key
    if not key:
        merged = current + [one for one in part if one not in current]
        return _ordered(merged, current, order, "")
    merged = list(current)
    for one in part:
        if not isinstance(one, dict) or key not in one:
            raise bad_request(f"map: {one} does not contain declared merge key: {key}")
        _merge_item(inner, merged, one, key)
    return _ordered(merged, current, order, key)


def _merge_item(inner: Node, merged: list[Any], one: dict[str, Any], key: str) -> None:
    place = next((n for n, kept in enumerate(merged) if kept.get(key) == one[key]), None)
    if one.get(_PATCH) == "delete":
        if place is not None:
            merged[:] = [kept for kept in merged if kept.get(key) != one[key]]
    elif place is None:
        merged.append(_plain(one))
    elif one.get(_PATCH) == "replace":
        merged[place] = _plain(one)
    else:
        merged[place] = merge_strategic(inner.inside or _UNKNOWN, merged[place], one)


def _ordered(merged: list[Any], before: list[Any], order: list[Any] | None, key: str) -> list[Any]:
    """In the order that the patch asks for; what it does not name stays behind what it stood behind."""
    if not order:
        return merged

    def name(one: Any) -> Any:
        return one.get(key) if key and isinstance(one, dict) else one

    wanted = [name(one) for one in order]
    named = sorted((one for one in merged if name(one) in wanted), key=lambda one: wanted.index(name(one)))
    result = list(named)
    known = [name(one) for one in before]
    for one in (one for one in merged if name(one) not in wanted):
        earlier = known[: known.index(name(one))] if name(one) in known else known
        behind = [place for place, kept in enumerate(result) if name(kept) in earlier]
        result.insert(behind[-1] + 1 if behind else 0, one)
    return result
