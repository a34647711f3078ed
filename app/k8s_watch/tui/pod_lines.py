"""The pod table as text: its columns, a row, the head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from textual.content import Content

from k8s_watch.model.columns import columns
from k8s_watch.model.view import PodRow
from k8s_watch.model.words import _

from .amounts import whole
from .lines import cell
from .look import glyph, health_style, pod_chip, pod_style

Order = Literal["oldest", "newest", "name", "state", "cpu"]
ORDERS: tuple[Order, ...] = ("oldest", "newest", "name", "state", "cpu")

_STATUS = 17  # "ContainerCreating", the longest word of the lesson
_BADNESS = {"failed": 0, "healing": 1, "starting": 2, "leaving": 3, "healthy": 4, "gone": 5}


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide each column is, in cells; 0: not shown. It depends on the width and the names alone, so a pod that
    changes its state moves no column."""

    name: int
    whole_names: bool
    ready: int = 5
    status: int = _STATUS
    restarts: int = 13  # "2 (3m19s ago)"; longer ones, of ten restarts and more, are cut
    cpu: int = 5
    age: int = 6
    rotation: int = 0

    @property
    def width(self) -> int:
        """Of a whole row: mark, letter, generation, glyph, then each column with a space before it."""
        shown = (self.ready, self.status, self.restarts, self.cpu, self.age, self.rotation)
        return 5 + self.name + sum(1 + column for column in shown if column)


def layout(width: int, longest: int, shortest: int) -> Layout:
    """The fullest layout that fits; whole names come before the age of the last restart, that before the rest.

    `longest` is the longest name, `shortest` the longest of the names cut as short as they may be.
    """
    cut = max(shortest, 6)  # 6: an ellipsis and the five letters of a ReplicaSet's pod
    tight = {"ready": 3, "restarts": 3, "cpu": 4, "age": 5}
    candidates = (
        Layout(longest, True, rotation=8),
        Layout(longest, True),
        Layout(longest, True, restarts=8),
        Layout(longest, True, **tight),
        Layout(cut, False, rotation=8),
        Layout(cut, False),
        Layout(cut, False, restarts=8),
        Layout(cut, False, **tight),
        Layout(cut, False, ready=3, restarts=3, cpu=0, age=0),
    )
    return next((one for one in candidates if one.width <= width), candidates[-1])


def suffixes(names: Iterable[str]) -> dict[str, str]:
    """Each name's shortest unique ending that begins after a dash, with an ellipsis before it."""
    names, dots = list(names), glyph("ellipsis")
    endings = [name.rpartition("-")[2] for name in names]
    if len(set(endings)) == len(
        names
    ):  # as a ReplicaSet makes them: 0.6 ms for 2,000, where the rest takes 2
        return {
            name: dots + ending if len(ending) < len(name) else name
            for name, ending in zip(names, endings, strict=True)
        }
    parts = {name: name.split("-") for name in names}
    short: dict[str, str] = {}
    depth = 1
    while len(short) < len(parts):
        counted = Counter("-".join(words[-depth:]) for words in parts.values())
        for name, words in parts.items():
            ending = "-".join(words[-depth:])
            if name in short:
                continue
            if depth >= len(words):
                short[name] = name
            elif counted[ending] == 1:
                short[name] = dots + ending
        depth += 1
    return short


def arrange(rows: Iterable[PodRow], order: Order, needle: str) -> list[PodRow]:
    """Those rows that the filter lets through, in the wished order. `rows` come oldest first."""
    wanted = needle.casefold()
    kept = [row for row in rows if _matches(row, wanted)] if wanted else list(rows)
    if order == "newest":
        kept.reverse()
    elif order == "name":
        kept.sort(key=lambda row: row.pod.name)
    elif order == "state":
        kept.sort(key=lambda row: _BADNESS[row.health])
    elif order == "cpu":
        kept.sort(key=lambda row: -(row.cpu if row.cpu is not None else -1))
    return kept


def _matches(row: PodRow, wanted: str) -> bool:
    """Whether the filter's text is in the pod's name, node or health, or is its letter."""
    return (
        wanted in row.pod.name.casefold()
        or wanted in row.health
        or wanted in row.pod.node.casefold()
        or wanted == row.letter.casefold()
    )


def draw_head(how: Layout) -> Content:
    """The names of the columns."""
    shown = [
        cell(_("POD"), how.name),
        cell(_("READY") if how.ready >= 5 else _("RDY"), how.ready),
        cell(_("STATUS"), how.status),
        cell(_("RESTARTS") if how.restarts >= 8 else _("RST"), how.restarts),
    ]
    if how.rotation:
        shown.append(cell(_("ROTATION"), how.rotation))
    if how.cpu:
        shown.append(cell(_("CPU"), how.cpu, right=True))
    if how.age:
        shown.append(cell(_("AGE"), how.age, right=True))
    return (Content("     ") + Content(" ").join(shown)).stylize("$quiet")


def draw_row(
    row: PodRow,
    how: Layout,
    names: Mapping[str, str],
    now: float,
    server_now: float,
    *,
    selected: bool = False,
) -> Content:
    """One pod. `names` says how it is called where whole names don't fit; `now` is monotonic."""
    faint = row.gone_at is not None
    tint = "$faint" if faint else health_style(row.health)
    letter = Content.styled(row.letter[-1:], pod_style(row.hue) if faint else pod_chip(row.hue))
    mark = {"": " ", "new": glyph("new"), "old": glyph("old")}[row.generation]
    lead = Content.assemble(
        (glyph("selected") if selected else " ", "$accent"),
        letter,
        (mark, "$scaling" if row.generation == "new" else "$quiet"),
        (glyph(row.health), tint),
        " ",
    )
    said = names.get(row.pod.name, row.pod.name) if not how.whole_names else row.pod.name
    name = cell(said, how.name, "$faint" if faint else "bold" if selected else "")
    return lead + Content(" ").join([name, *_cells(row, how, now, server_now, tint)])


def _cells(row: PodRow, how: Layout, now: float, server_now: float, tint: str) -> list[Content]:
    """What is right of the name."""
    if row.gone_at is not None:
        rest = how.width - 6 - how.name
        return [cell(_("gone {time} ago").format(time=whole(now - row.gone_at)), rest, "$faint")]
    printed = columns(row.pod, server_now)
    restarts = printed.restarts if how.restarts >= 13 else printed.restarts.split(" ", 1)[0]
    shown = [
        cell(printed.ready, how.ready, "" if row.health == "healthy" else tint),
        cell(printed.status, how.status, f"bold {tint}"),
        cell(restarts, how.restarts, "" if restarts[:1] != "0" else "$quiet"),
    ]
    if how.rotation:
        words = {True: _("in"), False: _("out"), None: "-"}[row.in_rotation]
        shown.append(cell(words, how.rotation, "$healing" if row.in_rotation is False else "$quiet"))
    if how.cpu:
        shown.append(_cpu(row, how.cpu))
    if how.age:
        shown.append(cell(printed.age, how.age, "$quiet", right=True))
    return shown


def _cpu(row: PodRow, width: int) -> Content:
    """Its CPU; while its restart is held back, the seconds until then at most, as nothing runs that could use CPU."""
    if row.restart_range is not None:
        text = f"{glyph('about')}{max(0, row.restart_range[1]):.0f}s"
        return cell(text, width, "$healing", right=True)
    if row.cpu is None:
        return cell("-", width, "$faint", right=True)
    gap = " " if width >= 5 and row.cpu < 1000 and row.cpu_unit == "%" else ""
    return cell(f"{row.cpu}{gap}{row.cpu_unit}", width, right=True)
