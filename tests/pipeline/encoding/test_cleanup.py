"""What a stopped run left is removed, or the user is told what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from kp2heat.errors import OutputError
from kp2heat.pipeline.encoding.cleanup import remove_files


def test_what_cannot_be_removed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.h5.part").write_bytes(b"")
    (tmp_path / "b.h5.part").mkdir()
    with pytest.raises(OutputError, match=r"b\.h5\.part: cannot be cleaned up .*; fix its permissions"):
        remove_files(tmp_path, ["a.h5.part", "b.h5.part"])
    assert not (tmp_path / "a.h5.part").exists()
