"""What this machine must have; each missing thing gets a sentence, or is installed where that is asked for."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from .places import GO, Problem
from .shell import run, say

# command (or file) -> Debian package, and what it is for
NEEDED = {
    "containerd": ("containerd", "runs the containers"),
    "runc": ("runc", "runs a container"),
    "/usr/lib/cni/bridge": ("containernetworking-plugins", "gives pods a network"),
    "iptables": ("iptables", "kube-proxy writes the Services with it"),
    "conntrack": ("conntrack", "kube-proxy drops old connections with it"),
    "ip": ("iproute2", "makes the network namespace"),
    "debootstrap": ("debootstrap", "makes the images of the lesson's app"),
    "nginx": ("nginx-light", "is the entry in front of the pods"),
    "docker-registry": ("docker-registry", "serves the images"),
    "openssl": ("openssl", "makes the certificates"),
    "gcc": ("gcc", "compiles the pause image"),
}


def check(install: bool = False) -> None:
    """Raises Problem that names everything that is missing. `install`: let apt-get bring what it can."""
    missing = _packages()
    if missing and install and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {' '.join(sorted(missing))} ...")
        run("apt-get", "update")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        # --no-install-recommends and a policy of 101: no service of theirs is started on this machine
        with _no_services():
            run("apt-get", "install", "-y", "--no-install-recommends", *sorted(missing), env=env)
        missing = _packages()
    sentences = [
        f"{thing} is missing: it {why} (Debian: apt-get install {package})."
        for package, (thing, why) in missing.items()
    ]
    sentences += _others()
    if sentences:
        raise Problem("\n".join(["The real cluster can't be brought up here:", *sentences]))


def _packages() -> dict[str, tuple[str, str]]:
    return {
        package: (thing, why)
        for thing, (package, why) in NEEDED.items()
        if not (
            Path(thing).exists()
            if thing.startswith("/")
            else shutil.which(thing) or shutil.which(thing, path="/usr/sbin:/sbin")
        )
    }


def _others() -> list[str]:
    sentences = []
    if os.geteuid() != 0:
        sentences.append("You are not root: containers and network namespaces need it (sudo make cluster).")
    if not Path("/proc/sys/net/ipv4").exists() or os.uname().sysname != "Linux":
        sentences.append(
            "This is not Linux, whose namespaces and cgroups it is made of; the lab needs neither."
        )
    go = shutil.which("go")
    if not go:
        sentences.append(f"go is missing: Kubernetes is built with Go {GO[0]}.{GO[1]} or newer.")
    else:
        found = re.search(
            r"go(\d+)\.(\d+)", run(go, "version", env={**os.environ, "GOTOOLCHAIN": "local"}, check=False)
        )
        if found and (int(found[1]), int(found[2])) < GO:
            sentences.append(
                f"go {found[1]}.{found[2]} is too old: Kubernetes is built with {GO[0]}.{GO[1]} or newer."
            )
    return sentences


class _no_services:  # noqa: N801  used as a function
    """While packages are installed, their services are not started (policy-rc.d, Debian's own way)."""

    file = Path("/usr/sbin/policy-rc.d")

    def __enter__(self) -> None:
        self.mine = not self.file.exists()
        if self.mine:
            self.file.write_text("#!/bin/sh\nexit 101\n")
            self.file.chmod(0o755)

    def __exit__(self, *_error: object) -> None:
        if self.mine:
            self.file.unlink(missing_ok=True)
