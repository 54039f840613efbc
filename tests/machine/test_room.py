"""A process with little address space: what needs more is not begun. Nor are more files kept open than may be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kp2heat.machine.room import has_room

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ulimit -v holds on Linux")


def under(kilobytes: int, code: str) -> str:
    command = ["sh", "-c", f'ulimit -v {kilobytes}; exec "$@"', "sh", sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def test_without_a_limit_there_is_room() -> None:
    assert has_room(1 << 50)


@pytest.mark.parametrize(("size", "room"), [(1 << 28, "True"), (1 << 30, "False")])
def test_what_is_held_is_taken_off_the_limit(size: int, room: str) -> None:
    code = f"import mmap; held = mmap.mmap(-1, 1 << 29); from kp2heat.machine.room import has_room; print(has_room({size}))"
    assert under(1_400_000, code) == room


@pytest.mark.parametrize(("limit", "kept"), [(256, 64), (100, 64), (800, 200), (1024, 256), (5000, 256)])
def test_a_quarter_of_the_files_that_may_be_open_is_used(limit: int, kept: int) -> None:
    command = ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", sys.executable, "-c"]
    code = "from kp2heat.machine.room import open_files; print(open_files())"
    ran = subprocess.run([*command, code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == str(kept)


@pytest.mark.parametrize("kilobytes", [500_000, 550_000, 700_000])
def test_opencv_is_not_loaded_where_it_would_crash(kilobytes: int) -> None:
    code = (
        "import mmap; held = mmap.mmap(-1, 200_000_000)\n"
        "from kp2heat.libraries import opencv\n"
        "try:\n    opencv()\nexcept MemoryError:\n    print('no room')"
    )
    assert under(kilobytes, code) in ("", "no room")


def test_loops_are_not_compiled_where_that_would_crash() -> None:
    code = "from kp2heat import compiled; print(compiled.available())"
    assert under(1_000_000, code) == "False"
