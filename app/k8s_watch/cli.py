"""The command line: flags in, one wing's work out, every failure one sentence and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from . import __version__
from .model.ports import BadInput, WatchError
from .model.words import _, use
from .settings import Options, locale_folder


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code (0 well, 1 failed, 2 bad input, 3 unreachable, 4 unauthorised, 5 forbidden)."""
    use(_language(), locale_folder())
    try:
        options = parse(list(sys.argv[1:] if argv is None else argv))
        from .run import run

        return run(options)
    except WatchError as error:
        print(f"k8s-watch: {error}", file=sys.stderr)  # noqa: T201  the one place that speaks on stderr
        return error.exit_code
    except BrokenPipeError:
        # the reader has gone: nothing more to say, and Python must not try to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        return 130


def _language() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return value.split(".")[0]
    return "en"


class _Parser(argparse.ArgumentParser):
    """Says one sentence where argparse would print the usage as well."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise BadInput(_("{message} (see k8s-watch --help)").format(message=message))


def parse(argv: list[str]) -> Options:
    """What the user asked for. `lab` and `replay` are commands; any other first word is a TARGET."""
    command = argv[0] if argv and argv[0] in {"lab", "replay"} else "watch"
    parser = {"watch": _watch, "lab": _lab, "replay": _replay}[command]()
    found = vars(parser.parse_args(argv if command == "watch" else argv[1:]))
    options = Options(command=command, **found)
    _sensible(options)
    return options


def _sensible(options: Options) -> None:
    if options.plain and options.json:
        raise BadInput(_("--plain and --json exclude each other."))
    if options.read_only and options.allow_faults:
        raise BadInput(_("--read-only and --allow-faults exclude each other."))
    if options.lab and (options.kubeconfig or options.context):
        raise BadInput(_("--lab brings its own cluster: it can't be used with --kubeconfig or --context."))
    if (options.fast or options.empty) and not (options.lab or options.command == "lab"):
        raise BadInput(_("--fast and --empty belong to the lab: add --lab."))
    if options.url and not options.url.startswith(("http://", "https://")):
        raise BadInput(_("--url must begin with http:// or https://, not {url!r}.").format(url=options.url))
    if options.answer_regex:
        import re

        try:
            re.compile(options.answer_regex)
        except re.error as error:
            raise BadInput(
                _("--answer-regex is not a regular expression: {why}").format(why=error)
            ) from error
    if sys.stdout is None:  # `>&-`
        raise BadInput(_("Standard output is closed: there is nowhere to print to."))
    if options.plain or options.json or options.command == "lab":
        return
    if not sys.stdout.isatty():
        raise BadInput(_("The screen needs a terminal; use --plain or --json in a pipe."))
    if sys.stdin is None or not sys.stdin.isatty():
        raise BadInput(
            _("The screen's keys come from standard input, and that is no terminal here: add </dev/tty.")
        )


def _watch() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="k8s-watch",
        description=_("Watch Kubernetes heal and scale, live, on one screen."),
        epilog=_(
            "Also: k8s-watch lab (the cluster in a box alone), k8s-watch replay FILE (a recorded session)."
        ),
    )
    add = parser.add_argument
    add(
        "target",
        nargs="?",
        default="",
        metavar="TARGET",
        help=_("deployment/NAME or NAME; default: the one that an HPA or Ingress points at"),
    )
    add(
        "--kubeconfig",
        default="",
        metavar="FILE",
        help=_("the kubeconfig file (default: KUBECONFIG, then ~/.kube/config)"),
    )
    add("--context", default="", metavar="NAME", help=_("the kubeconfig's context"))
    add("-n", "--namespace", default="", metavar="NAME", help=_("the namespace"))
    add(
        "--url",
        default="",
        help=_("what to ask once a second (default: found from the Ingress or HTTPRoute)"),
    )
    add(
        "--answer-regex",
        default="",
        metavar="REGEX",
        help=_("finds the pod's name in an answer; group 1 if there is one"),
    )
    add("--lab", action="store_true", help=_("use the cluster in a box"))
    add("--fast", action="store_true", help=_("a lab with shortened periods; its times are not a cluster's"))
    add("--empty", action="store_true", help=_("a lab without the lesson's objects"))
    faults = parser.add_argument_group(_("faults and load"))
    faults.add_argument("--read-only", action="store_true", help=_("no faults and no load, wherever"))
    faults.add_argument(
        "--allow-faults",
        action="store_true",
        help=_("allow them on a cluster that is not local; each asks first"),
    )
    _front_flags(parser)
    add(
        "--record",
        default="",
        metavar="FILE",
        help=_("write every change to FILE (.gz: compressed), for k8s-watch replay"),
    )
    add("--version", action="version", version=f"k8s-watch {__version__}")
    return parser


def _front_flags(parser: argparse.ArgumentParser) -> None:
    front = parser.add_argument_group(_("the screen, and without one"))
    front.add_argument("--plain", action="store_true", help=_("one line for each change of interest"))
    front.add_argument("--json", action="store_true", help=_("one JSON object a line"))
    front.add_argument(
        "--theme",
        default="",
        metavar="NAME",
        help=_("the colours to start with: dark, light, contrast, ansi"),
    )
    front.add_argument(
        "--no-mouse", action="store_true", help=_("leave the mouse to the terminal, for selecting text")
    )


def _lab() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="k8s-watch lab", description=_("Run the cluster in a box alone and print the KUBECONFIG to use.")
    )
    parser.add_argument(
        "--fast", action="store_true", help=_("shortened periods; its times are not a cluster's")
    )
    parser.add_argument("--empty", action="store_true", help=_("without the lesson's objects"))
    return parser


def _replay() -> argparse.ArgumentParser:
    parser = _Parser(prog="k8s-watch replay", description=_("Show a recorded session on the same screen."))
    parser.add_argument("file", metavar="FILE", help=_("what --record wrote, or a raw recording"))
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="N",
        help=_("N times as fast; 0: at once (only without a screen)"),
    )
    _front_flags(parser)
    return parser
