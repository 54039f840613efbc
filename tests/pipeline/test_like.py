"""``kp2heat.decode(planes, like=...)``: nothing is stated again by hand, and what is missing is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kp2heat
from kp2heat.errors import InputError, SpecError
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.spec import Spec

SAMPLE = Path(__file__).parents[2] / "sample_data" / "annotations.json"
FIELDS: dict[str, Any] = {
    "codec": "udp",
    "fit": "crop",
    "input_size": "96x128",
    "sizes": ["24x32", "12x16"],
    "sigma": [1.5, 1],
    "normalize": "softmax",
    "normalize_params": {"beta": 5.0},
    "dtype": "u8",
}


def test_a_level_of_shards_says_all_there_is_to_say(tmp_path: Path) -> None:
    spec = Spec.from_fields({**FIELDS, "dtype": "f32"}, "test")
    run_plan(plan(kp2heat.read(SAMPLE), spec), tmp_path)
    shards = kp2heat.open(tmp_path)
    for name, info in shards.levels.items():
        maps = shards.shards[0].read(name, "heatmaps", 0, 5)
        by_level, by_spec = (kp2heat.decode({"heatmaps": maps}, like=like) for like in (info, spec))
        by_hand = kp2heat.decode(
            {"heatmaps": maps},
            codec="udp",
            input_size=(96, 128),
            sigma=info.level.sigma,
            normalize="softmax",
            normalize_params={"beta": 5.0},
        )
        for other in (by_level, by_spec):
            np.testing.assert_array_equal(other.xy, by_hand.xy)
            np.testing.assert_array_equal(other.score, by_hand.score)
        assert by_level.space == "input"


def test_what_is_missing_or_does_not_fit_is_named() -> None:
    maps = np.zeros((1, 2, 16, 12), np.float32)
    spec = Spec.from_fields(FIELDS, "test")
    with pytest.raises(SpecError, match="input_size: is not given"):
        kp2heat.decode(maps)
    with pytest.raises(SpecError, match="like: str says nothing of maps"):
        kp2heat.decode(maps, like="udp")  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="draws no 9x9 maps"):
        kp2heat.decode(np.zeros((1, 2, 9, 9), np.float32), like=spec)
    with pytest.raises(SpecError, match="codec: is not given, and the planes hold simcc_x"):
        kp2heat.decode({"simcc_x": np.zeros((1, 2, 8)), "simcc_y": np.zeros((1, 2, 8))}, input_size=(8, 8))


def test_tensors_of_any_kind_are_taken() -> None:
    class Tensor:
        """What is used of a torch tensor: detached, moved to the CPU, and bfloat16 widened, in that order."""

        def __init__(self, values: np.ndarray, dtype: str, steps: tuple[str, ...] = ()) -> None:
            self.values, self.dtype, self.steps = values, dtype, steps

        def detach(self) -> Tensor:
            return Tensor(self.values, self.dtype, (*self.steps, "detach"))

        def cpu(self) -> Tensor:
            return Tensor(self.values, self.dtype, (*self.steps, "cpu"))

        def float(self) -> Tensor:
            return Tensor(self.values, "torch.float32", (*self.steps, "float"))

        def numpy(self) -> np.ndarray:
            assert self.steps[:2] == ("detach", "cpu")
            assert "bfloat16" not in self.dtype
            return self.values

    planes = kp2heat.encode([[[30.2, 20.7]]], input_size=(64, 64), size=(16, 16))
    for dtype in ("torch.float32", "torch.bfloat16"):
        found = kp2heat.decode(
            {"heatmaps": Tensor(planes["heatmaps"], dtype)},
            input_size=(64, 64),  # type: ignore[dict-item]
        )
        np.testing.assert_allclose(found.xy[0, 0], (30.2, 20.7), atol=1e-4)


@pytest.mark.torch
@pytest.mark.parametrize("kind", ["meta", "sparse"])
def test_a_tensor_without_dense_numbers_is_one_sentence(kind: str) -> None:
    torch = pytest.importorskip("torch")
    maps = torch.ones((1, 1, 32, 24))
    maps = maps.to("meta") if kind == "meta" else maps.to_sparse()
    with pytest.raises(InputError, match="are a tensor that NumPy cannot take"):
        kp2heat.decode(maps, input_size=(96, 128))
