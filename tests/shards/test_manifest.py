"""A manifest is read back as it was written, and refused where it is something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kp2heat.errors import ShardError
from kp2heat.shards.manifest import FORMAT, read_manifest, write_manifest

WHOLE: dict[str, Any] = {"format": FORMAT, "settings": {}, "totals": {}, "shards": [{"file": "a.h5"}]}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    write_manifest(tmp_path, WHOLE)
    assert read_manifest(tmp_path) == WHOLE


@pytest.mark.parametrize(
    "change",
    [{"format": "another/1"}, {"settings": []}, {"totals": None}, {"shards": ["a.h5"]}, {"shards": 3}],
)
def test_another_content_is_no_manifest(tmp_path: Path, change: dict[str, Any]) -> None:
    write_manifest(tmp_path, WHOLE | change)
    with pytest.raises(ShardError, match="is not a manifest of kp2heat"):
        read_manifest(tmp_path)
