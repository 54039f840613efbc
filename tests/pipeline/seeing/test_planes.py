"""Vectors of every codec are drawn in px of the input, from their cell to the joint."""

from __future__ import annotations

import numpy as np
import pytest

import kp2heat
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.seeing.planes import (
    from_centres,
    map_names,
    shown,
    undrawn,
    vector_planes,
    vector_units,
)
from kp2heat.pipeline.seeing.source import Source, from_plan
from kp2heat.spec.presets import load_preset
from tests.cli.run import SAMPLE

ROWS = kp2heat.read(SAMPLE / "annotations.json")


def source_of(preset: str, dtype: str = "f32") -> Source:
    spec, _ = load_preset(preset).overridden({"dtype": dtype}, "test")
    return from_plan(plan(ROWS, spec))


JOINTS = [*range(17)]
FIRST, SECOND = ([limb[end] for limb in ROWS.skeleton.limbs] for end in (0, 1))
"""The joints that the vectors of the limbs' fields end on."""


@pytest.mark.parametrize(
    ("preset", "plane", "joints", "centres"),
    [
        ("coco-udp-combined-256x192", "offsets", JOINTS, False),
        ("sleap-offsets-256", "cell_offsets", JOINTS, False),
        ("deeplabcut-plateau-256", "locref", JOINTS, False),
        ("coco-openpifpaf-385", "cif", JOINTS, False),
        ("coco-openpifpaf-385", "caf to the first joint", FIRST, False),
        ("coco-openpifpaf-385", "caf to the second joint", SECOND, False),
        ("dekr-512", "offsets", JOINTS, True),
        ("spr-displacements-512", "displacements", JOINTS, True),
        ("coco-centernet-512", "hps", JOINTS, True),
        ("coco-centernet-dense-512", "dense_hps", JOINTS, True),
    ],
)
def test_a_vector_ends_on_its_joint(preset: str, plane: str, joints: list[int], centres: bool) -> None:
    source = source_of(preset)
    ((name, info),) = source.levels.items()
    rows = np.arange(3)
    planes = vector_planes(info, shown(info, source.stored(rows)[name], source.skeleton))
    units = vector_units(info)
    assert planes.keys() == units.keys()
    assert (plane in from_centres(info)) == centres
    people, sample = source.people_of(rows)
    truth = source.truth(people)
    vectors, seen = planes[plane].astype(float), 0
    for n in range(len(rows)):
        pairs = vectors[n].reshape(-1, 2, *vectors.shape[2:])
        assert len(pairs) == len(joints)
        for k, (dx, dy) in zip(joints, pairs, strict=True):
            y, x = np.nonzero((dx != 0) | (dy != 0))
            start = info.level.alignment.to_input(np.stack([x, y], axis=-1).astype(float))
            end = start + np.stack([dx[y, x], dy[y, x]], axis=-1) * units[plane]
            ends = truth[sample == n][:, k]
            ends = ends[np.isfinite(ends).all(axis=1)]
            nearest = np.linalg.norm(end[:, None] - ends, axis=-1).min(axis=1) if len(end) else np.zeros(0)
            assert (nearest < 1e-3).all()
            seen += len(end)
    assert seen > 30


def test_maps_of_no_joint_are_shown_as_they_are() -> None:
    source = source_of("cpm-center-pooled-368")
    ((name, info),) = source.levels.items()
    assert map_names(info, source.skeleton) == ("center",)
    maps = shown(info, source.stored(np.arange(2))[name], source.skeleton)["heatmaps"]
    assert maps.shape[1] == 1
    assert maps.max() > 0.9


def test_what_no_picture_shows_is_named() -> None:
    (info,) = source_of("coco-centernet-512").levels.values()
    assert undrawn(info) == ["wh", "reg", "ind", "hp_offset", "hp_ind"]
    (info,) = source_of("coco-openpose-368").levels.values()
    assert undrawn(info) == []
