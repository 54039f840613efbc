"""Encode annotations into a folder, or into an object store."""

from __future__ import annotations

from pathlib import Path

from kp2heat.annotations import Annotations
from kp2heat.contracts import Mapper
from kp2heat.errors import check_type
from kp2heat.files.storage import is_remote
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.remote import run_remote
from kp2heat.pipeline.encoding.report import EncodeReport
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.spec import Spec


def encode_dataset(
    annotations: Annotations,
    out: str | Path,
    spec: Spec,
    *,
    workers: int = 1,
    engine: Mapper | None = None,
    overwrite: bool = False,
    shard_rows: int | None = None,
    on_error: str = "fail",
    images: str | Path | None = None,
) -> EncodeReport:
    """Encode annotations into shards and a manifest in the folder ``out``.

    images   a folder, zip or tar of the images, for a spec that stores them
    workers  worker processes, where the job is large enough to gain
    engine   instead of them, anything shaped like ``map``: it calls a picklable function once per shard

    >>> import tempfile, kp2heat
    >>> spec = kp2heat.Spec(input_size=(64, 64), sizes=((16, 16),))
    >>> report = encode_dataset(kp2heat.read("sample_data/annotations.json"), tempfile.mkdtemp(), spec)
    >>> len(report.plan.samples), len(report.shards)
    (50, 1)
    """
    check_type("out", out, (str, Path), "give the folder to write to")
    check_type("workers", workers, int, "give the number of processes")
    planned = plan(annotations, spec, shard_rows=shard_rows, on_error=on_error, images=images)
    if is_remote(out):
        return run_remote(planned, str(out), workers=workers, engine=engine, overwrite=overwrite)
    return run_plan(planned, out, workers=workers, engine=engine, overwrite=overwrite)
