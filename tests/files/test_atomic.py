"""Files that are whole or absent, whoever else writes the same one."""

from __future__ import annotations

from pathlib import Path

import pytest

from kp2heat.errors import OutputError
from kp2heat.files.atomic import whole_or_absent


def test_a_worker_that_outlived_its_run_does_not_rename_what_the_next_run_writes(tmp_path: Path) -> None:
    path = tmp_path / "shard"
    stale = whole_or_absent(path)
    stale.__enter__().write_text("of the killed run")
    with whole_or_absent(path) as part:
        part.write_text("half of the ne")
        with pytest.raises(OutputError, match="is being written by another run"):
            stale.__exit__(None, None, None)
        assert not path.exists()
        part.write_text("whole")
    assert path.read_text() == "whole"
    assert [file.name for file in tmp_path.iterdir()] == ["shard"]


def test_nothing_is_left_when_the_block_fails(tmp_path: Path) -> None:
    writing = whole_or_absent(tmp_path / "a")
    writing.__enter__().write_text("half")
    assert not writing.__exit__(KeyError, KeyError("a"), None)
    assert list(tmp_path.iterdir()) == []


def test_a_link_under_the_name_of_the_part_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "a.part").symlink_to(tmp_path / "precious")
    with whole_or_absent(tmp_path / "a") as part:
        part.write_text("new")
    assert (tmp_path / "precious").read_text() == "kept"
    assert (tmp_path / "a").read_text() == "new"
