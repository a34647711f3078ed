"""Puts sources, world, recorder and front end together."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from logging.handlers import RotatingFileHandler

from ..settings import Options, log_file


def run(options: Options) -> int:
    """Do what the command line asks; returns the exit code. Raises WatchError."""
    keep_log()
    if options.command == "lab":
        from ..lab.start import run_alone

        return asyncio.run(run_alone(empty=options.empty, fast=options.fast)) or 0
    gc.disable()  # until `fronts.collect_again`
    try:
        if options.command == "replay":
            from .replaying import replay

            return asyncio.run(replay(options))
        from .live import live

        return asyncio.run(live(options))
    finally:
        gc.enable()


def keep_log() -> None:
    """Everything that is logged goes to a file: a line on stderr would spoil the screen."""
    root = logging.getLogger()
    root.setLevel(os.environ.get("K8S_WATCH_LOG", "INFO").upper())
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            log_file(), maxBytes=1_000_000, backupCount=1, delay=True
        )
    except OSError:  # a home that can't be written to is no reason not to watch
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
