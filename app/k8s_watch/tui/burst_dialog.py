"""How hard the burst is to be: requests, concurrency, seconds."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.types import CSSPathType
from textual.widgets import Button, Input, Label, Static

from k8s_watch.model.ports import BurstPlan
from k8s_watch.model.words import _
from k8s_watch.settings import styles_folder

from .amounts import count

FIELDS: Final = ("requests", "concurrency", "seconds")
LIMITS: Final = {
    "requests": (1, 10_000_000),
    "concurrency": (
        1,
        1_000,
    ),  # connections at once: beyond that a laptop runs out of ports before the service does
    "seconds": (0, 3_600),
}
_NAMES: Final = {
    "requests": _("Requests, at least"),
    "concurrency": _("At once"),
    "seconds": _("Seconds, at least"),
}


class BurstDialog(ModalScreen[BurstPlan | None]):
    """Gives the plan, or None."""

    CSS_PATH: ClassVar[CSSPathType | None] = styles_folder() / "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", _("cancel"), id="burst_dialog.cancel", tooltip=_("No burst")),
    ]
    AUTO_FOCUS = "#requests"

    def __init__(self, plan: BurstPlan | None = None) -> None:
        super().__init__()
        self._plan = plan or BurstPlan()

    def compose(self) -> ComposeResult:
        """Three fields, what is wrong with them, two buttons."""
        values = {
            "requests": str(self._plan.requests),
            "concurrency": str(self._plan.concurrency),
            "seconds": f"{self._plan.seconds:g}",
        }
        with Vertical(classes="dialog") as box:
            box.border_title = Content(_("BURST"))
            words = _("It ends when both are reached: so many requests, and so many seconds.")
            yield Static(Content.styled(words, "$quiet"), classes="words")
            for field in FIELDS:
                with Horizontal(classes="field"):
                    yield Label(Content(_NAMES[field]))
                    yield Input(values[field], id=field, compact=True, max_length=9)
            yield Static(id="wrong", classes="words", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content(_("Start")), id="start", compact=True)
                yield Button(Content(_("Cancel")), id="cancel", compact=True)

    @on(Input.Changed)
    def _check(self) -> None:
        wrong = self._read()
        self.query_one("#wrong", Static).update(
            Content.styled(wrong if isinstance(wrong, str) else "", "$failed")
        )

    @on(Input.Submitted)
    @on(Button.Pressed, "#start")
    def _start(self) -> None:
        plan = self._read()
        if isinstance(plan, BurstPlan):
            self.dismiss(plan)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """No burst."""
        self.dismiss(None)

    def _read(self) -> BurstPlan | str:
        return plan_of({field: self.query_one(f"#{field}", Input).value for field in FIELDS})


def plan_of(texts: dict[str, str]) -> BurstPlan | str:
    """The plan that the fields say, or a sentence that says what is wrong with the first bad one."""
    numbers: dict[str, float] = {}
    for field in FIELDS:
        text = texts[field].strip().replace(",", "").replace("_", "")
        try:
            # int() and float() take more than people mean: "1e3", "inf", figures of other scripts
            if not text.isascii():
                raise ValueError(text)
            number = float(text) if field == "seconds" else int(text)
        except ValueError:
            what = (
                _("“{name}” must be a number.")
                if field == "seconds"
                else _("“{name}” must be a whole number.")
            )
            return what.format(name=_NAMES[field])
        low, high = LIMITS[field]
        if not low <= number <= high:
            between = _("“{name}” must be between {low} and {high}.")
            return between.format(name=_NAMES[field], low=count(low), high=count(high))
        numbers[field] = number
    if numbers["concurrency"] > numbers["requests"]:
        return _("There can't be more at once than requests.")
    return BurstPlan(int(numbers["requests"]), int(numbers["concurrency"]), numbers["seconds"])
