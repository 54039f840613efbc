"""PoseDataset: pictures and labels agree, whatever the worker, and augmented labels are drawn and not warped."""

from __future__ import annotations

import pickle
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader  # noqa: E402

import kp2heat  # noqa: E402
from kp2heat.errors import SpecError  # noqa: E402
from kp2heat.pipeline.training.augment import Augment  # noqa: E402
from kp2heat.spec import Spec  # noqa: E402
from kp2heat.torch import PoseDataset, collate, normalize_images, render  # noqa: E402

pytestmark = pytest.mark.torch
SAMPLE = Path(__file__).parents[3] / "sample_data"
INPUT = (96, 128)
SPEC = Spec(input_size=INPUT, strides=(4, 8))


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, torch.Tensor):
        return bool(torch.equal(a.nan_to_num(-1e9), b.nan_to_num(-1e9)))
    return bool(a == b)


def test_an_item_holds_picture_labels_and_joints() -> None:
    data = PoseDataset(SAMPLE / "annotations.json", SPEC, images=SAMPLE / "images")
    item = data[0]
    assert item is not None
    assert item["image"].shape == (3, 128, 96)
    assert item["image"].dtype == torch.float32
    assert 0 <= item["image"].min() < item["image"].max() <= 1
    assert item["24x32"]["heatmaps"].shape == (17, 32, 24)
    assert item["12x16"]["heatmaps"].dtype == torch.float32
    assert item["24x32"]["weights"].shape == (17,)
    assert item["frame"].shape == (2, 3)
    assert set(item) == {
        "image",
        "24x32",
        "12x16",
        "frame",
        "xy",
        "visible",
        "annotation_id",
        "image_id",
        "index",
    }
    assert list(data.levels) == ["24x32", "12x16"]


def test_a_batch_may_be_drawn_from_joints_alone() -> None:
    settings: dict[str, Any] = {"images": SAMPLE / "images", "augment": "mmpose"}
    drawn = PoseDataset(SAMPLE / "annotations.json", SPEC, **settings)
    bare = PoseDataset(SAMPLE / "annotations.json", SPEC, draw=False, **settings)
    batch, wanted = (collate([data[i] for i in range(4)]) for data in (bare, drawn))
    assert set(wanted) - set(batch) == set(bare.levels)
    for name, level in bare.levels.items():
        assert same(render(batch["xy"], batch["visible"], level, SPEC), wanted[name])
    assert set(drawn.flip(0)) - set(bare.flip(0)) == set(bare.levels)


@pytest.mark.parametrize("store", ["maps", "truth"])
def test_shards_give_what_they_store_and_annotations_what_shards_would(store: str, tmp_path: Path) -> None:
    spec = replace(SPEC, dtype="f32", store=store)
    kp2heat.encode_dataset(kp2heat.read(SAMPLE / "annotations.json"), tmp_path / "out", spec)
    stored, drawn = PoseDataset(tmp_path / "out"), PoseDataset(SAMPLE / "annotations.json", spec)
    assert len(stored) == len(drawn)
    for index in range(8):
        assert same(stored[index], drawn[index])
        assert same(stored.flip(index), drawn.flip(index))


@pytest.mark.parametrize("images_as", ["crop", "whole"])
def test_a_folder_of_shards_is_a_complete_training_set(images_as: str, tmp_path: Path) -> None:
    spec = replace(SPEC, dtype="f32", with_images="png", images_as=images_as)
    rows = kp2heat.read(SAMPLE / "annotations.json")
    kp2heat.encode_dataset(rows, tmp_path / "out", spec, images=SAMPLE / "images")
    alone, beside = PoseDataset(tmp_path / "out"), PoseDataset(tmp_path / "out", images=SAMPLE / "images")
    for index in (0, 9):
        assert same(alone[index], beside[index])
    moved = {"augment": Augment(rotate=20, scale=(1.3, 1.3)), "seed": 2}
    alone, beside = (
        PoseDataset(tmp_path / "out", **moved),
        PoseDataset(tmp_path / "out", images=SAMPLE / "images", **moved),
    )
    near, far = alone[0], beside[0]
    assert near is not None
    assert far is not None
    inside = near["image"].sum(dim=0) > 0  # beyond a stored crop there is nothing
    assert inside.float().mean() > 0.8
    assert (near["image"] - far["image"])[:, inside].abs().mean() < 0.03
    assert same(near["24x32"], far["24x32"])


def test_counts_of_uint8_shards_become_the_maps_values(tmp_path: Path) -> None:
    rows = kp2heat.read(SAMPLE / "annotations.json")
    kp2heat.encode_dataset(rows, tmp_path / "out", replace(SPEC, dtype="u8"))
    stored, drawn = PoseDataset(tmp_path / "out")[0], PoseDataset(rows, SPEC)[0]
    assert stored is not None
    assert drawn is not None
    a, b = stored["24x32"]["heatmaps"], drawn["24x32"]["heatmaps"]
    assert (a - b).abs().max() <= 0.5 / 255 + 1e-6


def epochs(data: PoseDataset, **settings: Any) -> list[list[Any]]:
    loader = DataLoader(data, batch_size=5, collate_fn=collate, **settings)
    out = []
    for epoch in (0, 1):
        data.set_epoch(epoch)
        out.append([dict(batch.items()) for batch in loader])
    return out


