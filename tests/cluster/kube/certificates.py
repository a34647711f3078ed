"""Certificates and kubeconfigs, made by openssl."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from .places import Cluster
from .shell import run

_WHO = {
    "admin": "/O=system:masters/CN=admin",
    "cm": "/CN=system:kube-controller-manager",
    "sched": "/CN=system:kube-scheduler",
    "proxy": "/CN=system:kube-proxy",
    "kubelet-client": "/O=system:masters/CN=apiserver-kubelet",
}


def make(cluster: Cluster) -> None:
    """Make what is not there yet."""
    pki = cluster.pki
    pki.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("ca", "front"):
        _authority(pki, name)
    names = [f"IP:{a}" for a in ("127.0.0.1", "10.96.0.1", cluster.ip)]
    names += [f"DNS:{n}" for n in ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")]
    _sign(pki, "ca", "apiserver", "/CN=kube-apiserver", ",".join(names))
    _sign(pki, "ca", "kubelet", "/O=system:nodes/CN=system:node:node-1", f"IP:{cluster.ip},DNS:node-1")
    _sign(pki, "front", "front-client", "/CN=front-client")
    for name, subject in _WHO.items():
        _sign(pki, "ca", name, subject)
    if not (pki / "sa.pub").exists():
        run("openssl", "genrsa", "-out", pki / "sa.key", "2048")
        run("openssl", "rsa", "-in", pki / "sa.key", "-pubout", "-out", pki / "sa.pub")
    for name in ("admin", "cm", "sched", "proxy", "kubelet"):
        _kubeconfig(cluster, name)


def _authority(pki: Path, name: str) -> None:
    if not (pki / f"{name}.crt").exists():
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-keyout", pki / f"{name}.key", "-out", pki / f"{name}.crt", "-subj", f"/CN={name}",
            "-addext", "keyUsage=critical,digitalSignature,keyCertSign,cRLSign")  # fmt: skip


def _sign(pki: Path, authority: str, name: str, subject: str, names: str = "") -> None:
    if (pki / f"{name}.crt").exists():
        return
    run(
        "openssl",
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        pki / f"{name}.key",
        "-out",
        pki / f"{name}.csr",
        "-subj",
        subject,
    )
    extensions = f"keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName={names or 'DNS:' + name}\n"
    (pki / f"{name}.ext").write_text(extensions)
    run("openssl", "x509", "-req", "-in", pki / f"{name}.csr", "-CA", pki / f"{authority}.crt", "-CAkey", pki / f"{authority}.key", "-CAcreateserial",
        "-days", "3650", "-out", pki / f"{name}.crt", "-extfile", pki / f"{name}.ext")  # fmt: skip


def _kubeconfig(cluster: Cluster, name: str) -> None:
    pki, file = cluster.pki, cluster.pki / f"{name}.kubeconfig"
    if file.exists():
        return

    def data(path: str) -> str:
        return base64.b64encode((pki / path).read_bytes()).decode()

    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "real",
        "contexts": [{"name": "real", "context": {"cluster": "real", "user": name}}],
        "clusters": [
            {
                "name": "real",
                "cluster": {"server": cluster.server, "certificate-authority-data": data("ca.crt")},
            }
        ],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": data(f"{name}.crt"),
                    "client-key-data": data(f"{name}.key"),
                },
            }
        ],
    }
    file.touch(mode=0o600)
    file.write_text(json.dumps(config, indent=1))  # JSON is YAML
