"""Parts of one encoding, written without a coordinator, merged to the bytes of one run."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from kp2heat.errors import OutputError
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.array_jobs.held import holding
from kp2heat.pipeline.array_jobs.merging import merge_parts
from kp2heat.pipeline.array_jobs.part_files import announce, write_part_report
from kp2heat.pipeline.array_jobs.parts import run_part
from kp2heat.pipeline.encoding.planning.plan import Plan, plan
from kp2heat.pipeline.encoding.report import ShardReport
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.shards.lock import locked
from kp2heat.shards.schema import shard_name
from kp2heat.spec import Spec
from tests.pipeline.encoding.test_output_folder import SETTINGS, people
from tests.robust.sets import ROOT, SMALL, coco, command, kp2heat, sums

SHARDS = 10


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(people(SHARDS * 64 - 7), Spec.from_fields(SETTINGS, "test"), shard_rows=64)


@pytest.fixture(scope="module")
def whole(planned: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of one run."""
    folder = tmp_path_factory.mktemp("whole")
    run_plan(planned, folder)
    return sums(folder)


def run_parts(planned: Plan, folder: Path, count: int, numbers: list[int] | None = None) -> None:
    for number in numbers or range(1, count + 1):
        part = Part(number, count)
        run_part(holding(planned, part.span(planned.shards)), folder, part)


@pytest.mark.parametrize("count", [1, 3, SHARDS, 25])
def test_any_number_of_parts_gives_the_bytes_of_one_run(
    tmp_path: Path, planned: Plan, whole: dict[str, str], count: int
) -> None:
    numbers = random.Random(0).sample(range(1, count + 1), count)
    run_parts(planned, tmp_path, count, numbers)
    report = merge_parts(tmp_path)
    assert (report.shards, report.samples, report.parts) == (SHARDS, SHARDS * 64 - 7, count)
    assert sums(tmp_path) == whole
    times = {f.name: f.stat().st_mtime_ns for f in tmp_path.iterdir()}
    assert merge_parts(tmp_path) == replace(report, parts=0)
    run_part(planned, tmp_path, Part(1, 2))
    assert {f.name: f.stat().st_mtime_ns for f in tmp_path.iterdir()} == times, "nothing is done twice"


def test_a_part_may_be_run_again_or_by_another_number_of_parts(
    tmp_path: Path, planned: Plan, whole: dict[str, str]
) -> None:
    run_parts(planned, tmp_path, 3, [2])
    assert run_part(planned, tmp_path, Part(2, 3)).kept == 3
    run_parts(planned, tmp_path, 4)
    assert merge_parts(tmp_path).parts == 5
    assert sums(tmp_path) == whole


def test_what_is_missing_is_named_with_what_to_do(
    tmp_path: Path, planned: Plan, whole: dict[str, str]
) -> None:
    with pytest.raises(OutputError, match="holds no parts of an encoding; run kp2heat encode --part"):
        merge_parts(tmp_path)
    run_parts(planned, tmp_path, 5, [1, 3, 4])
    with pytest.raises(
        OutputError,
        match=r"lacks 4 of 10 shards, of parts 2/5, 5/5; run .* with --part 2/5 and so on, then merge",
    ):
        merge_parts(tmp_path)
    run_parts(planned, tmp_path, 5, [2, 5])
    (tmp_path / shard_name(9)).unlink()
    with pytest.raises(
        OutputError, match=r"lacks 1 of 10 shards, of part 5/5; run .* --part 5/5, then merge"
    ):
        merge_parts(tmp_path)
    run_parts(planned, tmp_path, 5, [5])
    merge_parts(tmp_path)
    assert sums(tmp_path) == whole


def test_parts_of_other_settings_or_annotations_are_refused(tmp_path: Path, planned: Plan) -> None:
    run_parts(planned, tmp_path, 2, [1])
    other = plan(people(SHARDS * 64 - 7), Spec.from_fields({**SETTINGS, "sigma": 3}, "test"), shard_rows=64)
    with pytest.raises(OutputError, match=r"sigma was not set, is 3"):
        run_parts(other, tmp_path, 2, [2])
    strangers = plan(people(SHARDS * 64 - 7, seed=1), planned.spec, shard_rows=64)
    with pytest.raises(OutputError, match="the annotations were different"):
        run_parts(strangers, tmp_path, 2, [2])
    write_part_report(tmp_path, other, Part(2, 2), ())
    with pytest.raises(OutputError, match="sigma was 3"):
        merge_parts(tmp_path)


def test_a_whole_run_completes_what_parts_began_and_the_other_way_round(
    tmp_path: Path, planned: Plan, whole: dict[str, str]
) -> None:
    run_parts(planned, tmp_path / "a", 2, [1])
    assert run_plan(planned, tmp_path / "a").kept == 5
    assert sums(tmp_path / "a") == whole
    (tmp_path / "a" / shard_name(7)).unlink()
    run_part(planned, tmp_path / "a", Part(2, 2))
    assert sums(tmp_path / "a") == whole
    run_plan(planned, tmp_path / "b")
    (tmp_path / "b" / "manifest.json").unlink()
    (tmp_path / "b" / shard_name(7)).unlink()
    run_parts(planned, tmp_path / "b", 2)
    merge_parts(tmp_path / "b")
    assert sums(tmp_path / "b") == whole


