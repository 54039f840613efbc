"""The table: every metric has its name and a source, and lists the parameters of its function."""

from __future__ import annotations

import pytest

from kp2heat.metrics import METRICS


@pytest.mark.parametrize("name", METRICS)
def test_a_row_has_its_name_and_a_source(name: str) -> None:
    assert METRICS[name].name == name
    assert METRICS[name].source


def test_parameters_are_those_of_the_function() -> None:
    assert METRICS["failures"].params == {"by": "inter-ocular", "threshold": 0.1}
