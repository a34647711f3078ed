"""A network namespace of its own, and a veth pair that reaches it from the host."""

from __future__ import annotations

from pathlib import Path

from .places import Cluster
from .shell import inside, run


def make(cluster: Cluster) -> None:
    """Make the namespace and the pair; what is there already stays."""
    if not Path(f"/run/netns/{cluster.name}").exists():
        run("ip", "netns", "add", cluster.name)
    run(*inside(cluster, "ip", "link", "set", "lo", "up"))
    if not Path(f"/sys/class/net/{cluster.host_link}").exists():
        run(
            "ip",
            "link",
            "add",
            cluster.host_link,
            "type",
            "veth",
            "peer",
            "name",
            cluster.node_link,
            "netns",
            cluster.name,
        )
        run("ip", "addr", "add", f"{cluster.host_ip}/30", "dev", cluster.host_link)
        run("ip", "link", "set", cluster.host_link, "up")
        run(*inside(cluster, "ip", "addr", "add", f"{cluster.ip}/30", "dev", cluster.node_link))
        run(*inside(cluster, "ip", "link", "set", cluster.node_link, "up"))
        run(*inside(cluster, "ip", "route", "add", "default", "via", cluster.host_ip))
    # per namespace, so nothing of the host's changes
    run(*inside(cluster, "sysctl", "-qw", "net.ipv4.ip_forward=1"))
    if Path("/proc/sys/net/bridge/bridge-nf-call-iptables").exists():
        run(*inside(cluster, "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1"), check=False)


def drop(cluster: Cluster) -> None:
    """Remove both: bridges and rules inside go with the namespace."""
    if Path(f"/sys/class/net/{cluster.host_link}").exists():
        run("ip", "link", "del", cluster.host_link, check=False)
    if Path(f"/run/netns/{cluster.name}").exists():
        run("ip", "netns", "del", cluster.name, check=False)
