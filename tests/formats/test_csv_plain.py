"""The fast way through a CSV gives what the csv module gives, or nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat.errors import InputError
from kp2heat.formats import read
from kp2heat.formats.csv_files import table
from kp2heat.formats.csv_files.text import Text
from kp2heat.formats.csv_plain import plain

CELL = st.sampled_from(
    [
        "1",
        "2.5",
        "-3e4",
        "",
        "nan",
        "NA",
        "+1",
        ".5",
        "1.",
        "007",
        "x",
        "1,5",
        " 7",
        "None",
        "inf",
        "-0",
        ".",
        "-",
        "e5",
        "1e",
        "1e5",
        "1E-05",
        "1e400",
        "1_0",
        "--1",
        "1-2",
        "1.2.3",
        "1 2",
        "7 ",
        "0x1",
        "٣",
        "-nan",
        "1.5e1.5",
        "9" * 30,
        "1." + "3" * 25,
        "12345678.87654321",
        "123456789.5",
        "0." + "0" * 18 + "1",
        "5e-324",
        "179e306",
        '"1"',
    ]
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
    slow = table._careful(Text(text.encode(), "utf-8"), delimiter, "", words, numbers, 1)
    np.testing.assert_array_equal(quick[0][0].astype(np.str_), slow[0][0])
    np.testing.assert_array_equal(quick[1], slow[1])
    assert (np.signbit(quick[1]) == np.signbit(slow[1]))[~np.isnan(slow[1])].all()


def test_ordinary_files_go_the_fast_way() -> None:
    for words, numbers, text in (
        ([0], [1, 2], b"a,1,2\nb,,4.5\n"),
        ([2, 1, 0], [3, 5], b"d,v,1.png,1,2,3\nd,v,2.png,4,,6\n"),
        ([2], [0, 1], b"1,2,a\n3,nan,b\n"),
        ([], [0, 1], b"1,2\n3,4\n"),
    ):
        found = plain(text, "utf-8", ",", words, numbers)
        assert found is not None
        assert [column.shape for column in found[0]] == [(2,)] * len(words)
        assert found[1].shape == (2, len(numbers))


@pytest.mark.parametrize(
    "text", [b"a,1,2\nb,3\n", b"a,1\nb,2,3,4\n", b"a,1,2\n\nb,3,4\n", b"a,1,2\n,,\n", b"a,x,2\n"]
)
def test_rows_that_are_not_plain(text: bytes) -> None:
    assert plain(text, "utf-8", ",", [0], [1, 2]) is None


def test_lines_are_counted_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "BLOCK", 20)
    text = Text(
        b"image,x,y\n" + b"".join(b"%d.png,%d,2\n" % (n, n) for n in range(50)) + b"\nq,7,8\n", "utf-8"
    )
    found = table.table(text, ",", "a.csv", 1, [0], [[1, -1], [2]])
    assert found.line.tolist() == [*range(2, 52), 53]
    assert found.text[0].tolist() == [*(f"{n}.png" for n in range(50)), "q"]
    assert found.values[0][:, 0].tolist() == [*range(50), 7]
    assert np.isnan(found.values[0][:, 1]).all()
    assert found.values[1].tolist() == [[2.0]] * 50 + [[8.0]]
    with pytest.raises(InputError, match="line 54, column 2"):
        table.table(Text(text.data + b"r,oops,1\n", "utf-8"), ",", "a.csv", 1, [0], [[1, 2]])


def test_blocks_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        f"{n}ü.png;{n / 7};{n / 3:.3e};{'' if n % 3 else -n};{'1,5' if n % 10 == 1 else '2.5'}"
        for n in range(200)
    ]
    rows[77], rows[120] = "77.png;1", ""
    text = Text("\r\n".join(["image;a;b;c;d", *rows]).encode(), "utf-8")
    found = []
    for size in (1, 64, 1000, 1 << 20):
        monkeypatch.setattr(table, "BLOCK", size)
        found.append(table.table(text, ";", "a.csv", 1, [0], [[1, 2], [4, 3]]))
    for other in found[:-1]:
        np.testing.assert_array_equal(other.text[0], found[-1].text[0])
        np.testing.assert_array_equal(other.line, found[-1].line)
        for mine, whole in zip(other.values, found[-1].values, strict=True):
            np.testing.assert_array_equal(mine, whole)


def test_gaps_between_spaces_are_no_cells() -> None:
    assert plain(b"a  1 2\nb  3 4\n", "utf-8", " ", [0], [1, 2]) is None


QUOTED = st.sampled_from(
    [
        "a",
        '"a"',
        '"a;b"',
        '"a""b"',
        '""',
        '"',
        '" a"',
        'a"b',
        '"7"',
        '"1,5"',
        '"a\nb"',
        ' "a"',
        '"a" ',
        "2",
        '"',
        "",
    ]
)


@given(st.lists(st.tuples(QUOTED, QUOTED, QUOTED), min_size=1, max_size=5), st.sampled_from([1, 1 << 20]))
def test_quotes_are_read_as_the_csv_module_reads_them(rows: list[tuple[str, ...]], size: int) -> None:
    text = Text("\n".join(["image;b;1", *map(";".join, rows)]).encode(), "utf-8")
    try:
        wanted = table._careful(text, ";", "", [0, 1], [2], 1)
    except InputError:
        wanted = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "BLOCK", size)
        try:
            found = table.table(text, ";", "", 0, [0, 1], [[2]])
        except InputError:
            found = None
    assert wanted is not None or found is None
    if wanted is not None and found is not None:
        assert [column.astype(np.str_).tolist() for column in found.text] == [
            column.tolist() for column in wanted[0]
        ]
        np.testing.assert_array_equal(found.values[0], wanted[1])
        np.testing.assert_array_equal(found.line, wanted[2])


def test_quotes_round_whole_cells_go_the_fast_way() -> None:
    found = plain(b'"a.png","1.5",2\n"b.png","",4\n', "utf-8", ",", [0], [1, 2])
    assert found is not None
    assert found[0][0].tolist() == [b"a.png", b"b.png"]
    np.testing.assert_array_equal(found[1], [[1.5, 2], [np.nan, 4]])


def test_a_column_is_no_text_and_number_at_once(tmp_path: Path) -> None:
    """The image found by its content in a column that is a joint's x by its name."""
    (tmp_path / "a.csv").write_text("a_x,a_y,b_x,b_y\n1.png,10,20,0.5\n")
    with pytest.raises(InputError, match=r"line 2, column 1: '1\.png' is not a number"):
        read(tmp_path / "a.csv")
