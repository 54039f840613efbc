"""``kp2heat verify`` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import SAMPLE, run

COCO = SAMPLE / "annotations.json"
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("preset", "isolate"), [("people-28-14-7", ()), ("coco-udp-256x192", ("--no-isolate",))]
)
def test_verify_and_repair(tmp_path: Path, capfd: Capture, preset: str, isolate: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    assert run(capfd, "encode", COCO, out, "--preset", preset).code == 0
    good = run(capfd, "verify", out, *isolate)
    assert good.code == 0, good.err
    assert "files, content, structure and 32 redrawn samples agree" in good.out
    assert "decode error" in good.out
    assert "decode error" not in run(capfd, "verify", out, "--quick", "--no-isolate").out
    with (out / "shard-00000.h5").open("r+b") as file:
        file.seek(2000)
        file.write(b"\0\1\2\3")
    bad = run(capfd, "verify", out, *isolate)
    assert bad.code == 1
    assert "shard-00000.h5: differs from what was written (its sha256)" in bad.out
    assert "--repair ANNOTATIONS" in bad.out
    assert json.loads(run(capfd, "verify", out, "--json", "--no-isolate").out)["whole"] is False
    mended = run(capfd, "verify", out, "--repair", COCO, *isolate)
    assert mended.code == 0, mended.err
    assert "re-encoded shard-00000.h5" in mended.err


@pytest.mark.parametrize("left", ["encode.lock", "shard-00000.h5.part"])
def test_a_repair_that_was_killed_at_its_end_leaves_nothing_to_the_next(
    tmp_path: Path, capfd: Capture, left: str
) -> None:
    out = tmp_path / "out"
    assert run(capfd, "encode", COCO, out, "--preset", "people-28-14-7").code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    owner = {"host": "elsewhere", "pid": 1, "since": 0.0, "about": {}}
    (out / left).write_text(json.dumps(owner))
    again = run(capfd, "verify", out, "--repair", COCO)
    assert again.code == 0, again.out
    assert "removed what an interrupted run left" in again.err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_verify_of_nothing(tmp_path: Path, capfd: Capture) -> None:
    ran = run(capfd, "verify", tmp_path)
    assert ran.code == 1
    assert "holds no manifest.json" in ran.err


def test_a_damaged_shard_is_named_once_with_what_to_do(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(capfd, "encode", SAMPLE / "annotations.json", out, "--preset", "people-28-14-7").code == 0
    shard = out / "shard-00000.h5"
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    ran = run(capfd, "verify", out)
    assert ran.code == 1
    first, last = ran.out.splitlines()
    assert first.startswith("shard-00000.h5: differs from what was written")
    assert first.count("shard-00000.h5") == 1
    assert last.endswith(
        f"1 of 1 shard is damaged; run `kp2heat verify {out} --repair ANNOTATIONS` to re-encode it"
    )


def test_an_object_store_is_not_repaired(capfd: Capture) -> None:
    ran = run(capfd, "verify", "s3://bucket/labels", "--repair", "a.json")
    assert ran.code == 2
    assert "--repair works in folders" in ran.err
