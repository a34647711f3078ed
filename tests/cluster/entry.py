#!/usr/bin/env python3
"""An entry that behaves like an ingress controller: nginx before the ready endpoints of every Ingress.

usage: entry.py KUBECONFIG ADDRESS      listens on ADDRESS:80; ends with SIGTERM, and its nginx with it
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from kube.places import BIN

KUBECONFIG, ADDRESS = sys.argv[1:3]
KUBECTL = [str(BIN / "kubectl"), "--kubeconfig", KUBECONFIG]
HOME = Path(tempfile.mkdtemp(prefix="entry-", dir=Path(KUBECONFIG).parent.parent))
CONF = HOME / "nginx.conf"
KINDS = ("endpointslices", "ingresses")


def objects(kind: str) -> list[dict]:
    """All of a kind; none while the API server is away."""
    out = subprocess.run(
        [*KUBECTL, "get", kind, "-A", "-o", "json"], capture_output=True, text=True, check=False
    )
    return json.loads(out.stdout)["items"] if out.returncode == 0 else []


def watch(kind: str, changed: threading.Event) -> None:
    """Say so whenever anything of a kind changes."""
    while True:
        command = [*KUBECTL, "get", kind, "-A", "-w", "--no-headers"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            for _line in process.stdout or ():
                changed.set()
        time.sleep(1)
        changed.set()


def ready() -> dict[tuple[str, str], list[str]]:
    """(namespace, Service) to the addresses in rotation."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in objects("endpointslices"):
        meta = item["metadata"]
        service, ports = meta.get("labels", {}).get("kubernetes.io/service-name"), item.get("ports") or []
        for endpoint in item.get("endpoints") or []:
            if service and ports and endpoint.get("conditions", {}).get("ready", True):
                found.setdefault((meta["namespace"], service), []).append(
                    f"{endpoint['addresses'][0]}:{ports[0]['port']}"
                )
    return found


def config() -> str:
    """nginx's whole configuration."""
    peers, upstreams, servers = ready(), {}, {}
    for item in objects("ingresses"):
        namespace = item["metadata"]["namespace"]
        for rule in item["spec"].get("rules") or []:
            for path in rule.get("http", {}).get("paths", []):
                service = path["backend"]["service"]["name"]
                name = f"{namespace}_{service}".replace("-", "_")
                mine = peers.get((namespace, service), [])
                # max_fails=0: an endpoint that failed once is not benched for 10 s
                upstreams[name] = " ".join(f"server {a} max_fails=0;" for a in sorted(mine))
                where = path.get("path") or "/"
                match = f"= {where}" if path.get("pathType") == "Exact" else where
                hop = (
                    f"proxy_pass http://{name}; proxy_http_version 1.1; proxy_set_header Host $host; proxy_connect_timeout 1s;"
                    if mine
                    else "return 503;"
                )
                servers.setdefault(rule.get("host") or "_", {})[match] = hop
    ups = "\n".join(f"upstream {n} {{ {s} }}" for n, s in upstreams.items() if s)
    blocks = [_server(host, places) for host, places in servers.items()] or [
        f"server {{ listen {ADDRESS}:80; return 404; }}"
    ]
    folders = " ".join(
        f"{k}_temp_path {HOME}/{k};" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; worker_processes 1; pid {HOME}/pid; error_log {HOME}/error.log; events {{ worker_connections 1024; }}\n"
        f"http {{ access_log off; {folders}\n{ups}\n" + "\n".join(blocks) + "\n}\n"
    )


def _server(host: str, places: dict[str, str]) -> str:
    default = " default_server" if host == "_" else ""
    locations = " ".join(f"location {match} {{ {hop} }}" for match, hop in places.items())
    return f"server {{ listen {ADDRESS}:80{default}; server_name {host}; {locations} }}"


def main() -> None:
    """Follow the cluster until SIGTERM."""
    changed = threading.Event()
    CONF.write_text(old := config())
    nginx = subprocess.Popen(["nginx", "-c", str(CONF), "-e", f"{HOME}/error.log"])

    def leave(*_args: object) -> None:
        nginx.terminate()
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)
    for kind in KINDS:
        threading.Thread(target=watch, args=(kind, changed), daemon=True).start()
    while nginx.poll() is None:
        changed.wait(0.5)
        if changed.is_set():
            changed.clear()
            new = config()
            if new != old and (ready() or "upstream" not in old):
                CONF.write_text(old := new)
                nginx.send_signal(signal.SIGHUP)


main()
