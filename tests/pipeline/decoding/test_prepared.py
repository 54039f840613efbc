"""The prepared decoder gives the keypoints of ``kp2heat.decode``, to the last bit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import kp2heat
from kp2heat.errors import InputError
from kp2heat.pipeline.decoding.prepared import map_reader
from kp2heat.spec import Spec

INPUT, SIZE = (96, 128), (24, 32)


@pytest.mark.parametrize(
    "method", ["auto", "argmax", "quarter", "dark", "dark-udp", "lsq", "fit", "softargmax"]
)
@pytest.mark.parametrize(
    ("codec", "normalize", "dtype"),
    [
        ("gaussian", "none", "f32"),
        ("openpose", "none", "f16"),
        ("hourglass", "none", "u8"),
        ("udp", "sum", "f32"),
    ],
)
def test_keypoints_are_those_of_decode(method: str, codec: str, normalize: str, dtype: str) -> None:
    xy = np.random.default_rng(3).uniform(2, 94, (5, 7, 2))
    spec = Spec(codec=codec, sizes=(SIZE,), normalize=normalize, dtype=dtype)
    planes = kp2heat.encode(xy, codec=codec, input_size=INPUT, size=SIZE, normalize=normalize, dtype=dtype)
    wanted = kp2heat.decode(planes, method=method, codec=codec, input_size=INPUT, normalize=normalize)
    read = map_reader(spec, INPUT, 7, method=method, predicted=False)
    together = pickle.loads(pickle.dumps(read))(planes["heatmaps"])
    np.testing.assert_array_equal(together.xy, wanted.xy)
    np.testing.assert_array_equal(together.score, wanted.score)
    for n in range(5):
        np.testing.assert_array_equal(read(planes["heatmaps"][n]).xy, wanted.xy[n])


def test_a_level_is_chosen_by_name() -> None:
    spec = Spec(sizes=(SIZE, (12, 16)))
    assert map_reader(spec, INPUT, level="12x16")(np.zeros((17, 16, 12), np.float32)).xy.shape == (17, 2)
    with pytest.raises(InputError, match="use one of 24x32, 12x16"):
        map_reader(spec, INPUT, level="6x8")
    with pytest.raises(InputError, match=r"give \(N, C, 32, 24\)"):
        map_reader(spec, INPUT)(np.zeros((17, 16, 12), np.float32))
