"""What to watch: a Deployment of any namespace, in any context of the kubeconfig."""

from __future__ import annotations

import logging
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.types import CSSPathType
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from k8s_watch.model.ports import Acts, TargetChoice, WatchError
from k8s_watch.model.words import _
from k8s_watch.settings import log_file, styles_folder

from .look import glyph
from .requests import Retarget

log = logging.getLogger(__name__)


class Picker(ModalScreen[TargetChoice | None]):
    """Typing filters, the arrows move, tab changes the context. The choice also goes up as a `Retarget`."""

    CSS_PATH: ClassVar[CSSPathType | None] = styles_folder() / "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", _("cancel"), id="picker.cancel", tooltip=_("Go on with the present target")),
        Binding("up", "move(-1)", _("up"), id="picker.up", priority=True, show=False, tooltip=_("The one above")),
        Binding("down", "move(1)", _("down"), id="picker.down", priority=True, show=False, tooltip=_("The one below")),
        Binding("tab", "context(1)", _("next context"), id="picker.next", priority=True, tooltip=_("The kubeconfig's next context")),
        Binding("shift+tab", "context(-1)", _("context before"), id="picker.previous", priority=True, show=False, tooltip=_("The context before")),
    ]  # fmt: skip
    AUTO_FOCUS = "Input"

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self._acts = acts
        self._contexts: list[str] = []
        self._at = 0
        self._choices: list[TargetChoice] = []
        self._shown: list[TargetChoice] = []

    def compose(self) -> ComposeResult:
        """The context, the filter, the list, what to know about it."""
        with Vertical(classes="dialog -tall") as box:
            box.border_title = Content(_("WATCH ANOTHER DEPLOYMENT"))
            box.border_subtitle = Content(_("⏎ watch · tab next context · esc cancel"))
            yield Static(id="context", markup=False)
            yield Input(placeholder=_("part of the namespace or the name"), compact=True)
            yield OptionList(markup=False, compact=True)
            yield Static(id="state", classes="words", markup=False)

    def on_mount(self) -> None:
        """Ask for the current context's Deployments."""
        self.query_one(OptionList).can_focus = False
        try:
            self._contexts = self._acts.contexts()
        except WatchError as wrong:
            self._say(str(wrong), "$failed")
        self._ask()

    def _ask(self) -> None:
        context = self._contexts[self._at] if self._contexts else ""
        self.query_one("#context", Static).update(self._where(context))
        self._choices = []
        self._fill()
        self._say(_("Asking {context} …").format(context=context or _("the cluster")), "$quiet")
        self.run_worker(self._load(context), group="choices", exclusive=True, exit_on_error=False)

    def _where(self, context: str) -> Content:
        where = Content.assemble(_("context"), " ", (context, "bold $accent"))
        if len(self._contexts) > 1:
            number = _("{n} of {all}").format(n=self._at + 1, all=len(self._contexts))
            where += Content.styled(f"  {number}", "$quiet")
        return where

    async def _load(self, context: str) -> None:
        try:
            self._choices = await self._acts.choices(context if self._at else "")
        except WatchError as wrong:
            self._say(str(wrong), "$failed")
            return
        except Exception:
            log.exception("the choices of %s could not be read", context)
            words = _("That failed for a reason this program did not expect; {file} has it.")
            self._say(words.format(file=log_file()), "$failed")
            return
        self._say("" if self._choices else _("There is no Deployment here."), "$quiet")
        self._fill()

    def _say(self, words: str, style: str) -> None:
        self.query_one("#state", Static).update(Content.styled(words, style))

    @on(Input.Changed)
    def _fill(self) -> None:
        needle = self.query_one(Input).value.strip().casefold()
        self._shown = [c for c in self._choices if needle in f"{c.namespace}/{c.deployment}".casefold()]
        width = max((len(f"{c.namespace}/{c.deployment}") for c in self._shown), default=0)
        options = self.query_one(OptionList)
        options.set_options([Option(draw_choice(choice, width)) for choice in self._shown])
        if self._shown:
            options.highlighted = 0
        elif self._choices:
            self._say(_("None of the {n} matches.").format(n=len(self._choices)), "$quiet")
        if self._shown:
            self._say("", "$quiet")

    @on(Input.Submitted)
    def _chosen(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None and at < len(self._shown):
            self._take(self._shown[at])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._take(self._shown[event.option_index])

    def _take(self, choice: TargetChoice) -> None:
        self.app.post_message(Retarget(choice))
        self.dismiss(choice)

    def action_move(self, steps: int) -> None:
        """Highlight the next or the one before."""
        options = self.query_one(OptionList)
        if self._shown:
            options.highlighted = max(0, min(len(self._shown) - 1, (options.highlighted or 0) + steps))

    def action_context(self, steps: int) -> None:
        """Another context."""
        if len(self._contexts) > 1:
            self._at = (self._at + steps) % len(self._contexts)
            self._ask()

    def action_cancel(self) -> None:
        """Go on with the present target."""
        self.dismiss(None)


def draw_choice(choice: TargetChoice, width: int) -> Content:
    """A Deployment on one line; `width` aligns what follows the names."""
    name = f"{choice.namespace}/{choice.deployment}"
    ready = _("{ready} of {wanted} ready").format(ready=choice.ready, wanted=choice.wanted)
    style = "$healthy" if choice.ready >= choice.wanted else "$healing"
    note = f"  {glyph('dot')} {choice.note}" if choice.note else ""
    return Content.assemble(name.ljust(width), "  ", (ready, style), (note, "$quiet"))
