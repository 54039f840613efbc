"""Pictures become floats by one rule: the same bits with the compiled loops and without, and as PyTorch computes them."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kp2heat import compiled  # noqa: E402
from kp2heat.errors import InputError  # noqa: E402
from kp2heat.torch.pictures import normalisation  # noqa: E402

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


@pytest.mark.parametrize("picture", [PICTURE[..., 0], PICTURE[..., :2], PICTURE.astype(np.float32)])
def test_what_is_no_picture_of_bytes_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(InputError, match="image: has shape"):
        normalisation(None, None)(picture)
