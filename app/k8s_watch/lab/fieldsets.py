"""Sets of fields as managedFields writes them (FieldsV1), and the fields that an object has.

A path is a tuple of steps: `f:spec`, `k:{"name":"web"}` for an item of a keyed list, `v:"x"` for a member of
a set, and a last step "." for the map, list or item itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from .errors import Json
from .schema import Node

Path = tuple[str, ...]
_encode = msgspec.json.encode
_UNKNOWN = Node()


def read(trie: Json) -> set[Path]:
    """The paths of a FieldsV1."""
    return set(_read(trie, ()))


def _read(trie: Json, prefix: Path) -> Iterator[Path]:
    for step, inner in trie.items():
        if inner:
            yield from _read(inner, (*prefix, step))
        else:
            yield (*prefix, step)


def write(paths: Iterable[Path]) -> Json:
    """The FieldsV1 of paths."""
    trie: Json = {}
    for path in sorted(paths):
        here = trie
        for step in path:
            here = here.setdefault(step, {})
    return trie


def leaves(schema: Node, value: Any) -> dict[Path, Any]:
    """Every field that an object has, with its value; None for the "." of a map, list or item."""
    found: dict[Path, Any] = {}
    _leaves(schema, value, (), found)
    return found


def _leaves(schema: Node, value: Any, path: Path, found: dict[Path, Any]) -> None:
    if isinstance(value, dict) and value and not schema.atomic and schema.form in {"object", "map"}:
        if schema.form == "map":
            found[*path, "."] = None
        for name, part in value.items():
            _leaves(child(schema, name), part, (*path, f"f:{name}"), found)
    elif isinstance(value, list) and schema.list_type == "map":
        found[*path, "."] = None
        for one in value:
            step = key_step(schema, one)
            found[*path, step, "."] = None
            for name, part in one.items():
                _leaves(child(schema.inside or _UNKNOWN, name), part, (*path, step, f"f:{name}"), found)
    elif isinstance(value, list) and schema.list_type == "set":
        found[*path, "."] = None
        for one in value:
            found[*path, f"v:{_encode(one).decode()}"] = None
    elif path:
        found[path] = value


def child(schema: Node, name: str) -> Node:
    """The schema of a field, or of a map's values."""
    if schema.form == "map":
        return schema.inside or _UNKNOWN
    return schema.fields.get(name, _UNKNOWN)


def key_step(schema: Node, one: Json) -> str:
    """The step to an item of a keyed list."""
    keys = {name: one.get(name, schema.defaults.get(name)) for name in sorted(schema.map_keys)}
    return "k:" + _encode({name: part for name, part in keys.items() if part is not None}).decode()


def shown(path: Path) -> str:
    """A path as conflicts name it: .spec.template.spec.containers[name="web"].image."""
    words = ""
    for step in path:
        if step.startswith("f:"):
            words += f".{step[2:]}"
        elif step.startswith("k:"):
            keys = msgspec.json.decode(step[2:], type=dict)
            words += "[" + ",".join(f"{name}={_encode(part).decode()}" for name, part in keys.items()) + "]"
        elif step.startswith("v:"):
            words += f"[={step[2:]}]"
    return words


def merged(schema: Node, live: Any, applied: Any) -> Any:
    """Live with applied laid over it: maps and keyed lists by key, sets joined, the rest replaced."""
    if isinstance(applied, dict) and isinstance(live, dict) and not schema.atomic:
        if schema.form not in {"object", "map"}:
            return applied
        result = dict(live)
        for name, part in applied.items():
            result[name] = merged(child(schema, name), live[name], part) if name in live else part
        return result
    if isinstance(applied, list) and isinstance(live, list) and schema.list_type == "map":
        return _merged_items(schema, live, applied)
    if isinstance(applied, list) and isinstance(live, list) and schema.list_type == "set":
        return live + [one for one in applied if one not in live]
    return applied


def _merged_items(schema: Node, live: list[Any], applied: list[Any]) -> list[Any]:
    wanted = {key_step(schema, one): one for one in applied}
    result = []
    for one in live:
        step = key_step(schema, one)
        result.append(merged(schema.inside or _UNKNOWN, one, wanted.pop(step)) if step in wanted else one)
    return result + list(wanted.values())


def removed(schema: Node, value: Any, gone: set[Path], kept: set[Path]) -> Any:
    """The value without the fields `gone`; a container goes when nothing in it is owned any more (`kept`)."""
    return _removed(schema, value, gone, kept, ())


def _removed(schema: Node, value: Any, gone: set[Path], kept: set[Path], path: Path) -> Any:
    if isinstance(value, dict) and not schema.atomic and schema.form in {"object", "map"}:
        result = {}
        for name, part in value.items():
            here = (*path, f"f:{name}")
            if not _goes(here, gone, kept):
                result[name] = _removed(child(schema, name), part, gone, kept, here)
        return result
    if isinstance(value, list) and schema.list_type == "map":
        items = [(one, (*path, key_step(schema, one))) for one in value]
        inner = schema.inside or _UNKNOWN
        return [_removed(inner, one, gone, kept, here) for one, here in items if not _goes(here, gone, kept)]
    if isinstance(value, list) and schema.list_type == "set":
        return [one for one in value if (*path, f"v:{_encode(one).decode()}") not in gone]
    return value


def _goes(path: Path, gone: set[Path], kept: set[Path]) -> bool:
    """Whether a field, or the whole container at that path, was given up and nobody else owns any of it."""
    if path not in gone and (*path, ".") not in gone:
        return False
    size = len(path)
    return not any(other[:size] == path for other in kept)
