"""Every third-party COCO file loads with the counts its README row states; the table is the test."""

from __future__ import annotations

import re

import numpy as np
import pytest

from kp2heat import formats
from tests.shared import SHARED, shared

ROW = re.compile(
    r"\| `(?P<file>[^`]+\.json)` \| (?P<images>\d+) image rows \(\d+ ids\), (?P<annotations>\d+) annotations \(\d+ ids\), "
    r"(?P<labelled>\d+) labelled keypoints, K=\{(?P<K>[^}]*)\}, v=\{(?P<v>[^}]*)\}"
)
README = SHARED / "data" / "README.md"
ROWS = (
    [m.groupdict() for m in map(ROW.match, README.read_text().splitlines()) if m] if README.is_file() else []
)


def test_the_table_was_understood() -> None:
    shared("data", "README.md")
    assert len(ROWS) >= 28


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_counts(row: dict[str, str]) -> None:
    joints = {int(k): int(n) for k, n in (pair.split(": ") for pair in row["K"].split(", ") if pair)}
    categories: list[str | None] = [None] if len(joints) < 2 else ["1", "2"]
    parts = [formats.read(shared("data", row["file"]), category=category) for category in categories]
    assert {len(p.images) for p in parts} == {int(row["images"])}
    assert sum(map(len, parts)) == int(row["annotations"])
    assert sum(int((p.visible > 0).sum()) for p in parts) == int(row["labelled"])
    assert {len(p.skeleton): len(p) for p in parts if len(p)} == joints
    stated = {float(v): int(n) for v, n in (pair.split(": ") for pair in row["v"].split(", ") if pair)}
    if 2 in stated:
        counted = {v: sum(int((p.visible == v).sum()) for p in parts) for v in stated}
        assert counted == stated
    for part in parts:
        np.testing.assert_array_equal(np.isnan(part.xy).any(axis=-1), part.visible == 0)
