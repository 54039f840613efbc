"""A part of a job reads what it needs: to the bytes of one run, in the memory of its own rows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.formats.csv_files import text
from kp2heat.formats.json_files import arrays
from kp2heat.pipeline.array_jobs import part_plan
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.array_jobs.merging import merge_parts
from kp2heat.pipeline.array_jobs.parts import run_part
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.spec import Spec
from tests.benchmarks.scale import JOINTS
from tests.robust.sets import sums

ROOT = Path(__file__).parents[3]
SETTINGS = {"input_size": "48x64", "sizes": ["12x16"]}


def joints_of(count: int) -> list[list[str]]:
    """The numbers of ``count`` people's joints; every third is without a labelled one."""
    joints = np.random.default_rng(0).integers(1, 47, (count, JOINTS, 3))
    joints[:, :, 2] = np.where(np.arange(count) % 3, 2, 0)[:, None]
    return joints.reshape(count, -1).astype(str).tolist()


POSES = joints_of(999)
"""Who is who does not matter: the next people stand like the first."""


def coco_text(count: int) -> Iterator[str]:
    """Pieces of a file of ``count`` people, every third without a labelled joint or a crowd."""
    poses = [", ".join(numbers) for numbers in POSES]
    yield '{"annotations": ['
    for n in range(count):
        own = f'"id": {n}, "image_id": {n // 2}, "keypoints": [{poses[n % len(poses)]}]'
        yield f'{", " * bool(n)}{{{own}, "bbox": [1, 1, 40, 50], "iscrowd": {int(n % 9 == 1)}}}'
    images = [
        {"id": n, "file_name": f"{n:07d}.png", "width": 48, "height": 64} for n in range((count + 1) // 2)
    ]
    yield f'], "images": {json.dumps(images)}}}'


def csv_text(count: int) -> Iterator[str]:
    """Lines of a wide CSV of the same people, of whom every fifth has blank cells."""
    box = [f"bbox_{side}" for side in "xywh"]
    cells = [f"joint{k}_{axis}" for k in range(JOINTS) for axis in "xyv"]
    yield ",".join(["image", "width", "height", "annotation_id", *box, "iscrowd", *cells]) + "\n"
    full = [",".join(numbers) for numbers in POSES]
    blank = [",".join([*numbers[:3], "", "", "", *numbers[6:]]) for numbers in POSES]
    for n in range(count):
        poses = full if n % 5 else blank
        yield f"{n // 2:07d}.png,48,64,{n},1,1,40,50,{int(n % 9 == 1)},{poses[n % len(poses)]}\n"


TEXTS = {"json": coco_text, "csv": csv_text}


@pytest.fixture(scope="module", params=TEXTS)
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("people") / f"a.{request.param}"
    path.write_text("".join(TEXTS[request.param](1000)))
    return path


@pytest.mark.parametrize("settings", [{}, {"sample": "image"}, {"codec": "cpm"}])
def test_parts_give_the_bytes_of_one_run(
    tmp_path: Path, file: Path, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "PIECE", 20_000)
    monkeypatch.setattr(text, "PIECE", 20_000)
    spec = Spec.from_fields({**SETTINGS, **settings}, "test")
    run_plan(plan(formats.read(file), spec, shard_rows=64), tmp_path / "whole")

    def part(number: int, count: int) -> None:
        one = Part(number, count)
        planned = part_plan.plan_part(file, {}, spec, one, shard_rows=64)
        assert planned.held is not None
        run_part(planned, tmp_path / "parts", one)

    monkeypatch.setattr(formats, "read", None)  # nothing is read whole
    for number in (2, 3, 1):
        part(number, 3)
    part(5, 5)
    part(1, 100)
    merge_parts(tmp_path / "parts")
    assert sums(tmp_path / "parts") == sums(tmp_path / "whole")


@pytest.mark.parametrize("settings", [{"outside": "error"}, {"augment": 2, "augment_preset": "cpm-mpii"}])
def test_what_needs_all_positions_is_read_whole(file: Path, settings: dict[str, Any]) -> None:
    spec, part = Spec.from_fields({**SETTINGS, **settings}, "test"), Part(2, 3)
    planned = part_plan.plan_part(file, {}, spec, part, shard_rows=64, on_error="skip")
    whole = plan(formats.read(file), spec, shard_rows=64, on_error="skip")
    assert planned.settings() == whole.settings()
    span = part.span(planned.shards)
    assert planned.held == range(planned.cuts[span.start], planned.cuts[span.stop])


MEASURE = """
import json, re, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from kp2heat.pipeline.array_jobs.array_part import parse_part
from kp2heat.pipeline.array_jobs.part_plan import plan_part
from kp2heat.spec import Spec
peak = lambda: 1024 * int(re.search("VmHWM:\\s*([0-9]+)", Path("/proc/self/status").read_text())[1])
spec, part = Spec.from_fields(json.loads(sys.argv[4]), "test"), parse_part(sys.argv[2])[0]
path = Path(sys.argv[1])
plan_part(path.with_stem("few"), {}, spec, part)
before = peak()
planned = plan_part(path, {}, spec, part)
print(peak() - before, len(planned.annotations))
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="the peak is read from /proc; resource's is the parent's too"
)
@pytest.mark.parametrize("kind", TEXTS)
def test_the_memory_of_a_part_is_that_of_its_rows(tmp_path: Path, kind: str) -> None:
    """A row takes 17 joints of 17 bytes, a box and an area: 330 bytes, of which a part of 8 needs an eighth.

    Of the rows of others it needs less than that: id, image and three flags, twice while they are put together (38
    bytes); for a sample its row, number and image, with the sizes that are looked at (56); of their images, half as
    many, a name of 44 bytes, an id, its order, and sizes of two types, twice while they are put together (100). With
    as much again for what malloc keeps between them: 300. A block of 2 MB and its objects take 8 MB.

    A wide CSV names its images in its rows: the images of the rows (8) are put together where the names have been, and
    the names themselves twice, before a row is read. Its blocks are half as large.
    """
    count = 120_000
    for name, people in (("many", count), ("few", 8_000)):
        (tmp_path / f"{name}.{kind}").write_text("".join(TEXTS[kind](people)))

    def measured(part: str) -> tuple[int, int]:
        command = [
            sys.executable,
            "-c",
            MEASURE,
            str(tmp_path / f"many.{kind}"),
            part,
            str(ROOT),
            json.dumps(SETTINGS),
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        grown, rows = map(int, run.stdout.split())
        return grown, rows

    (whole, people), (part, own) = measured("1/1"), measured("8/8")
    assert own < people / 4
    row = JOINTS * 17 + 40
    assert whole > people * row, "else nothing is measured"
    block = {"json": 8, "csv": 4}[kind] << 20
    assert part < own * row + count * 300 + block < whole * 0.6
