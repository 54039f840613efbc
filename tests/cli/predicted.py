"""What the tests of predictions share: the maps of labels, and the report on others."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.cli.run import run

Capture = pytest.CaptureFixture[str]
SWAP = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]


def stored(labels: Path, name: str = "48x64") -> tuple[np.ndarray, np.ndarray]:
    with h5py.File(labels / "shard-00000.h5") as file:
        return file[name]["heatmaps"][:], file["samples/annotation_id"][:]


def report(capfd: Capture, labels: Path, *words: object) -> dict[str, object]:
    ran = run(capfd, "decode", labels, "--json", *words)
    assert ran.code == 0, ran.err
    level = next(iter(json.loads(ran.out)["levels"].values()))
    assert isinstance(level, dict)
    return level
