"""containerd with a registry of its own, kubelet and kube-proxy."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event

from .images import CATALOGUE, PAUSE
from .places import BIN, NODE, PODS, REGISTRY, REGISTRY_ROOT, Cluster
from .plane import kubectl
from .processes import start, why_dead
from .shell import inside, run, say, until

PROCESSES = ("registry", "containerd", "kubelet", "kube-proxy")
_CONTROLLERS = Path("/sys/fs/cgroup")


def prepare(cluster: Cluster, enough: Event) -> None:
    """containerd and the registry with every image, which needs no API server; `enough`: stop before the next image."""
    _write(cluster)
    start(cluster, "registry", "docker-registry", "serve", cluster.run / "registry.yml")
    start(cluster, "containerd", "containerd", "--config", cluster.run / "containerd.toml")
    until(
        "containerd answers",
        lambda: "Server:" in ctr(cluster, "version", check=False),
        30,
        lambda: why_dead(cluster, "containerd"),
    )
    _bring_images(cluster, enough)


def up(cluster: Cluster) -> None:
    """Start what does not run, and wait until the node is Ready."""
    for folder in _groups(cluster):
        folder.mkdir(exist_ok=True)
    start(
        cluster, "kubelet", BIN / "kubelet", f"--config={cluster.run}/kubelet.yaml", f"--kubeconfig={cluster.pki}/kubelet.kubeconfig",
        f"--hostname-override={NODE}", f"--node-ip={cluster.ip}", f"--root-dir={cluster.run}/kubelet", "--node-labels=ingress-ready=true",
    )  # fmt: skip
    start(cluster, "kube-proxy", BIN / "kube-proxy", f"--config={cluster.run}/proxy.yaml")
    until("The node becomes Ready", lambda: ready(cluster), 60, lambda: why_dead(cluster, "kubelet"))


def ready(cluster: Cluster) -> bool:
    """Whether the node is Ready."""
    path = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
    return kubectl(cluster, "get", "node", NODE, "-o", path, check=False) == "True"


def ctr(cluster: Cluster, *words: str | Path, check: bool = True) -> str:
    """containerd's own client, in Kubernetes' namespace."""
    return run(*inside(cluster, "ctr", "-a", cluster.containerd, "-n", "k8s.io", *words), check=check)


def _bring_images(cluster: Cluster, enough: Event) -> None:
    """Into containerd, so that no test waits for the first pull of a layer; one that is there takes 0.1 s."""
    for name in CATALOGUE:
        if enough.is_set():
            return
        ctr(cluster, "image", "pull", "--hosts-dir", cluster.run / "registries", name)
    say("images are there")


def _groups(cluster: Cluster) -> list[Path]:
    """The cgroup below which kubelet works: one per controller (v1), or one (v2)."""
    if (_CONTROLLERS / "cgroup.controllers").exists():
        return [_CONTROLLERS / cluster.name]
    return [p / cluster.name for p in _CONTROLLERS.iterdir() if p.is_dir() and not p.is_symlink()]


def drop_groups(cluster: Cluster) -> None:
    """Remove the cgroups, innermost first."""
    for top in _groups(cluster):
        if top.exists():
            for folder in sorted((p for p in top.rglob("*") if p.is_dir()), key=lambda p: -len(p.parts)):
                folder.rmdir()
            top.rmdir()


def end_containers(cluster: Cluster) -> None:
    """Kill every container; containerd must run."""
    for task in ctr(cluster, "task", "ls", "-q", check=False).split():
        ctr(cluster, "task", "kill", "-s", "9", "-a", task, check=False)
    for container in ctr(cluster, "container", "ls", "-q", check=False).split():
        ctr(cluster, "task", "rm", "-f", container, check=False)
        ctr(cluster, "container", "rm", container, check=False)


def _write(cluster: Cluster) -> None:
    """The configuration files."""
    at = cluster.run
    for host in ("docker.io", "registry.local"):
        folder = at / "registries" / host
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts.toml").write_text(
            f'server = "http://{REGISTRY}"\n[host."http://{REGISTRY}"]\n  capabilities = ["pull", "resolve"]\n'
        )
    (at / "registry.yml").write_text(
        # shared by all clusters, and written by none
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {REGISTRY_ROOT}}}, cache: {{blobdescriptor: inmemory}}, "
        "maintenance: {uploadpurging: {enabled: false}, readonly: {enabled: true}}}\n"
        f'http: {{addr: "{REGISTRY}"}}\n'
    )
    (at / "cni.d").mkdir(exist_ok=True)
    (at / "cni.d" / "10-bridge.conflist").write_text(json.dumps(_network(at)))
    (at / "containerd.toml").write_text(_CONTAINERD.format(at=at, pause=PAUSE))
    (at / "kubelet.yaml").write_text(json.dumps(_kubelet(cluster)))
    (at / "proxy.yaml").write_text(json.dumps(_proxy(cluster)))


def _network(at: Path) -> dict[str, object]:
    ipam = {
        "type": "host-local",
        "ranges": [[{"subnet": PODS}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": f"{at}/cni-ipam",
    }
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": ipam,
    }
    return {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}],
    }


def _kubelet(cluster: Cluster) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "failCgroupV1": False,
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{cluster.name}",  # so that a second kubelet on this machine is not in the way
        "address": cluster.ip,
        # nothing answers there; without it each pod gets a MissingClusterDNS event that no other cluster has
        "clusterDNS": ["10.96.0.10"],
        "clusterDomain": "cluster.local",
        # in /var/log/pods the kubelet of a second cluster removes the logs of pods that it does not know
        "podLogsDir": f"{cluster.run}/pod-logs",
        "authentication": {
            "x509": {"clientCAFile": f"{cluster.pki}/ca.crt"},
            "webhook": {"enabled": True},
            "anonymous": {"enabled": False},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{cluster.pki}/kubelet.crt",
        "tlsPrivateKeyFile": f"{cluster.pki}/kubelet.key",
        "containerRuntimeEndpoint": f"unix://{cluster.containerd}",
        "evictionHard": {"memory.available": "100Mi"},
        "healthzBindAddress": "127.0.0.1",
        "registerNode": True,
    }


def _proxy(cluster: Cluster) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "hostnameOverride": NODE,
        "clusterCIDR": "10.244.0.0/16",
        "clientConnection": {"kubeconfig": f"{cluster.pki}/proxy.kubeconfig"},
        "conntrack": {"maxPerCore": 0},  # the sysctl belongs to the host
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
    }


_CONTAINERD = """version = 2
root = "{at}/containerd"
state = "{at}/containerd-state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "{at}/containerd-state/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  # below our own folder, so that none of another containerd's is ever touched
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{at}/registries"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{at}/cni.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
"""
