"""The table: every metric has a source, and its parameters' defaults are those of its function."""

from __future__ import annotations

import inspect

import pytest

from kp2heat.metrics import METRICS


@pytest.mark.parametrize("name", METRICS)
def test_a_row_agrees_with_its_function(name: str) -> None:
    metric = METRICS[name]
    assert metric.name == name
    assert metric.source
    defaults = {p.name: p.default for p in list(inspect.signature(metric.measure).parameters.values())[1:]}
    assert dict(metric.params) == defaults
