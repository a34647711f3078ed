"""Which pods the Service sends requests to, as its EndpointSlices tell."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.objects import EndpointSlice
from .facts import RotationFact


class Rotation:
    """A pod is in rotation when any slice has a ready address of it that is not terminating."""

    def __init__(self) -> None:
        self._slices: dict[str, EndpointSlice] = {}
        self._now: dict[str, tuple[str, bool]] = {}

    def seen(self, part: EndpointSlice) -> Iterator[RotationFact]:
        """A slice is as follows."""
        self._slices[part.name] = part
        return self._changes()

    def gone(self, name: str) -> Iterator[RotationFact]:
        """A slice is no more."""
        self._slices.pop(name, None)
        return self._changes()

    def _changes(self) -> Iterator[RotationFact]:
        now: dict[str, tuple[str, bool]] = {}
        for part in self._slices.values():
            for one in part.endpoints:
                key = one.pod_uid or one.address
                was = now.get(key, ("", False))[1]
                now[key] = (one.pod_name or one.address, was or (one.ready and not one.terminating))
        before, self._now = self._now, now
        left = {uid: (name, False) for uid, (name, _inside) in before.items()}
        for uid, (name, inside) in (left | now).items():
            if inside != before.get(uid, ("", False))[1]:
                yield RotationFact(name, uid, inside)
