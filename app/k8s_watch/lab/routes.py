"""Which Service a request goes to, by the Ingresses' rules, and which endpoints are behind it: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
Address = tuple[str, int]
Backend = tuple[str, str, object]  # namespace, Service, port (number or name)


@dataclass(frozen=True, slots=True)
class Rule:
    """One path of one Ingress."""

    host: str  # "" for every host; "*.example.test" for one label below it
    path: str
    exact: bool
    backend: Backend

    def fits(self, host: str, path: str) -> bool:
        """Whether a request is meant; Prefix goes by whole elements of the path."""
        if self.host and self.host != host and not _wild(self.host, host):
            return False
        if self.exact:
            return path == self.path
        prefix = self.path.rstrip("/")
        return path == prefix or path.startswith(prefix + "/")


def _wild(pattern: str, host: str) -> bool:
    if not pattern.startswith("*."):
        return False
    label, dot, rest = host.partition(".")
    return bool(label and dot) and rest == pattern[2:]


def rules(ingresses: Iterable[Object]) -> list[Rule]:
    """All rules, the most specific first: a host before none, exact before prefix, long before short."""
    found: list[Rule] = []
    for ingress in ingresses:
        namespace, spec = ingress["metadata"]["namespace"], ingress["spec"]
        if default := _backend(namespace, spec.get("defaultBackend")):
            found.append(Rule("", "/", False, default))
        for rule in spec.get("rules") or []:
            for path in (rule.get("http") or {}).get("paths") or []:
                backend = _backend(namespace, path.get("backend"))
                exact = path.get("pathType") == "Exact"
                if backend:
                    found.append(Rule(rule.get("host") or "", path.get("path") or "/", exact, backend))
    return sorted(found, key=lambda r: (not r.host, r.host.startswith("*"), not r.exact, -len(r.path)))


def _backend(namespace: str, backend: Object | None) -> Backend | None:
    service = (backend or {}).get("service") or {}
    port = service.get("port") or {}
    return (namespace, service["name"], port.get("number") or port.get("name")) if service else None


def find(all_rules: Iterable[Rule], host: str, path: str) -> Rule | None:
    """The rule for a request's host (with or without a port) and path (with or without a query)."""
    name, bare = host.rsplit(":", 1)[0].lower(), path.partition("?")[0]
    return next((r for r in all_rules if r.fits(name, bare)), None)


def addresses(backend: Backend, services: dict[str, Object], slices: Iterable[Object]) -> list[Address]:
    """The ready endpoints behind a backend."""
    namespace, name, port = backend
    service = services.get(f"{namespace}/{name}")
    if service is None:
        return []
    wanted = next(
        (p for p in service["spec"].get("ports") or [] if port in (p.get("port"), p.get("name"))), None
    )
    if wanted is None:
        return []
    found: list[Address] = []
    for one in slices:
        meta = one["metadata"]
        if (meta.get("labels") or {}).get("kubernetes.io/service-name") != name or meta[
            "namespace"
        ] != namespace:
            continue
        numbers = [
            p["port"] for p in one.get("ports") or [] if (p.get("name") or "") == (wanted.get("name") or "")
        ]
        for endpoint in one.get("endpoints") or []:
            if numbers and (endpoint.get("conditions") or {}).get("ready", True):
                found += [(address, numbers[0]) for address in endpoint["addresses"]]
    return found
