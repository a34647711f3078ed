"""What the lab's processes must know of one another: written once by the starter, read by each."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Box:
    """One lab. Every port is on 127.0.0.1 and chosen by the starter; the folder has mode 700."""

    home: str  # holds box.json, kubeconfig, ca.crt, tls.crt, tls.key, journal, logs/
    token: str  # the random bearer token that every request must carry
    api_port: int  # the API server, https
    node_port: int  # the node's kubelet-like API, http, token as well
    entry_port: int  # the entry (ingress), http
    pod_net: str  # first three octets of the pods' addresses, "127.83.12"; "" where only 127.0.0.1 exists
    fast: bool = False  # periods shortened (15 s -> 3 s, 300 s -> 30 s, back-off / 5); the screen says so
    empty: bool = False  # born without the lesson's objects

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return Path(self.home) / "box.json"

    def save(self) -> None:
        """Write it, readable by this user only."""
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump(asdict(self), out)


def load(home: str) -> Box:
    """The box whose folder is `home`."""
    return Box(**json.loads((Path(home) / "box.json").read_text()))
