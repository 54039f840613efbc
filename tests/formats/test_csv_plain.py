"""The fast way through a CSV gives what the csv module gives, or nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat.errors import InputError
from kp2heat.formats import csv_table
from kp2heat.formats.csv_plain import plain
from kp2heat.formats.csv_text import Text

CELL = st.sampled_from(
    ["1", "2.5", "-3e4", "", "nan", "NA", "+1", ".5", "1.", "007", "x", "1,5", " 7", "None", "inf"]
)
NUMBER = st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.just("")


@given(
    st.lists(st.lists(CELL | NUMBER, min_size=2, max_size=5), min_size=1, max_size=6),
    st.sampled_from(",;\t"), st.booleans(), st.sampled_from(["\n", "\r\n"]),
)  # fmt: skip
def test_both_ways_agree(rows: list[list[str]], delimiter: str, in_front: bool, end: str) -> None:
    cells = [[f"é{n}.png", *row] if in_front else [*row, f"é{n}.png"] for n, row in enumerate(rows)]
    text = "".join(delimiter.join(row) + end for row in cells)
    width = len(cells[0])
    words, numbers = ([0], [*range(1, width)]) if in_front else ([width - 1], [*range(width - 1)])
    quick = plain(text.replace("\r\n", "\n").encode(), "utf-8", delimiter, words, numbers)
    if quick is None:
        return
    slow = csv_table._careful(Text(text.encode(), "utf-8"), delimiter, "", words, numbers, 1)
    np.testing.assert_array_equal(quick[0], slow[0])
    np.testing.assert_array_equal(quick[1], slow[1])


def test_ordinary_files_go_the_fast_way() -> None:
    for words, numbers, text in (
        ([0], [1, 2], b"a,1,2\nb,,4.5\n"),
        ([2, 1, 0], [3, 5], b"d,v,1.png,1,2,3\nd,v,2.png,4,,6\n"),
        ([2], [0, 1], b"1,2,a\n3,nan,b\n"),
        ([], [0, 1], b"1,2\n3,4\n"),
    ):
        found = plain(text, "utf-8", ",", words, numbers)
        assert found is not None
        assert found[0].shape == (2, len(words))
        assert found[1].shape == (2, len(numbers))


@pytest.mark.parametrize(
    "text", [b"a,1,2\nb,3\n", b"a,1\nb,2,3,4\n", b"a,1,2\n\nb,3,4\n", b"a,1,2\n,,\n", b"a,x,2\n"]
)
def test_rows_that_are_not_plain(text: bytes) -> None:
    assert plain(text, "utf-8", ",", [0], [1, 2]) is None


def test_lines_are_counted_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "BLOCK", 20)
    text = Text(
        b"image,x,y\n" + b"".join(b"%d.png,%d,2\n" % (n, n) for n in range(50)) + b"\nq,7,8\n", "utf-8"
    )
    found = csv_table.table(text, ",", "a.csv", 1, [0], [1, 2])
    assert found.line.tolist() == [*range(2, 52), 53]
    assert found.values[:, 0].tolist() == [*range(50), 7]
    with pytest.raises(InputError, match="line 54, column 2"):
        csv_table.table(Text(text.data + b"r,oops,1\n", "utf-8"), ",", "a.csv", 1, [0], [1, 2])
