"""Memory that a process gives back is gone from it, and what was in it still works."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from kp2heat.machine.heap import MAPPING, give_back, let_go_of_code

NUMPY = "_multiarray_umath"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="what is resident is read from /proc")


def resident(library: str) -> int:
    """kB of the unchanged pages of a library that are in memory."""
    found = MAPPING.findall(Path("/proc/self/smaps").read_text())
    counts = [
        dict(line.split(":") for line in lines.splitlines()) for _, _, file, lines in found if library in file
    ]
    return sum(int(count["Rss"].split()[0]) for count in counts if count["Anonymous"].split()[0] == "0")


@LINUX
def test_code_that_was_let_go_of_runs_again() -> None:
    random = np.random.default_rng(0)
    numbers = random.random((50, 50))
    expected = np.sort(numbers @ numbers, axis=0)
    before = resident(NUMPY)
    let_go_of_code(NUMPY)
    assert resident(NUMPY) < before
    np.testing.assert_array_equal(np.sort(numbers @ numbers, axis=0), expected)


@LINUX
def test_memory_below_what_is_in_use_is_given_back() -> None:
    def kilobytes() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4

    pieces = [bytearray(1000) for _ in range(60_000)]  # 60 MB, which malloc keeps below the last piece
    kept = pieces[-1]
    full = kilobytes()
    pieces.clear()
    give_back()
    assert kilobytes() < full - 40_000
    assert len(kept) == 1000
