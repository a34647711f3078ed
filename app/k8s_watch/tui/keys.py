"""The dashboard's keys. Help, palette, footer and README are made from these; `set_keymap` remaps them by id."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

from k8s_watch.model.words import _


def _key(
    keys: str,
    action: str,
    word: str,
    tooltip: str,
    id: str,
    *,
    show: bool = False,
    display: str | None = None,
) -> Binding:
    """A binding with all that each of ours has."""
    return Binding(keys, action, word, show=show, key_display=display, tooltip=tooltip, id=id)


KEYS: Final[list[Binding]] = [
    _key("k", "kill", _("kill"), _("Kill the main process of the selected pod's container"), "kill", show=True),
    _key("b", "burst", _("burst"), _("Load the service: start a burst, or stop the running one"), "burst", show=True),
    _key("B", "app.burst_settings", _("burst settings"), _("Set the burst's requests, concurrency and seconds"), "burst_settings"),
    _key("x", "stop_all", _("stop all"), _("Stop every load and fault of this program at once"), "stop_all", show=True),
    _key("enter", "open_pod", _("pod"), _("Show the selected pod: containers, conditions, events, log"), "pod", show=True, display="⏎"),
    _key("slash", "filter", _("filter"), _("Show only the pods whose name, state or node has this text"), "filter", show=True, display="/"),
    _key("space", "app.freeze", _("freeze"), _("Keep this picture, or go on; the watching goes on behind it"), "freeze", show=True, display="space"),
    _key("1", "panel('pods')", _("one panel"), _("The pods on the whole screen; again: back"), "panel.pods", show=True, display="1-5"),
    _key("2", "panel('answers')", _("who answered"), _("Who answered on the whole screen; again: back"), "panel.answers"),
    _key("3", "panel('cpu')", _("CPU"), _("The CPU chart on the whole screen; again: back"), "panel.cpu"),
    _key("4", "panel('replicas')", _("replicas"), _("The replicas chart on the whole screen; again: back"), "panel.replicas"),
    _key("5", "panel('story')", _("story"), _("The story on the whole screen; again: back"), "panel.story"),
    _key("question_mark", "app.help", _("help"), _("All keys, what the signs mean, and where the log file is"), "help", show=True, display="?"),
    _key("D", "delete", _("delete"), _("Delete the selected pod: another one, with another name, takes its place"), "delete"),
    _key("o", "order", _("order"), _("Order the pods: oldest, newest, name, state, CPU"), "order"),
    _key("T", "pick_target", _("target"), _("Watch another Deployment, namespace or context"), "target"),
    _key("t", "app.theme", _("theme"), _("Change the theme: dark, light, high contrast, the terminal's own colours"), "theme"),
    _key("s", "app.screenshot", _("screenshot"), _("Save this screen as an SVG picture"), "screenshot"),
    _key("q", "app.leave", _("quit"), _("Stop what runs and leave"), "quit"),
]  # fmt: skip
"""In the order in which they are shown. At most eight are in the footer."""
