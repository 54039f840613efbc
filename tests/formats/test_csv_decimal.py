"""Numbers come out of their text as float() reads them, to the last bit, or are reported."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat.formats.csv_plain import plain

DIGITS = st.text("0123456789", max_size=24)
SIGN = st.sampled_from(["", "-", "+"])
EXPONENT = st.just("") | st.builds("{}{}{}".format, st.sampled_from("eE"), SIGN, st.integers(0, 330))
DECIMAL = st.builds("{}{}{}{}{}".format, SIGN, DIGITS, st.sampled_from(["", "."]), DIGITS, EXPONENT)


def bits(values: object) -> list[int]:
    return np.asarray(values, np.float64).view(np.int64).tolist()


def read(cells: list[str]) -> np.ndarray | None:
    found = plain("".join(f"n,{cell}\n" for cell in cells).encode(), "utf-8", ",", [0], [1])
    return None if found is None else found[1][:, 0]


def floats(cells: list[str]) -> list[float] | None:
    try:
        return [float(cell) if cell else math.nan for cell in cells]
    except ValueError:
        return None


@given(st.lists(DECIMAL | st.floats(allow_nan=False, allow_infinity=False).map(repr), min_size=1, max_size=8))
def test_any_decimal(cells: list[str]) -> None:
    found, wanted = read(cells), floats(cells)
    if found is not None:
        assert wanted is not None
        assert bits(found) == bits(wanted)


@pytest.mark.parametrize("form", ["%.2f", "%d", "%.10f", "%.6f", "%r", "%.5e", "%.18e", "%.17g", "%g"])
def test_what_programs_write_goes_the_fast_way(form: str) -> None:
    rng = np.random.default_rng(0)
    for low, high in ((-600, 600), (0, 1), (1e-7, 1e-3), (0, 4e6)):
        cells = [form % value for value in rng.uniform(low, high, 500).tolist()] + ["", "-0.0", "0"]
        found = read(cells)
        assert found is not None
        assert bits(found) == bits(floats(cells))


@given(st.floats(1e-6, 1e6), st.integers(10, 18), st.integers(-2, 2))
def test_halfway_between_two_floats(value: float, places: int, off: int) -> None:
    middle = (Fraction(value) + Fraction(math.nextafter(value, math.inf))) / 2
    digits = str(int(middle * 10**places) + off).zfill(places + 1)
    cells = [f"{digits[:-places]}.{digits[-places:]}", f"{digits[0]}.{digits[1:]}e{len(digits) - 1 - places}"]
    found = read(cells)
    assert found is not None
    assert bits(found) == bits(floats(cells))


@pytest.mark.parametrize(
    "cell", ["x", ".", "-", "+", "e5", "1e", "1e+", "--1", "1-", "1.2.3", "1 2", "0x1", "1_0", "inf", "-nan", "٣", "1e1.5", "1,"]
)  # fmt: skip
@pytest.mark.parametrize("company", [["1.5"], ["1.123456789012345"], ["1e5"], ["-2"]])
def test_what_is_no_plain_number_is_left_to_others(cell: str, company: list[str]) -> None:
    assert read([*company, cell, *company]) is None


def test_decimal_commas_where_cells_end_in_semicolons() -> None:
    found = plain(b"a;1,5;-2\nb;0,25;3\n", "utf-8", ";", [0], [1, 2])
    assert found is not None
    assert found[1].tolist() == [[1.5, -2.0], [0.25, 3.0]]
    assert plain(b"a;1.234,5\n", "utf-8", ";", [0], [1]) is None
