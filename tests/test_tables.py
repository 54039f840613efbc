"""The generated tables of the reference pages are what the code gives."""

from __future__ import annotations

import re

import numpy as np
import pytest

from kp2heat.spec.presets import preset_names, preset_path
from tests.preset_forms import comment
from tests.tables import QUICK, TABLES, TRAINING, stored


@pytest.mark.parametrize("name", QUICK)
def test_names_and_sources(name: str) -> None:
    assert stored(name) == TABLES[name](), "run: python -m tests.tables"


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_says_how_far_it_is_from_the_published_labels(name: str) -> None:
    first = preset_path(name).read_text(encoding="utf-8").splitlines()[0]
    assert first == comment(name), "run: python -m tests.tables"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in TABLES if name not in QUICK + TRAINING])
def test_measured_numbers(name: str) -> None:
    """To 10 %: one digit is shown of some, and libraries of other versions round otherwise."""
    number = re.compile(r"\d+\.\d+(?:e-?\d+)?|\d+e-\d+")
    said, now = (np.array([float(n) for n in number.findall(t)]) for t in (stored(name), TABLES[name]()))
    np.testing.assert_allclose(said, now, rtol=0.1, atol=1e-5)
