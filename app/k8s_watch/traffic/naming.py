"""Which pod answered, told from its answer: headers first, then the body."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable

LIMIT = 64 * 1024
"""Bytes of an answer that are read at all."""

HOST_NAME = 63  # characters of a pod's name that fit in its host name; kubelet cuts the rest
SEARCH = 0.01  # seconds that a user's regex may take on a part before a larger part is not tried
FIRST_PART = 1024  # characters; doubled up to LIMIT

Headers = Iterable[tuple[str, str]]

_WORD = re.compile(r"[A-Za-z0-9-]+")
_SHAPES = (  # whoami, nginx-hello; the value is the rest of the line
    re.compile(r"^[ \t]*hostname[ \t]*[:=][ \t]*([^\s,;]{1,253})", re.IGNORECASE | re.MULTILINE),
    re.compile(r"^[ \t]*server name[ \t]*[:=][ \t]*([^\s,;]{1,253})", re.IGNORECASE | re.MULTILINE),
)
_HEADERS = ("x-pod-name", "x-served-by", "x-hostname")
_KEYS = ("hostname", "pod", "podName", "pod_name")


class Names:
    """The names to look for, ready for many answers."""

    def __init__(self, names: Iterable[str]) -> None:
        self.all = frozenset(n for n in names if n)
        self._dotted = sorted((n for n in self.all if "." in n), key=len, reverse=True)
        self._hosts = _unique((n[:HOST_NAME].rstrip("-."), n) for n in self.all if len(n) > HOST_NAME)

    def within(self, text: str) -> str:
        """The longest name that stands in the text, the first one of these; "" for none.

        A name ends where a character comes that no label can hold: "web" is not found in "web-1", but in
        "web.default.svc" and in "web." it is. Host names, which are cut at 63 characters, count as well.
        """
        best = ""
        words = _WORD.findall(text)
        for found in self.all.intersection(words):
            if (len(found), -words.index(found)) > (len(best), -words.index(best) if best else 0):
                best = found
        for name in self._dotted:
            if len(name) > len(best) and name in text and _bounded(name, text):
                best = name
        if not best and self._hosts:
            best = next((self._hosts[w] for w in words if w in self._hosts), "")
        return best

    def like(self, value: str) -> str:
        """The name that a value stands for: itself, in capitals, cut, with a domain or a namespace; or ""."""
        value = value.strip().strip("\"'").rpartition("/")[2].lower()
        for form in (value, value.partition(".")[0]):
            if form in self.all:
                return form
            if form in self._hosts:
                return self._hosts[form]
        return ""

    def ending(self, value: str) -> str:
        """The one name that is the value or ends in "-value"; "" for none or several."""
        whole = self.like(value)
        if whole or not value:
            return whole
        ends = [n for n in self.all if n.endswith("-" + value)]
        return ends[0] if len(ends) == 1 else ""


class Recogniser:
    """Tells which pod answered. `pattern` is the user's own regex, which overrides all else."""

    def __init__(self, pattern: str | None = None, timer: Callable[[], float] = time.perf_counter) -> None:
        """Raises re.error where the pattern is none."""
        self._pattern = re.compile(pattern) if pattern else None
        self._timer = timer

    def pod(self, headers: Headers, body: str, names: Names, cut: bool = False) -> str:
        """The name of the pod that answered; "" where it is none of `names`.

        The user's regex (its group 1, or all of it) is searched in the body, then in each "Name: value" of
        the headers; where it matches, its word is final. `cut`: the body goes on after what was read.
        """
        headers = list(headers)
        if cut:  # the last word may be the beginning of a longer one
            body = body[: len(body) - _tail(body)]
        if self._pattern is not None:
            value = self._by_pattern(headers, body)
            if value is not None:
                return names.ending(value)
        for text in ("\n".join(value for _key, value in headers), body):
            found = names.within(text)
            if found:
                return found
        return next(filter(None, map(names.like, _shaped(headers, body))), "")

    def _by_pattern(self, headers: list[tuple[str, str]], body: str) -> str | None:
        for text in (body, "\n".join(f"{key}: {value}" for key, value in headers)):
            value = self._search(text)
            if value is not None:
                return value
        return None

    def _search(self, text: str) -> str | None:
        """Search in growing parts, since a hostile answer can make a harmless pattern slow.

        `.*pod=(.*)` takes 65536^2 / 2 steps on one long line. A part that took over 10 ms is the last one, so
        a quadratic pattern costs at most 10 + 40 ms.
        """
        assert self._pattern is not None
        size = FIRST_PART
        while True:
            part = text[:size]
            began = self._timer()
            match = self._pattern.search(part)
            if match and (match.end() < len(part) or len(part) == len(text)):
                return match.group(1) or "" if match.re.groups else match.group()
            if len(part) == len(text) or self._timer() - began > SEARCH:
                return None
            size *= 2


def _bounded(name: str, text: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9-]){re.escape(name)}(?![A-Za-z0-9-])", text) is not None


def _tail(text: str) -> int:
    """How many characters of a name the text ends with."""
    end = len(text)
    while end and (text[end - 1] in "-." or (text[end - 1].isascii() and text[end - 1].isalnum())):
        end -= 1
    return len(text) - end


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Keys that stand for one value only."""
    found: dict[str, str] = {}
    twice = set()
    for key, value in pairs:
        if key in found:
            twice.add(key)
        found[key] = value
    return {key: value for key, value in found.items() if key not in twice}


def _shaped(headers: list[tuple[str, str]], body: str) -> Iterable[str]:
    """Where well-known apps put their host name."""
    by_key = {key.lower(): value for key, value in reversed(headers)}
    yield from (by_key[key] for key in _HEADERS if key in by_key)
    text = body.strip()
    if text.startswith("{"):
        yield from _of_json(text)
    for shape in _SHAPES:
        match = shape.search(body)
        if match:
            yield match.group(1)
    if len(text) <= 253:  # a name's greatest length: the bare body (agnhost)
        yield text


def _of_json(text: str) -> Iterable[str]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):  # 64 KB of brackets nest too deep
        return
    for key in _KEYS:
        value = read.get(key)
        if isinstance(value, str):
            yield value
