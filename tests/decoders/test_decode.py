"""decode() by name: what it refuses, in one sentence."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from kp2heat.decoders import DECODERS, decode
from kp2heat.errors import SpecError
from tests.decoders.clean import joints, level_of, maps_of

LEVEL = level_of("7x7")
PLANES = {"heatmaps": maps_of("7x7", joints("7x7", 3))}


@pytest.mark.parametrize(
    ("name", "params", "says"),
    [
        ("drak", {}, "method: 'drak' is not a decoder; did you mean 'dark'?"),
        ("dark", {"kernal": 3}, "method dark: there is no setting 'kernal'; did you mean 'kernel'?"),
        ("lsq", {"top": 0}, "top=0"),
        ("lsq", {"threshold": -1}, "threshold=-1"),
        ("dark", {"literal": True, "top": 2}, "one peak per map"),
        ("dark", {"literal": True, "kernel": 4}, "kernel: 4"),
        ("quarter", {"literal": True, "rule": "coco"}, "'coco'"),
        ("softargmax", {"temperature": 0}, "temperature: 0"),
        ("centroid", {"cells": 4}, "cells: 4"),
        ("peaks", {"refine": "guess"}, "'guess' is not a step"),
    ],
)
def test_refusals(name: str, params: dict[str, Any], says: str) -> None:
    with pytest.raises(SpecError) as caught:
        decode(name, PLANES, LEVEL, **params)
    assert says in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_plane_that_is_not_there() -> None:
    with pytest.raises(SpecError, match="heatmaps"):
        decode("lsq", {"simcc_x": np.zeros((1, 1, 8))}, LEVEL)


@pytest.mark.parametrize("name", DECODERS)
def test_the_table_names_each_by_its_name(name: str) -> None:
    assert DECODERS[name].name == name


@pytest.mark.parametrize("name", [name for name in DECODERS if DECODERS[name].needs == ("heatmaps",)])
def test_defaults_are_what_the_table_says(name: str) -> None:
    given = decode(name, PLANES, LEVEL, **DECODERS[name].params)
    np.testing.assert_array_equal(given.xy, decode(name, PLANES, LEVEL).xy)
