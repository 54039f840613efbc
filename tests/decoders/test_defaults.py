"""The parameters that a decoder lists are those that it takes, with the defaults that it has."""

from __future__ import annotations

import inspect

import pytest

from kp2heat.decoders import DECODERS


@pytest.mark.parametrize("name", DECODERS)
def test_listed_defaults_are_those_of_the_function(name: str) -> None:
    decoder = DECODERS[name]
    taken = inspect.signature(decoder.decode).parameters
    assert {key: taken[key].default for key in decoder.params} == dict(decoder.params)
