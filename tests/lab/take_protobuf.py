"""Take the field numbers of Kubernetes' protobuf messages from its Go modules: protobuf.json.gz.

Run by hand when the lab moves to another Kubernetes version:
    python tests/lab/take_protobuf.py ~/go/pkg/mod/k8s.io/api@v0.36.3 ~/go/pkg/mod/k8s.io/apimachinery@v0.36.3
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

from k8s_watch.lab.schema import document

TARGET = Path(__file__).parents[2] / "app/k8s_watch/lab/protobuf.json.gz"
FIELD = re.compile(r"^\s*(optional|repeated|map<string, ([^>]+)>)\s*([.\w]*)\s+(\w+) = (\d+);")
STRUCT = re.compile(r"^type (\w+) struct \{(.*?)^\}", re.M | re.S)
POINTER = re.compile(r'^\s*\w+\s+\*\S+\s+`json:"(\w+)', re.M)
ROOTS = (
    "api.apps.v1.Deployment",
    "api.apps.v1.ReplicaSet",
    "api.authorization.v1.SelfSubjectAccessReview",
    "api.authorization.v1.SelfSubjectRulesReview",
    "api.autoscaling.v1.Scale",
    "api.autoscaling.v2.HorizontalPodAutoscaler",
    "api.coordination.v1.Lease",
    "api.core.v1.Binding",
    "api.core.v1.ConfigMap",
    "api.core.v1.Event",
    "api.core.v1.Namespace",
    "api.core.v1.Node",
    "api.core.v1.Pod",
    "api.core.v1.Secret",
    "api.core.v1.Service",
    "api.core.v1.ServiceAccount",
    "api.discovery.v1.EndpointSlice",
    "api.events.v1.Event",
    "api.networking.v1.Ingress",
    "api.networking.v1.IngressClass",
    "api.policy.v1.Eviction",
    "apimachinery.pkg.apis.meta.v1.DeleteOptions",
)


def messages(text: str) -> dict[str, Any]:
    """The messages of a .proto file, by their OpenAPI names: number -> [name, type, how]."""
    package = re.search(r"^package ([\w.]+);", text, re.M)
    assert package is not None
    found: dict[str, Any] = {}
    name = ""
    for line in text.splitlines():
        start = re.match(r"^message (\w+) \{", line)
        if start:
            name = openapi(f"{package.group(1)}.{start.group(1)}")
            found[name] = {}
        match = FIELD.match(line)
        if match and name:
            how, of_map, kind, field, number = match.groups()
            wanted = of_map or kind
            if not re.fullmatch(r"int32|int64|bool|string|bytes|double", wanted):
                wanted = openapi(wanted if wanted.startswith(".") else f"{package.group(1)}.{wanted}")
            found[name][number] = [field, wanted, "map" if of_map else how]
    return found


def openapi(name: str) -> str:
    """.k8s.io.api.core.v1.Pod -> api.core.v1.Pod"""
    return name.lstrip(".").removeprefix("k8s.io.")


def pointers(folder: Path, package: str) -> dict[str, set[str]]:
    """The JSON names of the fields that are pointers in Go: a zero in those means something."""
    found: dict[str, set[str]] = {}
    for file in folder.glob("*.go"):
        if file.name.startswith("zz_") or file.name.endswith(("_test.go", ".pb.go")):
            continue
        for struct, body in STRUCT.findall(file.read_text()):
            found.setdefault(f"{package}.{struct}", set()).update(POINTER.findall(body))
    return found


def main(*folders: str) -> None:
    """Read, prune, write."""
    everything: dict[str, Any] = {}
    kept_zero: dict[str, set[str]] = {}
    for folder in map(Path, folders):
        top = "api" if folder.name.startswith("api@") else "apimachinery"
        for file in sorted(folder.rglob("generated.proto")):
            everything |= messages(file.read_text())
            package = ".".join([top, *file.parent.relative_to(folder).parts])
            kept_zero |= pointers(file.parent, package)
    whole: dict[str, Any] = {}
    todo = list(ROOTS)
    schemas = document()["schemas"]
    while todo:
        name = todo.pop()
        if name in whole or name not in everything:
            continue
        properties = schemas.get(f"io.k8s.{name}", {}).get("properties")
        whole[name] = {
            number: mark(name, field, properties, kept_zero) for number, field in everything[name].items()
        }
        todo += [field[1] for field in everything[name].values() if "." in field[1]]
    data = json.dumps(whole, separators=(",", ":"), sort_keys=True).encode()
    TARGET.write_bytes(gzip.compress(data, 9, mtime=0))
    print(len(data), "bytes,", TARGET.stat().st_size, "compressed,", len(whole), "messages")


def mark(name: str, field: list[str], properties: Any, kept_zero: dict[str, set[str]]) -> list[str]:
    """How a field is read: map, repeated, pointer, inline (its fields belong to the message itself) or value."""
    title, kind, how = field
    if properties is not None and title not in properties and how == "optional":
        if "." not in kind:
            print("not in the schema:", name, title)
        return [title, kind, "inline"]
    if how == "optional":
        return [title, kind, "pointer" if title in kept_zero.get(name, set()) else "value"]
    return [title, kind, how]


if __name__ == "__main__":
    main(*sys.argv[1:])
