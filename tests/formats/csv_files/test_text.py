"""How the bytes of a CSV become text."""

from __future__ import annotations

from pathlib import Path

import pytest

import kp2heat
from kp2heat.errors import InputError
from kp2heat.formats.csv_files.text import spans, text_of


def test_a_binary_file_that_is_named_csv_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"file,a_x,a_y\nf.png,1,2\nf\0.png,3,4\n")
    with pytest.raises(InputError, match=r"a\.csv: is a binary file; give a text file"):
        kp2heat.read(tmp_path / "a.csv", format="csv")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_parts_are_the_text_between_them(end: str) -> None:
    """The lines of all parts are those of the file, of which the first part has what stands before the table."""
    data = end.join(["sep=;", "file;a_x;a_y", *(f"é{n}.png;{n};2" for n in range(30)), ""]).encode()
    whole = text_of("a.csv", data)
    parts = [whole.part(*span) for span in spans(data, 50)]
    assert (len(parts) > 5) == (end != "\r"), "cut where a line feed is"
    assert [line for part in parts for line in part.lines()] == [*whole.lines()]
    assert sum(part.ends for part in parts) == 32
