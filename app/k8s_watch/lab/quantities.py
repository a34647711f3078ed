"""Resource quantities, read and written as Kubernetes does: "0.1" becomes "100m", "1024Mi" becomes "1Gi"."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

_QUANTITY = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$")
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


class NotAQuantity(ValueError):
    """In the API's words."""

    def __init__(self) -> None:
        super().__init__(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        )


def value(text: str | float) -> Decimal:
    """The number that a quantity stands for. NotAQuantity if it is none."""
    number, suffix = _split(text)
    if suffix in _BINARY:
        return number * Decimal(1024 ** _BINARY[suffix])
    return number.scaleb(_DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:]))


def canonical(text: str | float) -> str:
    """The shortest form with a whole number, of the same family of suffixes. NotAQuantity if it is none."""
    if isinstance(text, str) and text.isdigit() and not text.endswith("000") and text[0] != "0":
        return text
    number, suffix = _split(text)
    if suffix in _BINARY:
        return _binary(number * Decimal(1024 ** _BINARY[suffix]))
    exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])
    return _decimal(number.scaleb(exponent))


def total(one: str, other: str) -> str:
    """Both together, in the form of the second."""
    number = value(one) + value(other)
    return _binary(number) if _split(other)[1] in _BINARY else _decimal(number)


def millis(text: str | float) -> int:
    """In thousandths, rounded up: millicores of a CPU quantity."""
    return int((value(text) * 1000).to_integral_value(ROUND_CEILING))


def _split(text: str | float) -> tuple[Decimal, str]:
    match = _QUANTITY.match(str(text))
    if match is None:
        raise NotAQuantity
    return Decimal(match.group(1)), match.group(2) or ""


def _binary(number: Decimal) -> str:
    if number != number.to_integral_value():
        return _decimal(number)
    whole, power = int(number), 0
    while whole and whole % 1024 == 0 and power < 6:
        whole, power = whole // 1024, power + 1
    names = ["", *_BINARY]
    return f"{whole}{names[power]}"


def _decimal(number: Decimal) -> str:
    if not number:
        return "0"
    nanos = int((number * 10**9).to_integral_value(ROUND_CEILING))
    exponent = -9
    while nanos % 1000 == 0 and exponent < 18:
        nanos, exponent = nanos // 1000, exponent + 3
    suffix = next(name for name, power in _DECIMAL.items() if power == exponent)
    return f"{nanos}{suffix}"
