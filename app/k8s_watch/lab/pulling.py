"""Images: those that the lab has are there at once; another one is tried again and again, as kubelet does."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from typing import NoReturn, Protocol

from ..model.words import _
from . import backoff
from .images import IMAGES, Image, find, full_name, unreadable
from .periods import Periods
from .status import Object, Run


class Puller(Protocol):
    """Whose pod it is for."""

    runs: dict[str, Run]
    periods: Periods

    def publish(self) -> None:
        """Write the status soon."""
        ...

    def tell(self, reason: str, message: str, warning: bool = False, container: str = "") -> None:
        """An event."""
        ...


async def pull(puller: Puller, spec: Object) -> Image:
    """The image, once it is there; an unknown one is tried again and again as kubelet does."""
    name, reference = spec["name"], spec["image"]
    always = spec.get("imagePullPolicy", "IfNotPresent") == "Always"
    if wrong := unreadable(reference):
        await _misspelt(puller, name, reference, wrong)
    image = find(reference)
    if image is None:
        await _never(puller, puller.runs[name], reference)
    if always:
        puller.tell("Pulling", f'Pulling image "{reference}"', container=name)
        began = time.perf_counter()
        await asyncio.sleep(0.02)
        took = f"{round((time.perf_counter() - began) * 1000)}ms"
        message = f'Successfully pulled image "{reference}" in {took} ({took} including waiting). Image size: {image.size} bytes.'
    else:
        message = f'Container image "{reference}" already present on machine and can be accessed by the pod'
    puller.tell("Pulled", message, container=name)
    return image


async def _misspelt(puller: Puller, name: str, reference: str, wrong: str) -> NoReturn:
    """Nothing can be pulled by what is no name; the words are kubelet's."""
    why = (
        f'Failed to apply default image tag "{reference}": couldn\'t parse image name "{reference}": {wrong}'
    )
    puller.tell("InspectFailed", why, warning=True, container=name)
    puller.tell("Failed", "Error: InvalidImageName", warning=True, container=name)
    _wait(puller, puller.runs[name], "InvalidImageName", why)
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def _never(puller: Puller, run: Run, reference: str) -> NoReturn:
    """Try to pull what is not there, for ever. The status lags behind the tries, as measured on a node:

    ErrImagePull for the first delay, then ImagePullBackOff, with ErrImagePull again for the end of each delay.
    """
    known = ", ".join(i.name for i in IMAGES)
    why = _('failed to pull and unpack image "{image}": not found; the lab has only: {known}').format(
        image=full_name(reference), known=known
    )
    held = f'Back-off pulling image "{reference}": ErrImagePull: {why}'
    delays = itertools.chain(backoff.pull_delays(puller.periods.backoff), itertools.repeat(300.0))
    for number, delay in enumerate(delays):
        puller.tell("Pulling", f'Pulling image "{reference}"', container=run.name)
        await asyncio.sleep(0.3)
        puller.tell("Failed", f'Failed to pull image "{reference}": {why}', warning=True, container=run.name)
        puller.tell("Failed", "Error: ErrImagePull", warning=True, container=run.name)
        if not number:
            _wait(puller, run, "ErrImagePull", why)
        await asyncio.sleep(1.0 * puller.periods.backoff)
        puller.tell("BackOff", f'Back-off pulling image "{reference}"', container=run.name)
        puller.tell("Failed", "Error: ImagePullBackOff", warning=True, container=run.name)
        whole = backoff.jittered(delay, random.random())
        await asyncio.sleep(whole * 0.85)
        _wait(puller, run, "ErrImagePull", why)
        await asyncio.sleep(whole * 0.15)
        _wait(puller, run, "ImagePullBackOff", held)
    raise AssertionError("the delays never end")


def _wait(puller: Puller, run: Run, reason: str, why: str) -> None:
    run.wait(reason, why)
    puller.publish()
