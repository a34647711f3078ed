"""STORY: what happened, with durations; the newest at the bottom."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from k8s_watch.model.view import View
from k8s_watch.model.words import _

from .lines import Lines
from .story_lines import draw_story


class StoryPanel(Lines):
    """The episodes."""

    def __init__(self, kubeconfig: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        """`kubeconfig`: of the lab; told while there is no story yet, for kubectl in the next terminal."""
        super().__init__(id=id, classes=classes)
        self._kubeconfig = kubeconfig

    def on_mount(self) -> None:
        """The title never changes."""
        self.title(Content.styled(_("STORY"), "bold"))

    def draw(self, view: View, width: int, height: int) -> Sequence[Content]:
        """The newest episodes that fit."""
        lines = draw_story(view.story, view.now, width, height)
        if lines:
            return lines
        hint = _("Nothing has happened yet.  k kills the selected pod's process, b starts a burst.")
        if self._kubeconfig:
            words = _("kubectl in the next terminal:  {line}")
            hint += "\n" + words.format(line=f"export KUBECONFIG={self._kubeconfig}")
        return [line.stylize("$quiet") for line in Content(hint).wrap(width)]
