"""Vectors of every codec are drawn in px of the input, from their cell to the joint."""

from __future__ import annotations

import numpy as np
import pytest

import kp2heat
from kp2heat.pipeline.encoding.plan import plan
from kp2heat.pipeline.seeing.planes import from_centres, map_names, shown, undrawn, vector_units
from kp2heat.pipeline.seeing.source import Source, from_plan
from kp2heat.spec.presets import load_preset
from tests.cli.run import SAMPLE

ROWS = kp2heat.read(SAMPLE / "annotations.json")


def source_of(preset: str, dtype: str = "f32") -> Source:
    spec, _ = load_preset(preset).overridden({"dtype": dtype}, "test")
    return from_plan(plan(ROWS, spec))


@pytest.mark.parametrize(
    ("preset", "plane", "centres"),
    [
        ("coco-udp-combined-256x192", "offsets", False),
        ("sleap-offsets-256", "cell_offsets", False),
        ("deeplabcut-plateau-256", "locref", False),
        ("dekr-512", "offsets", True),
        ("spr-displacements-512", "displacements", True),
        ("coco-centernet-dense-512", "dense_hps", True),
    ],
)
def test_a_vector_ends_on_its_joint(preset: str, plane: str, centres: bool) -> None:
    source = source_of(preset)
    ((name, info),) = source.levels.items()
    rows = np.arange(3)
    vectors = shown(info, source.stored(rows)[name], source.skeleton)[plane].astype(float)
    units = vector_units(info)
    assert list(units) == [plane]
    assert (plane in from_centres(info)) == centres
    people, sample = source.people_of(rows)
    truth = source.truth(people)
    seen = 0
    for n in range(len(rows)):
        pairs = vectors[n].reshape(-1, 2, *vectors.shape[2:])
        for k, (dx, dy) in enumerate(pairs):
            y, x = np.nonzero((dx != 0) | (dy != 0))
            start = info.level.alignment.to_input(np.stack([x, y], axis=-1).astype(float))
            end = start + np.stack([dx[y, x], dy[y, x]], axis=-1) * units[plane]
            joints = truth[sample == n][:, k]
            joints = joints[np.isfinite(joints).all(axis=1)]
            nearest = np.linalg.norm(end[:, None] - joints, axis=-1).min(axis=1) if len(end) else np.zeros(0)
            assert (nearest < 1e-3).all()
            seen += len(end)
    assert seen > 100


def test_maps_of_no_joint_are_shown_as_they_are() -> None:
    source = source_of("cpm-center-pooled-368")
    ((name, info),) = source.levels.items()
    assert map_names(info, source.skeleton) == ("center",)
    maps = shown(info, source.stored(np.arange(2))[name], source.skeleton)["heatmaps"]
    assert maps.shape[1] == 1
    assert maps.max() > 0.9


def test_what_no_picture_shows_is_named() -> None:
    (info,) = source_of("coco-openpifpaf-385").levels.values()
    assert undrawn(info) == ["cif", "caf"]
    (info,) = source_of("coco-openpose-368").levels.values()
    assert undrawn(info) == []
