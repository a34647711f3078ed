"""A dashboard that is started with nothing but a lab's kubeconfig knows that it is a lab; no real cluster is taken for one."""

from __future__ import annotations

from tests.e2e.clusters import until
from tests.e2e.spaces import Space

from k8s_watch.cluster.connect import ConnectOptions
from k8s_watch.run.live import watch
from k8s_watch.settings import Options
from k8s_watch.tui.app import WatchApp


async def test_a_lab_is_known_by_its_kubeconfig_alone(space: Space) -> None:
    await space.lesson()
    cluster = space.cluster
    kubeconfig = str(cluster.kubeconfig)

    async def show(app: WatchApp) -> int | None:
        async with app.run_test() as pilot:
            await until(lambda: app.picture().target is not None and app.picture().pods, "it is watched")
            view = app.picture()
            target = view.target
            assert target is not None
            assert (target.is_lab, target.fast) == (cluster.is_lab, False)
            may = app.acts.may("kill", view.pods[0].pod.uid)
            assert (may.allowed, may.ask) == (cluster.is_lab, False)
            if cluster.is_lab:
                await until(
                    lambda: (app.picture().target or target).url == cluster.entry, "its entry is asked"
                )
            await pilot.press("q")
            await until(lambda: not app.is_running or app.return_code is not None, "q leaves")
        return app.return_value

    wanted = ConnectOptions(kubeconfig, "", space.namespace)
    assert await watch(Options(kubeconfig=kubeconfig, namespace=space.namespace), wanted, show=show) == 0
