"""The first line: what is watched, how current the picture is, where, and what time it is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from k8s_watch.model.view import Connection, View
from k8s_watch.model.words import _

from .amounts import clock_time, whole
from .lines import Lines, second, spread
from .look import glyph


class Header(Lines):
    """The first line of the screen."""

    frozen_at: float | None = None
    """Unix seconds since which the picture is kept; None while it is live."""

    def depends(self, view: View) -> object:
        """Where and when."""
        return view.target, view.connection, self.frozen_at, second(view)

    def draw(self, view: View, width: int, height: int) -> Sequence[Content]:
        """One line."""
        return [draw_header(view, width, self.frozen_at)]


def draw_header(view: View, width: int, frozen_at: float | None = None) -> Content:
    """Target, connection, LAB or context, entry, and the clock; from the right of the list, what has no room goes."""
    clock = Content.styled(f" {clock_time(view.wall)} ", "bold")
    state = Content("  ") + connection_words(view.connection, view.now)
    if frozen_at is not None:
        words = f" {glyph('frozen')} {_('FROZEN since {time}').format(time=clock_time(frozen_at))} "
        state += Content("  ") + Content.styled(words, "bold $ink on $busy")
    # a long name is cut, never how current the picture is
    room = max(8, width - 1 - state.cell_length - clock.cell_length)
    left = Content(" ") + _target(view).truncate(room, ellipsis=True) + state
    for part in _places(view):
        if left.cell_length + 2 + part.cell_length + clock.cell_length <= width:
            left = left + "  " + part
    return spread(left, clock, width)


def _target(view: View) -> Content:
    """The Deployment with its namespace."""
    if view.target is None:
        return Content.styled(_("no target yet"), "$quiet")
    return Content.assemble((view.target.namespace + "/", "$quiet"), (view.target.deployment, "bold"))


def connection_words(connection: Connection, now: float) -> Content:
    """How current the picture is: "● live", "◌ reconnecting 4 s", "○ stale 12 s"."""
    time = whole(now - connection.since)
    words, sign, style = {
        "connecting": (_("connecting"), "reconnecting", "$stale"),
        "live": (_("live"), "live", "$healthy"),
        "reconnecting": (_("reconnecting {time}").format(time=time), "reconnecting", "bold $healing"),
        "stale": (_("stale {time}").format(time=time), "stale", "bold $failed"),
        "ended": (_("ended"), "stale", "$stale"),
    }[connection.state]
    return Content.styled(f"{glyph(sign)} {words}", style)


def _places(view: View) -> list[Content]:
    """Where this is, the telling things first."""
    target = view.target
    if target is None:
        return []
    if target.is_lab:
        words = _("LAB, short periods") if target.fast else _("LAB")
        places = [Content.styled(f" {words} ", "bold $ink on $busy")]
    else:
        places = [Content(target.context)] if target.context else []
    if target.via == "service-proxy":
        places.append(Content.styled(_("via API server's Service proxy"), "$healing"))
    elif target.url:
        places.append(Content.styled(target.url, "$quiet"))
    return places
