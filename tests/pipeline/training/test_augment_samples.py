"""Augmented copies in shards: the recipe's frames are recorded, and decoding brings the joints back to the image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from kp2heat.annotations import Annotations
from kp2heat.drawing.mirror import mirrored
from kp2heat.errors import SpecError
from kp2heat.pipeline.decoding.run import decode_dataset
from kp2heat.pipeline.training.augment import augment_preset, choose
from kp2heat.pipeline.training.augment_geometry import affine, compose
from kp2heat.pipeline.training.on_read import from_annotations
from kp2heat.pipeline.verification.run import repair, verify_dataset
from kp2heat.spec import Spec

COPIES = 3
SPEC = Spec(
    codec="gaussian",
    input_size=(192, 256),
    strides=(4,),
    dtype="f32",
    fit="crop",
    augment=COPIES,
    padding=1.6,
)


@pytest.fixture(scope="module")
def rows() -> Annotations:
    return kp2heat.read(Path(__file__).parents[3] / "sample_data" / "annotations.json")


@pytest.mark.parametrize("preset", ["cpm-mpii", "hrnet"])
@pytest.mark.parametrize("store", ["maps", "truth"])
def test_decoding_brings_copies_back_to_the_image(
    preset: str, store: str, rows: Annotations, tmp_path: Path
) -> None:
    kp2heat.encode_dataset(rows, tmp_path, replace(SPEC, augment_preset=preset, store=store))
    shards = kp2heat.open(tmp_path)
    plain = from_annotations(rows, replace(SPEC, augment=0))
    assert len(shards) == COPIES * len(plain)
    assert mirrored(shards.column("frame")).mean() == pytest.approx(0.5, abs=0.2)
    truth = shards.truth
    np.testing.assert_array_equal(truth.annotation_id, np.repeat(rows.id[plain.samples.row], COPIES))
    level = decode_dataset(shards).results[0]
    off = np.linalg.norm(level.decoded_places()["image"] - truth.xy, axis=-1)[level.scored]
    assert level.scored.sum() > 500
    assert off.max() < 0.05
    assert not verify_dataset(tmp_path).defects


def test_copy_n_is_the_recipe_s_choice_of_epoch_n(rows: Annotations) -> None:
    made, plain = from_annotations(rows, SPEC), from_annotations(rows, replace(SPEC, augment=0))
    recipe = augment_preset("cpm-mpii")
    for i in (0, 7):
        for epoch in range(COPIES):
            choice = choose(recipe, 0, epoch, str(rows.id[plain.samples.row[i]]))
            expected = compose(affine(choice, (192, 256), "half-pixel"), plain.samples.frame.matrix[i])
            np.testing.assert_array_equal(made.samples.frame.matrix[COPIES * i + epoch], expected)
    other = from_annotations(rows, replace(SPEC, augment_seed=1))
    assert (other.samples.frame.matrix != made.samples.frame.matrix).any()


def test_whole_images_with_all_their_people_are_copied(rows: Annotations, tmp_path: Path) -> None:
    spec = replace(SPEC, sample="image", fit="letterbox", codec="openpose", strides=(8,))
    kp2heat.encode_dataset(rows, tmp_path, spec)
    shards, plain = kp2heat.open(tmp_path), from_annotations(rows, replace(spec, augment=0))
    assert len(shards) == COPIES * len(plain)
    counts = np.bincount(shards.truth.sample, minlength=len(shards))
    np.testing.assert_array_equal(
        counts, np.repeat(np.bincount(plain.samples.sample, minlength=len(plain)), COPIES)
    )
    assert not verify_dataset(tmp_path).defects


def test_a_damaged_shard_of_copies_is_encoded_again(rows: Annotations, tmp_path: Path) -> None:
    kp2heat.encode_dataset(rows, tmp_path, SPEC)
    whole = (tmp_path / "shard-00000.h5").read_bytes()
    (tmp_path / "shard-00000.h5").write_bytes(whole[:-1])
    repair(tmp_path, verify_dataset(tmp_path), rows)
    assert (tmp_path / "shard-00000.h5").read_bytes() == whole


def test_copies_of_whole_images_take_a_recipe_for_them_and_crops_do_not(
    rows: Annotations, tmp_path: Path
) -> None:
    spec = replace(
        SPEC,
        sample="image",
        fit="letterbox",
        codec="openpose",
        augment_preset="centernet",
        input_size=(256, 256),
        strides=(8,),
    )
    kp2heat.encode_dataset(rows, tmp_path, spec)
    assert not verify_dataset(tmp_path).defects
    frames = kp2heat.open(tmp_path).column("frame").reshape(-1, COPIES, 2, 3)
    assert (frames[:, 0] != frames[:, 1]).any(axis=(1, 2)).mean() > 0.9
    with pytest.raises(SpecError, match="centre anywhere in the image, and samples are crops"):
        from_annotations(rows, replace(SPEC, augment_preset="centernet"))


def test_settings_of_augmentation_are_checked(rows: Annotations) -> None:
    with pytest.raises(SpecError, match="not a number of times"):
        Spec(augment=-1)
    with pytest.raises(SpecError, match="cpm-mpii"):
        from_annotations(rows, replace(SPEC, augment_preset="cpm-mpi"))
