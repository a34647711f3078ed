"""Images made here: one root file system for the lesson's app, Node and nginx, one static binary, pause, metrics-server."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from . import registry
from .places import BIN, CACHE, HERE, REGISTRY_ROOT
from .shell import long, run, say

_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_FLASK = ["python3", "-m", "flask", "run", "--host=0.0.0.0"]
PAUSE = "registry.local/pause:1"
METRICS = "registry.local/metrics-server:1"
# full name -> (root, config): the lesson's app and its strange relatives
CATALOGUE: dict[str, tuple[str, dict[str, object]]] = {
    PAUSE: ("pause", {"Entrypoint": ["/pause"]}),
    METRICS: ("metrics-server", {"Entrypoint": ["/metrics-server"]}),
    "registry.local/static:1": ("static", {"Entrypoint": ["/server"]}),
    # with Flask's reloader PID 1 handles SIGTERM, so the lesson's `killall python3` works
    "docker.io/lyzhang1999/hello-world-flask:latest": (
        "app",
        {"Env": ["FLASK_DEBUG=1", _PATH], "WorkingDir": "/app", "Cmd": _FLASK},
    ),
    # without it killall returns 0 and nothing dies
    "registry.local/stubborn:1": ("app", {"Env": [_PATH], "WorkingDir": "/app", "Cmd": _FLASK}),
    "registry.local/node:1": ("app", {"Env": [_PATH], "WorkingDir": "/app", "Cmd": ["node", "app.js"]}),
    "registry.local/nginx:1": ("app", {"Env": [_PATH], "Cmd": ["nginx", "-g", "daemon off;"]}),
    "registry.local/shell:1": (
        "app",
        {
            "Env": [_PATH],
            "WorkingDir": "/app",
            "Cmd": ["sh", "-c", "python3 -m flask run --host=0.0.0.0; true"],
        },
    ),
}
_PACKAGES = "python3-flask,psmisc,apache2-utils,bash,procps,curl,nodejs,nginx-light"


def make() -> None:
    """Make what is not there yet; an image is in the cached registry only when it is whole."""
    REGISTRY_ROOT.mkdir(parents=True, exist_ok=True)
    for name, (root, config) in CATALOGUE.items():
        if registry.has(name):
            continue
        layer = _layer(root)
        say(f"Packing {name}")
        history = [{"created_by": "k8s-watch tests"}]
        image = {"architecture": _architecture(), "os": "linux", "config": config, "history": history}
        registry.add(name, image, layer)


def _layer(root: str) -> str:
    """The root file system as a tar in the registry: its digest."""
    known = REGISTRY_ROOT / f"layer-{root}"
    if known.exists():
        return known.read_text()
    with tempfile.TemporaryDirectory(dir=REGISTRY_ROOT, prefix="root-") as made:
        folder = Path(made) / "root"
        folder.mkdir()
        {"pause": _pause, "static": _static, "app": _app, "metrics-server": _metrics}[root](folder)
        tar, note = Path(made) / "layer.tar", Path(made) / "digest"
        run("tar", "-C", folder, "--numeric-owner", "-cf", tar, ".")
        note.write_text(registry.blob(tar))
        os.replace(note, known)
    return known.read_text()


def _pause(root: Path) -> None:
    run("gcc", "-static", "-O2", "-o", root / "pause", HERE / "images" / "pause.c")


def _static(root: Path) -> None:
    env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -trimpath"}
    run("go", "build", "-o", root / "server", ".", cwd=HERE / "images" / "static", env=env)


def _metrics(root: Path) -> None:
    shutil.copy2(BIN / "metrics-server", root / "metrics-server")
    (root / "tmp").mkdir(mode=0o1777)


def _app(root: Path) -> None:
    mirror, suite = _debian()
    command = [
        "debootstrap",
        "--variant=minbase",
        f"--include={_PACKAGES}",
        suite,
        root,
        *([mirror] if mirror else []),
    ]
    long(
        "Making the app's root file system with debootstrap",
        command,
        root.parent,
        os.environ,
        CACHE / "debootstrap.log",
    )
    for waste in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man"):
        shutil.rmtree(root / waste, ignore_errors=True)
    shutil.copytree(HERE / "images" / "app", root / "app")
    (root / "etc/nginx/sites-enabled/default").unlink(missing_ok=True)
    shutil.copy(HERE / "images" / "nginx.conf", root / "etc/nginx/conf.d/app.conf")


def _debian() -> tuple[str, str]:
    """The mirror and the suite that this machine's apt uses."""
    suite = "bookworm"
    for file in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        if not file.exists():
            continue
        text = file.read_text()
        found = re.search(r"^(?:URIs: *|deb +(?:\[[^]]*\] +)?)(https?:\S+)", text, re.MULTILINE)
        if found:
            return found[1], suite
    return "", suite


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
