"""Blocks of plain numbers, read by NumPy, give what the csv module and float() give, or are left to them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat.errors import InputError
from kp2heat.formats import read
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files import table
from kp2heat.formats.csv_files.table import Table, read_table
from kp2heat.formats.csv_files.text import csv_text

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
        "--1",
        "1-2",
        "1.2.3",
        "1 2",
        "7 ",
        "0x1",
        "-nan",
        "1.5e1.5",
        "999999999999999999999999999999",
        "1.3333333333333333333333333",
        "12345678.87654321",
        "0.0000000000000000001",
        "5e-324",
        "179e306",
        '"1"',
        "#5",
    ]
)
NUMBER = st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.just("")
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
        "",
    ]
)


def opened(text: str) -> table.CsvText:
    return csv_text(Content("a.csv", text.encode()))


@contextmanager
def only_careful() -> Iterator[None]:
    with mock.patch.object(table.Reader, "fast", return_value=None):
        yield


def outcome(text: str, words: dict[str, int], numbers: dict[str, list[int]]) -> Table | str:
    try:
        return read_table(opened(text), 1, words, numbers, width=len(next(opened(text).rows())[1]))
    except InputError as problem:
        return str(problem)


def assert_same(a: Table | str, b: Table | str) -> None:
    """Assert that both are refused, though perhaps for another of several faults, or hold the same cells."""
    assert isinstance(a, str) == isinstance(b, str)
    if isinstance(a, Table) and isinstance(b, Table):
        assert {k: v.tolist() for k, v in a.text.items()} == {k: v.tolist() for k, v in b.text.items()}
        assert a.line.tolist() == b.line.tolist()
        for mine, theirs in zip(a.numbers.values(), b.numbers.values(), strict=True):
            np.testing.assert_array_equal(mine, theirs)
            assert (np.signbit(mine) == np.signbit(theirs))[~np.isnan(mine)].all()


@given(
    st.lists(st.lists(CELL | NUMBER, min_size=2, max_size=5), min_size=1, max_size=6),
    st.sampled_from(",;\t "),
    st.booleans(),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_both_ways_agree(rows: list[list[str]], delimiter: str, in_front: bool, end: str) -> None:
    cells = [[f"é{n}.png", *row] if in_front else [*row, f"é{n}.png"] for n, row in enumerate(rows)]
    width = max(map(len, cells))
    header = delimiter.join(f"c{k}" for k in range(width))
    text = end.join([header, *(delimiter.join(row) for row in cells)])
    words, numbers = (0, [*range(1, width)]) if in_front else (width - 1, [*range(width - 1)])
    found = outcome(text, {"image": words}, {"all": numbers})
    with only_careful():
        assert_same(found, outcome(text, {"image": words}, {"all": numbers}))


@given(st.lists(st.tuples(QUOTED, QUOTED, QUOTED), min_size=1, max_size=5), st.sampled_from([1, 1 << 12]))
def test_quotes_and_cells_of_several_lines(rows: list[tuple[str, ...]], size: int) -> None:
    text = "\n".join(["image;b;1", *map(";".join, rows)])
    wanted = outcome(text, {"a": 0, "b": 1}, {"c": [2]})
    with mock.patch.object(table, "BLOCK", size):
        assert_same(outcome(text, {"a": 0, "b": 1}, {"c": [2]}), wanted)


@pytest.mark.parametrize("form", ["%.2f", "%d", "%.10f", "%.6f", "%r", "%.5e", "%.18e", "%.17g", "%g"])
def test_numbers_are_read_as_float_reads_them(form: str) -> None:
    rng = np.random.default_rng(0)
    for low, high in ((-600, 600), (0, 1), (1e-7, 1e-3), (0, 4e6)):
        cells = [form % value for value in rng.uniform(low, high, 500).tolist()] + ["-0.0", "0", "1e308"]
        found = read_table(opened("n,x\n" + "".join(f"n,{c}\n" for c in cells)), 1, {}, {"x": [1]}, width=3)
        assert found.numbers["x"][:, 0].tolist() == [*map(float, cells)]


def test_decimal_commas_where_semicolons_divide_the_cells() -> None:
    found = read_table(opened("n;x;y\na;1,5;-2\nb;0,25;3\n"), 1, {"n": 0}, {"xy": [1, 2]}, width=3)
    assert found.numbers["xy"].tolist() == [[1.5, -2.0], [0.25, 3.0]]
    with pytest.raises(InputError, match=r"line 2, column 2: '1.234.5'"):
        read_table(opened("n;x\na;1.234,5\n"), 1, {}, {"x": [1]}, width=3)


def test_lines_are_counted_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "BLOCK", 3)
    text = "image,x,y\n" + "".join(f"{n}.png,{n},2\n" for n in range(50)) + "\nq,7,8\n"
    found = read_table(opened(text), 1, {"image": 0}, {"x": [1, -1], "y": [2]}, width=3)
    assert found.line.tolist() == [*range(2, 52), 53]
    assert found.text["image"].tolist() == [*(f"{n}.png" for n in range(50)), "q"]
    assert found.numbers["x"][:, 0].tolist() == [*range(50), 7]
    assert np.isnan(found.numbers["x"][:, 1]).all()
    assert found.numbers["y"].tolist() == [[2.0]] * 50 + [[8.0]]
    with pytest.raises(InputError, match="line 54, column 2"):
        read_table(opened(text + "r,oops,1\n"), 1, {"image": 0}, {"xy": [1, 2]}, width=3)


def test_blocks_of_any_size_give_the_same() -> None:
    rows = [
        f"{n}ü.png;{n / 7};{n / 3:.3e};{'' if n % 3 else -n};{'1,5' if n % 10 == 1 else '2.5'}"
        for n in range(200)
    ]
    rows[77], rows[120] = "77.png;1", ""
    text = "\r\n".join(["image;a;b;c;d", *rows])
    wanted = outcome(text, {"image": 0}, {"ab": [1, 2], "dc": [4, 3]})
    for size in (1, 7, 64, 1000):
        with mock.patch.object(table, "BLOCK", size):
            assert_same(outcome(text, {"image": 0}, {"ab": [1, 2], "dc": [4, 3]}), wanted)


def test_gaps_between_spaces_are_no_cells() -> None:
    found = read_table(opened("n x y\na  1 2\n b 3  4\n"), 1, {"n": 0}, {"xy": [1, 2]}, width=3)
    assert (found.text["n"].tolist(), found.numbers["xy"].tolist()) == (["a", "b"], [[1, 2], [3, 4]])


def test_a_file_whose_numbers_are_all_missing() -> None:
    found = read_table(opened("n,x,y\na,,\nb\n,,\n"), 1, {"n": 0}, {"xy": [1, 2]}, width=3)
    assert found.text["n"].tolist() == ["a", "b"]
    assert all(math.isnan(cell) for cell in found.numbers["xy"].ravel())


def test_a_column_is_no_text_and_number_at_once(tmp_path: Path) -> None:
    """The image found by its content in a column that is a joint's x by its name."""
    (tmp_path / "a.csv").write_text("a_x,a_y,b_x,b_y\n1.png,10,20,0.5\n")
    with pytest.raises(InputError, match=r"line 2, column 1: '1\.png' is not a number"):
        read(tmp_path / "a.csv")