@pytest.mark.parametrize(
    "workers",
    [
        {"num_workers": 2, "multiprocessing_context": "fork"},
        {"num_workers": 2, "multiprocessing_context": "fork", "persistent_workers": True},
        {"num_workers": 2, "multiprocessing_context": "spawn", "persistent_workers": True},
        {"num_workers": 2, "multiprocessing_context": "forkserver"},
    ],
    ids=["fork", "fork-persistent", "spawn-persistent", "forkserver"],
)
def test_two_epochs_are_the_same_bits_in_any_workers(workers: dict[str, Any], tmp_path: Path) -> None:
    archive = tmp_path / "images.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for path in sorted((SAMPLE / "images").iterdir()):
            out.write(path, path.name)
    data = PoseDataset(SAMPLE / "annotations.json", SPEC, images=archive, augment="mmpose", seed=1)
    alone = epochs(data)
    assert not same(alone[0][0], alone[1][0])
    for mine, theirs in zip(alone, epochs(data, **workers), strict=True):
        assert len(mine) == len(theirs)
        assert all(same(a, b) for a, b in zip(mine, theirs, strict=True))


def test_augmentation_depends_on_seed_epoch_and_sample_alone() -> None:
    def frames(seed: int, epoch: int) -> np.ndarray:
        data = PoseDataset(SAMPLE / "annotations.json", SPEC, augment="cpm-mpii", seed=seed)
        data.set_epoch(epoch)
        return np.array([data[i]["frame"].numpy() for i in range(4)])  # type: ignore[index]

    first = frames(1, 2)
    assert np.array_equal(first, frames(1, 2))
    assert not np.array_equal(first, frames(1, 3))
    assert not np.array_equal(first, frames(2, 2))


def test_flip_is_the_mirrored_item() -> None:
    data = PoseDataset(SAMPLE / "annotations.json", SPEC, images=SAMPLE / "images")
    item, mirror = data[1], data.flip(1)
    assert item is not None
    swap = list(data.labels.annotations.skeleton.swap)
    assert torch.equal(mirror["image"], item["image"].flip(-1))
    assert torch.equal(mirror["24x32"]["heatmaps"], item["24x32"]["heatmaps"][swap].flip(-1))
    xy = item["xy"][swap].clone()
    xy[:, 0] = 95 - xy[:, 0]
    assert torch.allclose(mirror["xy"], xy, atol=1e-9, equal_nan=True)


def test_the_hook_and_the_normalisation_see_the_crop() -> None:
    seen: list[tuple[Any, ...]] = []

    def darker(picture: np.ndarray) -> np.ndarray:
        seen.append((picture.shape, picture.dtype))
        return picture // 2

    plain = PoseDataset(SAMPLE / "annotations.json", SPEC, images=SAMPLE / "images")[0]
    data = PoseDataset(
        SAMPLE / "annotations.json",
        SPEC,
        images=SAMPLE / "images",
        photometric=darker,
        mean=[0.5] * 3,
        std=[0.25] * 3,
    )
    item = data[0]
    assert plain is not None
    assert item is not None
    assert seen == [((128, 96, 3), np.uint8)]
    wanted = ((plain["image"] * 255).round().div(2, rounding_mode="floor") / 255 - 0.5) / 0.25
    assert torch.allclose(item["image"], wanted, atol=1e-6)


@pytest.mark.parametrize("workers", [0, 2])
def test_images_of_bytes_become_the_float_items_on_the_device(workers: int) -> None:
    settings: dict[str, Any] = {"images": SAMPLE / "images", "augment": "mmpose"}
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    floats = PoseDataset(SAMPLE / "annotations.json", SPEC, mean=mean, std=std, **settings)
    data = PoseDataset(SAMPLE / "annotations.json", SPEC, image_dtype="uint8", **settings)
    batch = next(iter(DataLoader(data, batch_size=6, collate_fn=collate, num_workers=workers)))
    wanted = collate([floats[i] for i in range(6)])
    assert batch["image"].dtype == torch.uint8
    assert batch["image"].is_contiguous(memory_format=torch.channels_last)
    batch["image"] = normalize_images(batch["image"], mean, std)
    assert same(batch, wanted)


def test_it_survives_pickling() -> None:
    data = PoseDataset(SAMPLE / "annotations.json", SPEC, images=SAMPLE / "images", augment="hrnet")
    first = data[3]
    assert same(pickle.loads(pickle.dumps(data))[3], first)


def test_settings_that_cannot_be_are_refused() -> None:
    rows = kp2heat.read(SAMPLE / "annotations.json")
    with pytest.raises(SpecError, match="spec: is missing"):
        PoseDataset(rows)
    with pytest.raises(SpecError, match="cpm-mpii"):
        PoseDataset(rows, SPEC, augment="cpm")
    with pytest.raises(SpecError, match="draw: False needs samples of one person"):
        PoseDataset(rows, replace(SPEC, sample="image"), draw=False)
    with pytest.raises(SpecError, match="on_error"):
        PoseDataset(rows, SPEC, on_error="ignore")


def test_pictures_are_rgb() -> None:
    name = sorted((SAMPLE / "images").iterdir())[0]
    data = PoseDataset(SAMPLE / "annotations.json", SPEC, images=SAMPLE / "images")
    whole = data.inputs.images.read(name.name)  # type: ignore[union-attr]
    assert np.array_equal(whole[..., ::-1], cv2.imread(str(name)))
