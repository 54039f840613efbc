"""The transforms that people train with: torchvision's move keypoints half a pixel off, AlbumentationsX's and kornia's do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import check_transform
from kp2heat.pipeline.training.check_transform import Transform
from kp2heat.spec import Spec

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]
torch = pytest.importorskip("torch")
PICTURES = 12
SAMPLE = Path(__file__).parents[3] / "sample_data"


def library(name: str) -> Any:
    """The module, or a skipped test: a torchvision built for another torch raises a RuntimeError."""
    return pytest.importorskip(name, exc_type=(ImportError, RuntimeError))  # type: ignore[arg-type]


def by_torchvision(make: Callable[[Any], Any]) -> Transform:
    v2, points = library("torchvision.transforms.v2"), library("torchvision.tv_tensors")
    transform = make(v2)

    def move(picture: np.ndarray, xy: np.ndarray) -> tuple[Any, Any]:
        image = points.Image(torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1))
        keypoints = points.KeyPoints(
            torch.from_numpy(xy).to(torch.float32), canvas_size=tuple(image.shape[-2:])
        )
        return transform(image, keypoints)  # type: ignore[no-any-return]

    return move


def by_albumentations(make: Callable[[Any], Any]) -> Transform:
    A = library("albumentations")
    transform = A.Compose(
        [make(A)], keypoint_params=A.KeypointParams(coord_format="xy", remove_invisible=False)
    )

    def move(picture: np.ndarray, xy: np.ndarray) -> tuple[Any, Any]:
        moved = transform(image=np.ascontiguousarray(picture), keypoints=xy.astype(np.float32))
        return moved["image"], np.asarray(moved["keypoints"])

    return move


def by_kornia(make: Callable[[Any], Any]) -> Transform:
    K = library("kornia.augmentation")
    transform = K.AugmentationSequential(make(K), data_keys=["input", "keypoints"])

    def move(picture: np.ndarray, xy: np.ndarray) -> tuple[Any, Any]:
        image = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255
        moved, keypoints = transform(image, torch.from_numpy(xy)[None].float())
        return moved[0], keypoints[0]

    return move


@pytest.mark.parametrize(
    ("make", "least"),
    [
        (lambda v2: v2.Resize((60, 80), antialias=True), 0.3),
        (lambda v2: v2.RandomRotation((30, 30)), 0.2),
        (lambda v2: v2.RandomAffine((20, 20), scale=(0.5, 0.5)), 0.3),
    ],
    ids=["Resize", "RandomRotation", "RandomAffine"],
)
def test_torchvision_is_half_a_pixel_off_and_told_why(make: Callable[[Any], Any], least: float) -> None:
    result = check_transform(by_torchvision(make), pictures=PICTURES)
    assert not result.ok
    assert result.worst > least
    assert "half a pixel: corner against centre convention" in result.cause


@pytest.mark.parametrize(
    "make",
    [
        lambda: by_torchvision(lambda v2: v2.RandomHorizontalFlip(1.0)),
        lambda: by_albumentations(lambda A: A.Resize(60, 80)),
        lambda: by_albumentations(lambda A: A.HorizontalFlip(p=1)),
        lambda: by_albumentations(lambda A: A.Rotate((-30, 30), p=1)),
        lambda: by_albumentations(lambda A: A.Affine(scale=(0.6, 1.2), rotate=(-20, 20), p=1)),
        lambda: by_kornia(lambda K: K.Resize((60, 80), antialias=True)),
        lambda: by_kornia(lambda K: K.RandomHorizontalFlip(p=1.0)),
        lambda: by_kornia(lambda K: K.RandomRotation(30.0, p=1.0)),
        lambda: by_kornia(lambda K: K.RandomAffine(20.0, scale=(0.6, 1.2), p=1.0)),
    ],
    ids=[
        "torchvision-flip",
        "albumentations-resize",
        "albumentations-flip",
        "albumentations-rotate",
        "albumentations-affine",
        "kornia-resize",
        "kornia-flip",
        "kornia-rotation",
        "kornia-affine",
    ],
)
def test_right_ones_pass(make: Callable[[], Transform]) -> None:
    result = check_transform(make(), pictures=PICTURES)
    assert result.ok, str(result)


def photometric_albumentations(picture: np.ndarray) -> np.ndarray:
    A = library("albumentations")
    colour = A.Compose([A.ColorJitter(p=1.0), A.GaussNoise(p=0.3), A.MotionBlur(p=0.1)])
    return np.asarray(colour(image=picture)["image"])


def photometric_torchvision(picture: np.ndarray) -> np.ndarray:
    jitter = library("torchvision.transforms.v2").ColorJitter(0.4, 0.4, 0.4)
    return np.asarray(jitter(torch.from_numpy(picture).permute(2, 0, 1)).permute(1, 2, 0).numpy())


@pytest.mark.parametrize("hook", [photometric_albumentations, photometric_torchvision])
def test_photometric_hooks_change_the_picture_and_no_label(hook: Callable[[np.ndarray], np.ndarray]) -> None:
    from kp2heat.torch import PoseDataset

    spec = Spec(input_size=(96, 128), strides=(4,))
    plain = PoseDataset(SAMPLE / "annotations.json", spec, images=SAMPLE / "images")[0]
    item = PoseDataset(SAMPLE / "annotations.json", spec, images=SAMPLE / "images", photometric=hook)[0]
    assert plain is not None
    assert item is not None
    assert item["image"].shape == plain["image"].shape
    assert not torch.equal(item["image"], plain["image"])
    assert torch.equal(item["24x32"]["heatmaps"], plain["24x32"]["heatmaps"])


def test_kornia_jitters_a_batch_on_the_device() -> None:
    from kp2heat.torch import PoseDataset, collate

    jitter = library("kornia.augmentation").ColorJitter(0.4, 0.4, 0.4, 0.1)
    data = PoseDataset(
        SAMPLE / "annotations.json", Spec(input_size=(96, 128), strides=(4,)), images=SAMPLE / "images"
    )
    batch = collate([data[0], data[1]])
    moved = jitter(batch["image"])
    assert moved.shape == batch["image"].shape
    assert not torch.equal(moved, batch["image"])
