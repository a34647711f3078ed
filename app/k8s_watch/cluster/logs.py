"""A container's log: its last lines, then each new one, across restarts."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator

import aiohttp

from ..model.words import _
from ..wire.clean import clean
from .connect import Cluster, Failures
from .failures import Answer, in_words
from .pace import Backoff
from .paths import item

log = logging.getLogger(__name__)

TAIL = 200  # lines before the present
LINE = 2000  # characters of a line that are shown
LINE_BYTES = 2**16  # of an unfinished line, then it is cut
_STAMP = re.compile(rb"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?")


async def tail(cluster: Cluster, namespace: str, pod: str, container: str) -> AsyncGenerator[str, None]:
    """The last 200 lines and then each new one, sanitised, without newline; ends when the pod is gone.

    A container that restarts, or a connection that breaks, is followed again from where it was. Raises
    Forbidden, Unauthorised.
    """
    path = item("pods", namespace, pod, "log")
    last = (b"", b"")  # the newest line's second and its fraction, padded: runtimes cut zeros off
    since = ""
    backoff = Backoff((0.5, 5.0))
    while True:
        asked = {"container": container, "follow": "true", "timestamps": "true", "tailLines": str(TAIL)}
        if since:
            asked["sinceTime"] = since
        try:
            async with cluster.stream("GET", path, params=asked) as answer:
                async for line in _lines(answer.content):
                    found = _STAMP.match(line)
                    if found is not None:
                        at = (found[1], (found[2] or b"").ljust(9, b"0"))
                        if at <= last:
                            continue
                        last, since = at, (found[1] + found[3]).decode()
                        line = line[found.end() :]  # noqa: PLW2901  the stamp is only for us
                    backoff.reset()
                    yield clean(line.decode(errors="replace"), LINE)
        except Answer as error:
            if error.status == 404:
                return
            if error.status != 400:  # 400: the container is waiting to start
                yield clean(_("(the log can't be read now: {why})").format(why=error))
        except Failures as error:
            log.debug("the log of %s broke: %s", pod, in_words(error))
        await asyncio.sleep(backoff.firm())


async def _lines(content: aiohttp.StreamReader) -> AsyncGenerator[bytes, None]:
    """Whole lines; an endless one is cut."""
    rest = b""
    while True:
        chunk = await content.readany()
        if not chunk:
            break
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
        if len(rest) > LINE_BYTES:
            yield rest
            rest = b""
    if rest:
        yield rest
