"""All keys, what the signs mean, where the log file is. Made from the bindings and the glyphs themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.types import CSSPathType
from textual.widgets import Static

from k8s_watch import __version__
from k8s_watch.model.words import _
from k8s_watch.settings import log_file, styles_folder

from .look import glyph, health_style, is_ascii, pod_chip
from .pod_words import wrapped

WIDE = 110  # columns from which keys and signs stand side by side


class HelpScreen(Screen[None]):
    """Closes with the key that opened it, or esc. Opaque: a dashboard that shines through costs as much as the rest."""

    CSS_PATH: ClassVar[CSSPathType | None] = styles_folder() / "dialogs.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012  unannotated: Textual's own field
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "leave", _("back"), id="help.back", tooltip=_("Back")),
    ]
    AUTO_FOCUS = "#help-scroll"

    def __init__(self, keys: Sequence[Binding], kubeconfig: str = "") -> None:
        super().__init__()
        self._keys = keys
        self._kubeconfig = kubeconfig
        self._width = 0  # that the lines are wrapped for

    def compose(self) -> ComposeResult:
        """Keys, and beside them (or below) the signs; written at once, so that the first painting shows them."""
        self._width = self.app.size.width
        self.set_class(self._width >= WIDE, "-wide")
        places, keys, signs = self._texts(self._width)
        with VerticalScroll(id="help-scroll", classes="dialog -full") as box:
            box.border_title = Content(_("k8s-watch {version}").format(version=__version__))
            box.border_subtitle = Content(_("esc back"))
            yield Static(places, id="help-places")
            with Container(id="help-halves"):
                yield Static(keys, id="help-keys", classes="half")
                yield Static(signs, id="help-signs", classes="half")

    def on_resize(self, event: events.Resize) -> None:
        """A new width means other lines."""
        if event.size.width == self._width:
            return
        self._width = event.size.width
        for place, text in zip(("places", "keys", "signs"), self._texts(self._width), strict=True):
            self.query_one(f"#help-{place}", Static).update(text)

    def _texts(self, width: int) -> tuple[Content, Content, Content]:
        """Places, keys and signs, wrapped, explanations set in below one another."""
        box = min(width, 140) - 7  # border, padding, scroll bar: dialogs.tcss
        half = box // 2 - 2 if width >= WIDE else box

        def text(lines: list[Content], room: int) -> Content:
            return Content("\n").join([piece for line in lines for piece in wrapped(line, room, 8)])

        return (
            text(draw_places(self._kubeconfig), box),
            text(draw_keys(self._keys), half),
            text(draw_signs(), half),
        )

    def action_leave(self) -> None:
        """Back; the next time it begins at its top again."""
        self.query_one("#help-scroll").scroll_home(animate=False)
        self.dismiss()


def _title(words: str) -> Content:
    return Content.styled(words, "bold $accent")


def draw_keys(keys: Sequence[Binding]) -> list[Content]:
    """A line a key: what to press, what it does."""
    lines = [_title(_("KEYS"))]
    for key in keys:
        pressed = key.key if key.key.isdigit() else key.key_display or key.key
        lines.append(Content.assemble((f"{pressed:>6}  ", "bold"), key.tooltip or key.description))
    lines.append(Content.assemble((f"{'ctrl+p':>6}  ", "bold"), _("All of these by name")))
    return lines


def draw_signs() -> list[Content]:
    """What the signs mean."""
    health = (
        ("healthy", _("healthy: ready, and in rotation")),
        ("starting", _("starting")),
        ("healing", _("healing: it died and comes back")),
        ("failed", _("failed: it will not come back by itself soon")),
        ("leaving", _("leaving: it is being deleted")),
        ("gone", _("gone: stays here for 10 s")),
    )
    lines = [_title(_("A POD"))]
    for name, words in health:
        lines.append(Content.assemble((f"{glyph(name):>6}  ", health_style(name)), words))  # type: ignore[arg-type]
    lines.append(
        Content.assemble(
            "   ", (" A ", pod_chip(0)), "  ", _("its letter and colour: in the table, the strip, the charts")
        )
    )
    lines += [Content(""), _title(_("WHO ANSWERED, ONE CELL A SECOND"))]
    strip = (
        ("failed", "$failed", _("no answer, or an error: the worst of that second")),
        ("slow", "$healing", _("answered, but slowly")),
        ("fault", "$failed", _("someone killed or loaded in this second")),
        ("none", "$faint", _("nothing was asked")),
        ("unknown", "$quiet", _("answered, but no known pod was recognised")),
    )
    lines += [Content.assemble((f"{glyph(name):>6}  ", style), words) for name, style, words in strip]
    lines += [Content(""), _title(_("CHARTS"))]
    marks = (
        ("K", "$failed", _("someone killed")),
        ("D", "$failed", _("someone deleted a pod")),
        ("B", "$busy", _("a burst began")),
        ("E", "$quiet", _("the burst ended")),
        ("?", "$stale", _("nothing was known for a while: the connection was lost")),
    )
    lines += [Content.assemble((f"{letter:>6}  ", f"bold {style}"), words) for letter, style, words in marks]
    body, edge = ("#", "#") if is_ascii() else ("▒▒", "▀▀")
    lines += [
        Content.assemble(
            (f"{body:>6}  ", "$scaling"), _("CPU: the autoscaler's own value; blue above its target")
        ),
        Content.assemble(
            (f"{glyph('dash') * 2:>6}  ", ""),
            _("the target; the smallest and the largest number of replicas"),
        ),
        Content.assemble(
            (f"{edge:>6}  ", "$scaling"), _("replicas that the autoscaler wants and that are not there yet")
        ),
        Content.assemble((f"{glyph('about'):>6}  ", ""), _("worked out, not told by Kubernetes")),
    ]
    return lines


def draw_places(kubeconfig: str) -> list[Content]:
    """Where things are on this machine."""
    lines = [Content.assemble((_("log file"), "bold"), "  ", str(log_file()))]
    if kubeconfig:
        words = _("for the next terminal")
        lines.append(Content.assemble((words, "bold"), f"  export KUBECONFIG={kubeconfig}"))
    return lines
