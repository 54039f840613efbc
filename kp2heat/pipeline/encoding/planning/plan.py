"""Plan an encoding before anything is written: samples, levels, planes, bytes and shards, checked once, here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations, Skipped
from kp2heat.contracts import Level
from kp2heat.drawing.samples import Samples
from kp2heat.errors import InputError, SpecError, check_choice, check_type
from kp2heat.files.storage import location
from kp2heat.pipeline.encoding.planning.invalid_annotations import ON_ERROR
from kp2heat.pipeline.encoding.planning.plane_layouts import (
    MOST_ROWS,
    check_row_bytes,
    described,
    level_layout,
    storage_warnings,
)
from kp2heat.pipeline.encoding.planning.roll import Roll, roll_of
from kp2heat.pipeline.encoding.planning.samples import make_samples
from kp2heat.pipeline.encoding.planning.stored_images import check_images, image_bytes, unreadable_images
from kp2heat.pipeline.training.augment import augment_preset
from kp2heat.shards.schema import LevelLayout, shard_name
from kp2heat.skeleton import Skeleton
from kp2heat.skeleton.groups import joint_groups
from kp2heat.spec import CODEC_REVISION, NEEDS_SPEC, Spec
from kp2heat.spec.precision import precision_warnings

SHARD_BYTES = 1 << 30
MOST_SHARD_ROWS = 4096
"""Samples per shard unless asked otherwise: few enough that progress shows and a lost shard costs seconds."""


@dataclass(frozen=True, eq=False)
class Plan:
    """All that is known of an encoding before it is run.

    cuts         first sample of every shard, and the number of samples at the end
    layouts      of the planes of each level, as they are drawn
    row_bytes    uncompressed bytes of one sample, all levels
    digest       hex sha256 of the annotations
    fingerprint  hex sha256 of everything that decides the output
    notes        what was assumed, a sentence each
    skipped      annotations that were skipped because of errors in them
    images       where the pictures are that shards are to hold
    held         the samples whose annotations are in memory; None: all
    """

    spec: Spec
    annotations: Annotations
    samples: Samples
    levels: tuple[Level, ...]
    layouts: tuple[LevelLayout, ...]
    cuts: tuple[int, ...]
    row_bytes: int
    shard_rows: int
    digest: str
    fingerprint: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()
    images: Path | str | None = None
    held: range | None = None

    @property
    def shards(self) -> int:
        """The number of shard files."""
        return len(self.cuts) - 1

    @property
    def names(self) -> tuple[str, ...]:
        """The shards' file names."""
        return tuple(map(shard_name, range(self.shards)))

    @property
    def stored_layouts(self) -> tuple[LevelLayout, ...]:
        """The layouts of what shards hold: where only the truth is stored, levels that name planes and hold none."""
        return self.layouts if self.spec.store == "maps" else tuple(map(described, self.layouts))

    def rows(self, shards: Iterable[int]) -> int:
        """Return the number of samples in these shards."""
        return sum(self.cuts[number + 1] - self.cuts[number] for number in shards)

    def settings(self) -> dict[str, Any]:
        """Return everything that tells this encoding from another, one plain value per setting, as JSON holds it."""
        settings = {
            **self.spec.settings(),
            "annotations": self.digest,
            "shard_rows": self.shard_rows,
            "codec_revision": CODEC_REVISION,
            "format_version": self.spec.format_version,
        }
        return dict(json.loads(json.dumps(settings)))

    def compressed(self, compress: str) -> Plan:
        """Return the plan of the same maps, compressed in another way."""
        spec = replace(self.spec, compress=compress)
        input_size = self.samples.frame.input_size
        layouts = tuple(
            level_layout(spec, self.annotations.skeleton, level, input_size) for level in self.levels
        )
        return replace(self, spec=spec, layouts=layouts)

    def to_json(self) -> dict[str, Any]:
        """Return what ``--dry-run --json`` prints."""
        return {
            "spec": self.spec.to_fields(),
            "samples": len(self.samples),
            "people": len(self.samples.row),
            "images": len(self.annotations.images),
            "joints": len(self.annotations.skeleton),
            "left_out": self.samples.left_out,
            "skipped": len(self.skipped),
            "levels": {
                layout.name: {
                    "sigma": level.sigma,
                    "stride": list(level.alignment.stride),
                    "alignment": level.alignment.name,
                    "planes": {
                        name: {"shape": [len(self.samples), *plane.row], "dtype": np.dtype(plane.dtype).name}
                        for name, plane in layout.planes.items()
                    },
                }
                for level, layout in zip(self.levels, self.layouts, strict=True)
            },
            "dense_bytes": self.row_bytes * len(self.samples),
            "shards": self.shards,
            "fingerprint": self.fingerprint,
            "sources": self.annotations.sources(),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


def plan(
    annotations: Annotations,
    spec: Spec,
    *,
    shard_rows: int | None = None,
    shard_bytes: int | None = None,
    on_error: str = "fail",
    images: str | Path | None = None,
    roll: Roll | None = None,
) -> Plan:
    """Plan the encoding of these annotations; SpecError or InputError where it cannot be done.

    shard_rows   samples per shard, rounded up to a multiple of the largest chunk
    shard_bytes  uncompressed bytes per shard, where shard_rows is not given
    images       a folder, zip or tar of the images, or the URL of one, for a spec that stores them
    on_error     "skip": annotations with errors are listed in ``skipped``, and where images are to be stored, those
                 of missing and broken ones too (every image is read once for that); "fail": they raise an InputError
    roll         of all annotations, where ``annotations`` holds none of them: no job can be made before ``holding``

    >>> import kp2heat
    >>> rows = kp2heat.read("sample_data/annotations.json")
    >>> planned = plan(rows, Spec(input_size=(192, 256), strides=(4,)), shard_rows=64)
    >>> planned.shards, planned.names[-1], planned.levels[0].name
    (1, 'shard-00000.h5', '48x64')
    """
    check_type("annotations", annotations, Annotations, "give what kp2heat.read(path) returns")
    check_type("spec", spec, Spec, NEEDS_SPEC)
    check_choice("on-error", on_error, ON_ERROR)
    augment_preset(spec.augment_preset)  # refused where it is unknown, even if no copies are asked for
    if not len(annotations.skeleton):
        raise InputError(
            annotations.source or "annotations",
            "names no joints, so there is nothing to draw",
            "give a file whose category lists its keypoints",
        )
    images = None if images is None else location(images)
    roll = roll or roll_of(annotations)
    unreadable = unreadable_images(roll, spec, images) if on_error == "skip" else {}
    samples, spec, notes, skipped = make_samples(annotations, spec, on_error, unreadable, roll)
    check_images(annotations, samples, spec, images)
    _check_crowding(samples, spec)
    notes += _group_notes(spec, annotations.skeleton)
    input_size = samples.frame.input_size
    levels = spec.levels(input_size)
    layouts = tuple(level_layout(spec, annotations.skeleton, level, input_size) for level in levels)
    check_row_bytes(layouts)
    row_bytes = sum(
        int(np.prod(plane.row)) * np.dtype(plane.dtype).itemsize
        for layout in layouts
        for plane in layout.planes.values()
    )
    rows = _shard_rows(row_bytes + image_bytes(annotations, samples, spec), shard_rows, shard_bytes)
    count = len(samples)
    return Plan(
        spec=spec,
        annotations=annotations,
        samples=samples,
        levels=levels,
        layouts=layouts,
        cuts=(*range(0, count, rows), count),
        row_bytes=row_bytes,
        shard_rows=rows,
        digest=roll.digest,
        fingerprint=spec.fingerprint(roll.digest, str(rows)),
        notes=tuple(notes),
        warnings=(*precision_warnings(spec.dtype, levels), *storage_warnings(spec, levels)),
        skipped=(*annotations.skipped, *skipped),
        images=images,
    )


def _group_notes(spec: Spec, skeleton: Skeleton) -> list[str]:
    """Return a sentence where groups of joints are to be drawn and none are given, or joints are in none."""
    groups = spec.params.get("groups")
    if spec.record.draws_groups and not groups and not skeleton.groups:
        return [
            f"codec {spec.codec} draws groups of joints, and none are given: every joint has a map of its own; "
            'use --groups "eyes=8,12;mouth=15,17,18"'
        ]
    if not groups and not spec.record.draws_groups:
        return []
    members = joint_groups(groups or "skeleton", skeleton).members
    without = len(set(range(len(skeleton))) - {k for group in members for k in group})
    return [f"{without} of {len(skeleton)} joints are in no group and have no map"] if without else []


def _check_crowding(samples: Samples, spec: Spec) -> None:
    """Raise a SpecError where a sample has several people and the codec has no map that could hold them."""
    several = np.flatnonzero(np.bincount(samples.sample, minlength=1) > 1)
    if len(several) and "heatmaps" not in spec.record.planes:
        raise SpecError(
            "sample",
            f"{spec.codec} holds one person per sample, and {len(several)} images have more",
            "use --sample instance",
        )


def _shard_rows(row_bytes: int, rows: int | None, size: int | None) -> int:
    """Return the rows per shard, a multiple of the largest chunk."""
    if rows is not None and rows < 1:
        raise SpecError("shard-rows", f"{rows} is not a number of samples", "give at least 1")
    if rows is None:
        rows = (size or SHARD_BYTES) // max(1, row_bytes)
        if size is None:
            rows = min(rows, MOST_SHARD_ROWS)
    return max(1, -(-rows // MOST_ROWS)) * MOST_ROWS
