"""The API server, asked directly: one connection kept open, no client library."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml


class Refused(Exception):
    """The API server said no."""


class Api:
    """Requests over one connection, by an administrator's kubeconfig with a client certificate."""

    def __init__(self, kubeconfig: Path) -> None:
        found = yaml.safe_load(kubeconfig.read_text())
        cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
        self._context = ssl.create_default_context(cadata=_pem(cluster, "certificate-authority", kubeconfig))
        with tempfile.TemporaryDirectory() as folder:
            pair = Path(folder) / "pair"
            key = _pem(user, "client-key", kubeconfig)
            pair.write_text(_pem(user, "client-certificate", kubeconfig) + "\n" + key)
            self._context.load_cert_chain(pair)
        self._address = urlsplit(cluster["server"])
        self._connection = self._connect()

    def _connect(self) -> http.client.HTTPSConnection:
        made = http.client.HTTPSConnection(
            self._address.hostname or "", self._address.port, context=self._context, timeout=30
        )
        made.connect()
        made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        kind: str = "application/json",
        missing: bool = False,
    ) -> Any:
        """The answer's object; None for a 404 where it may be missing. Raises Refused."""
        sent = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, path, sent, {"Content-Type": kind})
            answer = self._connection.getresponse()
        except (OSError, http.client.HTTPException):  # the server closes what is idle for long
            self._connection.close()
            self._connection = self._connect()
            self._connection.request(method, path, sent, {"Content-Type": kind})
            answer = self._connection.getresponse()
        data = answer.read()
        if answer.status == 404 and missing:
            return None
        if answer.status >= 300:
            raise Refused(f"{method} {path}: {answer.status} {data[:300].decode(errors='replace')}")
        return json.loads(data)


def _pem(part: dict[str, str], name: str, kubeconfig: Path) -> str:
    inline = part.get(f"{name}-data")
    if inline:
        return base64.b64decode(inline).decode()
    return (kubeconfig.parent / part[name]).read_text()
