"""The mask of an input: cut as its picture is, handed to the hook, and part of the item."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader  # noqa: E402

import kp2heat  # noqa: E402
from kp2heat.errors import SpecError  # noqa: E402
from kp2heat.pipeline.training.augment import Augment  # noqa: E402
from kp2heat.spec import Spec  # noqa: E402
from kp2heat.torch import PoseDataset, collate  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
SAMPLE = Path(__file__).parents[3] / "sample_data"
SIZE = (96, 128)
SPEC = Spec(input_size=SIZE, strides=(4,))
ROWS = kp2heat.read(SAMPLE / "annotations.json")
CROWD = int(ROWS.image[ROWS.crowd][0])
MOVED = Augment(rotate=60, scale=(0.6, 1.2), shift=0.3, flip=0.5)


def item_of(data: PoseDataset, i: int) -> dict[str, Any]:
    item = data[i]
    assert item is not None
    return item


def in_image(frame: np.ndarray) -> np.ndarray:
    """The place (h, w, 2) in the image, px, of every pixel of an input."""
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    return (np.stack([x, y], axis=-1) - frame[:, 2]) @ np.linalg.inv(frame[:, :2]).T


def depth(place: np.ndarray, box: np.ndarray) -> np.ndarray:
    """How far inside a box of pixel edges (x, y, w, h) a place lies, px; negative outside."""
    low, high = box[:2] - 0.5, box[:2] + box[2:] - 0.5
    return np.minimum(place - low, high - place).min(axis=-1)


@pytest.mark.parametrize("align", ["half-pixel", "stride", "cell-center", "align-corners"])
@pytest.mark.parametrize("sample", ["instance", "image"])
def test_the_mask_is_where_the_affine_puts_the_image_and_the_crowd(align: str, sample: str) -> None:
    fit = "crop" if sample == "instance" else "letterbox"
    spec = replace(SPEC, align=align, sample=sample, fit=fit)
    data = PoseDataset(ROWS, spec, images=SAMPLE / "images", augment=MOVED, seed=3, mask=True)
    which = [i for i in range(len(data)) if data.labels.samples.image[i] == CROWD] + [0, 1]
    seen = set()
    for i in which:
        for epoch in range(3):
            data.set_epoch(epoch)
            item = item_of(data, i)
            image = data.labels.samples.image[i]
            place, near = in_image(item["frame"].numpy()), np.inf
            on_image = ROWS.image == image
            labelled = on_image & (ROWS.visible > 0).any(axis=1)
            whole = depth(place, np.array([0, 0, *ROWS.images.size[image]], float))
            people = np.max([depth(place, box) for box in ROWS.bbox[labelled]], axis=0)
            # A box covers whole pixels: those whose centres it holds.
            expected, near = np.where(whole > 0, 1, 0), np.abs(whole) < 0.05
            for box in ROWS.bbox[on_image & ROWS.crowd]:
                crowd = depth(place, box)
                expected[(crowd > 0) & (people < 0) & (whole > 0)] = 2
                near |= (np.abs(crowd) < 1) | (np.abs(people) < 1)
            assert (item["mask"].numpy()[~near] == expected[~near]).all()
            seen |= set(item["mask"].unique().tolist())
    assert seen == {0, 1, 2}


def test_the_mask_ends_where_the_picture_does() -> None:
    white = {
        str(n): np.full((h, w, 3), 255, np.uint8)
        for n, (w, h) in zip(ROWS.images.file_name, ROWS.images.size, strict=True)
    }
    data = PoseDataset(ROWS, SPEC, images=white.__getitem__, augment=MOVED, mask=True)
    for i in range(12):
        item = item_of(data, i)
        shown, mask = item["image"][0], item["mask"] > 0
        # A pixel's value is the share of it that the image covers; half of it where its centre is on an edge, a quarter at a corner.
        assert (shown[mask] >= 0.2).all()
        assert (shown[~mask] <= 0.55).all()


@pytest.mark.parametrize("images_as", ["crop", "whole"])
def test_shards_with_pictures_have_masks_too(images_as: str, tmp_path: Path) -> None:
    spec = replace(SPEC, with_images="png", images_as=images_as, fit="crop")
    kp2heat.encode_dataset(ROWS, tmp_path / "out", spec, images=SAMPLE / "images")
    labelled = ROWS.take(~ROWS.crowd)  # shards hold no crowd regions
    for recipe in (None, MOVED):
        stored = PoseDataset(tmp_path / "out", augment=recipe, mask=True)
        drawn = PoseDataset(labelled, SPEC, images=SAMPLE / "images", augment=recipe, mask=True)
        for i in (0, 5):
            a, b = item_of(stored, i), item_of(drawn, i)
            if recipe is None or images_as == "whole":
                assert torch.equal(a["mask"], b["mask"])
            else:  # a stored crop ends before its image does
                assert ((a["mask"] == 1) <= (b["mask"] == 1)).all()
                assert (a["image"][:, a["mask"] == 0] < 0.55).all()


def test_the_hook_is_given_the_mask_where_masks_are_asked_for() -> None:
    seen: list[tuple[Any, ...]] = []

    def marked(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        seen.append((image.shape, mask.shape, mask.dtype))
        return np.where(mask[..., None] > 0, image, 255)

    settings: dict[str, Any] = {"images": SAMPLE / "images", "augment": MOVED}
    plain = item_of(PoseDataset(ROWS, SPEC, **settings), 0)
    item = item_of(PoseDataset(ROWS, SPEC, photometric=marked, mask=True, **settings), 0)
    assert seen == [((128, 96, 3), (128, 96), np.uint8)]
    within = item["mask"] > 0
    assert torch.equal(item["image"][:, within], plain["image"][:, within])
    assert (item["image"][:, ~within] == 1).all()
    assert "mask" not in plain


def test_the_mirrored_item_has_the_mirrored_mask() -> None:
    data = PoseDataset(ROWS, replace(SPEC, fit="letterbox"), images=SAMPLE / "images", mask=True)
    for i in range(len(data)):
        assert torch.equal(data.flip(i)["mask"], item_of(data, i)["mask"].flip(-1))


def test_a_loader_gives_batches_of_masks() -> None:
    data = PoseDataset(ROWS, SPEC, images=SAMPLE / "images", augment="mmpose", mask=True)
    for batch in DataLoader(data, batch_size=8, collate_fn=collate, num_workers=2):
        assert batch["mask"].shape == (len(batch["index"]), 128, 96)
        assert batch["mask"].dtype == torch.uint8
        break


def test_masks_need_pictures() -> None:
    with pytest.raises(SpecError, match="mask: is of pictures, and there are none; give images"):
        PoseDataset(ROWS, SPEC, mask=True)


@pytest.mark.filterwarnings("ignore")
def test_a_hook_of_albumentations() -> None:
    A = pytest.importorskip("albumentations")
    colour = A.Compose([A.ColorJitter(p=1.0), A.GaussNoise(p=1.0)])

    def noise_within_the_image(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        changed = colour(image=image, mask=mask)
        return np.where(changed["mask"][..., None] > 0, changed["image"], image)

    check_hook(noise_within_the_image)


def test_a_hook_of_torchvision() -> None:
    T = pytest.importorskip("torchvision.transforms.v2", exc_type=(ImportError, RuntimeError))  # type: ignore[arg-type]
    from torchvision import tv_tensors

    jitter = T.ColorJitter(0.4, 0.4, 0.4)

    def jittered(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        channels_first = torch.from_numpy(image).permute(2, 0, 1)
        changed, same = jitter(tv_tensors.Image(channels_first), tv_tensors.Mask(torch.from_numpy(mask)))
        assert (same.numpy() == mask).all()
        return np.asarray(changed.permute(1, 2, 0).numpy())

    check_hook(jittered)


def check_hook(hook: Any) -> None:
    settings: dict[str, Any] = {"images": SAMPLE / "images", "augment": MOVED}
    plain = item_of(PoseDataset(ROWS, SPEC, **settings), 0)
    item = item_of(PoseDataset(ROWS, SPEC, photometric=hook, mask=True, **settings), 0)
    assert not torch.equal(item["image"], plain["image"])
    assert (item["image"][:, item["mask"] == 0] <= plain["image"].max()).all()


def test_kornia_changes_a_batch_on_its_device() -> None:
    K = pytest.importorskip("kornia.augmentation")
    data = PoseDataset(ROWS, SPEC, images=SAMPLE / "images", augment=MOVED, mask=True)
    batch = collate([data[i] for i in range(4)])
    within = (batch["mask"] > 0)[:, None]
    changed = torch.where(within, K.ColorJitter(0.4, 0.4, 0.4, 0.1, p=1.0)(batch["image"]), batch["image"])
    assert not torch.equal(changed, batch["image"])
    outside = ~within.expand_as(changed)
    assert torch.equal(changed[outside], batch["image"][outside])
