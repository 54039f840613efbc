"""The figure behind a chart, in place of its picture: what a reader sees, in numbers."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest


def figures_of(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list that takes the figure of every chart that a module draws from here on."""
    kept: list[Any] = []
    drawn = module.rendered

    def keep(figure: Any, suffix: str) -> bytes:
        kept.append(figure)
        return bytes(drawn(figure, suffix))

    monkeypatch.setattr(module, "rendered", keep)
    return kept
