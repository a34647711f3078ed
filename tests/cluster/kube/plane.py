"""etcd, the API server, the controller manager and the scheduler."""

from __future__ import annotations

from .places import BIN, SERVICES, Cluster
from .processes import start, why_dead
from .shell import run, until

_ETCD = "http://127.0.0.1:2379"
PROCESSES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def kubectl(cluster: Cluster, *words: str, check: bool = True, feed: str | None = None) -> str:
    """kubectl of the same version, as the administrator."""
    return run(BIN / "kubectl", "--kubeconfig", cluster.kubeconfig, *words, check=check, feed=feed)


def up(cluster: Cluster) -> None:
    """Start what does not run, and wait until the API server is ready."""
    pki = "pki"
    start(
        cluster, "etcd", BIN / "etcd", "--data-dir", cluster.run / "etcd",
        "--unsafe-no-fsync",  # fit for tests only: three times as fast on a slow disk
        "--listen-client-urls", _ETCD, "--advertise-client-urls", _ETCD,
        "--listen-peer-urls", "http://127.0.0.1:2380", "--initial-advertise-peer-urls", "http://127.0.0.1:2380",
        "--initial-cluster", "default=http://127.0.0.1:2380",
    )  # fmt: skip
    start(
        cluster, "kube-apiserver", BIN / "kube-apiserver", f"--etcd-servers={_ETCD}", "--secure-port=6443",
        "--bind-address=0.0.0.0", f"--advertise-address={cluster.ip}", f"--service-cluster-ip-range={SERVICES}",
        f"--client-ca-file={pki}/ca.crt", f"--tls-cert-file={pki}/apiserver.crt", f"--tls-private-key-file={pki}/apiserver.key",
        "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={pki}/sa.pub",
        f"--service-account-signing-key-file={pki}/sa.key", "--authorization-mode=Node,RBAC", "--allow-privileged",
        # exec and logs go to the node's address, since its name is known to no DNS
        "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-client-certificate={pki}/kubelet-client.crt", f"--kubelet-client-key={pki}/kubelet-client.key",
        # metrics-server is reached at its pod's address: the API server shares the bridge with it
        "--enable-aggregator-routing", f"--requestheader-client-ca-file={pki}/front.crt",
        "--requestheader-allowed-names=front-client", "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki}/front-client.crt", f"--proxy-client-key-file={pki}/front-client.key",
    )  # fmt: skip
    until(
        "The API server becomes ready",
        lambda: kubectl(cluster, "get", "--raw", "/readyz", check=False) == "ok",
        60,
        lambda: why_dead(cluster, "kube-apiserver") or why_dead(cluster, "etcd"),
    )
    start(
        cluster, "kube-controller-manager", BIN / "kube-controller-manager", f"--kubeconfig={pki}/cm.kubeconfig",
        f"--service-account-private-key-file={pki}/sa.key", f"--root-ca-file={pki}/ca.crt", "--use-service-account-credentials",
        "--leader-elect=false", f"--cluster-signing-cert-file={pki}/ca.crt", f"--cluster-signing-key-file={pki}/ca.key",
        "--bind-address=127.0.0.1",
    )  # fmt: skip
    start(cluster, "kube-scheduler", BIN / "kube-scheduler", f"--kubeconfig={pki}/sched.kubeconfig", "--leader-elect=false", "--bind-address=127.0.0.1")  # fmt: skip
