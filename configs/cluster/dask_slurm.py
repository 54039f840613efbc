"""Encode on a Slurm cluster by Dask, whose workers are Slurm jobs.

    pip install 'kp2heat[dask]' dask-jobqueue
    python configs/cluster/dask_slurm.py keypoints.json labels

Not tried on a cluster; a test runs it with local workers in the place of Slurm jobs.
"""

import sys
from functools import partial

from dask_jobqueue import SLURMCluster

import kp2heat
from kp2heat.engines import ENGINES

if __name__ == "__main__":
    annotations, out = sys.argv[1:]
    with SLURMCluster(cores=1, memory="4GB", walltime="01:00:00") as cluster:
        cluster.scale(jobs=50)
        kp2heat.encode_dataset(
            kp2heat.read(annotations),
            out,
            kp2heat.Spec.from_preset("people-28-14-7"),
            engine=partial(ENGINES["dask"].run, workers=50, scheduler=cluster.scheduler_address),
        )
