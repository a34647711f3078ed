"""One suite, two clusters: `pytest tests/e2e --cluster lab` and `--cluster real`. Without the option, no test."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from tests.e2e.clusters import Cluster, how_many_are_up, the_lab, the_real_one
from tests.e2e.screen import Screen, watching
from tests.e2e.spaces import Space


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cluster", choices=("lab", "real"), help="which cluster tests/e2e runs on")
    parser.addoption("--number", type=int, default=0, help="the first real cluster (cluster.py --number)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real_only(reason): needs what the lab does not have")
    config.addinivalue_line("markers", "long: begins first, so that several workers end together")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """`-n auto`: a worker for each real cluster that is up, one by one from --number on; at least one."""
    if config.getoption("cluster") != "real":
        return None
    return max(1, how_many_are_up(config.getoption("number")))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make test` stays fast: it gives no --cluster."""
    return None if config.getoption("cluster", default=None) else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if config.getoption("cluster", default=None) != "lab":
        return
    apart = [item for item in items if item.get_closest_marker("real_only")]
    if apart:
        items[:] = [item for item in items if item not in apart]
        config.hook.pytest_deselected(items=apart)


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The cluster of this worker. A real one that is not up is a failure, never a skip."""
    if request.config.getoption("cluster") == "lab":
        with the_lab() as lab:
            yield lab
        return
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    try:
        yield the_real_one(request.config.getoption("number") + worker)
    except ConnectionError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
async def space(cluster: Cluster) -> AsyncIterator[Space]:
    """A namespace of this test's own."""
    made = Space(cluster, f"e2e-{uuid.uuid4().hex[:8]}")
    await made.kubectl("create", "namespace", made.namespace)
    yield made
    await made.end()


@pytest.fixture
def screen(space: Space) -> Callable[..., AbstractAsyncContextManager[Screen]]:
    """Opens the dashboard on the test's namespace: `async with screen() as one`."""

    def opened(**options: object) -> AbstractAsyncContextManager[Screen]:
        return watching(space, **options)

    return opened
