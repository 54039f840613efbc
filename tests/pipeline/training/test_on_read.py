"""Labels drawn on read are those that an encoding stores; mirrored ones are those of the mirrored joints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import kp2heat
from kp2heat.drawing.labels import LabelSource
from kp2heat.pipeline.training.augment import Choice, augment_preset, choose
from kp2heat.pipeline.training.augment_geometry import affine, augmented, compose
from kp2heat.pipeline.training.on_read import from_annotations, from_shards
from kp2heat.scene import make_scene
from kp2heat.spec import Spec

SAMPLE = Path(__file__).parents[3] / "sample_data" / "annotations.json"
CODECS = ("gaussian", "udp", "openpose", "cpm-full", "centernet-umich", "simcc-gaussian", "center-map")
COUNT = 6


def source(codec: str, **settings: object) -> LabelSource:
    rows = kp2heat.read(SAMPLE)
    spec = Spec(codec=codec, input_size=(96, 128), strides=(4,), **settings)  # type: ignore[arg-type]
    return from_annotations(rows, spec)


def assert_same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> None:
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].dtype == b[name].dtype
        np.testing.assert_array_equal(a[name], b[name])


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("literal", [False, True])
def test_what_is_drawn_on_read_is_what_is_stored(codec: str, literal: bool, tmp_path: Path) -> None:
    if literal and codec not in ("udp", "centernet-umich"):
        pytest.skip("one form is enough")
    made = source(codec, params={"literal": True} if literal else {})
    kp2heat.encode_dataset(made.annotations, tmp_path / "out", made.spec)
    shards = kp2heat.open(tmp_path / "out")
    again = from_shards(shards)
    assert len(again) == len(made) == len(shards)
    for i in range(0, len(shards), len(shards) // COUNT):
        for level in shards.levels:
            assert_same(made.draw(i)[level], shards[i][level])
            assert_same(again.draw(i)[level], shards[i][level])


@pytest.mark.parametrize("codec", [c for c in CODECS if c != "center-map"])
@pytest.mark.parametrize("hidden", ["gaussian", "zero"])
def test_flip_is_the_encoding_of_the_mirrored_joints(codec: str, hidden: str) -> None:
    made = source(codec, hidden=hidden)
    swap = list(made.annotations.skeleton.swap)
    for i in range(COUNT):
        scene = made.scene(i)
        if not scene.one_per_sample:
            continue
        xy, visible = (side[swap][None] for side in made.person(i))
        xy[..., 0] = 95 - xy[..., 0]
        box = scene.bbox.copy()
        box[:, 0] = 95 - box[:, 0] - box[:, 2]
        wanted = made.renderer.scene(
            make_scene(made.annotations.skeleton, (96, 128), xy, visible, bbox=box, hidden=hidden)
        )
        assert_same(made.flip(i)["24x32"], {k: v[0] for k, v in wanted["24x32"].items()})


def test_flipped_maps_are_the_maps_flipped_on_a_symmetric_grid() -> None:
    made = source("gaussian")
    swap = list(made.annotations.skeleton.swap)
    for i in range(COUNT):
        maps = made.draw(i)["24x32"]["heatmaps"]
        np.testing.assert_array_equal(made.flip(i)["24x32"]["heatmaps"], maps[swap][:, :, ::-1])


@pytest.mark.parametrize("codec", ["gaussian", "openpose", "cpm-full"])
def test_a_mirroring_frame_swaps_partners_and_draws_where_the_picture_goes(codec: str) -> None:
    made = source(codec)
    for i in range(COUNT):
        frame = made.samples.frame.matrix[i]
        mirror = compose(affine(Choice(flip=True), (96, 128), "half-pixel"), frame)
        maps, flipped = made.draw(i, mirror)["24x32"]["heatmaps"], made.flip(i)["24x32"]["heatmaps"]
        assert np.abs(maps.astype(float) - flipped).max() < 2e-3  # the last bits of the joints, stored as f16


def test_augmented_labels_peak_where_the_affine_takes_the_joint() -> None:
    made = source("gaussian", dtype="f32")
    recipe = augment_preset("mmpose")
    for i in range(COUNT):
        frame = augmented(
            recipe, choose(recipe, 0, 1, i), made.samples.frame.matrix[i], (96, 128), "half-pixel"
        )
        xy, _ = made.person(i, frame)
        planes = made.draw(i, frame)["24x32"]
        peaks = kp2heat.decode(planes["heatmaps"][None], method="lsq", input_size=(96, 128))
        drawn = planes["weights"] > 0
        assert np.abs(peaks.xy[0, drawn] - xy[drawn]).max() < 0.05


def test_boxes_keep_their_extent_in_turned_frames() -> None:
    made = source("centernet-umich")
    turned = compose(affine(Choice(rotate=90), (96, 128), "half-pixel"), made.samples.frame.matrix[0])
    plain, quarter = made.scene(0).bbox[0], made.scene(0, turned).bbox[0]
    assert quarter[2:] == pytest.approx(plain[:1:-1])
