#!/usr/bin/env python3
"""A real one-node Kubernetes for tests, without Docker: up, down, build, env. See README.md beside this file."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from kube import addons, build, certificates, images, network, node, plane
from kube.ending import down
from kube.places import Cluster, Problem
from kube.prerequisites import check
from kube.shell import say


def up(cluster: Cluster, install: bool) -> None:
    """Idempotent: what runs stays, what died is started again."""
    began = time.monotonic()
    check(install)
    build.build()
    images.make()
    built = time.monotonic()
    network.make(cluster)
    certificates.make(cluster)
    enough = Event()
    with ThreadPoolExecutor(1) as beside:  # the images take 6 s, the API server 5
        images_there = beside.submit(node.prepare, cluster, enough)
        try:
            plane.up(cluster)
            addons.metrics(cluster)
            images_there.result()
        finally:
            enough.set()
    node.up(cluster)
    addons.entry(cluster)
    say(f"built in {built - began:.0f} s, up in {time.monotonic() - built:.0f} s")
    env(cluster)


def env(cluster: Cluster) -> None:
    """What the next command needs."""
    print(f"export KUBECONFIG={cluster.kubeconfig}")
    print(f"export ENTRY={cluster.entry}")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["up", "down", "build", "env", "clean"])
    parser.add_argument(
        "--number",
        type=int,
        default=0,
        choices=range(64),
        metavar="N",
        help="0-63: several clusters beside one another",
    )
    parser.add_argument("--install", action="store_true", help="let apt-get install what is missing")
    asked = parser.parse_args()
    # SIGTERM ends like ctrl+c: what is half done is cleaned up
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    cluster = Cluster(asked.number)
    try:
        match asked.what:
            case "up":
                up(cluster, asked.install)
            case "down":
                down(cluster)
            case "build":
                check(asked.install)
                build.build()
                images.make()
            case "env":
                env(cluster)
            case "clean":
                build.clean()
    except Problem as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        say("interrupted; the same command goes on from here, `down` removes what runs")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
