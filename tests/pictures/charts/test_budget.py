"""The chart of an error budget has a mark and a label for every representation."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.pictures.charts import budget
from tests.pictures.charts.figures import figures_of


def test_every_mark_that_stands_alone_is_labelled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = figures_of(budget, monkeypatch)
    error, size = np.array([0.1, 1.0, 5.0]), np.array([90e3, 9e3, 1e3])
    budget.budget_chart(error, size, ["large", "middle", "small"], ["a", "a", "b"], 1, "the title", ".png")
    (axes,) = figures[0].axes
    assert (axes.get_xscale(), axes.get_yscale(), axes.get_title("left")) == ("log", "log", "the title")
    assert {text.get_text(): tuple(text.xy) for text in axes.texts} == {
        "middle": (9, 1),
        "small": (1, 5),
        "large": (90, 0.1),
    }
    marks = {c.get_label(): c.get_offsets().tolist() for c in axes.collections}
    assert marks == {"a": [[90, 0.1], [9, 1]], "b": [[1, 5]], "recommended": [[9, 1]]}


def test_labels_that_would_cover_each_other_are_left_out_but_the_recommended_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = figures_of(budget, monkeypatch)
    error = np.append(1 + np.arange(40) * 1e-4, 100)
    words = [f"representation {n}" for n in range(41)]
    budget.budget_chart(error, 1e4 / error, words, ["a"] * 41, 20, "", ".png")
    shown = [text.get_text() for text in figures[0].axes[0].texts]
    assert {"representation 20", "representation 40"} <= set(shown)
    assert len(shown) < 10
