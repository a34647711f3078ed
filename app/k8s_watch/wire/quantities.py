"""Kubernetes' quantities ("250m", "1.5Gi", "119582n", "1e3") and durations ("15.012s") as numbers."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

_MOST = 2**63 - 1  # Kubernetes' own ceiling for a value
_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40}))(?:[eE]([+-]?[0-9]{1,3})|([numkMGTPE]|[KMGTPE]i)?)"
)
_SCALES = {
    "": Fraction(1),
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    **{suffix: Fraction(1000**power) for power, suffix in enumerate("kMGTPE", 1)},
    **{f"{suffix}i": Fraction(1024**power) for power, suffix in enumerate("KMGTPE", 1)},
}
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|μs|ms|s|m|h))+", re.ASCII)
_STEP = re.compile(r"([0-9]+(?:\.[0-9]*)?)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@lru_cache(maxsize=2048)
def exact(text: str) -> Fraction | None:
    """The quantity's value; None where it is not one."""
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    digits, exponent, suffix = found.groups()
    if exponent is not None:
        return Fraction(Decimal(digits)) * Fraction(10) ** int(exponent)
    return Fraction(Decimal(digits)) * _SCALES[suffix or ""]


def millicores(text: str | float | None) -> int | None:
    """Thousandths, rounded up as Kubernetes' `MilliValue` does: "119582n" is 1. None where unreadable."""
    return _scaled(text, 1000)


def whole(text: str | float | None) -> int | None:
    """Units (bytes), rounded up as Kubernetes' `Value` does. None where unreadable."""
    return _scaled(text, 1)


@lru_cache(maxsize=2048)
def _scaled(text: str | float | None, factor: int) -> int | None:
    value = exact(str(text)) if text is not None else None
    if value is None:
        return None
    value *= factor
    ceiling = -(-value.numerator // value.denominator)
    return max(-_MOST, min(_MOST, ceiling))


def seconds(text: str | None) -> float | None:
    """A Go duration in seconds: "15.012s", "1m30s". None where it is not one."""
    if not text or len(text) > 64 or _DURATION.fullmatch(text) is None:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in _STEP.findall(text))
