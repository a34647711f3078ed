"""Which pods get traffic: the EndpointSlices, and when each address turned."""

from __future__ import annotations

from .objects import EndpointSlice


class Rotation:
    """Folds a Service's slices."""

    def __init__(self) -> None:
        self._slices: dict[str, EndpointSlice] = {}
        self._ready: dict[str, bool] = {}  # by pod uid

    @property
    def known(self) -> bool:
        """Whether any slice was seen."""
        return bool(self._slices)

    def seen(self, one: EndpointSlice) -> dict[str, bool]:
        """A slice is as follows; returns the pods whose readiness for traffic turned."""
        self._slices[one.name] = one
        return self._turned()

    def gone(self, name: str) -> dict[str, bool]:
        """A slice is no more."""
        self._slices.pop(name, None)
        return self._turned()

    def _turned(self) -> dict[str, bool]:
        """A pod is in rotation when any slice has it ready and not terminating."""
        after: dict[str, bool] = {}
        for one in self._slices.values():
            for end in one.endpoints:
                if end.pod_uid:
                    ready = end.ready and not end.terminating
                    after[end.pod_uid] = after.get(end.pod_uid, False) or ready
        before, self._ready = self._ready, after
        both = before.keys() | after.keys()
        return {u: after.get(u, False) for u in both if before.get(u, False) != after.get(u, False)}

    def has(self, uid: str) -> bool:
        """Whether that pod gets traffic."""
        return self._ready.get(uid, False)
