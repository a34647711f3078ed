"""The README's pictures are the same on every machine, and a change of the screen is noticed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

TAKE = Path(__file__).parents[2] / "screenshots" / "take.py"


async def take(*arguments: str, **environment: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(TAKE), *arguments), stdout=asyncio.subprocess.PIPE, env=os.environ | environment
    )
    told, _nothing = await process.communicate()
    return process.returncode, told.decode()


async def test_the_pictures_are_the_same_to_the_byte_whatever_the_environment(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    strange = {"TZ": "Asia/Kathmandu", "NO_COLOR": "1", "LANG": "C", "COLUMNS": "40", "PYTHONHASHSEED": "7"}
    first, second = await asyncio.gather(take(str(one)), take(str(other), **strange))
    assert (first[0], second[0]) == (0, 0)
    names = sorted(file.name for file in one.iterdir())
    assert {"healing.svg", "scaling.svg", "narrow.svg", "pod.svg", "wide.svg"} <= set(names)
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name

    (one / "wide.svg").write_text("not any more")
    code, told = await take("--check", str(one))
    assert code == 1
    assert told == "wide.svg is not what the program shows: run make screenshots\n"
