"""The parameters of a decoder are those that its function has defaults for."""

from __future__ import annotations

from kp2heat.decoders import DECODERS


def test_parameters_are_those_of_the_function() -> None:
    assert DECODERS["argmax"].params == {"top": 1, "threshold": 0.0, "literal": False, "rule": "hrnet"}


def test_what_a_partial_fixes_is_no_parameter() -> None:
    assert DECODERS["spr"].params == {"top": 30, "threshold": 0.01, "nms": 5}
    assert DECODERS["dekr"].params == {"top": 30, "threshold": 0.01, "nms": 3}
