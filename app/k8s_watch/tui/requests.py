"""What widgets and screens ask of the app: messages that bubble up to it; nobody calls a sibling."""

from __future__ import annotations

from textual.message import Message

from k8s_watch.model.ports import BurstPlan, TargetChoice


class WantsPicture(Message):
    """A screen is there and has nothing to show yet."""


class Kill(Message):
    """Kill the main process of this pod."""

    def __init__(self, pod_uid: str) -> None:
        super().__init__()
        self.pod_uid = pod_uid


class Delete(Message):
    """Delete this pod."""

    def __init__(self, pod_uid: str) -> None:
        super().__init__()
        self.pod_uid = pod_uid


class Burst(Message):
    """Load the service (None: as hard as the last time); while a burst runs, stop it."""

    def __init__(self, plan: BurstPlan | None = None) -> None:
        super().__init__()
        self.plan = plan


class StopAll(Message):
    """End every load and fault at once."""


class OpenPod(Message):
    """Show everything about this pod."""

    def __init__(self, pod_uid: str) -> None:
        super().__init__()
        self.pod_uid = pod_uid


class PickTarget(Message):
    """Choose another Deployment, namespace or context."""


class Retarget(Message):
    """Watch this one from here on."""

    def __init__(self, choice: TargetChoice) -> None:
        super().__init__()
        self.choice = choice
