"""Where the tests find golden vectors: the full folders next to the checkout, and trimmed copies within it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("KP2HEAT_SHARED", ROOT.parent / "shared"))
TRIMMED = Path(__file__).parent / "golden"


def shared(*parts: str) -> Path:
    """A file or folder of the material next to the checkout; the test is skipped where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(
            f"{Path(*parts)} is not next to this checkout (set KP2HEAT_SHARED to the folder that has it)"
        )
    return path


def golden(*parts: str) -> Path:
    """A golden file: of the full folder, else the copy in this checkout; skipped where neither is."""
    copy = TRIMMED.joinpath(*parts)
    if not SHARED.joinpath("golden", *parts).exists() and copy.exists():
        return copy
    return shared("golden", *parts)
