"""How a pod is called in words: as short as can be told apart."""

from __future__ import annotations

from collections.abc import Iterable


def short_name(name: str, others: Iterable[str] = ()) -> str:
    """The shortest run of last parts ("-" between) that no other known name ends with: "2xz7w".

    Names of one Deployment differ in their last five letters, so one part is nearly always enough.
    """
    rivals = [other for other in others if other != name]
    parts = name.split("-")
    for count in range(1, len(parts)):
        suffix = "-".join(parts[-count:])
        if suffix and not any(other == suffix or other.endswith("-" + suffix) for other in rivals):
            return suffix
    return name
