"""SimCC's vectors on the device give NumPy's keypoints, and so does the exported module."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import kp2heat  # noqa: E402
from kp2heat.contracts import Level  # noqa: E402
from kp2heat.decoders import decode as host_decode  # noqa: E402
from kp2heat.errors import InputError, SpecError  # noqa: E402
from kp2heat.frame import alignment  # noqa: E402
from kp2heat.torch import VectorDecoder, decode_vectors  # noqa: E402

pytestmark = pytest.mark.torch
INPUT, SIZE = (96, 128), (192, 256)


def vectors(noise: float, sigma: float = 6.0, size: tuple[int, int] = SIZE) -> dict[str, np.ndarray]:
    """Gaussians inside and at the ends, some cut off, with noise; one empty, one negative, one with NaN."""
    rng = np.random.default_rng(0)
    planes = {}
    for name, bins in zip(("simcc_x", "simcc_y"), size, strict=True):
        at = rng.uniform(-sigma, bins + sigma, (20, 5, 1))
        values = np.exp(-0.5 * ((np.arange(bins) - at) / sigma) ** 2) + rng.normal(0, noise, (20, 5, bins))
        values[0, 0], values[0, 1], values[0, 2, 0] = 0, -1, np.nan
        planes[name] = values.astype(np.float32)
    return planes


@pytest.mark.parametrize("threshold", [0.0, 0.6])
@pytest.mark.parametrize("refine", ["parabola", "none"])
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.1])
def test_keypoints_are_those_of_numpy(noise: float, refine: str, threshold: float) -> None:
    for sigma, size in ((6.0, SIZE), (1.0, (5, 4)), (0.4, (2, 1))):
        level = Level(size, sigma, alignment("stride", INPUT, size))
        planes = vectors(noise, sigma, size)
        wanted = host_decode("simcc", planes, level, refine=refine, threshold=threshold)
        x, y = (torch.from_numpy(planes[name]) for name in ("simcc_x", "simcc_y"))
        xy, score = decode_vectors(x, y, level, refine=refine, threshold=threshold)
        np.testing.assert_allclose(xy.numpy(), wanted.xy, atol=1e-4)
        np.testing.assert_allclose(score.numpy(), wanted.score, rtol=1e-6)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # of the exporter itself
@pytest.mark.filterwarnings("ignore:# The axis name")  # both vectors have the batch's
@pytest.mark.parametrize("refine", ["parabola", "none"])
def test_the_module_answers_in_input_pixels_and_is_exported(refine: str, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    joints = np.random.default_rng(1).uniform(2, 93, (6, 4, 2))
    planes = kp2heat.encode(joints, codec="simcc-gaussian", input_size=INPUT, size=SIZE, sigma=6)
    module = VectorDecoder(Level(SIZE, 6.0, alignment("stride", INPUT, SIZE)), refine=refine).eval()
    x, y = (torch.from_numpy(planes[name]) for name in ("simcc_x", "simcc_y"))
    found, _ = module(x, y)
    assert np.abs(found.numpy() - joints).max() <= (1e-3 if refine == "parabola" else 0.25 + 1e-6)
    path, batch = tmp_path / "decoder.onnx", {0: torch.export.Dim("batch")}
    torch.onnx.export(
        module,
        (x[:4], y[:4]),
        path,
        dynamo=True,
        external_data=False,
        verbose=False,
        input_names=["x", "y"],
        dynamic_shapes={"simcc_x": batch, "simcc_y": batch},
    )
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    for count in (6, 2):
        xy, score = session.run(None, {"x": x[:count].numpy(), "y": y[:count].numpy()})
        wanted_xy, wanted_score = module(x[:count], y[:count])
        np.testing.assert_allclose(xy, wanted_xy.numpy(), atol=5e-5)  # 1e-4 bins of half a px
        np.testing.assert_allclose(score, wanted_score.numpy(), rtol=1e-6)


def test_what_cannot_be_decoded_is_refused() -> None:
    level = Level(SIZE, 6.0, alignment("stride", INPUT, SIZE))
    x, y = torch.zeros((2, 3, 192)), torch.zeros((2, 3, 256))
    with pytest.raises(InputError, match=r"simcc_x: has shape \(2, 3, 256\); give \(N, K, 192\)"):
        decode_vectors(y, x, level)
    with pytest.raises(SpecError, match="'dark' has no form on a device; use one of parabola, none"):
        decode_vectors(x, y, level, refine="dark")
