"""Labels drawn on the device are the stored ones within 1e-6, and can be differentiated."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kp2heat.codecs.gaussian.table import CONVENTIONS  # noqa: E402
from kp2heat.contracts import Level  # noqa: E402
from kp2heat.drawing.planes import draw  # noqa: E402
from kp2heat.errors import InputError, SpecError  # noqa: E402
from kp2heat.scene import make_scene  # noqa: E402
from kp2heat.skeleton import COCO_NAMES, Skeleton  # noqa: E402
from kp2heat.spec import Spec  # noqa: E402
from kp2heat.torch import render  # noqa: E402

pytestmark = pytest.mark.torch
INPUT, SIZE = (96, 128), (24, 32)
BODY = Skeleton(COCO_NAMES, groups=((0, 1, 2, 3, 4), (5, 7, 9), (6, 8, 10)))
SIMCC = ("simcc-gaussian", "simcc-standard")


def people(seed: int, count: int = 7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joints inside, on cells and edges, and outside the input; boxes, some unknown."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-20, 145, (count, 17, 2))
    edge = rng.random(xy.shape[:2]) < 0.3
    xy[edge] = rng.choice([-0.5, 0, 1.5, 3.5, 4, 13.5, 40, 95.5, 127.5], (edge.sum(), 2))
    xy[rng.random(xy.shape[:2]) < 0.1] = np.nan
    box = np.concatenate([rng.uniform(0, 30, (count, 2)), rng.uniform(20, 90, (count, 2))], axis=1)
    box[0] = np.nan
    return xy, rng.integers(0, 3, xy.shape[:2]).astype(np.uint8), box


def compare(spec: Spec, seed: int, sample: list[int] | None = None, level: Level | str = "24x32") -> None:
    xy, visible, box = people(seed, 7 if sample is None else len(sample))
    owner = None if sample is None else np.array(sample)
    scene = make_scene(
        BODY,
        INPUT,
        xy,
        visible,
        bbox=box,
        sample=owner,
        samples=None if owner is None else owner.max() + 1,
        hidden=spec.hidden,
        outside=spec.outside,
    )
    scene = scene.as_published_loaders() if spec.literal else scene
    (grid,) = spec.levels(INPUT)
    wanted = draw(spec, grid, scene)
    people_of = {"bbox": torch.from_numpy(box), "sample": None if owner is None else torch.from_numpy(owner)}
    joints, flags = torch.from_numpy(xy), torch.from_numpy(visible)
    host = render(joints, flags, level, spec, skeleton=BODY, **people_of)
    for name, plane in wanted.items():
        np.testing.assert_array_equal(host[name].numpy(), plane)
    drawn = render(joints.requires_grad_(), flags, level, spec, skeleton=BODY, **people_of)
    drawn = {name: plane.detach() for name, plane in drawn.items()}
    assert drawn.keys() == wanted.keys()
    for name, plane in wanted.items():
        assert drawn[name].shape == plane.shape
        np.testing.assert_allclose(drawn[name].numpy(), plane, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(drawn["weights"].numpy(), wanted["weights"])


@pytest.mark.parametrize("literal", [False, True])
@pytest.mark.parametrize("codec", [*CONVENTIONS, *SIMCC])
def test_every_row_of_the_table_is_drawn_as_stored(codec: str, literal: bool) -> None:
    if literal and codec in CONVENTIONS and not CONVENTIONS[codec].literal:
        pytest.skip("the published code has no other form")
    params = {"literal": True} if literal else {}
    for seed in range(3):
        compare(Spec(codec=codec, input_size=INPUT, sizes=(SIZE,), params=params, dtype="f32"), seed)


@pytest.mark.parametrize("codec", [c for c in CONVENTIONS if c != "center-map-pooled"])
def test_people_who_share_a_sample_are_merged_as_stored(codec: str) -> None:
    spec = Spec(codec=codec, input_size=INPUT, sizes=(SIZE,), dtype="f32")
    compare(spec, 1, [0, 0, 0, 1, 2, 2])


@pytest.mark.parametrize("normalize", ["sum", "sigmoid", "softmax", "clamp"])
def test_normalised_maps_are_as_stored(normalize: str) -> None:
    compare(Spec(codec="gaussian", input_size=INPUT, sizes=(SIZE,), normalize=normalize, dtype="f32"), 2)


@pytest.mark.parametrize("outside", ["drop", "partial", "clip"])
@pytest.mark.parametrize("hidden", ["gaussian", "zero", "weight=0.3"])
@pytest.mark.parametrize("codec", ["gaussian", "simcc-gaussian", "msra"])
def test_policies_are_followed(codec: str, hidden: str, outside: str) -> None:
    compare(
        Spec(codec=codec, input_size=INPUT, sizes=(SIZE,), hidden=hidden, outside=outside, dtype="f32"), 4
    )


def test_options_of_codecs_are_followed() -> None:
    for codec, params in (
        ("openpose", {"mask": True}),
        ("gaussian", {"background": "1-max"}),
        ("dsnt", {"empty": "uniform"}),
        ("gaussian", {"groups": {"face": [1, 2, 3]}}),
        ("simcc-gaussian", {"sigma_y": 2.5, "normalize": False}),
        ("simcc-standard", {"smooth": 0.2}),
    ):
        compare(Spec(codec=codec, input_size=INPUT, sizes=(SIZE,), params=params, dtype="f32"), 5)


@pytest.mark.parametrize("grad", [False, True])
def test_a_batch_of_nobody_and_a_batch_of_unlabelled_joints(grad: bool) -> None:
    spec = Spec(codec="gaussian", input_size=INPUT, sizes=(SIZE,))
    nobody = torch.zeros((0, 5, 2), requires_grad=grad)
    assert render(nobody, None, "24x32", spec)["heatmaps"].shape == (0, 5, 32, 24)
    planes = render(torch.full((2, 5, 2), torch.nan, requires_grad=grad), None, "24x32", spec)
    assert planes["heatmaps"].abs().max() == 0
    assert planes["weights"].max() == 0


@pytest.mark.parametrize("codec", ["dark", "sleap", "dsnt", "simcc-gaussian"])
def test_gradients_are_the_slopes_of_the_maps(codec: str) -> None:
    spec = Spec(codec=codec, input_size=INPUT, sizes=(SIZE,), outside="partial")
    rng = np.random.default_rng(0)
    xy = torch.tensor(rng.uniform(20, 75, (2, 3, 2)), requires_grad=True)
    plane = "simcc_x" if codec in SIMCC else "heatmaps"
    weight = torch.from_numpy(rng.normal(size=render(xy, None, "24x32", spec)[plane].shape))
    (slope,) = torch.autograd.grad((render(xy, None, "24x32", spec)[plane] * weight).sum(), xy)
    step = 1e-3
    for index in np.ndindex(2, 3, 2):
        ends = []
        for sign in (1, -1):
            moved = xy.detach().clone()
            moved[index] += sign * step
            ends.append((render(moved, None, "24x32", spec)[plane].double() * weight).sum().item())
        assert slope[index].item() == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=5e-3)


@pytest.mark.parametrize("codec", ["gaussian", "udp", "cpm"])
def test_gradients_of_cut_blobs_are_those_of_their_cells(codec: str) -> None:
    spec = Spec(codec=codec, input_size=INPUT, sizes=(SIZE,), outside="partial")
    rng = np.random.default_rng(0)
    xy = torch.tensor(rng.uniform(0, 95, (2, 3, 2)), requires_grad=True)
    maps = render(xy, None, "24x32", spec)["heatmaps"]
    weight = torch.from_numpy(rng.normal(size=maps.shape))
    (slope,) = torch.autograd.grad((maps * weight).sum(), xy)
    (level,) = spec.levels(INPUT)
    centre = torch.from_numpy(level.alignment.to_cell(xy.detach().numpy()))
    for axis, grid in ((0, torch.arange(24.0)), (1, torch.arange(32.0)[:, None])):
        away = grid - centre[..., axis, None, None]  # d/dx of exp(-away^2 / 2 sigma^2)
        wanted = (weight * maps.detach() * away / level.sigma**2).sum((2, 3)) / level.alignment.stride[axis]
        assert torch.allclose(slope[..., axis], wanted, atol=1e-6)


def test_gradients_reach_sigma() -> None:
    spec = Spec(codec="dark", input_size=INPUT, sizes=(SIZE,))
    xy, sigma = torch.tensor([[[40.0, 61.0]]]), torch.tensor(2.0, requires_grad=True)
    total = render(xy, None, "24x32", spec, sigma=sigma)["heatmaps"].sum()
    (slope,) = torch.autograd.grad(total, sigma)
    # The sum of an uncut blob is 2 pi sigma^2, whose slope is 4 pi sigma.
    assert slope.item() == pytest.approx(8 * np.pi, rel=1e-3)


def test_a_rounded_centre_has_no_slope() -> None:
    spec = Spec(codec="msra", input_size=INPUT, sizes=(SIZE,))
    xy = torch.tensor([[[40.0, 61.0]]], requires_grad=True)
    assert not render(xy, None, "24x32", spec)["heatmaps"].requires_grad


def test_what_cannot_be_drawn_is_refused() -> None:
    spec = Spec(codec="gaussian", input_size=INPUT, sizes=(SIZE,))
    xy = torch.zeros((2, 3, 2))
    with pytest.raises(InputError, match="xy: has shape"):
        render(xy[0], None, "24x32", spec)
    with pytest.raises(InputError, match="visible: has shape"):
        render(xy, torch.zeros(2, 4), "24x32", spec)
    with pytest.raises(SpecError, match="use one of 24x32"):
        render(xy, None, "12x16", spec)
    with pytest.raises(SpecError, match="not drawn on a device"):
        render(xy.requires_grad_(), None, "24x32", Spec(codec="megvii", input_size=INPUT, sizes=(SIZE,)))
    with pytest.raises(SpecError, match="input_size"):
        render(xy, None, "24x32", Spec(codec="gaussian", sizes=(SIZE,)))
