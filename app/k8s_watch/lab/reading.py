"""GET of one object, and LIST with selectors, versions, limit and continue."""

from __future__ import annotations

import base64
from collections import OrderedDict
from dataclasses import dataclass, field

import msgspec

from . import selectors
from .calls import Call, check_list
from .errors import ApiError, Json, bad_request, expired, not_found, options, too_large_version
from .errors import invalid as invalid_field
from .store import Entry, Store

_KEPT = 64
"""Lists whose later pages are still given: as on a real cluster, pages show one moment."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    entries: list[Entry]
    meta: Json


@dataclass(slots=True)
class Pages:
    """The lists that were begun with a limit and are not at their end."""

    kept: OrderedDict[str, tuple[int, list[Entry]]] = field(default_factory=OrderedDict)
    count: int = 0

    def keep(self, version: int, entries: list[Entry]) -> str:
        """Keep a list; the key for its next page."""
        self.count += 1
        key = f"{version}-{self.count}"
        self.kept[key] = (version, entries)
        while len(self.kept) > _KEPT:
            self.kept.popitem(last=False)
        return key


def get(store: Store, call: Call) -> Entry:
    """One object."""
    entry = store.get(call.resource.store, (call.namespace, call.name))
    if entry is None:
        raise not_found(call.resource, call.name)
    return entry


def chosen(call: Call) -> tuple[selectors.Selector, selectors.Fields]:
    """The selectors of a list or watch."""
    labels = selectors.parse(call.query.get("labelSelector", ""))
    fields = selectors.parse_fields(call.query.get("fieldSelector", ""), call.resource)
    if call.name:
        fields = (*fields, ("metadata.name", True, call.name))
    return labels, fields


def matching(store: Store, call: Call) -> list[Entry]:
    """Every object that a list or deletecollection means."""
    entries = store.listed(call.resource.store, call.namespace)
    asks = selectors.predicate(*chosen(call))
    return entries if asks is None else [entry for entry in entries if asks(entry.object)]


def listing(store: Store, call: Call, pages: Pages) -> Page:
    """A list, or the next page of one."""
    check_list(call)
    limit = call.number("limit")
    token = call.query.get("continue", "")
    if token:
        return _next(call, pages, token, limit)
    _check_version(store, call)
    entries = matching(store, call)
    meta: Json = {"resourceVersion": str(store.version)}
    if not limit or len(entries) <= limit:
        return Page(entries, meta)
    key = pages.keep(store.version, entries)
    selective = bool(call.query.get("labelSelector") or call.query.get("fieldSelector"))
    return _cut(entries, 0, limit, meta, key, selective)


def _check_version(store: Store, call: Call) -> None:
    asked = version_of(call, "invalid resource version: ")
    if asked > store.version:
        raise too_large_version(asked, store.version)
    if call.query.get("resourceVersionMatch") == "Exact" and asked != store.version:
        raise expired("The resourceVersion for the provided list is too old.")


def version_of(call: Call, before: str = "") -> int:
    """The version that was asked for; 0 where none was."""
    text = call.query.get("resourceVersion", "")
    if not text:
        return 0
    if not text.isdigit():
        why = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        message = f"{before}resourceVersion: {invalid_field('', text, why).message}"
        raise bad_request(message) if before else ApiError(500, "", message)
    return int(text)


def _cut(entries: list[Entry], start: int, limit: int, meta: Json, key: str, selective: bool) -> Page:
    end = start + limit if limit else len(entries)
    if end < len(entries):
        token = {"v": "meta.k8s.io/v1", "key": key, "start": end}
        meta["continue"] = base64.urlsafe_b64encode(msgspec.json.encode(token)).decode().rstrip("=")
        if not selective:
            meta["remainingItemCount"] = len(entries) - end
    return Page(entries[start:end], meta)


def _next(call: Call, pages: Pages, token: str, limit: int) -> Page:
    if call.query.get("resourceVersion", "0") not in {"0", ""}:
        cause = invalid_field(
            "resourceVersion", call.query["resourceVersion"], "must not be set with continue"
        )
        raise options("ListOptions", cause)
    try:
        read = msgspec.json.decode(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=dict)
        key, start = str(read["key"]), int(read["start"])
    except (ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
        raise bad_request(f"invalid continue token: continue key is not valid: {error}") from None
    if key not in pages.kept:
        raise expired(
            "The provided continue parameter is too old to display a consistent list result. "
            "You must start a new list without the continue parameter."
        )
    version, entries = pages.kept[key]
    selective = bool(call.query.get("labelSelector") or call.query.get("fieldSelector"))
    return _cut(entries, start, limit, {"resourceVersion": str(version)}, key, selective)
