"""Where everything is, and which versions: one place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent.parent
KUBERNETES = "1.36.3"
GO = (1, 26)
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "k8s-watch" / "cluster"
BIN = CACHE / "bin" / KUBERNETES
REGISTRY_ROOT = CACHE / "registry"  # the images
NODE = "node-1"
SERVICES = "10.96.0.0/16"
PODS = "10.244.0.0/24"
REGISTRY = "127.0.0.1:5001"  # inside the cluster's own network namespace, so no port of the host's


class Problem(Exception):
    """Told to the user as one sentence."""


@dataclass(frozen=True)
class Cluster:
    """One cluster: `number` (0-63) keeps several apart."""

    number: int = 0

    @property
    def name(self) -> str:
        """The network namespace, and the prefix of everything that it owns on this machine."""
        return f"k8s-watch-{self.number}"

    @property
    def run(self) -> Path:
        """Its state; on /run, which no overlay file system lies over, and which a reboot empties."""
        return Path("/run/k8s-watch-cluster") / str(self.number)

    @property
    def host_link(self) -> str:
        """The host's end of the veth pair."""
        return f"k8sw{self.number}h"

    @property
    def node_link(self) -> str:
        """The namespace's end."""
        return f"k8sw{self.number}n"

    @property
    def host_ip(self) -> str:
        """The host's address on the pair."""
        return f"10.245.{self.number}.1"

    @property
    def ip(self) -> str:
        """The node's address: API server, kubelet and the entry, as seen from the host."""
        return f"10.245.{self.number}.2"

    @property
    def server(self) -> str:
        """The API server's URL."""
        return f"https://{self.ip}:6443"

    @property
    def entry(self) -> str:
        """The entry's URL."""
        return f"http://{self.ip}/"

    @property
    def pki(self) -> Path:
        """Certificates, keys and kubeconfigs; mode 700."""
        return self.run / "pki"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.pki / "admin.kubeconfig"

    @property
    def containerd(self) -> Path:
        """containerd's socket."""
        return self.run / "containerd-state" / "containerd.sock"
