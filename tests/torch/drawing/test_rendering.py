"""Labels drawn on the device are the stored ones within 1e-6, and can be differentiated."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kp2heat.errors import InputError, SpecError  # noqa: E402
from kp2heat.spec import Spec  # noqa: E402
from kp2heat.torch import LabelBuffer, render  # noqa: E402
from tests.torch.labels import INPUT, SIZE, people  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("grad", [False, True])
def test_a_batch_of_nobody_and_a_batch_of_unlabelled_joints(grad: bool) -> None:
    spec = Spec(codec="gaussian", input_size=INPUT, sizes=(SIZE,))
    nobody = torch.zeros((0, 5, 2), requires_grad=grad)
    assert render(nobody, None, "24x32", spec)["heatmaps"].shape == (0, 5, 32, 24)
    planes = render(torch.full((2, 5, 2), torch.nan, requires_grad=grad), None, "24x32", spec)
    assert planes["heatmaps"].abs().max() == 0
    assert planes["weights"].max() == 0


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


def test_a_joint_that_is_clipped_has_no_slope_across_the_edge() -> None:
    spec = Spec(codec="dark", input_size=INPUT, sizes=(SIZE,), outside="clip")
    xy = torch.tensor([[[-3.0, 61.3]]], requires_grad=True)
    maps = render(xy, None, "24x32", spec)["heatmaps"]
    (slope,) = torch.autograd.grad((maps * torch.arange(32)[:, None]).sum(), xy)
    assert slope[0, 0, 0] == 0
    assert slope[0, 0, 1] > 0.1


@pytest.mark.parametrize("codec", ["gaussian", "msra", "dark", "hourglass"])
@pytest.mark.parametrize("outside", ["drop", "partial", "clip"])
def test_a_buffer_holds_what_render_draws(codec: str, outside: str) -> None:
    """Batch after batch, larger and smaller ones too, whatever the joints' own tensor holds by then."""
    spec = Spec(codec=codec, input_size=INPUT, sizes=(SIZE,), outside=outside)
    labels = LabelBuffer("24x32", spec)
    memory = set()
    for seed, count in enumerate([40, 40, 40, 3, 40]):
        xy, visible, _ = (torch.from_numpy(side) for side in people(seed, count))
        drawn, wanted = labels(xy, visible), render(xy, visible, "24x32", spec)
        assert torch.equal(drawn["heatmaps"], wanted["heatmaps"])
        assert torch.equal(drawn["weights"], wanted["weights"])
        memory.add(drawn["heatmaps"].data_ptr())
        xy.fill_(50.0)
    assert len(memory) <= 3
    with pytest.raises(SpecError, match=r"more than one blob; draw it with kp2heat\.torch\.render"):
        LabelBuffer("24x32", Spec(codec="cpm", input_size=INPUT, sizes=(SIZE,)))


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.int64, torch.bfloat16, torch.float64])
def test_visibility_of_any_type(kind: torch.dtype) -> None:
    spec = Spec(codec="gaussian", input_size=INPUT, sizes=(SIZE,))
    xy, seen = torch.tensor([[[20.0, 30.0], [40.0, 50.0]]]), torch.tensor([[1, 0]])
    assert render(xy, seen.to(kind), "24x32", spec)["weights"].tolist() == [[1, 0]]


def test_what_cannot_be_drawn_is_refused() -> None:
    spec = Spec(codec="gaussian", input_size=INPUT, sizes=(SIZE,))
    xy = torch.zeros((2, 3, 2))
    with pytest.raises(InputError, match="xy: has shape"):
        render(xy[0], None, "24x32", spec)
    with pytest.raises(InputError, match="visible: has shape"):
        render(xy, torch.zeros(2, 4), "24x32", spec)
    with pytest.raises(SpecError, match="use one of 24x32"):
        render(xy, None, "12x16", spec)
    with pytest.raises(SpecError, match="input_size"):
        render(xy, None, "24x32", Spec(codec="gaussian", sizes=(SIZE,)))
