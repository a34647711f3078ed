"""Names and times as Kubernetes makes them."""

from __future__ import annotations

import datetime
import hashlib
import json
import secrets
import time
from collections.abc import Mapping

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""What generated names are made of: no vowels and no look-alikes, so that no words arise."""


def suffix(length: int = 5) -> str:
    """A random end of a name."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def safe(text: str) -> str:
    """Digits of a hash in the alphabet of names."""
    return "".join(ALPHABET[ord(char) % len(ALPHABET)] for char in text)


def template_hash(template: Mapping[str, object], collisions: int = 0) -> str:
    """The pod-template-hash: the same for the same template, 9 or 10 characters as on a cluster."""
    said = json.dumps(template, sort_keys=True, separators=(",", ":")) + (
        str(collisions) if collisions else ""
    )
    number = int.from_bytes(hashlib.blake2s(said.encode(), digest_size=4).digest(), "big")
    return safe(str(number))


def now() -> str:
    """The present time as the API writes it, whole seconds."""
    return stamp(time.time())


def stamp(seconds: float) -> str:
    """Unix seconds as the API writes them."""
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unix(text: str | None) -> float | None:
    """Unix seconds of an API time; None when there is none."""
    if not text:
        return None
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


_UNITS = {
    "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
    "Ki": 1024.0, "Mi": 1024.0**2, "Gi": 1024.0**3, "Ti": 1024.0**4, "u": 1e-6, "n": 1e-9,
}  # fmt: skip


def quantity(text: object) -> float:
    """A Kubernetes quantity ("100m", "1.5", "100Mi") as a number; 0 when it is none."""
    said = str(text)
    for length in (2, 1, 0):
        unit = said[len(said) - length :] if length else ""
        if unit in _UNITS and len(said) > length:
            try:
                return float(said[: len(said) - length]) * _UNITS[unit]
            except ValueError:
                continue
    return 0.0
