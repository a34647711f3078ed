"""The storage of a registry, laid out as docker-registry does it: each layer once, nothing is ever pushed.

https://distribution.github.io/distribution/spec/api/ tells what it serves; the layout is that of its
`registry/storage/paths.go`, the same since version 2.0.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from .places import REGISTRY_ROOT

_V2 = REGISTRY_ROOT / "docker" / "registry" / "v2"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"  # not compressed, since it never leaves this machine


def has(name: str) -> bool:
    """Whether an image (HOST/PATH:TAG) is there, and whole: its tag is what is written last."""
    return _tag(name).exists()


def blob(file: Path) -> str:
    """Move a file in; its digest."""
    with file.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    place = _blob(digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    os.replace(file, place)
    return digest


def add(name: str, config: dict[str, object], layer: str) -> None:
    """An image of one layer, which is there already (its digest); `config` without its rootfs."""
    image = {**config, "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]}}
    described = _json(image)
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _descriptor(_CONFIG, described),
            "layers": [_descriptor(_LAYER, layer)],
        }
    )
    repository = _repository(name)
    for digest in (described, layer):
        _link(repository / "_layers" / "sha256" / digest / "link", digest)
    _link(repository / "_manifests" / "revisions" / "sha256" / manifest / "link", manifest)
    _link(_tag(name), manifest)


def _json(value: object) -> str:
    """A blob with this in it; its digest."""
    data = json.dumps(value).encode()
    digest = hashlib.sha256(data).hexdigest()
    _write(_blob(digest), data)
    return digest


def _descriptor(kind: str, digest: str) -> dict[str, object]:
    return {"mediaType": kind, "digest": f"sha256:{digest}", "size": _blob(digest).stat().st_size}


def _blob(digest: str) -> Path:
    return _V2 / "blobs" / "sha256" / digest[:2] / digest / "data"


def _repository(name: str) -> Path:
    """Where an image's links are: the registry knows it by its path, whatever host stands before it."""
    return _V2 / "repositories" / name.partition("/")[2].rpartition(":")[0]


def _tag(name: str) -> Path:
    return _repository(name) / "_manifests" / "tags" / name.rpartition(":")[2] / "current" / "link"


def _link(place: Path, digest: str) -> None:
    _write(place, f"sha256:{digest}".encode())


def _write(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    part.write_bytes(data)
    os.replace(part, place)
