"""A namespace of one test's own, with the lesson's objects in it, as kubectl sees them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.clusters import PATIENCE, Cluster

from k8s_watch.model import lesson

Object = dict[str, Any]
NAME = lesson.NAME


class Space:
    """One namespace. Its Ingress answers to a host name of its own, so that tests share the entry."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.host = f"{namespace}.test"

    async def kubectl(self, *words: str, feed: str | None = None, check: bool = True) -> str:
        """kubectl in this namespace."""
        return await self.cluster.kubectl("-n", self.namespace, *words, feed=feed, check=check)

    async def apply(self, *objects: Object) -> None:
        """kubectl apply, all at once."""
        items = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        await self.kubectl("apply", "-f", "-", feed=json.dumps(items))

    async def lesson(
        self, *, scaled: bool = False, image: str = "", bare: bool = False, grace: int | None = None
    ) -> None:
        """Make the lesson's objects and wait for two ready pods.

        `scaled`: with its autoscaler. `bare`: without resource requests, as the lesson creates it.
        `grace`: seconds that a deleted pod takes, as its process does not hear SIGTERM; 30 as the lesson creates it.
        """
        deployment = lesson.deployment(self.namespace)
        pod = deployment["spec"]["template"]["spec"]
        container = pod["containers"][0]
        if grace is not None:
            pod["terminationGracePeriodSeconds"] = grace
        if image:
            container["image"] = image
        if bare:
            del container["resources"]
        ingress = lesson.ingress(self.namespace)
        ingress["spec"]["rules"][0]["host"] = self.host
        await self.apply(deployment, lesson.service(self.namespace), ingress)
        await self.publish()
        if scaled:
            await self.apply(lesson.autoscaler(self.namespace))
        await self.kubectl("rollout", "status", f"deployment/{NAME}", f"--timeout={PATIENCE:.0f}s")

    async def publish(self) -> None:
        """Write the Ingress's address into its status, as an ingress controller does."""
        if not self.cluster.is_lab:
            address = [{"ip": urlsplit(self.cluster.entry).hostname}]
            status = json.dumps({"status": {"loadBalancer": {"ingress": address}}})
            await self.kubectl(
                "patch", "ingress", NAME, "--subresource=status", "--type=merge", f"--patch={status}"
            )

    async def get(self, what: str, name: str = "") -> Any:
        """An object; without a name the items of a list."""
        found = json.loads(await self.kubectl("get", what, *([name] if name else []), "-o", "json"))
        return found if name else found["items"]

    async def table(self) -> dict[str, tuple[str, str, str, str]]:
        """`kubectl get pods`: name to READY, STATUS, RESTARTS, AGE."""
        text = await self.kubectl("get", "pods")
        if text.startswith("No resources"):
            return {}
        head, *lines = text.splitlines()
        starts = [head.index(word) for word in ("NAME", "READY", "STATUS", "RESTARTS", "AGE")]
        cells = [
            [line[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)] for line in lines
        ]
        return {name: (ready, status, restarts, age) for name, ready, status, restarts, age in cells}

    async def until_table(self, good: Callable[[dict[str, tuple[str, str, str, str]]], bool]) -> None:
        """Wait until `kubectl get pods` is as wanted."""
        end = time.monotonic() + PATIENCE
        while not good(table := await self.table()):
            assert time.monotonic() < end, table
            await asyncio.sleep(0.1)

    async def end(self) -> None:
        """Delete it; what is in it goes in its own time."""
        await self.cluster.kubectl("delete", "namespace", self.namespace, "--wait=false", check=False)
