"""The prepared renderer draws the bits of ``kp2heat.encode``, whatever the codec, dtype and policy."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kp2heat
from kp2heat import compiled
from kp2heat.codecs import CODECS
from kp2heat.drawing.renderer import renderer, simple_row
from kp2heat.errors import InputError
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Sigma, Spec

INPUT, SIZE = (96, 128), (24, 32)
JOINTS = Skeleton(tuple("abcdef"), limbs=((0, 1), (1, 2), (3, 4)))


def people(seed: int, count: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Joints inside, on the edges and outside the input, some unlabelled, some hidden."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-20, 150, (count, len(JOINTS), 2))
    xy[rng.random(xy.shape[:2]) < 0.15] = np.nan
    edge = rng.random(xy.shape[:2]) < 0.2
    xy[edge] = rng.choice([-0.5, 0, 1.5, 3.5, 4, 95.5, 127.5], (edge.sum(), 2))
    return xy, rng.integers(0, 3, xy.shape[:2]).astype(np.uint8)


def encoded(spec: Spec, xy: np.ndarray, visible: np.ndarray) -> dict[str, np.ndarray]:
    """What ``kp2heat.encode`` draws, with the loops or without."""
    (sigma,) = spec.sigma or (None,)
    return kp2heat.encode(
        xy,
        visible,
        codec=spec.codec,
        input_size=INPUT,
        size=SIZE,
        skeleton=JOINTS,
        sigma=sigma and sigma.value,
        align=spec.align,
        hidden=spec.hidden,
        outside=spec.outside,
        normalize=spec.normalize,
        dtype=spec.dtype,
        **spec.params,
    )


def assert_same(planes: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    assert planes.keys() == wanted.keys()
    for name, plane in planes.items():
        assert plane.dtype == wanted[name].dtype
        np.testing.assert_array_equal(plane, wanted[name])


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("literal", [False, True])
def test_one_person_is_drawn_as_encode_draws_it(codec: str, literal: bool) -> None:
    if literal and "literal" not in CODECS[codec].params:
        pytest.skip("the published code has no other form")
    params = {"literal": True} if literal else {}
    for dtype in ("f32", "f16", "u8") if not literal else ("f32",):
        spec = Spec(codec=codec, sizes=(SIZE,), dtype=dtype, params=params)
        draw = renderer(spec, INPUT, JOINTS)
        for seed in range(3):
            xy, visible = people(seed)
            wanted = encoded(spec, xy, visible)
            assert_same(draw(xy[0], visible[0])["24x32"], {k: v[0] for k, v in wanted.items()})


@settings(max_examples=120)
@given(
    seed=st.integers(0, 10**6),
    codec=st.sampled_from(
        ["gaussian", "msra", "udp", "dark", "hourglass", "pytorch-pose", "sleap", "simcc-gaussian"]
    ),
    sigma=st.floats(0.4, 9),
    align=st.sampled_from(["half-pixel", "stride", "cell-center", "align-corners"]),
    hidden=st.sampled_from(["gaussian", "zero", "weight=0.25"]),
    outside=st.sampled_from(["drop", "partial", "clip"]),
    dtype=st.sampled_from(["f32", "f16", "u8"]),
    with_loops=st.booleans(),
)
def test_every_policy_and_width_gives_the_same_bits(
    seed: int, codec: str, sigma: float, align: str, hidden: str, outside: str, dtype: str, with_loops: bool
) -> None:
    spec = Spec(
        codec=codec,
        sizes=(SIZE,),
        sigma=(Sigma(sigma),),
        align=align,
        hidden=hidden,
        outside=outside,
        dtype=dtype,
    )
    xy, visible = people(seed)
    wanted = encoded(spec, xy, visible)
    with pytest.MonkeyPatch.context() as patched:
        if not with_loops:
            patched.setattr(compiled, "prepared_loops", lambda: None)
        drawn = renderer(spec, INPUT, JOINTS)(xy[0], visible[0])["24x32"]
    assert_same(drawn, {k: v[0] for k, v in wanted.items()})


def test_without_the_compiled_loops_the_bits_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = Spec(codec="gaussian", sizes=(SIZE, (6, 8)))
    xy, visible = people(5)
    fast = renderer(spec, INPUT, JOINTS)(xy[0], visible[0])
    monkeypatch.setattr(compiled, "prepared_loops", lambda: None)
    slow = renderer(spec, INPUT, JOINTS)(xy[0], visible[0])
    for name in ("24x32", "6x8"):
        assert_same(fast[name], slow[name])


@pytest.mark.parametrize("normalize", ["sum", "none"])  # drawn as a scene, and as one person is
def test_many_people_and_all_levels_in_one_call(normalize: str) -> None:
    spec = Spec(codec="udp", sizes=(SIZE, (12, 16)), normalize=normalize, dtype="f32")
    xy, visible = people(3, 20)
    draw = renderer(spec, INPUT, JOINTS)
    together = draw(xy, visible)
    assert set(together) == {"24x32", "12x16"}
    assert_same(together["24x32"], encoded(replace(spec, sizes=(SIZE,)), xy, visible))
    for n in range(20):
        for name, planes in draw(xy[n], visible[n]).items():
            assert_same(planes, {k: v[n] for k, v in together[name].items()})


def test_visibility_is_taken_from_finite_joints_where_it_is_not_given() -> None:
    xy, _ = people(1)
    draw = renderer(Spec(sizes=(SIZE,)), INPUT, JOINTS)
    flags = np.where(np.isfinite(xy[0]).all(axis=1), 2, 0)
    assert_same(draw(xy[0])["24x32"], draw(xy[0], flags)["24x32"])


def test_it_survives_pickling() -> None:
    xy, visible = people(2)
    draw = renderer(Spec(sizes=(SIZE,)), INPUT, JOINTS)
    first = draw(xy[0], visible[0])
    again = pickle.loads(pickle.dumps(draw))(xy[0], visible[0])
    assert_same(first["24x32"], again["24x32"])


def test_shapes_that_do_not_fit_are_refused() -> None:
    draw = renderer(Spec(sizes=(SIZE,)), INPUT, JOINTS)
    with pytest.raises(InputError, match=r"xy: has shape \(5, 2\)"):
        draw(np.zeros((5, 2)))
    with pytest.raises(InputError, match="visible: has shape"):
        draw(np.zeros((6, 2)), np.zeros(4))


def test_conventions_of_more_than_one_blob_a_map_are_not_simple() -> None:
    assert simple_row(Spec(codec="gaussian")) is not None
    assert simple_row(Spec(codec="msra", params={"literal": True})) is None
    assert simple_row(Spec(codec="openpose")) is None
    assert simple_row(Spec(codec="gaussian", normalize="sum")) is None
    assert simple_row(Spec(codec="gaussian", params={"background": "1-max"})) is None
    assert simple_row(Spec(codec="simcc-gaussian")) is None
