"""From a request to the act: the safety gate first, then a dialogue where the gate wants one, then the act."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from k8s_watch.model.ports import Acts, BurstPlan, WatchError
from k8s_watch.model.words import _
from k8s_watch.settings import log_file

if TYPE_CHECKING:
    from .app import WatchApp

log = logging.getLogger(__name__)


class Doer:
    """Does what was asked, each act in a worker of its own group; whatever goes wrong becomes a notice."""

    def __init__(self, app: WatchApp, acts: Acts) -> None:
        self._app = app
        self._acts = acts

    def do(
        self, act: str, pod_uid: str, run: Callable[[], Awaitable[None]], plan: BurstPlan | None = None
    ) -> None:
        """Pass the gate, then `run`. The same act on the same pod is not begun twice at once."""
        group = f"{act} {pod_uid}".strip()
        if any(worker.group == group and not worker.is_finished for worker in self._app.workers):
            self.notice(_("That is under way already."), "warning")
            return
        self._app.run_worker(self._gated(act, pod_uid, run, plan), name=act, group=group, exit_on_error=False)

    def free(self, act: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run what hurts nobody: no gate."""
        self._app.run_worker(self._told(run), name=act, group=act, exit_on_error=False)

    async def _gated(
        self, act: str, pod_uid: str, run: Callable[[], Awaitable[None]], plan: BurstPlan | None
    ) -> None:
        """The gate, the dialogue, the act."""
        decision = self._acts.may(act, pod_uid, plan)
        if not decision.allowed:
            self.notice(decision.sentence, "warning")
            return
        if decision.ask:
            from .confirm import ConfirmScreen

            again = replace(decision, sentence=_("Once more: {what}").format(what=decision.sentence))
            for question in [decision, again][: 1 + decision.twice]:
                if not await self._app.push_screen_wait(ConfirmScreen(question)):
                    return
        elif decision.warning:
            self.notice(decision.warning, "warning")
        await self._told(run)

    async def _told(self, run: Callable[[], Awaitable[None]]) -> None:
        """Run it; tell what went wrong."""
        try:
            await run()
        except WatchError as wrong:
            self.notice(str(wrong), "error")
        except Exception:
            log.exception("an act failed")
            sentence = _("That failed for a reason this program did not expect; {file} has it.")
            self.notice(sentence.format(file=log_file()), "error")

    async def kill(self, pod_uid: str) -> None:
        """Kill; where it lives on, propose what works for certain, which is another experiment."""
        before = self._main(pod_uid)
        await self._acts.kill(pod_uid)
        after = self._main(pod_uid)
        if before and after == before:
            words = _(
                "It is still alive.  D deletes the pod instead: a new one, with a new name and address."
            )
            self.notice(words, "warning")

    def _main(self, pod_uid: str) -> str:
        """The id of the pod's running main container; "" where none runs."""
        found = next((row.pod.main for row in self._app.picture().pods if row.pod.uid == pod_uid), None)
        running = found is not None and found.state is not None and found.state.kind == "running"
        return found.container_id if found is not None and running else ""

    def notice(self, sentence: str, severity: str = "information") -> None:
        """A sentence at the edge of the screen for some seconds; never read as markup."""
        level = "error" if severity == "error" else "warning" if severity == "warning" else "information"
        self._app.notify(sentence, severity=level, markup=False, timeout=8)  # type: ignore[arg-type]
