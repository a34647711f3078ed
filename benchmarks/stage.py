"""What is looked at: the lesson with two real pods, and a Deployment whose pods are never scheduled."""

from __future__ import annotations

import random
import time
from typing import Any

from api import Api

from k8s_watch.model.lesson import NAME, objects

LESSON = "bench-lesson"  # namespaces
MANY = "bench-many"
DEPLOYMENT = "many"
MERGE = "application/merge-patch+json"

_GROUPS = {
    "deployments": "/apis/apps/v1",
    "services": "/api/v1",
    "ingresses": "/apis/networking.k8s.io/v1",
    "horizontalpodautoscalers": "/apis/autoscaling/v2",
}


class Stage:
    """Two namespaces; `with Stage(api) as stage:` makes them, and takes them away at the end."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.fillers: list[str] = []  # names of pods that stay

    def __enter__(self) -> Stage:
        self.__exit__()  # what a run that was killed has left
        try:
            for namespace in (LESSON, MANY):
                self._namespace(namespace)
            for kind, thing in objects(LESSON):
                self.api.ask("POST", f"{_GROUPS[kind]}/namespaces/{LESSON}/{kind}", thing)
            self.api.ask("POST", f"/apis/apps/v1/namespaces/{MANY}/deployments", _many())
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        for namespace in (LESSON, MANY):
            self.api.ask("DELETE", f"/api/v1/namespaces/{namespace}", missing=True)

    def _namespace(self, name: str) -> None:
        self._wait(
            "the namespace of the last run goes", lambda: self._look(f"/api/v1/namespaces/{name}") is None
        )
        self.api.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"  # without it no pod is admitted
        self._wait(f"{name} gets its ServiceAccount", lambda: self._look(account) is not None)

    def _look(self, path: str) -> Any:
        return self.api.ask("GET", path, missing=True)

    def _wait_until_ready(self) -> None:
        path = f"/apis/apps/v1/namespaces/{LESSON}/deployments/{NAME}"
        self._wait(
            "the lesson's pods are ready", lambda: self._look(path)["status"].get("readyReplicas") == 2
        )

    def _wait(self, what: str, true: Any, timeout: float = 120.0) -> None:
        end = time.monotonic() + timeout
        while not true():
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not within {timeout:.0f} s")
            time.sleep(0.2)

    def fill(self, size: int) -> None:
        """Have exactly that many pods that are never scheduled."""
        while len(self.fillers) < size:
            # their names come after those of the pods that are timed, for programs that sort by name,
            # and share no letter with them, for terminals that get only the letters that differ
            name = f"zz-{len(self.fillers):04}-{_word('stuvwxyz')}"
            self.make(name)
            self.fillers.append(name)
        while len(self.fillers) > size:
            self.remove(self.fillers.pop())

    def make(self, name: str) -> None:
        """Create a pod that no scheduler takes."""
        self.api.ask("POST", f"/api/v1/namespaces/{MANY}/pods", _pod(name))

    def remove(self, name: str) -> None:
        """Delete it, at once."""
        grace = {"gracePeriodSeconds": 0}
        self.api.ask("DELETE", f"/api/v1/namespaces/{MANY}/pods/{name}", grace)


def probe_name(number: int) -> tuple[str, str]:
    """The name of a pod that is timed, and its unique ending: neighbours share no letter in it."""
    ending = _word("abcdefghi" if number % 2 else "jklmnopqr")
    return f"aa-{number:04}-{ending}", ending


def _word(letters: str) -> str:
    return "".join(random.choices(letters, k=10))


def _pod(name: str) -> dict[str, Any]:
    container = {
        "name": "app",
        "image": "registry.local/none:1",
        "resources": {"requests": {"cpu": "100m", "memory": "100Mi"}},
    }
    return {
        "metadata": {"name": name, "labels": {"app": DEPLOYMENT}},
        "spec": {"schedulerName": "none", "containers": [container]},
    }


def _many() -> dict[str, Any]:
    """Its selector finds the bare pods; its ReplicaSet's asks for a pod-template-hash as well, so leaves them alone."""
    labels = {"app": DEPLOYMENT}
    template = {"metadata": {"labels": labels}, "spec": {"containers": _pod("")["spec"]["containers"]}}
    return {
        "metadata": {"name": DEPLOYMENT, "labels": labels},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
    }
