"""Tests of the extra ``kp2heat[torch]`` are not even imported where they are not asked for: PyTorch loads slowly."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if collection_path.is_file() and "not torch" in config.getoption("markexpr"):
        return True
    return None
