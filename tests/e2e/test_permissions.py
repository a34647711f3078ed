"""Someone who may not do everything: a ServiceAccount with a narrow Role, and a token that ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import yaml
from tests.e2e.clusters import kill
from tests.e2e.screen import Screen
from tests.e2e.spaces import NAME, Space

Open = Callable[..., AbstractAsyncContextManager[Screen]]
WATCHED = ("pods", "deployments", "replicasets", "services", "endpointslices", "events", "ingresses")


async def narrow(space: Space, folder: Path, *resources: str) -> Path:
    """A kubeconfig of a ServiceAccount that may read these resources of the namespace, and nothing else."""
    await space.kubectl("create", "serviceaccount", "learner")
    await grant(space, *resources)
    return await log_in(space, folder / "kubeconfig")


async def grant(space: Space, *resources: str) -> None:
    """A Role and its binding."""
    await space.kubectl(
        "create", "role", "look", "--verb=get,list,watch", f"--resource={','.join(resources)}"
    )
    account = f"--serviceaccount={space.namespace}:learner"
    await space.kubectl("create", "rolebinding", "look", "--role=look", account)


async def log_in(space: Space, file: Path) -> Path:
    """Write a kubeconfig with a fresh token."""
    token = (await space.kubectl("create", "token", "learner")).strip()
    admin = yaml.safe_load(await space.kubectl("config", "view", "--raw", "--minify"))
    admin["users"][0]["user"] = {"token": token}
    await asyncio.to_thread(file.write_text, json.dumps(admin))
    return file


@pytest.mark.real_only("the lab knows one user and no roles")
async def test_a_missing_permission_is_named_and_the_rest_goes_on(
    space: Space, screen: Open, tmp_path: Path
) -> None:
    await space.lesson(scaled=True)
    kubeconfig = await narrow(space, tmp_path, *WATCHED)
    async with screen(kubeconfig=kubeconfig) as one:
        await one.until_headline("All well")
        await one.until_says("list horizontalpodautoscalers")
        denied = dict(one.view.connection.denied)
        assert denied["autoscalers"] == "list horizontalpodautoscalers"
        assert "pods" not in denied
        assert one.view.connection.state == "live"
        # a kill needs more than looking: it is refused with the permission's name, and nothing dies
        victim = min(one.names())
        await one.kill(victim)
        await one.until_says("pods/exec")
        assert one.cells(victim)[2] == "0"


@pytest.mark.real_only("the lab knows one user and no roles")
async def test_permissions_that_are_taken_away_and_given_back(
    space: Space, screen: Open, tmp_path: Path
) -> None:
    await space.lesson()
    kubeconfig = await narrow(space, tmp_path, *WATCHED)
    async with screen(kubeconfig=kubeconfig) as one:
        await one.until_headline("All well")
        await space.kubectl("delete", "rolebinding,role", "look")
        # an open watch goes on until it ends (facts: authorised when it begins), so the server ends them all
        kill(space.cluster.api())
        await space.cluster.revive()
        await one.until_headline("NOT ALLOWED to see the pods: (list|watch) pods")
        await grant(space, *WATCHED)
        await one.until_headline("All well", within=90)


@pytest.mark.real_only("the lab's token never ends")
async def test_a_token_that_ends_is_said_and_a_new_one_is_read(
    space: Space, screen: Open, tmp_path: Path
) -> None:
    """Tokens live 10 minutes at least, so this one ends with its account."""
    await space.lesson()
    kubeconfig = await narrow(space, tmp_path, *WATCHED)
    async with screen(kubeconfig=kubeconfig) as one:
        await one.until_headline("All well")
        await space.kubectl("delete", "serviceaccount", "learner")
        await one.until(lambda: one.view.connection.state != "live", "it is noticed")
        assert "does not accept these credentials" in one.view.connection.reason
        await one.until_says("credentials")
        await space.kubectl("create", "serviceaccount", "learner")
        await log_in(space, kubeconfig)
        await one.until(lambda: one.view.connection.state == "live", "live with the new token")
        await one.until_headline("All well")
        assert one.names() == set(await space.table())
        assert NAME in one.text()
