"""What workers are forked from has made a shard, and left nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.robust.sets import ROOT

REHEARSAL = """
import sys
from unittest import mock
{first}
from kp2heat import compiled
from kp2heat.pipeline.encoding import run as encode
with mock.patch.object(encode, "make_shard", wraps=encode.make_shard) as made:
    import kp2heat.pipeline.rehearsal
print(made.call_count, "h5py" in sys.modules, compiled.asked)
"""


@pytest.mark.parametrize("loops", [False, True])
def test_a_shard_is_made_and_nothing_written(tmp_path: Path, loops: bool) -> None:
    if loops:
        pytest.importorskip("numba", reason="the compiled loops need kp2heat[fast]")
    ran = subprocess.run(
        [sys.executable, "-c", REHEARSAL.format(first="import kp2heat.compiled.kernels" if loops else "")],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.stdout == f"1 True {loops}\n", ran.stderr
    assert not list(tmp_path.iterdir())
