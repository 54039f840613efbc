"""The scripts of configs/cluster, with the batch system simulated by its variables."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.robust.sets import ROOT, SMALL, coco, kp2heat, sums

SCRIPTS = ROOT / "configs" / "cluster"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A PATH with the command ``kp2heat``."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "kp2heat"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kp2heat "$@"\n')
    command.chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}


def run(script: str, *words: object, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(SCRIPTS / script), *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(os.name != "posix", reason="the scripts are for a POSIX shell")
@pytest.mark.parametrize("script", ["array.slurm", "array.sge"])
def test_an_array_and_its_merge_give_the_bytes_of_one_run(
    tmp_path: Path, environment: dict[str, str], script: str
) -> None:
    rows, out = coco(tmp_path / "a.json", 5 * 64), tmp_path / "out"
    assert kp2heat("encode", rows, tmp_path / "whole", *SMALL).returncode == 0
    for task in (2, 1, 3):
        variables = {
            "array.slurm": {
                "SLURM_ARRAY_TASK_ID": task,
                "SLURM_ARRAY_TASK_MIN": 1,
                "SLURM_ARRAY_TASK_COUNT": 3,
            },
            "array.sge": {
                "SGE_TASK_ID": task,
                "SGE_TASK_FIRST": 1,
                "SGE_TASK_LAST": 3,
                "SGE_TASK_STEPSIZE": 1,
            },
        }[script]
        ran = run(
            script, rows, out, *SMALL, environment=environment | {k: str(v) for k, v in variables.items()}
        )
        assert ran.returncode == 0, ran.stderr
    assert kp2heat("merge", out).returncode == 0
    assert sums(out) == sums(tmp_path / "whole")


@pytest.mark.skipif(os.name != "posix", reason="the scripts are for a POSIX shell")
def test_one_task_is_run_again(tmp_path: Path, environment: dict[str, str]) -> None:
    rows, out = coco(tmp_path / "a.json", 3 * 64), tmp_path / "out"
    again = environment | {
        "SLURM_ARRAY_TASK_ID": "2",
        "SLURM_ARRAY_TASK_MIN": "2",
        "SLURM_ARRAY_TASK_COUNT": "1",
    }
    ran = run("array.slurm", rows, out, *SMALL, environment=again | {"KP2HEAT_PARTS": "3"})
    assert ran.returncode == 0, ran.stderr
    assert [f.name for f in sorted(out.glob("*.h5"))] == ["shard-00001.h5"]


@pytest.mark.skipif(shutil.which("parallel") is None, reason="GNU parallel is not installed")
def test_gnu_parallel(tmp_path: Path, environment: dict[str, str]) -> None:
    rows, out = coco(tmp_path / "a.json", 5 * 64), tmp_path / "out"
    assert kp2heat("encode", rows, tmp_path / "whole", *SMALL).returncode == 0
    ran = run("parallel.sh", 3, rows, out, *SMALL, environment=environment)
    assert ran.returncode == 0, ran.stderr
    assert sums(out) == sums(tmp_path / "whole")


def test_a_pod_of_the_kubernetes_job_writes_the_part_of_its_index(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """The words of the container are run; a cluster is not."""
    text = (SCRIPTS / "kubernetes.yaml").read_text()
    lists = (re.search(rf"{key}: \[(.*)\]", text) for key in ("command", "args"))
    words = ", ".join(found[1] for found in lists if found).split(", ")
    rows = coco(tmp_path / "keypoints.json", 100)
    words = [word.replace("/data", str(tmp_path)) for word in words]
    count = int(words[words.index("--part") + 1].removeprefix("auto/"))
    assert f"completions: {count}\n" in text
    environment |= {"JOB_COMPLETION_INDEX": str(count - 1)}
    ran = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    (shard,) = (tmp_path / "labels").glob("*.h5")
    assert kp2heat("encode", rows, tmp_path / "whole", "--preset", "people-28-14-7", "-q").returncode == 0
    assert shard.read_bytes() == (tmp_path / "whole" / shard.name).read_bytes()


SLURM_CLUSTER = """
from distributed import LocalCluster

class SLURMCluster(LocalCluster):
    def __init__(self, cores, memory, walltime):
        super().__init__(n_workers=0, threads_per_worker=cores, memory_limit=memory, dashboard_address=None)

    def scale(self, jobs):
        super().scale(min(jobs, 2))
"""


def assert_same_shards(folder: Path, environment: dict[str, str], *script: str) -> None:
    """Run a script of ``configs/cluster`` on annotations; its shards are those of ``kp2heat encode``."""
    rows, out = coco(folder / "a.json", 200), folder / "out"
    ran = subprocess.run(
        [sys.executable, SCRIPTS / script[0], *script[1:], rows, out],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert kp2heat("encode", rows, folder / "whole", "--preset", "people-28-14-7", "-q").returncode == 0
    assert sums(out) == sums(folder / "whole")


@pytest.mark.dask
@pytest.mark.filterwarnings("default")
def test_dask_on_slurm_with_local_workers_in_the_place_of_jobs(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    pytest.importorskip("distributed", reason="needs kp2heat[dask]")
    (tmp_path / "dask_jobqueue.py").write_text(SLURM_CLUSTER)
    found = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    assert_same_shards(tmp_path, environment | found, "dask_slurm.py")


@pytest.mark.parametrize("name", ["threads", "submitit"])
def test_other_engines(tmp_path: Path, environment: dict[str, str], name: str) -> None:
    if name == "submitit":
        pytest.importorskip("submitit", reason="submitit is not installed")
    assert_same_shards(tmp_path, environment, "other_engines.py", name)
