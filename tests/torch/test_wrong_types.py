"""What is given wrongly is refused in one sentence that says what to give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kp2heat import Spec  # noqa: E402
from kp2heat.errors import Kp2heatError  # noqa: E402
from kp2heat.torch import LabelBuffer, PoseDataset, decode_vectors, normalize_images  # noqa: E402
from kp2heat.torch.training.pictures import picture_bytes  # noqa: E402

pytestmark = pytest.mark.torch
SAMPLE = Path(__file__).parents[2] / "sample_data"
BYTES = torch.zeros(2, 3, 4, 5, dtype=torch.uint8)
SPEC = Spec(codec="msra", input_size=(64, 64), strides=(4,))
VECTORS = Spec(codec="simcc-gaussian", input_size=(96, 128), sizes=((192, 256),))
BINS = VECTORS.levels((96, 128))[0]
XY = torch.zeros(1, 1, 2)


def people(**settings: Any) -> PoseDataset:
    return PoseDataset(SAMPLE / "annotations.json", SPEC, images=SAMPLE / "images", **settings)


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "floats": (lambda: normalize_images(BYTES.float()), "not yet divided by 255"),
    "an array": (lambda: normalize_images(BYTES.numpy()), "give a tensor"),
    "one channel": (lambda: normalize_images(BYTES[:, :1]), "3, h, w"),
    "one mean": (lambda: normalize_images(BYTES, mean=0.5), "mean: 0.5 cannot be used"),
    "a width of 0": (lambda: normalize_images(BYTES, std=(0, 1, 1)), "three numbers above 0"),
    "a width of 0 in a data set": (lambda: people(std=(0, 1, 1)), "three numbers above 0"),
    "no picture": (lambda: picture_bytes(None), "image: is of type NoneType"),
    "no hook": (lambda: people(photometric=5), "photometric: 5 cannot be called"),
    "no mask": (lambda: people(mask="yes"), "give True or False"),
    "no recipe": (lambda: people(augment=5), "give the name of a recipe"),
    "no spec": (lambda: LabelBuffer("16x16", "msra"), "give a Spec"),
    "an array of joints": (lambda: LabelBuffer("16x16", SPEC)(XY.numpy()), "give a tensor"),
    "a list of v": (lambda: LabelBuffer("16x16", SPEC)(XY, [[2]]), "give a tensor"),
    "an array of bins": (lambda: decode_vectors(np.zeros((1, 1, 192)), None, BINS), "give a tensor"),
    "no level": (lambda: decode_vectors(XY, XY, "192x256"), "spec.levels"),
    "fewer vectors": (
        lambda: decode_vectors(torch.zeros(1, 2, 192), torch.zeros(1, 1, 256), BINS),
        r"give \(1, 2, 256\), as simcc_x",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_it_is_said(name: str) -> None:
    make, words = WRONG[name]
    with pytest.raises(Kp2heatError, match=words):
        make()


def test_a_mean_may_be_an_array_or_a_tensor() -> None:
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    expected = normalize_images(BYTES, mean, std)
    assert torch.equal(normalize_images(BYTES, torch.tensor(mean), torch.tensor(std)), expected)
    assert torch.equal(normalize_images(BYTES, np.array(mean), np.array(std)), expected)