def test_two_at_one_part_and_overlapping_parts_are_refused(tmp_path: Path, planned: Plan) -> None:
    refused = pytest.raises(OutputError, match="is being written by process")
    run_parts(planned, tmp_path, 4, [4])
    with locked(tmp_path, planned.settings(), f"{Part(2, 4).name}.lock"):
        with refused:
            run_part(planned, tmp_path, Part(2, 4))
        with refused:
            run_part(planned, tmp_path, Part(1, 2))
        with refused:
            run_plan(planned, tmp_path)
        with refused:
            merge_parts(tmp_path)
        run_part(planned, tmp_path, Part(1, 4))
        run_part(planned, tmp_path, Part(2, 2))
    with locked(tmp_path, planned.settings()), refused:
        run_part(planned, tmp_path, Part(3, 4))
    run_part(planned, tmp_path, Part(2, 4))
    assert merge_parts(tmp_path).shards == SHARDS


def test_parts_started_at_once_in_a_folder_that_does_not_exist(
    tmp_path: Path, planned: Plan, whole: dict[str, str]
) -> None:
    out = tmp_path / "deep" / "out"
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda number: run_part(planned, out, Part(number, 20)), range(1, 21)))
    merge_parts(out)
    assert sums(out) == whole


def test_skipped_annotations_are_listed_once(tmp_path: Path) -> None:
    rows = people(200)
    size = rows.images.size.copy()
    size[[3, 150]] = 0
    rows = replace(rows, images=replace(rows.images, size=size))
    planned = plan(rows, Spec.from_fields(SETTINGS, "test"), shard_rows=64, on_error="skip")
    run_plan(planned, tmp_path / "whole")
    run_parts(planned, tmp_path / "parts", 3, [2, 1, 3])
    assert merge_parts(tmp_path / "parts").skipped == 2
    assert sums(tmp_path / "parts") == sums(tmp_path / "whole")


def test_a_killed_part_is_run_again_to_the_same_bytes(tmp_path: Path) -> None:
    rows, out = coco(tmp_path / "a.json", 40 * 64), tmp_path / "out"
    assert kp2heat("encode", rows, tmp_path / "whole", *SMALL).returncode == 0
    words = ("encode", rows, out, *SMALL, "--part", "2/2")
    with subprocess.Popen(command(*words), cwd=ROOT, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 60
        while not list(out.glob("shard-00022.h5")) and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(run.pid, signal.SIGKILL)
    assert run.returncode == -signal.SIGKILL
    assert kp2heat("merge", out).returncode == 1
    for part in ("1/2", "2/2"):
        again = kp2heat("encode", rows, out, *SMALL, "--part", part)
        assert again.returncode == 0, again.stderr
    assert kp2heat("merge", out).returncode == 0
    assert sums(out) == sums(tmp_path / "whole")


def test_part_auto_says_where_it_is_from_and_does_not_overwrite(tmp_path: Path) -> None:
    rows, out = coco(tmp_path / "a.json", 130), tmp_path / "out"
    variables = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "3"}
    environment = {**os.environ, **variables}
    words = ("encode", rows, out, *(word for word in SMALL if word != "-q"), "--part", "auto")
    ran = kp2heat(*words, env=environment)
    assert ran.returncode == 0, ran.stderr
    assert "part 2/3, from Slurm (SLURM_ARRAY_TASK_ID=2)" in ran.stderr
    assert "part 2/3: 64 samples" in ran.stdout
    refused = kp2heat(*words, "--overwrite", env=environment)
    assert refused.returncode == 2
    assert "--part cannot --overwrite" in refused.stderr


@pytest.mark.slow
def test_more_than_a_thousand_parts(tmp_path: Path, planned: Plan, whole: dict[str, str]) -> None:
    run_parts(planned, tmp_path, 1200)
    assert merge_parts(tmp_path).parts == 1200
    assert sums(tmp_path) == whole


@pytest.mark.slow
def test_merging_fifteen_thousand_shards_takes_seconds(tmp_path: Path) -> None:
    count = 15_625
    planned = plan(people(count * 64), Spec.from_fields(SETTINGS, "test"), shard_rows=64)
    announce(tmp_path, planned, Part(1, 1000))
    for number in range(1, 1001):
        part = Part(number, 1000)
        shards = tuple(
            ShardReport(shard_name(n), 64, 0, "0" * 64, "0" * 64, "0" * 64, (64,) * 3, (64,) * 3, (0,) * 3)
            for n in part.span(count)
        )
        for shard in shards:
            (tmp_path / shard.file).touch()
        write_part_report(tmp_path, planned, part, shards)
    began, work = time.monotonic(), time.process_time()
    assert merge_parts(tmp_path).shards == count
    seconds = time.process_time() - work
    print(f"merged {count} shards of 1000 parts in {seconds:.2f} s of work, {time.monotonic() - began:.2f} s")
    assert seconds < 5
    assert len(json.loads((tmp_path / "manifest.json").read_text())["shards"]) == count


def test_the_lock_of_a_merge_that_was_killed_at_its_end_is_removed(tmp_path: Path) -> None:
    """Killed between the last removed report and the removal of its lock; another merge leaves a clean folder."""
    out = tmp_path / "out"
    run_plan(plan(people(130), Spec.from_fields(SETTINGS, "test"), shard_rows=64), out)
    before = sorted(path.name for path in out.iterdir())
    owner = {"host": "elsewhere", "pid": 1, "since": 0.0, "about": {}}
    (out / "encode.lock").write_text(json.dumps(owner))
    merge_parts(out)
    assert sorted(path.name for path in out.iterdir()) == before


def test_the_lock_of_a_part_that_was_killed_goes_when_it_is_run_again(tmp_path: Path, planned: Plan) -> None:
    lock = tmp_path / f"{Part(1, 5).name}.lock"
    lock.write_text(json.dumps({"host": "elsewhere", "pid": 1, "since": 0.0, "about": planned.settings()}))
    run_part(planned, tmp_path, Part(1, 5))
    assert not lock.exists()
