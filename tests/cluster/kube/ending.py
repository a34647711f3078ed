"""Takes everything away again: processes, containers, mounts, interfaces, cgroups, data."""

from __future__ import annotations

import shutil
import signal
import time
from os import kill
from pathlib import Path

from . import addons, network, node
from .places import Cluster, Problem
from .processes import alive, stop
from .shell import run, say


def down(cluster: Cluster) -> None:
    """Remove every trace; safe where nothing or half of it is there."""
    stop(cluster, *addons.PROCESSES, "kube-proxy", "kubelet", "kube-scheduler", "kube-controller-manager")
    if alive(cluster, "containerd"):
        node.end_containers(cluster)
    stop(cluster, "kube-apiserver", "containerd", "registry", "etcd")
    _end_strays(cluster)
    _unmount(cluster)
    network.drop(cluster)
    node.drop_groups(cluster)
    shutil.rmtree(cluster.run, ignore_errors=True)
    left = leftovers(cluster)
    if left:
        raise Problem("These are left: " + "; ".join(left))
    say("gone")


def leftovers(cluster: Cluster) -> list[str]:
    """What is still there, in words."""
    left = [f"process {pid}" for pid in _strays(cluster)]
    left += [f"mount {path}" for path in _mounts(cluster)]
    if Path(f"/run/netns/{cluster.name}").exists():
        left.append(f"network namespace {cluster.name}")
    if Path(f"/sys/class/net/{cluster.host_link}").exists():
        left.append(f"interface {cluster.host_link}")
    if cluster.run.exists():
        left.append(str(cluster.run))
    return left


def _strays(cluster: Cluster) -> list[int]:
    """Processes that name our folder in their command line (containerd's shims do), or live in our namespace."""
    mark = f"{cluster.run}/".encode()
    namespace = Path(f"/run/netns/{cluster.name}")
    inode = namespace.stat().st_ino if namespace.exists() else None
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            shim = mark in (folder / "cmdline").read_bytes()
            within = inode is not None and (folder / "ns/net").stat().st_ino == inode
        except OSError:  # it ended meanwhile
            continue
        if shim or within:
            found.append(int(folder.name))
    return found


def _end_strays(cluster: Cluster) -> None:
    end = time.monotonic() + 5
    while (strays := _strays(cluster)) and time.monotonic() < end:
        for pid in strays:
            try:
                kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.1)


def _mounts(cluster: Cluster) -> list[str]:
    prefix = f"{cluster.run}/"
    return [
        path
        for line in Path("/proc/self/mounts").read_text().splitlines()
        if (path := line.split()[1]).startswith(prefix)
    ]


def _unmount(cluster: Cluster) -> None:
    for path in sorted(_mounts(cluster), reverse=True):
        run("umount", "-l", path, check=False)
