"""Take the OpenAPI documents of a real API server and keep what the lab serves: openapi.json.gz.

Run by hand when the lab moves to another Kubernetes version:
    kubectl proxy --port 8001 & python tests/lab/take_openapi.py http://127.0.0.1:8001
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import urllib.request
from pathlib import Path
from typing import Any

from k8s_watch.lab.kinds import RESOURCES, VERSIONS

TARGET = Path(__file__).parents[2] / "app/k8s_watch/lab/openapi.json.gz"
PLURAL = re.compile(
    r"^/(?:api|apis/[^/]+)/[^/]+/(?:namespaces/\{namespace\}/)?([a-z]+)(?:/\{name\}(?:/([a-z]+))?)?$"
)
REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')


def served(path: str, group: str, version: str) -> bool:
    """Whether the lab answers on a path of the document."""
    match = PLURAL.match(path)
    if match is None:
        return False
    plural, sub = match.groups()
    if "/watch/" in path:
        return False
    for one in RESOURCES:
        if (one.group, one.version, one.plural) == (group, version, plural):
            return sub is None or one.sub(sub) is not None
    return False


def operations(path: str, item: dict[str, Any]) -> dict[str, Any]:
    """A path's operations, for the verbs that the lab has."""
    return {
        verb: part
        for verb, part in item.items()
        if verb in {"get", "post", "put", "patch", "delete", "parameters"}
    }


def reachable(schemas: dict[str, Any], text: str) -> dict[str, Any]:
    """The schemas that a text refers to, and those that these refer to."""
    found: dict[str, Any] = {}
    todo = set(REFERENCE.findall(text))
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = schemas[name]
            todo |= set(REFERENCE.findall(json.dumps(schemas[name])))
    return found


def main(base: str) -> None:
    """Fetch, prune, write."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    title: dict[str, Any] = {}
    for group, version in VERSIONS:
        where = f"apis/{group}/{version}" if group else f"api/{version}"
        with urllib.request.urlopen(f"{base}/openapi/v3/{where}") as answer:
            document = json.load(answer)
        title = document["info"] if group == "apps" else title
        kept = {
            path: operations(path, item)
            for path, item in document["paths"].items()
            if served(path, group, version)
        }
        paths[where] = kept
        schemas |= reachable(document["components"]["schemas"], json.dumps(kept))
    whole = {"info": title, "schemas": dict(sorted(schemas.items())), "paths": paths}
    data = json.dumps(whole, separators=(",", ":")).encode()
    TARGET.write_bytes(gzip.compress(data, 9, mtime=0))
    print(len(data), "bytes,", TARGET.stat().st_size, "compressed,", len(schemas), "schemas")


if __name__ == "__main__":
    main(sys.argv[1])
