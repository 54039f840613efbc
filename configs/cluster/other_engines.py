"""Encode by other libraries: an engine is anything shaped like ``map``.

    python configs/cluster/other_engines.py threads keypoints.json labels

``ray`` and ``submitit`` need those packages.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import kp2heat


def threads(function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
    """Write shards from several threads: for slow disks, since one shard is drawn at a time."""
    with ThreadPoolExecutor(4) as pool:
        yield from pool.map(function, jobs)


def ray(function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
    """Run jobs on a Ray cluster; ``ray.init(address="auto")`` connects to one that is running."""
    from ray.util.multiprocessing import Pool

    with Pool() as pool:
        yield from pool.imap(function, jobs)


def submitit(function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
    """Submit each job to Slurm, or run it on this machine where there is no Slurm."""
    from submitit import AutoExecutor

    executor = AutoExecutor(folder="submitit_logs")
    executor.update_parameters(timeout_min=60, cpus_per_task=1, slurm_array_parallelism=100)
    for job in executor.map_array(function, list(jobs)):
        yield job.result()


if __name__ == "__main__":
    name, annotations, out = sys.argv[1:]
    engine = {"threads": threads, "ray": ray, "submitit": submitit}[name]
    spec = kp2heat.Spec.from_preset("people-28-14-7")
    report = kp2heat.encode_dataset(kp2heat.read(annotations), out, spec, engine=engine)
    sys.stdout.write(f"{out}: {len(report.shards)} shards\n")
