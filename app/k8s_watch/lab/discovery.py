"""What the API says of itself: groups and kinds (aggregated and plain), its version, its OpenAPI documents."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec

from .errors import Json
from .kinds import GROUPS, RESOURCES, VERSIONS, Resource
from .schema import document

VERSION = "v1.36.3"
"""The Kubernetes whose answers the lab gives."""

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
_REFERENCE = re.compile(rb'"#/components/schemas/([^"]+)"')

_encode = msgspec.json.Encoder().encode


def version() -> Json:
    """GET /version."""
    major, minor, _ = VERSION.removeprefix("v").split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": VERSION,
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "lab/amd64",
    }


def accepts_aggregated(accept: str) -> str:
    """The version of the aggregated form that a client takes, "" for the plain one."""
    for item in accept.split(","):
        parts = {part.strip() for part in item.split(";")}
        if "as=APIGroupDiscoveryList" in parts and "g=apidiscovery.k8s.io" in parts:
            return next((v for v in ("v2", "v2beta1") if f"v={v}" in parts), "")
        if parts & {"application/json", "*/*"}:
            return ""
    return ""


def aggregated(version: str, core: bool) -> Json:
    """/api or /apis in one document, as kubectl asks for it since 1.26."""
    names = ("",) if core else GROUPS
    items = []
    for group in names:
        of_group = [
            {"version": one, "resources": _discovered(group, one), "freshness": "Current"}
            for owner, one in VERSIONS
            if owner == group
        ]
        items.append({"metadata": {"name": group} if group else {}, "versions": of_group})
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": items,
    }


def _discovered(group: str, version: str) -> list[Json]:
    found = []
    for one in RESOURCES:
        if (one.group, one.version) != (group, version):
            continue
        item: Json = {
            "resource": one.plural,
            "responseKind": {"group": "", "version": "", "kind": one.kind},
            "scope": "Namespaced" if one.namespaced else "Cluster",
            "singularResource": _singular(one),
            "verbs": list(one.verbs),
        }
        if one.short:
            item["shortNames"] = list(one.short)
        if one.categories:
            item["categories"] = list(one.categories)
        if one.subs:
            item["subresources"] = [
                {
                    "subresource": sub.name,
                    "responseKind": {"group": sub.group, "version": sub.version, "kind": sub.kind},
                    "verbs": list(sub.verbs),
                }
                for sub in one.subs
            ]
        found.append(item)
    return found


def _singular(one: Resource) -> str:
    if one.group == "metrics.k8s.io":
        return ""  # as metrics-server has it: `kubectl get pod` must find pods, not their metrics
    return one.singular or one.kind.lower()


def core_versions(address: str) -> Json:
    """GET /api, the plain form."""
    client = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": client}


def group_list() -> Json:
    """GET /apis, the plain form."""
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name) for name in GROUPS]}


def group(name: str) -> Json | None:
    """GET /apis/GROUP."""
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name)} if name in GROUPS else None


def _group(name: str) -> Json:
    versions = [
        {"groupVersion": f"{owner}/{one}", "version": one} for owner, one in VERSIONS if owner == name
    ]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def resource_list(group: str, version: str) -> Json | None:
    """GET /api/v1 or /apis/GROUP/VERSION."""
    if (group, version) not in VERSIONS:
        return None
    found: list[Json] = []
    for one in RESOURCES:
        if (one.group, one.version) == (group, version):
            found += _listed(one)
    name = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": found}


def _listed(one: Resource) -> list[Json]:
    item: Json = {
        "name": one.plural,
        "singularName": _singular(one),
        "namespaced": one.namespaced,
        "kind": one.kind,
        "verbs": list(one.verbs),
    }
    if one.short:
        item["shortNames"] = list(one.short)
    if one.categories:
        item["categories"] = list(one.categories)
    subs = []
    for sub in one.subs:
        entry: Json = {
            "name": f"{one.plural}/{sub.name}",
            "singularName": "",
            "namespaced": one.namespaced,
            "kind": sub.kind,
            "verbs": list(sub.verbs),
        }
        if sub.group:
            entry |= {"group": sub.group, "version": sub.version}
        subs.append(entry)
    return [item, *subs]


def openapi_index() -> Json:
    """GET /openapi/v3: where the document of each group version is."""
    paths = {}
    for group, version in VERSIONS:
        name = f"apis/{group}/{version}" if group else f"api/{version}"
        paths[name] = {"serverRelativeURL": f"/openapi/v3/{name}?hash={VERSION}"}
    return {"paths": paths}


@cache
def openapi_v3(name: str) -> bytes | None:
    """GET /openapi/v3/NAME, such as apis/apps/v1."""
    whole = document()
    paths = whole["paths"].get(name)
    if paths is None:
        return None
    schemas = _reachable(whole["schemas"], _encode(paths))
    return _encode(
        {"openapi": "3.0.0", "info": whole["info"], "paths": paths, "components": {"schemas": schemas}}
    )


@cache
def openapi_v2() -> bytes:
    """GET /openapi/v2 as JSON: the definitions alone, for clients that still ask for it."""
    whole = document()
    text = _encode({"swagger": "2.0", "info": whole["info"], "paths": {}, "definitions": whole["schemas"]})
    return text.replace(b"#/components/schemas/", b"#/definitions/")


def _reachable(schemas: Json, text: bytes) -> Json:
    """The schemas that a text refers to, and those that these refer to."""
    found: dict[str, Any] = {}
    waiting = set(_REFERENCE.findall(text))
    while waiting:
        name = waiting.pop().decode()
        if name not in found:
            found[name] = schemas[name]
            waiting |= set(_REFERENCE.findall(_encode(schemas[name])))
    return found


PROTO_OPENAPI = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
NO_OPENAPI = b"\x0a\x032.0"
"""An OpenAPI v2 document that defines nothing, in protobuf: `swagger: "2.0"`."""
