"""Cut an encoding into self-contained jobs, one per shard, and make a shard's attributes and table columns."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import __version__
from kp2heat.annotations import Annotations
from kp2heat.contracts import Level
from kp2heat.drawing.samples import Samples
from kp2heat.frame import show_size
from kp2heat.pipeline.encoding.planning.digests import annotations_digest, samples_digest
from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.pipeline.encoding.planning.stored_images import image_rows
from kp2heat.shards.schema import (
    BYSTANDERS,
    FORMAT,
    IMAGE_ROW,
    OPTIONAL,
    PERSON_COLUMNS,
    LevelLayout,
    shard_name,
)
from kp2heat.spec import CODEC_REVISION, Spec


@dataclass(frozen=True, eq=False)
class Job:
    """One shard, with all that a worker needs: it reads no file and is sent nothing dense.

    first        number of its first sample in the whole encoding
    fingerprint  of everything that decides this shard's content
    images       where the pictures are that the shard is to hold
    exists       the shard is in the folder already and only has to be reported
    share        estimated bytes of shards that the job's process writes in this run
    """

    name: str
    folder: Path
    first: int
    spec: Spec
    fingerprint: str
    annotations: Annotations
    samples: Samples
    levels: tuple[Level, ...]
    layouts: tuple[LevelLayout, ...]
    images: Path | str | None = None
    exists: bool = False
    share: int = 0

    def __str__(self) -> str:
        return f"{self.name} (samples {self.first} to {self.first + len(self.samples) - 1})"


def make_job(plan: Plan, number: int, folder: Path, *, exists: bool = False, share: int = 0) -> Job:
    """Return the job of shard ``number``: only its own annotations and images, renumbered."""
    start, stop = plan.cuts[number], plan.cuts[number + 1]
    samples = plan.samples.take(start, stop)
    rows = plan.annotations.take(np.concatenate([samples.row, samples.others]))
    used, image = np.unique(samples.image, return_inverse=True)
    annotations = replace(
        rows, images=rows.images.take(used), image=np.searchsorted(used, rows.image), skipped=()
    )
    row, others = np.split(np.arange(len(annotations)), [len(samples.row)])
    samples = Samples(image, row, samples.sample, samples.frame, {}, others, samples.others_sample)
    return Job(
        name=shard_name(number),
        folder=folder,
        first=start,
        spec=plan.spec,
        fingerprint=plan.spec.fingerprint(annotations_digest(annotations), samples_digest(samples)),
        annotations=annotations,
        samples=samples,
        levels=plan.levels,
        layouts=plan.stored_layouts,
        images=plan.images,
        exists=exists,
        share=share,
    )


def shard_attributes(job: Job) -> dict[str, Any]:
    """Return the attributes of the job's file."""
    return {
        "format": FORMAT,
        "format_version": job.spec.format_version,
        "generator": f"kp2heat {__version__}",
        "codec_revision": CODEC_REVISION,
        "spec": json.dumps(job.spec.settings(), sort_keys=True),
        "skeleton": json.dumps(job.annotations.skeleton.to_json(), sort_keys=True),
        "fingerprint": job.fingerprint,
        "input_size": show_size(job.samples.frame.input_size),
        "rows": len(job.samples),
    }


def person_columns(rows: Annotations) -> dict[str, NDArray[Any]]:
    """Return the columns of a table of people; a category only where they have one."""
    columns = {name: rows.id if name == "annotation_id" else getattr(rows, name) for name in PERSON_COLUMNS}
    return {name: values for name, values in columns.items() if name not in OPTIONAL or (values != "").any()}


def shard_columns(job: Job) -> dict[str, dict[str, NDArray[Any]]]:
    """Return the ground truth that the shard carries: table -> column -> values."""
    people = person_columns(job.annotations.take(job.samples.row))
    images = job.annotations.images
    image = job.samples.image
    samples: dict[str, NDArray[Any]] = {
        "frame": job.samples.frame.matrix,
        "image_id": images.id[image],
        "image_size": images.size[image],
        "file_name": images.file_name[image],
    }
    if job.spec.with_images is not None:
        samples[IMAGE_ROW] = image_rows(job.samples, job.spec)
    if job.spec.sample == "image":
        return {"samples": samples, "people": {**people, "sample": job.samples.sample}}
    tables = {"samples": {**people, **samples}}
    if job.spec.store == "truth" and job.spec.record.draws_bystanders:
        tables[BYSTANDERS] = {
            **person_columns(job.annotations.take(job.samples.others)),
            "sample": job.samples.others_sample,
        }
    return tables
