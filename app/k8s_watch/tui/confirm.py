"""The question before something outside a lab is hurt: what exactly, and Cancel is the answer unless `y` is pressed."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.types import CSSPathType
from textual.widgets import Button, Static

from k8s_watch.model.ports import Decision
from k8s_watch.model.words import _
from k8s_watch.settings import styles_folder


class ConfirmScreen(ModalScreen[bool]):
    """True only after `y`, or after the button for it."""

    CSS_PATH: ClassVar[CSSPathType | None] = styles_folder() / "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", _("go on"), id="confirm.yes", tooltip=_("Do what the dialogue says")),
        Binding("escape,n,q", "answer(False)", _("cancel"), id="confirm.no", tooltip=_("Do nothing")),
    ]
    AUTO_FOCUS = "#cancel"

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self._decision = decision

    def compose(self) -> ComposeResult:
        """The target, the warning, two buttons."""
        with Vertical(classes="dialog -danger") as box:
            box.border_title = Content(_("REALLY?"))
            yield Static(Content.styled(self._decision.sentence, "bold"), classes="words")
            if self._decision.warning:
                yield Static(Content.styled(self._decision.warning, "$healing"), classes="words")
            with Horizontal(classes="buttons"):
                yield Button(Content(_("Cancel")), id="cancel", compact=True)
                yield Button(Content(_("Go on (y)")), id="go-on", compact=True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "go-on")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        self.dismiss(yes)
