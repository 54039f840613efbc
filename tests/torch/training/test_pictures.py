"""Pictures become floats by one rule: the same bits with the compiled loops and without, and as PyTorch computes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kp2heat import compiled  # noqa: E402
from kp2heat.errors import InputError, SpecError  # noqa: E402
from kp2heat.torch.training.pictures import normalisation, normalize_images, picture_bytes, to_tensor  # noqa: E402

pytestmark = pytest.mark.torch
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
EVERY_BYTE = np.random.default_rng(0).permuted(np.tile(np.arange(256, dtype=np.uint8), (3, 3, 1)), axis=2)
PICTURE = np.moveaxis(EVERY_BYTE, 0, 2)  # (3, 256, 3), not contiguous


@pytest.mark.parametrize(("mean", "std"), [(None, None), (MEAN, STD)])
@pytest.mark.parametrize("loops", [True, False])
def test_floats_are_those_of_pytorch(
    mean: tuple[float, ...] | None,
    std: tuple[float, ...] | None,
    loops: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not loops:
        monkeypatch.setattr(compiled, "prepared_loops", lambda: None)
    elif not compiled.available():
        pytest.skip("numba is an extra: pip install 'kp2heat[fast]'")
    wanted = torch.from_numpy(PICTURE).permute(2, 0, 1).float().div(255)
    if mean and std:
        wanted = (wanted - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
    drawn = normalisation(mean, std)(PICTURE)
    assert torch.equal(drawn, wanted)
    assert drawn.is_contiguous()


@pytest.mark.parametrize(("mean", "std"), [(None, None), (MEAN, STD), (MEAN, None)])
def test_bytes_normalised_later_are_the_floats_of_items(
    mean: tuple[float, ...] | None, std: tuple[float, ...] | None
) -> None:
    batch = torch.stack([picture_bytes(PICTURE), picture_bytes(PICTURE[::-1].copy())])
    for images in (batch, batch.contiguous(memory_format=torch.channels_last)):
        floats = normalize_images(images, mean, std)
        assert torch.equal(floats[0], normalisation(mean, std)(PICTURE))
        assert floats.stride() == images.stride(), "they lie in memory as the bytes did"
    assert batch.dtype == torch.uint8, "the bytes are left as they were"


def test_bytes_are_not_copied() -> None:
    picture = np.ascontiguousarray(PICTURE)
    shown = picture_bytes(picture)
    assert shown.shape == (3, 3, 256)
    assert shown.data_ptr() == picture.ctypes.data
    mirrored = picture[:, ::-1]  # as a hook may return it, which PyTorch does not take
    assert torch.equal(picture_bytes(mirrored), shown.flip(-1))


def test_dtypes_of_images_are_checked() -> None:
    with pytest.raises(SpecError, match="image_dtype: 'float16' is not known; use float32 or uint8"):
        to_tensor("float16", None, None)
    with pytest.raises(SpecError, match="image_dtype: uint8 is not normalised; give mean and std to"):
        to_tensor("uint8", MEAN, STD)


@pytest.mark.parametrize("make", [normalisation(None, None), picture_bytes])
@pytest.mark.parametrize("picture", [PICTURE[..., 0], PICTURE[..., :2], PICTURE.astype(np.float32)])
def test_what_is_no_picture_of_bytes_is_refused(picture: np.ndarray, make: Callable[..., object]) -> None:
    with pytest.raises(InputError, match="image: has shape"):
        make(picture)
