"""``kp2heat export``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kp2heat.cli import main

SAMPLE = Path(__file__).parents[2] / "sample_data" / "annotations.json"


def run(*args: str) -> int:
    try:
        main(args)
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def test_shards_become_archives_and_an_existing_file_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, out = tmp_path / "labels", tmp_path / "arrays"
    assert run("encode", str(SAMPLE), str(labels), "--input-size", "96x128", "--stride", "8") == 0
    assert run("export", str(labels), "--to", "npz", "-o", str(out)) == 0
    assert "wrote 1 file" in capsys.readouterr().err
    with np.load(out / "shard-00000.npz") as archive:
        assert archive["12x16/heatmaps"].ndim == 4
    assert run("export", str(labels), "--to", "npz", "-o", str(out)) == 1
    assert "exists already" in capsys.readouterr().err
    assert run("export", str(labels), "--to", "npz", "-o", str(out), "--overwrite") == 0
    assert run("export", str(labels), "--to", "parquet", "-o", str(out)) == 2
