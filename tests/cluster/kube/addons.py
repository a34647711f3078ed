"""What a cluster for the lesson has beside Kubernetes: metrics-server, and the entry."""

from __future__ import annotations

import socket
import sys

from .places import HERE, Cluster
from .plane import kubectl
from .processes import start, why_dead
from .shell import until

PROCESSES = ("entry",)


def metrics(cluster: Cluster) -> None:
    """metrics-server as a Deployment from the image made here; `kubectl top` works a scrape (15 s) later."""
    kubectl(cluster, "apply", "--validate=false", "-f", str(HERE / "metrics-server.yaml"))


def entry(cluster: Cluster) -> None:
    """nginx in front of the ready endpoints of every Ingress, on port 80 of the node's address."""
    start(cluster, "entry", sys.executable, HERE / "entry.py", cluster.kubeconfig, cluster.ip)
    until(
        "The entry answers",
        lambda: _answers(cluster.ip),
        20,
        lambda: why_dead(cluster, "entry"),
    )


def _answers(host: str) -> bool:
    try:
        with socket.create_connection((host, 80), timeout=1):
            return True
    except OSError:
        return False
