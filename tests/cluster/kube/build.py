"""Builds Kubernetes, etcd and metrics-server from their published Go modules: once, into the cache."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from .places import BIN, CACHE, HERE, KUBERNETES
from .shell import long, say

_STAMP = "k8s.io/component-base/version"
_KUBERNETES = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
)
_PROGRAMS = (
    # (folder with go.mod, what go builds, names of the binaries)
    ("kubernetes", "tool", _KUBERNETES),
    ("etcd", "tool", ("etcd",)),
    ("metrics-server", "tool", ("metrics-server",)),
)


def build() -> None:
    """Build what is not there yet. Safe to interrupt: a binary appears in the cache only when it is whole."""
    BIN.mkdir(parents=True, exist_ok=True)
    for folder, what, names in _PROGRAMS:
        if all((BIN / name).exists() for name in names):
            continue
        minor = KUBERNETES.split(".")[1]
        version = f"-X {_STAMP}.gitVersion=v{KUBERNETES} -X {_STAMP}.gitMajor=1 -X {_STAMP}.gitMinor={minor}"
        flags = f"-s -w {version}" if folder == "kubernetes" else "-s -w"
        env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -trimpath -mod=readonly"}
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="build-") as made:
            command = ["go", "build", "-ldflags", flags, "-o", f"{made}/", what]
            long(
                f"Building {folder} {KUBERNETES if folder == 'kubernetes' else ''}".rstrip(),
                command,
                HERE / "go" / folder,
                env,
                CACHE / f"{folder}.log",
            )
            _take(Path(made), names)


def _take(made: Path, names: tuple[str, ...]) -> None:
    found = {p.name: p for p in made.iterdir()}
    for name in names:
        # etcd's module path ends in v3, so go calls the binary "server" or "v3"
        source = found.get(name) or next(iter(found.values()))
        os.replace(source, BIN / name)


def built() -> bool:
    """Whether everything is in the cache."""
    return all((BIN / name).exists() for _folder, _what, names in _PROGRAMS for name in names)


def clean() -> None:
    """Forget everything that was built."""
    shutil.rmtree(CACHE, ignore_errors=True)
    say(f"removed {CACHE}")
