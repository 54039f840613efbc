"""What the machine can do at all: the ceilings that the other figures are shares of."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

BLOCK = 64 << 20
ROUNDS = 3


def ceilings(folder: Path) -> dict[str, float]:
    """Measure MB/s: copying memory, reading it (a sum), writing a file without and with fsync."""
    block = np.ones(BLOCK // 4, np.float32)
    other = np.empty_like(block)
    data = block.tobytes()
    works: dict[str, Callable[[], object]] = {
        "copy": lambda: np.copyto(other, block),
        "sum": block.sum,
        "write": lambda: _write(folder / "ceiling", data, sync=False),
        "write_fsync": lambda: _write(folder / "ceiling", data, sync=True),
    }
    return {name: round(median(_rate(work) for _ in range(ROUNDS)), 1) for name, work in works.items()}


def _rate(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return BLOCK / (time.perf_counter() - began) / 1e6


def _write(path: Path, data: bytes, *, sync: bool) -> None:
    with path.open("wb") as file:
        file.write(data)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    path.unlink()
