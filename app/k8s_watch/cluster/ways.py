"""The way from outside to the pods: which Services and routes matter, their endpoints, the URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ..model.changes import Absent, Denied, Gone, Kind, Listed, Seen, Subject
from ..model.objects import EndpointSlice, Route, Service
from ..model.ports import Clock, Emit
from ..model.words import _
from .entry import Entry, entry, leading, selects
from .known import Key, Known, OfKind, key_of, stamp, uid_of
from .target import Target

KINDS: tuple[Kind, ...] = ("services", "ingresses", "httproutes")
_SERVICE_NAME = "kubernetes.io/service-name"

Slices = Callable[[str, Callable[[Subject], bool] | None], None]
"""Watch the endpoint slices with this label selector ("": none) that pass this filter."""


class Ways:
    """Takes what the watches of `KINDS` tell; emits what matters of it and draws the conclusions."""

    def __init__(
        self,
        target: Target,
        clock: Clock,
        emit: Emit,
        slices: Slices,
        gateways: Callable[[list[Route]], None],
        found: Callable[[Entry], None],
        server: str,
        here: bool,
    ) -> None:
        self._target = target
        self._clock = clock
        self._emit = emit
        self._follow = slices
        self._ask = gateways
        self._found = found
        self._server = server
        self._here = here
        self._known: dict[Kind, Known] = {}
        self._labels = dict(target.labels)
        self._told: dict[Kind, dict[Key, Subject]] = {kind: {} for kind in KINDS}
        self._settled: set[Kind] = set()  # of which we know all there is, or that we may not know it
        self._denied: set[Kind] = set()
        self._slices = ""  # the label selector that runs
        self._entry: Entry | None = None
        self._asked: list[Route] = []  # the HTTPRoutes whose Gateways are asked for
        self._reached: dict[Route, Route] = {}  # with what their Gateways say

    def learn(self, known: Known) -> None:
        """From here on `known` is what the watch of its kind knows."""
        self._known[known.kind] = known

    def relabel(self, labels: Mapping[str, str]) -> None:
        """The pods' template has these labels now: other Services may select them."""
        if dict(labels) != self._labels:
            self._labels = dict(labels)
            self._consider()

    def reached(self, routes: Mapping[Route, Route]) -> None:
        """HTTPRoutes, and the same with their Gateways' addresses."""
        self._reached = dict(routes)
        self._consider()

    def take(self, change: OfKind) -> None:
        """A change of one of `KINDS`."""
        if isinstance(change, Seen | Gone):
            if change.kind in self._settled:  # the first list is judged whole
                self._consider()
            return
        self._emit(change)
        if isinstance(change, Listed | Denied | Absent):
            self._settled.add(change.kind)
            if isinstance(change, Denied):
                self._denied.add(change.kind)
            else:
                self._denied.discard(change.kind)
            self._consider()

    def _objects(self, kind: Kind) -> Iterable[Subject]:
        known = self._known.get(kind)
        return known.objects.values() if known else ()

    def _consider(self) -> None:
        services = [
            s for s in self._objects("services") if isinstance(s, Service) and selects(s, self._labels)
        ]
        routes: list[Route] = []
        for kind in KINDS[1:]:
            matter = leading((r for r in self._objects(kind) if isinstance(r, Route)), services)
            routes += matter
            self._tell(kind, matter)
        self._tell("services", services)
        if "services" in self._settled:
            self._follow_slices(services)
        if self._settled.issuperset(KINDS) and not self._target.url and self._know_gateways(routes):
            self._find(services, [self._reached.get(route, route) for route in routes])

    def _know_gateways(self, routes: list[Route]) -> bool:
        """Whether all addresses are known; asks for those of HTTPRoutes where they changed."""
        asked = [route for route in routes if route.kind == "HTTPRoute"]
        if asked != self._asked:
            self._asked = asked
            self._ask(asked)
        return all(route in self._reached for route in asked)

    def _tell(self, kind: Kind, matter: Iterable[Subject]) -> None:
        """Emit what changed among the objects that matter."""
        now = {key_of(one): one for one in matter}
        before, self._told[kind] = self._told[kind], now
        for key, one in before.items():
            if key not in now:
                self._emit(
                    Gone(**stamp(self._clock), kind=kind, name=key[1], namespace=key[0], uid=uid_of(one))
                )
        for key, one in now.items():
            if before.get(key) != one:
                self._emit(Seen(**stamp(self._clock), kind=kind, object=one))

    def _follow_slices(self, services: list[Service]) -> None:
        wanted: Callable[[Subject], bool] | None = None
        names = sorted(service.name for service in services)
        labels = f"{_SERVICE_NAME} in ({','.join(names)})" if names else ""
        if "services" in self._denied and not names:
            labels, wanted = _SERVICE_NAME, self._names_our_pods
        if labels != self._slices:
            self._slices = labels
            self._follow(labels, wanted)

    def _names_our_pods(self, subject: Subject) -> bool:
        prefix = f"{self._target.deployment}-"
        return isinstance(subject, EndpointSlice) and any(
            one.pod_name.startswith(prefix) for one in subject.endpoints
        )

    def _find(self, services: list[Service], routes: list[Route]) -> None:
        found = entry(services, routes, self._server, self._here, self._target.base)
        if not found.url and "services" in self._denied:
            found = Entry(note=_("The Services may not be read, so no entry is known: give it with --url."))
        if found != self._entry:
            self._entry = found
            self._found(found)

    @property
    def names(self) -> set[str]:
        """The names of the Services and routes that matter."""
        return {name for told in self._told.values() for _namespace, name in told}
