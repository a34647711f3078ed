"""Brings strange pods up on the current cluster and compares our columns with kubectl's, character by character.

    python tests/recordings/pods/capture.py [SECONDS] [FOLDER]

Each new READY and STATUS that kubectl prints is kept in FOLDER: the pod, when it was printed, and the cells.
Ends with a status of 1 where a cell differed. Needs kubectl; deletes its namespace in the end.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from k8s_watch.model.columns import columns
from k8s_watch.model.objects import Pod
from k8s_watch.wire.translate import translate

HERE = Path(__file__).parent
NAMESPACE = "strange-pods"


def kubectl(*words: str) -> str:
    """What a kubectl command prints; its complaints go to the terminal."""
    return subprocess.run(
        ["kubectl", "-n", NAMESPACE, *words], check=False, stdout=subprocess.PIPE, text=True
    ).stdout


def pods() -> dict[str, dict[str, Any]]:
    """All pods as JSON by name."""
    return {
        item["metadata"]["name"]: item for item in json.loads(kubectl("get", "pods", "-o", "json"))["items"]
    }


def ours(raw: dict[str, Any], now: float) -> list[str]:
    """Our four cells."""
    pod = translate("pods", raw)
    assert isinstance(pod, Pod)
    cells = columns(pod, now)
    return [cells.ready, cells.status, cells.restarts, cells.age]


class Comparison:
    """Counts, and keeps what is new."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.same = self.unsure = 0
        self.different: list[str] = []
        self.kept: set[tuple[str, str, bool]] = set()

    def look(self) -> None:
        """Compare once: a pod counts when neither it nor our cells changed while kubectl printed."""
        before, began = pods(), time.time()
        printed, ended = kubectl("get", "pods", "--no-headers"), time.time()
        after = pods()
        for line in printed.splitlines():
            name, *cells = re.split(r"\s{2,}", line.strip())
            raw = before.get(name)
            if raw is None or after.get(name) != raw or ours(raw, began) != ours(raw, ended):
                self.unsure += 1
            elif ours(raw, began) != cells:
                self.different.append(f"{name}: kubectl {cells}, ours {ours(raw, began)}")
                self.keep(name, raw, cells, began)
            else:
                self.same += 1
                self.keep(name, raw, cells, began)

    def keep(self, name: str, raw: dict[str, Any], cells: list[str], at: float) -> None:
        """Write the pod down when its READY and STATUS are new, before or after a first restart."""
        again = "(" in cells[2]
        if (cells[0], cells[1], again) in self.kept:
            return
        self.kept.add((cells[0], cells[1], again))
        word = re.sub(r"\W+", "-", cells[1])
        raw["metadata"].pop("managedFields", None)
        body = {"printed": cells, "at": round(at, 3), "pod": raw}
        file = self.folder / f"{name}-{word}{'-again' if again else ''}.json"
        file.write_text(json.dumps(body, indent=1) + "\n")


def main() -> int:
    """Run for the seconds given (180), write into the folder given (this one)."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 180.0
    found = Comparison(Path(sys.argv[2]) if len(sys.argv) > 2 else HERE)
    subprocess.run(["kubectl", "create", "namespace", NAMESPACE], check=True)
    try:
        kubectl("apply", "-f", str(HERE / "strange-pods.yaml"))
        begin, deleted = time.time(), False
        while time.time() < begin + seconds:
            found.look()
            if not deleted and time.time() > begin + 30:
                kubectl("delete", "pod", "leaves", "done-and-kept", "--wait=false")
                deleted = True
            time.sleep(0.5)
    finally:
        kubectl("patch", "pod", "done-and-kept", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        subprocess.run(["kubectl", "delete", "namespace", NAMESPACE, "--wait=false"], check=False)
    print(f"{found.same} rows equal, {found.unsure} changed meanwhile, {len(found.different)} different")
    print(*found.different, sep="\n")
    return 1 if found.different else 0


if __name__ == "__main__":
    sys.exit(main())
