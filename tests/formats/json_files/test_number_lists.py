"""Keypoints read from their text are those of a file that is decoded in full: every bit, finding and word."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any
from unittest import mock

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kp2heat import formats
from kp2heat.errors import InputError
from kp2heat.formats.content import Content
from kp2heat.formats.json_files import rows as coco_rows
from kp2heat.formats.json_files.number_lists import BLOCK, matrix
from kp2heat.formats.options import ReadOptions

DIGITS = st.text("0123456789", max_size=24)
SIGN = st.sampled_from(["", "-", "+"])
EXPONENT = st.just("") | st.builds(
    "{}{}{}".format, st.sampled_from("eE"), SIGN, st.integers(0, 330) | st.just("")
)
DECIMAL = st.builds("{}{}{}{}{}".format, SIGN, DIGITS, st.sampled_from(["", "."]), DIGITS, EXPONENT)
WRITTEN = st.floats(width=32).map(repr) | st.floats().map(repr) | st.integers(-(2**70), 2**70).map(str)
PLAIN = st.builds("{}.{:02d}".format, st.integers(-999, 999), st.integers(0, 99)) | st.sampled_from(
    [
        "0",
        "-0",
        "-0.0",
        "0.0",
        "1e5",
        "1E-7",
        "-0e3",
        "1e22",
        "1e23",
        "9007199254740993",
        "123456789012345678",
    ]
)
ODD = st.sampled_from(
    [
        "null",
        "true",
        '"1"',
        '"\\u00e9"',
        '"\xff"',
        "[1, 2]",
        "{}",
        "[]",
        "NaN",
        "-Infinity",
        "01",
        "1.",
        ".5",
        "+1",
        "--1",
        "1e",
        "",
        "1e400",
        "9" * 400,
        "0e99999999999999999999",
        "1e-400",
    ]
)
SPACE = st.sampled_from(["", "", " ", "\n", "\t\r\n  "])


def written(numbers: list[str], space: str) -> str:
    return f"[{space}{f'{space},{space}'.join(numbers)}{space}]"


def outcome(name: str, text: bytes, **options: Any) -> Any:
    """Everything that is read, bit for bit, or the words of the refusal."""
    try:
        raw = formats.FORMATS[name].parse(Content("some.json", text), ReadOptions(**options))
    except InputError as problem:
        return str(problem)
    return {
        key: (value.tobytes(), value.shape, value.dtype) if isinstance(value, np.ndarray) else repr(value)
        for key, value in vars(raw).items()
    }


def same_as_in_full(lists: list[str], more: str = "", **options: Any) -> None:
    rows = ", ".join(f'{{"id": {n}, "image_id": 1{more}{text}}}' for n, text in enumerate(lists))
    for name, text in (
        ("coco", f'{{"images": [{{"id": 1}}], "annotations": [{rows}], "categories": [{{"id": 2}}]}}'),
        ("results", f"[{rows}]"),
    ):
        found = outcome(name, text.encode("latin1"), **options)
        with mock.patch.object(coco_rows, "matrix", side_effect=ValueError):
            assert found == outcome(name, text.encode("latin1"), **options)


def bits(values: Any) -> list[int]:
    return np.asarray(values, np.float64).view(np.int64).ravel().tolist()


@settings(max_examples=300)
@given(st.lists(st.lists(PLAIN | DECIMAL | WRITTEN | ODD, max_size=4), max_size=4), SPACE)
def test_any_lists(lists: list[list[str]], space: str) -> None:
    same_as_in_full([f', "keypoints": {written(numbers, space)}' for numbers in lists])


@settings(max_examples=200)
@given(st.data(), st.integers(1, 7), SPACE)
def test_any_lists_of_one_length(data: st.DataObject, width: int, space: str) -> None:
    row = st.lists(PLAIN | WRITTEN, min_size=width, max_size=width)
    lists = data.draw(st.lists(row, min_size=1, max_size=4))
    same_as_in_full([f', "keypoints": {written(numbers, space)}' for numbers in lists])


@pytest.mark.parametrize(
    "value",
    [
        "[]",
        "[ ]",
        "[       ]",
        "[1]",
        "0",
        "-0.0",
        "0e9",
        "7",
        "null",
        "true",
        "false",
        '""',
        '"abc"',
        "{}",
        '{"a": 1}',
        "[[1, 2, 2]]",
        "[[], []]",
        "[null, 1, 2]",
        "[1, 2, 2, 3, 4]",
    ],
)
def test_what_else_may_stand_there(value: str) -> None:
    listed = ', "keypoints": [1, 2, 2]'
    same_as_in_full([f', "keypoints": {value}'])
    same_as_in_full([listed, "", f', "keypoints": {value}', listed])
    same_as_in_full([listed, f', "keypoints": {value}', listed], ', "area": NaN')
    same_as_in_full([listed, f', "keypoints": {value}', ', "keypoints": [1e400]'], f', "area": {2**80}')


@pytest.mark.parametrize(
    "odd",
    [
        "1.2345678901234567",
        "1e-30",
        "-0",
        "-0e3",
        "-0E-3",
        "1E+22",
        "1234567890123456789012",
        f"1e-{2**64 + 1}",
    ],
)
def test_one_number_among_many_of_another_kind(odd: str) -> None:
    texts = [b"[%d.5, -0.0, 2]" % n for n in range(3 * BLOCK + 5)]
    texts[BLOCK + 3] = f"[1, {odd}, 2]".encode()
    found = matrix([msgspec.Raw(text) for text in texts])
    assert bits(found) == bits([[float(v) for v in json.loads(text)] for text in texts])


@pytest.mark.parametrize(
    "odd", ["[    ]", "[[1]]", "[null]", '["1"]', "[1, 2]", "[1e400]", f"[1e{2**64 + 1}]", '{"a": 1}']
)
def test_lists_that_are_no_row_of_a_matrix(odd: str) -> None:
    for texts in ([odd, "[1.5]"], ["[1.5]", odd], [odd]) if odd != "[1, 2]" else (["[1.5]", odd],):
        with pytest.raises((ValueError, msgspec.DecodeError)):
            matrix([msgspec.Raw(text.encode()) for text in texts])


@pytest.mark.parametrize("form", ["%.2f", "%d", "%.10f", "%.6f", "%r", "%.5e", "%.18e", "%.17g", "%g"])
def test_what_programs_write(form: str) -> None:
    rng = np.random.default_rng(0)
    for low, high in ((-600, 600), (0, 1), (1e-7, 1e-3), (0, 4e6)):
        numbers = [form % value for value in rng.uniform(low, high, 510).tolist()]
        texts = [written(numbers[n : n + 51], " ") for n in range(0, 510, 51)]
        found = matrix([msgspec.Raw(text.encode()) for text in texts])
        assert bits(found) == bits([*map(float, numbers)])


@given(st.floats(1e-6, 1e6), st.integers(8, 18), st.integers(-2, 2))
def test_halfway_between_two_floats(value: float, places: int, off: int) -> None:
    middle = (Fraction(value) + Fraction(math.nextafter(value, math.inf))) / 2
    digits = str(int(middle * 10**places) + off).zfill(places + 1)
    number = str(int(digits[:-places])) + "." + digits[-places:]
    assert bits(matrix([msgspec.Raw(f"[{number}]".encode())])) == bits([float(number)])
