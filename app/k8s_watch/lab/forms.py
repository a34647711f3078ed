"""How an answer is written: JSON, YAML, a Table, or the metadata alone; one object, a list, or an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from . import tables
from .errors import Json, bad_request, not_acceptable
from .kinds import Resource
from .store import Entry

encode = msgspec.json.Encoder().encode
JSON = "application/json"
YAML = "application/yaml"

Shape = Literal["", "Table", "PartialObjectMetadata", "PartialObjectMetadataList"]


@dataclass(frozen=True, slots=True)
class Form:
    """What the client takes."""

    media: str = JSON
    shape: Shape = ""
    version: str = "v1"  # of meta.k8s.io
    include: str = "Metadata"  # includeObject, of a Table's rows: None, Metadata or Object

    @property
    def content_type(self) -> str:
        """The header of the answer."""
        return self.media


def choose(accept: str, include: str = "") -> Form:
    """The first form of an Accept header that the lab speaks. Protobuf and CBOR are passed over."""
    if include not in {"", "None", "Metadata", "Object"}:
        raise bad_request(f'unrecognized includeObject value: "{include}"')
    for item in accept.split(",") if accept.strip() else [JSON]:
        media, *rest = (part.strip() for part in item.split(";"))
        if media in {"*/*", "application/*"}:
            media = JSON
        if media == "text/yaml":
            media = YAML
        if media not in {JSON, YAML}:
            continue
        found = dict(part.split("=", 1) for part in rest if "=" in part)
        shape = found.get("as", "")
        if not shape:
            return Form(media)
        known = shape in {"Table", "PartialObjectMetadata", "PartialObjectMetadataList"}
        version = found.get("v", "v1")
        if known and found.get("g") == "meta.k8s.io" and version in {"v1", "v1beta1"}:
            return Form(media, shape, version, include or "Metadata")  # type: ignore[arg-type]
    raise not_acceptable()


Convert = Callable[[Json], Json]
"""From the kept form of an object to the version asked (events.k8s.io), without kind and apiVersion."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the objects of one resource in one form. `now` (unix seconds) gives the ages in Tables."""

    resource: Resource
    form: Form
    convert: Convert | None = None

    @property
    def head(self) -> bytes:
        """The opening of an object: its kind and apiVersion."""
        kind, version = self.resource.kind, self.resource.api_version
        return f'{{"kind":"{kind}","apiVersion":"{version}",'.encode()

    def one(self, entry: Entry, now: float) -> bytes:
        """One object."""
        if self.form.shape == "Table":
            return self.table([entry], {"resourceVersion": str(entry.version)}, now)
        if self.form.shape:
            return self._finish(encode(self._partial(entry)))
        return self._finish(self.head + self._body(entry))

    def many(self, entries: Sequence[Entry], meta: Json, now: float) -> bytes:
        """A list."""
        if self.form.shape == "Table":
            return self.table(entries, meta, now)
        kind, version = self.resource.list_kind, self.resource.api_version
        if self.form.shape:
            kind, version = "PartialObjectMetadataList", f"meta.k8s.io/{self.form.version}"
            items = b",".join(encode(self._partial(entry)) for entry in entries)
        else:
            items = b",".join(b"{" + self._body(entry) for entry in entries)
        start = encode({"kind": kind, "apiVersion": version, "metadata": meta})[:-1]
        return self._finish(start + b',"items":[' + items + b"]}")

    def event(self, kind: str, entry: Entry, now: float, first: bool) -> bytes:
        """One line of a watch. `first`: a Table tells its columns once."""
        if self.form.shape == "Table":
            meta = {"resourceVersion": str(entry.version)}
            body = self.table([entry], meta, now, headed=first)
        elif self.form.shape:
            body = encode(self._partial(entry))
        else:
            body = self.head + self._body(entry)
        return b'{"type":"%s","object":%s}\n' % (kind.encode(), body)

    def bookmark(self, version: int, initial_end: bool = False) -> bytes:
        """A BOOKMARK line: everything up to that version was sent."""
        meta: Json = {"resourceVersion": str(version)}
        if initial_end:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        body: Json = {"kind": self.resource.kind, "apiVersion": self.resource.api_version, "metadata": meta}
        if self.form.shape == "Table":
            version_of = f"meta.k8s.io/{self.form.version}"
            body = {"kind": "Table", "apiVersion": version_of, "metadata": meta, "rows": []}
        elif self.form.shape:
            body |= {"kind": "PartialObjectMetadata", "apiVersion": f"meta.k8s.io/{self.form.version}"}
        return b'{"type":"BOOKMARK","object":%s}\n' % encode(body)

    def table(self, entries: Iterable[Entry], meta: Json, now: float, headed: bool = True) -> bytes:
        """A Table with a row an object."""
        rows = [
            {"cells": tables.cells(self.resource, entry.object, now), **self._row_object(entry)}
            for entry in entries
        ]
        version = f"meta.k8s.io/{self.form.version}"
        columns = tables.columns(self.resource) if headed else None
        table = {"kind": "Table", "apiVersion": version, "metadata": meta, "columnDefinitions": columns}
        return self._finish(encode({**table, "rows": rows}))

    def _row_object(self, entry: Entry) -> dict[str, Any]:
        if self.form.include == "None":
            return {"object": None}
        if self.form.include == "Object":
            return {"object": msgspec.Raw(self.head + self._body(entry))}
        return {"object": self._partial(entry)}

    def _partial(self, entry: Entry) -> Json:
        version = f"meta.k8s.io/{self.form.version}"
        return {
            "kind": "PartialObjectMetadata",
            "apiVersion": version,
            "metadata": entry.object["metadata"],
        }

    def _body(self, entry: Entry) -> bytes:
        return entry.body if self.convert is None else encode(self.convert(entry.object))[1:]

    def _finish(self, data: bytes) -> bytes:
        return data if self.form.media == JSON else to_yaml(msgspec.json.decode(data))


def to_yaml(value: Any) -> bytes:
    """As kubectl and the API write it: keys sorted."""
    import yaml

    return yaml.safe_dump(value, default_flow_style=False, allow_unicode=True).encode()


def from_yaml(text: bytes) -> Any:
    """YAML 1.1 as JSON would have it: dates stay text. ValueError when it can't be read."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Without timestamps."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, expression) for tag, expression in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
