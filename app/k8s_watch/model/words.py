"""Every sentence that a user reads passes through here; its key is the English sentence."""

from __future__ import annotations

import gettext
from pathlib import Path

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def use(language: str, folder: Path) -> None:
    """Take the sentences from `folder`/LANGUAGE/LC_MESSAGES/k8s_watch.mo; English where that is missing."""
    global _catalogue  # noqa: PLW0603  one language a process, chosen once at the start
    _catalogue = gettext.translation("k8s_watch", folder, [language], fallback=True)


def _(sentence: str) -> str:
    """The sentence in the user's language. Fill in values afterwards: `_("{n} pods").format(n=2)`."""
    return _catalogue.gettext(sentence)


def ngettext(one: str, many: str, n: int) -> str:
    """The sentence in the user's language, in the form that fits `n`."""
    return _catalogue.ngettext(one, many, n)
