"""How the bytes of a CSV become text."""

from __future__ import annotations

from pathlib import Path

import pytest

import kp2heat
from kp2heat.errors import InputError


def test_a_binary_file_that_is_named_csv_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"file,a_x,a_y\nf.png,1,2\nf\0.png,3,4\n")
    with pytest.raises(InputError, match=r"a\.csv: is a binary file; give a text file"):
        kp2heat.read(tmp_path / "a.csv", format="csv")
