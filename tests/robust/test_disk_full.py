"""A disk that fills up: never a half shard under its final name, and what is finished is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.robust.sets import ROOT, SMALL, coco, kp2heat, sums

UNCHECKED = """
import sys
from kp2heat.cli import main
from kp2heat.pipeline import encode
if __name__ == "__main__":
    encode.check_space = lambda *_: 0
    main(sys.argv[1:])
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_twenty_fill_levels(tmp_path: Path, small_disk: Path, workers: int) -> None:
    rows, filler, out = coco(tmp_path / "a.json", 20 * 64), small_disk / "filler", small_disk / "out"
    words = ("encode", rows, out, *SMALL, "--workers", workers)
    assert kp2heat("encode", rows, tmp_path / "whole", *SMALL).returncode == 0
    whole = sums(tmp_path / "whole")
    needed = sum(f.stat().st_size for f in (tmp_path / "whole").iterdir())
    assert needed < 4_000_000
    script = tmp_path / "unchecked.py"
    script.write_text(UNCHECKED)
    failed = 0
    for level in range(20):
        subprocess.run(["rm", "-rf", out, filler], check=True)
        space = os.statvfs(small_disk)
        filler.write_bytes(bytes(max(0, space.f_bavail * space.f_frsize - needed * (level + 1) // 20)))
        ran = subprocess.run(
            [sys.executable, script, *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        failed += ran.returncode == 1
        assert ran.returncode == 0 or "No space left on device" in ran.stderr, ran.stderr
        assert "Traceback" not in ran.stderr
        if out.exists():
            assert sums(out).items() <= whole.items(), "only whole shards stand, and nothing else"
        filler.unlink()
        assert kp2heat(*words).returncode == 0
        assert sums(out) == whole
    print(f"20 fill levels with {workers} workers: {failed} runs met a full disk")
    assert failed >= 15


def test_a_disk_that_is_clearly_too_small_is_refused_before_anything_is_written(
    tmp_path: Path, small_disk: Path
) -> None:
    rows = coco(tmp_path / "a.json", 2000)
    ran = kp2heat(
        "encode", rows, small_disk / "out", *SMALL, "--stride", "1", "--codec", "dark", "--dtype", "f32"
    )
    assert ran.returncode == 1
    assert "MB free" in ran.stderr
    assert sums(small_disk / "out") == {}
