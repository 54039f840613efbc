"""SimCC's vectors of a prepared renderer are those of ``kp2heat.encode``, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kp2heat
from kp2heat import compiled
from kp2heat.drawing.renderer import renderer
from kp2heat.drawing.vectors import vector_drawing
from kp2heat.spec import Sigma, Spec

INPUT, SIZE, JOINTS = (192, 256), (384, 512), 17


def spec_of(**changes: Any) -> Spec:
    settings = {
        "codec": "simcc-gaussian",
        "input_size": INPUT,
        "sizes": (SIZE,),
        "sigma": (Sigma(4.9),),
        "dtype": "f32",
    }
    return Spec(**{**settings, **changes})


def people(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    xy = rng.uniform(-30, 290, (count, JOINTS, 2))
    xy[:, 0], xy[:, 1] = -0.5, (191.5, 255.5)
    xy[rng.random(xy.shape[:2]) < 0.1] = np.nan
    return xy, rng.integers(0, 3, xy.shape[:2]).astype(np.uint8)


@pytest.mark.parametrize("loops", [True, False])
@pytest.mark.parametrize("dtype", ["f32", "f16", "u8"])
@pytest.mark.parametrize("params", [{}, {"sigma_y": 5.66, "normalize": False}])
@pytest.mark.parametrize("outside", ["drop", "clip"])
def test_one_person_and_many_have_the_bits_of_encode(
    loops: bool, dtype: str, params: dict[str, Any], outside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not loops:
        monkeypatch.setattr(compiled, "prepared_loops", lambda: None)
    spec = spec_of(dtype=dtype, params=params, outside=outside)
    assert vector_drawing(spec, INPUT, spec.levels(INPUT)[0]) is not None
    xy, visible = people(40)
    wanted = kp2heat.encode(
        xy,
        visible,
        codec=spec.codec,
        input_size=INPUT,
        size=SIZE,
        sigma=4.9,
        dtype=dtype,
        outside=outside,
        **params,
    )
    draw = renderer(spec, INPUT, JOINTS)
    (many,), (one,) = draw(xy, visible).values(), draw(xy[7], visible[7]).values()
    assert many.keys() == wanted.keys()
    for name, plane in many.items():
        assert plane.dtype == wanted[name].dtype
        np.testing.assert_array_equal(plane, wanted[name])
        np.testing.assert_array_equal(one[name], wanted[name][7])


@pytest.mark.parametrize(
    "changes",
    [
        {"params": {"literal": True}},
        {"codec": "simcc-standard"},
        {"outside": "partial"},
        {"sigma": (Sigma(0.3),)},  # a joint on the input's edge is a bin beyond the first, out of reach
    ],
)
def test_what_depends_on_more_is_drawn_as_a_scene(changes: dict[str, Any]) -> None:
    spec = spec_of(**changes)
    assert vector_drawing(spec, INPUT, spec.levels(INPUT)[0]) is None
