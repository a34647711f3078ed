"""Kubeconfig files, merged as kubectl merges them, read directly: no client package for plain ones.

Importing `kubernetes.config` costs 170 ms of the 600 that the first pod row may take.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..model.ports import BadInput
from ..model.words import _

Fields = Mapping[str, Any]

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is 8 times faster, but not in every wheel


@dataclass(frozen=True, slots=True)
class ConnectOptions:
    """What the user said about the cluster. Empty: what kubectl would take."""

    kubeconfig: str | None = None  # --kubeconfig
    context: str = ""
    namespace: str = ""


@dataclass(slots=True)
class Terminal:
    """Whether an exec plugin may talk to the person at the terminal."""

    taken: bool = False


terminal = Terminal()


def forbid_terminal() -> None:
    """From here on plugins get no terminal: a screen has it."""
    terminal.taken = True


@dataclass(frozen=True, slots=True)
class Named:
    """A context, cluster or user, and the folder that its relative paths start from."""

    fields: Fields
    folder: Path

    def text(self, key: str) -> str:
        """A field as text; "" where it is missing."""
        found = self.fields.get(key)
        return "" if found is None else str(found)

    def path(self, key: str) -> Path | None:
        """A field that names a file."""
        found = self.text(key)
        return self.folder / Path(found).expanduser() if found else None


@dataclass(slots=True)
class Kubeconfig:
    """Several files as one."""

    current: str = ""
    contexts: dict[str, Named] = field(default_factory=dict)
    clusters: dict[str, Named] = field(default_factory=dict)
    users: dict[str, Named] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    def names(self, first: str = "") -> tuple[str, ...]:
        """The contexts' names, `first` (or the current one) first, then as they stand."""
        head = first or self.current
        return tuple(sorted(self.contexts, key=lambda name: name != head))


def candidates(options: ConnectOptions) -> list[Path]:
    """The files to look at, in the order of kubectl: --kubeconfig, else KUBECONFIG's list, else the home's."""
    if options.kubeconfig:
        return [Path(options.kubeconfig).expanduser()]
    listed = [p for p in os.environ.get("KUBECONFIG", "").split(os.pathsep) if p]
    if listed:
        return [Path(p).expanduser() for p in dict.fromkeys(listed)]
    return [Path.home() / ".kube" / "config"]


def stamps(options: ConnectOptions) -> tuple[object, ...]:
    """What changes when one of the files is written: to look again only then."""
    found: list[object] = []
    for path in candidates(options):
        try:
            state = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((state.st_mtime_ns, state.st_size, state.st_ino))
    return tuple(found)


def in_cluster() -> bool:
    """Whether this process runs in a pod with a service account."""
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST")) and (SERVICE_ACCOUNT / "token").is_file()


def has_kubeconfig(options: ConnectOptions) -> bool:
    """Whether the user has any cluster configured; else the lab may start by itself.

    A file that was named explicitly counts even where it is missing or broken: that is a mistake to be told,
    not a wish for a lab. An empty default file (kind leaves one behind) does not count.
    """
    if options.kubeconfig or options.context or in_cluster():
        return True
    found = [p for p in candidates(options) if p.is_file()]
    if not found:
        return any(os.environ.get("KUBECONFIG", "").split(os.pathsep))
    try:
        return bool(read(options).contexts)
    except BadInput:
        return True


def read(options: ConnectOptions) -> Kubeconfig:
    """All files as one: the first file that sets a name or the current context wins. May raise BadInput."""
    merged = Kubeconfig()
    files = []
    for path in candidates(options):
        if not path.exists():
            continue  # kubectl skips those as well
        files.append(path)
        _merge(merged, _document(path), path.absolute().parent)
    merged.files = tuple(files)
    return merged


def _document(path: Path) -> Fields:
    try:
        document = yaml.load(path.read_bytes(), Loader=_Loader)  # a safe one
    except OSError as error:
        words = _("The kubeconfig {file} can't be read: {why}.")
        raise BadInput(words.format(file=path, why=error.strerror or error)) from error
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        place = getattr(error, "problem_mark", None)
        where = _(" (line {n})").format(n=place.line + 1) if place else ""
        words = _("The kubeconfig {file} is not valid YAML{where}.")
        raise BadInput(words.format(file=path, where=where)) from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise BadInput(_("The kubeconfig {file} is not a kubeconfig.").format(file=path))
    return document


def _merge(merged: Kubeconfig, document: Fields, folder: Path) -> None:
    merged.current = merged.current or str(document.get("current-context") or "")
    parts = (
        ("contexts", "context", merged.contexts),
        ("clusters", "cluster", merged.clusters),
        ("users", "user", merged.users),
    )
    for key, inner, known in parts:
        entries = document.get(key) or ()
        if not isinstance(entries, list):
            continue
        for entry in entries:
            if isinstance(entry, dict) and isinstance(entry.get(inner), dict):
                known.setdefault(str(entry.get("name", "")), Named(entry[inner], folder))


def blob(named: Named, key: str) -> bytes:
    """The bytes of `key`-data, else of the file that `key` names; b"" for neither. May raise BadInput."""
    inline = named.fields.get(f"{key}-data")
    if inline:
        try:
            return base64.b64decode(str(inline), validate=False)
        except (binascii.Error, ValueError) as error:
            raise BadInput(_("The kubeconfig's {key} is not base64.").format(key=f"{key}-data")) from error
    path = named.path(key)
    if path is None:
        return b""
    try:
        return path.read_bytes()
    except OSError as error:
        words = _("The kubeconfig names {file} as {key}, which can't be read: {why}.")
        raise BadInput(words.format(file=path, key=key, why=error.strerror or error)) from error
