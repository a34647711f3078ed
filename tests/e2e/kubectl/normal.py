"""What two clusters may print differently without being different: names' random ends, addresses, times, sizes."""

from __future__ import annotations

import re

from tests.e2e.kubectl.running import Said

_HASH = "[bcdfghjklmnpqrstvwxz2456789]"  # Kubernetes' alphabet for names: no vowels
_RULES = [
    (rf"\b([a-z][a-z-]*[a-z])-{_HASH}{{6,10}}-{_HASH}{{5}}(?![a-z0-9])", r"\1-HASH-END"),
    (rf"\b(hello-world-flask|web|nothing|stubborn|heavy|metrics-server)-{_HASH}{{6,10}}\b", r"\1-HASH"),
    (rf"\b(hello-world-flask|web|second|kubernetes|default-token|kube-api-access)-{_HASH}{{5}}\b", r"\1-END"),
    (rf"(pod-template-hash[=:] ?\"?){_HASH}{{6,10}}\b", r"\1HASH"),
    (rf"\b({_HASH}{{6,10}})(?=_school|_default)", "HASH"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID"),
    (r"containerd://[0-9a-f]{64}", "containerd://ID"),
    (r"sha256:[0-9a-f]{64}", "sha256:ID"),
    (r"\b[0-9a-f]{64}\b", "ID"),
    (r"https?://(127\.0\.0\.1|10\.245\.\d+\.2):\d+(?!000)(?=[/: ]|\x1b|$)", "https://SERVER"),
    (r"\b\d+\.\d+\.\d+\.\d+(/\d+)?\b", "ADDRESS"),
    (r"\b(\w{3}, )?\d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", "TIME"),
    (r"\b\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d( UTC)? \d{4}\b", "TIME"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME"),
    (r'("?resourceVersion"?: ")\d+"', r'\1VERSION"'),
    (r"^(Resource Version:\s+)\d+", r"\1VERSION"),
    (r"\b\d+(\.\d+)?(ms|µs)\b", "TIME"),
    (r"\bgeneration: \d+(?=\n    labels:\n      endpointslice)", "generation: N"),
    (r"\b\d+(?= \?  +\d\d:\d\d:\d\d ps$)", "N"),
    (r"(?<=\s)(?<!cpu: )((\d+[dhms]){1,2}|<invalid>)(?=\s|$|\))", "AGE"),
    (r"\(\d+[smh]\w* ago\)", "(AGO)"),
    (r"\bAGE \(x\d+ over AGE\)", "AGE"),
    (r"\(x\d+ over AGE\)", ""),
    (r"\b(in|after) \d+(\.\d+)?s\b", r"\1 AGE"),
    (r"/tmp/\S+", "/tmp/FILE"),
    (r"\bnode/(node-\d+|lab)\b", "node/NODE"),
    (r"(?<![:/.-])\b(node-\d+|lab)\b(?=/ADDRESS|[^./:-]|$)(?! node)", "NODE"),
    (r"\b\d+%/", "N%/"),
    (r"\b\d+% \(\d+m?\) /", "N% (Nm) /"),
    # the machine that it was recorded on
    (r"(?<=  )\S+ \((amd64|arm64)\)", "KERNEL"),
    (r"^(  Kernel Version: +)\S+", r"\1KERNEL"),
    (r"^(  Architecture: +)\S+", r"\1MACHINE"),
    (r"(beta\.)?(kubernetes\.io/arch=)\w+", r"\1\2MACHINE"),
    (r"^(  cpu: +)\d+$", r"\1N"),
    (r"Image size: \d+ bytes", "Image size: N bytes"),  # of the Debian packages of the day
    (r"PIN: \d+-\d+-\d+", "PIN: N"),
    (r"\d\d/\w{3}/\d{4} \d\d:\d\d:\d\d", "TIME"),
]
_CHANCE = re.compile(
    r"\bUnhealthy\b.*\bconnect: connection refused"
    r"|\bFailedMount\b.*: failed to sync \w+ cache: timed out waiting"
)
"""What chance decides on a busy machine: whether a first readiness probe came before the program listened; whether
kubelet's cache of what a pod mounts was there within the second that it waits (then it tries again)."""
_COMPILED = [(re.compile(pattern, re.MULTILINE), instead) for pattern, instead in _RULES]


def normal(said: Said) -> list[str]:
    """The lines to compare: standard output, standard error marked with `!`, and the exit code."""
    lines = _lines(said.out) + [f"! {line}" for line in _lines(said.err)]
    if said.how == "words":
        lines = sorted(word for line in lines for word in line.split())
    if said.how == "race":
        return [line for line in lines if not line.startswith("! command terminated")]
    if said.how == "sorted":
        lines.sort()
    if said.command == "kubectl describe node" and "Events:" in " ".join(lines):
        start = next(n for n, line in enumerate(lines) if line.startswith("Events:"))
        lines = lines[:start]  # what its events tell is an hour old at most
    if " describe " in said.command:
        lines = _events_sorted(lines)
    if said.how in {"events", "grown"}:
        lines = _reasons_only(lines)
    if said.how in {"unique", "first"} or "--watch" in said.command:
        lines = list(dict.fromkeys(lines))
    if said.how == "unique" and "rollout status" in said.command:
        lines = [line for line in lines if not line.startswith("Waiting for")]
    if said.how in {"numbers", "grown"} or " top " in said.command:
        lines = [re.sub(r"\d+(\.\d+)?", "N", line) for line in lines]
    if said.how == "numbers":  # a column of `ab` that is full touches its neighbour
        lines = [re.sub(r" {2,}", " ", line) for line in lines]
    if said.how == "grown":
        lines = list(dict.fromkeys(lines))
    return [*lines, f"exit code {said.code}"]


def _events_sorted(lines: list[str]) -> list[str]:
    """Events of the same second come in any order, and pulls that took equally long are one Event (x2)."""
    if "Events:" not in lines:
        return lines
    start = lines.index("Events:") + 3
    end = next((n for n in range(start, len(lines)) if not lines[n].startswith("  ")), len(lines))
    pulls = {line for line in lines[start:end] if "Successfully pulled" in line}
    others = [line for line in lines[start:end] if line not in pulls]
    return lines[:start] + sorted([*others, *pulls]) + lines[end:]


def _reasons_only(lines: list[str]) -> list[str]:
    """Without the messages of failures, and without what follows from how much CPU was just measured."""
    rules = r"^(  Warning  \S+  AGE  \S+|  AbleToScale|  ScalingLimited)  .*"
    return list(dict.fromkeys(re.sub(rules, r"\1", line) for line in lines))


def _lines(text: str) -> list[str]:
    for pattern, instead in _COMPILED:
        text = pattern.sub(instead, text)
    return [_spaced(line) for line in text.replace("\r\n", "\n").splitlines() if not _CHANCE.search(line)]


def _spaced(line: str) -> str:
    """Columns are as wide as what is in them: two blanks stand for any number."""
    head = len(line) - len(line.lstrip(" "))
    return " " * head + re.sub(r"[ \t]{2,}|\t", "  ", line[head:].rstrip())
