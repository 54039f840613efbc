"""A whole shard, and a copy of it to damage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.pipeline.encoding.test_output_folder import encode, people


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest")
    encode(people(10), folder)
    return folder / "shard-00000.h5"


@pytest.fixture
def shard(honest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(honest, tmp_path / "shard.h5"))
