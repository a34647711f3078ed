"""Rows of Services, Ingresses, EndpointSlices and HorizontalPodAutoscalers."""

from __future__ import annotations

from typing import Any

from .cells import age
from .errors import Json
from .selectors import of_object, text_of

NONE, UNSET, UNKNOWN = "<none>", "<unset>", "<unknown>"
SHOWN = 3
"""Entries of a list that kubectl shows before "+ 2 more..."."""


def service(value: Json, now: float) -> list[Any]:
    """A Service's row."""
    spec = value["spec"]
    addresses = spec.get("clusterIPs") or [spec.get("clusterIP") or NONE]
    return [
        value["metadata"]["name"],
        spec.get("type", "ClusterIP"),
        addresses[0],
        _external(value),
        ",".join(_port(one) for one in spec.get("ports") or []) or NONE,
        age(value, now),
        text_of(of_object({"matchLabels": spec.get("selector")})) or NONE,
    ]


def _external(value: Json) -> str:
    spec = value["spec"]
    kind, given = spec.get("type", "ClusterIP"), spec.get("externalIPs") or []
    if kind == "ExternalName":
        return str(spec.get("externalName", ""))
    if kind == "LoadBalancer":
        entries = value.get("status", {}).get("loadBalancer", {}).get("ingress") or []
        found = [one.get("ip") or one.get("hostname", "") for one in entries] + given
        return ",".join(found) or "<pending>"
    return ",".join(given) or NONE


def _port(one: Json) -> str:
    node = f":{one['nodePort']}" if one.get("nodePort") else ""
    return f"{one['port']}{node}/{one.get('protocol', 'TCP')}"


def ingress(value: Json, now: float) -> list[Any]:
    """An Ingress's row."""
    spec = value.get("spec", {})
    hosts = [rule["host"] for rule in spec.get("rules") or [] if rule.get("host")]
    entries = value.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return [
        value["metadata"]["name"],
        spec.get("ingressClassName", NONE),
        _some(hosts) or "*",
        ",".join(one.get("ip") or one.get("hostname", "") for one in entries),
        "80, 443" if spec.get("tls") else "80",
        age(value, now),
    ]


def ingress_class(value: Json, now: float) -> list[Any]:
    """An IngressClass's row."""
    spec = value.get("spec", {})
    parameters = spec.get("parameters")
    words = NONE
    if parameters:
        group = f".{parameters['apiGroup']}" if parameters.get("apiGroup") else ""
        words = f"{parameters['kind']}{group}/{parameters['name']}"
    return [value["metadata"]["name"], spec.get("controller", ""), words, age(value, now)]


def endpoint_slice(value: Json, now: float) -> list[Any]:
    """An EndpointSlice's row."""
    ports = [str(one.get("port", "*")) for one in value.get("ports") or []]
    addresses = [address for one in value.get("endpoints") or [] for address in one.get("addresses") or []]
    return [
        value["metadata"]["name"],
        value.get("addressType", ""),
        _some(ports) or UNSET,
        _some(addresses) or UNSET,
        age(value, now),
    ]


def _some(texts: list[str]) -> str:
    shown = ",".join(texts[:SHOWN])
    more = len(texts) - SHOWN
    return f"{shown} + {more} more..." if more > 0 else shown


def autoscaler(value: Json, now: float) -> list[Any]:
    """A HorizontalPodAutoscaler's row."""
    spec, status = value["spec"], value.get("status", {})
    reference = spec["scaleTargetRef"]
    return [
        value["metadata"]["name"],
        f"{reference['kind']}/{reference['name']}",
        _targets(spec.get("metrics") or [], status.get("currentMetrics") or []),
        str(spec["minReplicas"]) if "minReplicas" in spec else UNSET,
        spec["maxReplicas"],
        status.get("currentReplicas", 0),
        age(value, now),
    ]


def _targets(wanted: list[Json], found: list[Json]) -> str:
    """kubectl shows two, and how many more there are."""
    words = [_target(one, found[place] if place < len(found) else {}) for place, one in enumerate(wanted)]
    if not words:
        return NONE
    more = f" + {len(words) - 2} more..." if len(words) > 2 else ""
    return ", ".join(words[:2]) + more


_PARTS = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}


def _target(wanted: Json, found: Json) -> str:
    part = _PARTS.get(wanted.get("type", ""), "")
    if not part:
        return "<unknown type>"
    target = wanted.get(part, {}).get("target", {})
    current = (found.get(part) or {}).get("current", {}) if found.get("type") == wanted["type"] else {}
    if "averageUtilization" in target:
        now = f"{current['averageUtilization']}%" if "averageUtilization" in current else UNKNOWN
        words = f"{now}/{target['averageUtilization']}%"
    else:
        field = "averageValue" if "averageValue" in target else "value"
        average = " (avg)" if field == "averageValue" and part in {"object", "external"} else ""
        words = f"{current.get(field, UNKNOWN)}/{target.get(field, '')}{average}"
    if part in {"resource", "containerResource"}:
        return f"{wanted[part].get('name', '')}: {words}"
    return words
