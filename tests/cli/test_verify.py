"""``kp2heat verify`` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import SAMPLE, run

COCO = SAMPLE / "annotations.json"
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("preset", ["people-28-14-7", "coco-udp-256x192"])
def test_verify_and_repair(tmp_path: Path, capfd: Capture, preset: str) -> None:
    out = tmp_path / "out"
    assert run(capfd, "encode", COCO, out, "--preset", preset).code == 0
    good = run(capfd, "verify", out)
    assert good.code == 0, good.err
    assert "files, content and structure agree" in good.out
    assert "decode error" in good.out
    assert "decode error" not in run(capfd, "verify", out, "--quick").out
    with (out / "shard-00000.h5").open("r+b") as file:
        file.seek(2000)
        file.write(b"\0\1\2\3")
    bad = run(capfd, "verify", out)
    assert bad.code == 1
    assert "shard-00000.h5: is not what was written: its sha256 differs" in bad.out
    assert "--repair ANNOTATIONS" in bad.out
    assert json.loads(run(capfd, "verify", out, "--json").out)["whole"] is False
    mended = run(capfd, "verify", out, "--repair", COCO)
    assert mended.code == 0, mended.err
    assert "encoded again: shard-00000.h5" in mended.err


def test_verify_of_nothing(tmp_path: Path, capfd: Capture) -> None:
    ran = run(capfd, "verify", tmp_path)
    assert ran.code == 1
    assert "holds no manifest.json" in ran.err
