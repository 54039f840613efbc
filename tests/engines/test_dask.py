"""Shards made on a Dask cluster of processes that speak TCP on loopback: the bytes of one process, whatever dies."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kp2heat.engines import ENGINES
from kp2heat.errors import DependencyError, Kp2heatError, OutputError
from kp2heat.pipeline.array_jobs import decode_jobs
from kp2heat.pipeline.array_jobs.decode_jobs import decode_job
from kp2heat.pipeline.array_jobs.decode_parts import decode_totals
from kp2heat.pipeline.array_jobs.inventory import inventory
from kp2heat.pipeline.decoding.reporting.report_json import report_json
from kp2heat.pipeline.decoding.run import DecodeOptions
from kp2heat.pipeline.encoding.planning.plan import Plan, plan
from kp2heat.pipeline.encoding.run import encode_shard, run_plan
from kp2heat.pipeline.verification.run import verify_dataset
from kp2heat.shards.reading.dataset import shard_files
from kp2heat.spec import Spec
from tests.pipeline.encoding.test_output_folder import SETTINGS, people
from tests.robust.sets import ROOT, SMALL, coco, kp2heat, sums

pytestmark = [pytest.mark.dask, pytest.mark.filterwarnings("default")]
SHARDS = 12


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two processes."""
    distributed = pytest.importorskip("distributed", reason="needs kp2heat[dask]")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    os.environ["PYTHONPATH"] = path  # workers are started afresh and must find the package and these tests
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def dask(scheduler: str) -> Any:
    return partial(ENGINES["dask"].run, workers=2, scheduler=scheduler)


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(people(SHARDS * 64), Spec.from_fields(SETTINGS, "test"), shard_rows=64)


def kill_worker_once(mark: Path, job: Any) -> Any:
    """Encode a shard, but at shard 5 end the worker without a word, the first time."""
    if job.name == "shard-00005.h5":
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            return encode_shard(job)
        os.kill(os.getpid(), signal.SIGKILL)
    return encode_shard(job)


def kill_every_worker(_job: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail(job: int) -> int:
    if job == 2:
        raise OutputError("place", "is wrong", "mend it")
    return job


def fail_once(mark: str, job: int) -> int:
    """Fail as a disk does that is away for a moment."""
    try:
        (Path(mark) / str(job)).touch(exist_ok=False)
    except FileExistsError:
        return job
    raise OSError("away")


def test_results_come_in_the_order_of_the_jobs_which_are_read_as_there_is_room(dask: Any) -> None:
    read = []
    jobs = (read.append(n) or n for n in range(40))
    results = dask(abs, jobs)
    assert next(results) == 0
    assert len(read) < 10, "two workers are not handed all jobs at once"
    assert list(results) == list(range(1, 40))


def test_the_bytes_are_those_of_one_process(tmp_path: Path, planned: Plan, dask: Any) -> None:
    run_plan(planned, tmp_path / "plain")
    rows = []
    run_plan(planned, tmp_path / "dask", engine=dask, progress=rows.append)
    assert sums(tmp_path / "dask") == sums(tmp_path / "plain")
    assert sum(rows) == SHARDS * 64
    assert (
        verify_dataset(tmp_path / "dask", engine=dask).to_json()
        == verify_dataset(tmp_path / "plain").to_json()
    )


def test_a_worker_killed_in_the_middle_is_made_up_for(tmp_path: Path, planned: Plan, scheduler: str) -> None:
    run_plan(planned, tmp_path / "plain")
    mark = tmp_path / "killed"

    def engine(_function: Any, jobs: Any) -> Any:
        return ENGINES["dask"].run(partial(kill_worker_once, mark), jobs, 2, scheduler)

    run_plan(planned, tmp_path / "dask", engine=engine)
    assert mark.exists()
    assert sums(tmp_path / "dask") == sums(tmp_path / "plain")


def kill_worker_while_decoding(mark: Path, job: Any) -> Any:
    """Decode shards, but end the worker without a word, the first time."""
    if job.first > 0:
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            return decode_job(job)
        os.kill(os.getpid(), signal.SIGKILL)
    return decode_job(job)


def test_decoding_gives_the_report_of_one_process(
    tmp_path: Path, planned: Plan, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_plan(planned, tmp_path / "labels")
    monkeypatch.setattr(decode_jobs, "BLOCK", 128)
    listed = inventory(shard_files(tmp_path / "labels"))
    expected = decode_totals(listed, DecodeOptions(), results=tmp_path / "expected.json")

    def killing(_function: Any, jobs: Any) -> Any:
        function = partial(kill_worker_while_decoding, tmp_path / "killed")
        return ENGINES["dask"].run(function, jobs, 2, scheduler=scheduler)

    whole = decode_totals(listed, DecodeOptions(), results=tmp_path / "found.json", engine=killing)
    assert (tmp_path / "killed").exists()
    assert whole is not None
    assert expected is not None
    assert report_json(whole) == report_json(expected)
    assert (tmp_path / "found.json").read_bytes() == (tmp_path / "expected.json").read_bytes()


def test_a_mistake_is_raised_once_and_a_passing_fault_is_tried_again(tmp_path: Path, dask: Any) -> None:
    with pytest.raises(OutputError, match="place: is wrong; mend it"):
        list(dask(fail, range(5)))
    assert list(dask(partial(fail_once, str(tmp_path)), range(5))) == list(range(5))


def test_other_versions_on_the_workers_are_refused(dask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kp2heat.engines.dask._versions", lambda: {"numpy": "1.0"})
    with pytest.raises(DependencyError, match=r"has numpy 2\.\S+, not 1\.0; install the same versions"):
        list(dask(abs, range(3)))


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kp2heat.engines.dask.SECONDS", 1)
    with pytest.raises(DependencyError, match=r"--scheduler tcp://127\.0\.0\.1:9: cannot be reached"):
        list(ENGINES["dask"].run(abs, range(3), 1, "tcp://127.0.0.1:9"))


def test_a_job_that_kills_every_worker_is_named() -> None:
    with pytest.raises(Kp2heatError, match=r"0: killed .* workers .*; finished shards are kept"):
        list(ENGINES["dask"].run(kill_every_worker, range(1), 1))


def test_the_command_line_starts_a_cluster_of_its_own(tmp_path: Path) -> None:
    rows = coco(tmp_path / "a.json", 300)
    assert kp2heat("encode", rows, tmp_path / "plain", *SMALL).returncode == 0
    began = time.monotonic()
    ran = kp2heat("encode", rows, tmp_path / "dask", *SMALL, "--engine", "dask", "--workers", "2")
    assert ran.returncode == 0, ran.stderr
    print(f"{time.monotonic() - began:.1f} s", file=sys.stderr)
    assert sums(tmp_path / "dask") == sums(tmp_path / "plain")
    assert "Traceback" not in ran.stderr
    usage = kp2heat("encode", rows, tmp_path / "x", *SMALL, "--scheduler", "tcp://a:1")
    assert usage.returncode == 2
