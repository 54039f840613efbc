"""Every codec, setting, alignment, normalisation and policy that has a form on the device gives the stored labels.

The cases are made from the codecs' own tables: a new row, or a new setting of one, fails here until it has a form.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kp2heat.codecs import CODECS  # noqa: E402
from kp2heat.codecs.gaussian.switches import BACKGROUNDS  # noqa: E402
from kp2heat.codecs.gaussian.table import CONVENTIONS  # noqa: E402
from kp2heat.errors import SpecError  # noqa: E402
from kp2heat.frame import ALIGNMENTS  # noqa: E402
from kp2heat.normalize import NORMALIZATIONS  # noqa: E402
from kp2heat.scene import OUTSIDE  # noqa: E402
from kp2heat.spec import Spec  # noqa: E402
from kp2heat.torch import render  # noqa: E402
from kp2heat.torch.drawing.drawings import DRAWINGS, slopes  # noqa: E402
from tests.tables import TABLES, TRAINING, stored  # noqa: E402
from tests.torch.labels import INPUT, SIZE, compare  # noqa: E402

pytestmark = pytest.mark.torch

SETTINGS: dict[str, list[Any]] = {
    "background": ["none", *BACKGROUNDS],
    "literal": [True],
    "groups": [{"face": [1, 2, 3], "arm": [6, 8]}, "skeleton"],
    "overlap": [0.5],
    "mask": [True],
    "empty": ["zero", "uniform"],
    "spread": ["oks"],
    "ratio": [0.5],
    "rotation": [0.4],
    "kernel": [5, 9],
    "sigma_y": [2.5],
    "normalize": [False],
    "smooth": [0.2],
}
"""Values that each setting is tried with."""
FIXED = {"landmarker-gaussian": {"ratio": 1.5, "rotation": -0.3}, "landmarker-laplace": {"ratio": 1.5}}
"""Settings without which others of a codec say nothing."""
CLEAR = [[31.2, 19.4], [28.6, 47.2]]
"""Joints where no pixel is nearer than 0.02 to the edge of a blob cut at the input's size: labels jump there."""
PEOPLE_SHARE = [0, 0, 0, 1, 3, 3]
GAUSSIAN_MAPS = [name for name in DRAWINGS if "heatmaps" in CODECS[name].planes]


def spec_of(codec: str, params: dict[str, Any] | None = None, **more: Any) -> Spec:
    settings = {"dtype": "f32", **more}
    return Spec(codec=codec, input_size=INPUT, sizes=(SIZE,), params=params or {}, **settings)


def settings_of(codec: str) -> list[dict[str, Any]]:
    """The settings of a codec one by one, and each with the published form."""
    each = [{}, FIXED.get(codec, {})]
    each += [{name: value} for name in CODECS[codec].params for value in SETTINGS[name]]
    literal = "literal" in CODECS[codec].params
    return each + ([{**one, "literal": True} for one in each if one and "literal" not in one] * literal)


def test_what_is_a_map_of_blobs_or_a_vector_has_a_form_on_the_device() -> None:
    plain = [name for name, codec in CODECS.items() if codec.planes == ("heatmaps", "weights")]
    vectors = [name for name, codec in CODECS.items() if "simcc_x" in codec.planes]
    assert set(CONVENTIONS) | set(plain) | set(vectors) | {"probmap"} == set(DRAWINGS)


@pytest.mark.parametrize("codec", [name for name in CODECS if name not in DRAWINGS])
def test_other_codecs_are_refused_with_what_to_do(codec: str) -> None:
    xy = torch.zeros((1, 3, 2), requires_grad=True)
    with pytest.raises(
        SpecError, match=r"draw it on the CPU and move its planes, or use one of gaussian, msra"
    ):
        render(xy, None, "24x32", spec_of(codec))


@pytest.mark.parametrize("codec", DRAWINGS)
def test_every_setting_is_drawn_as_stored(codec: str) -> None:
    for seed, params in enumerate(settings_of(codec)):
        compare(spec_of(codec, params), seed)


@pytest.mark.parametrize("align", ALIGNMENTS)
@pytest.mark.parametrize("codec", DRAWINGS)
def test_every_alignment_is_drawn_as_stored(codec: str, align: str) -> None:
    compare(spec_of(codec, FIXED.get(codec), align=align), 1)


@pytest.mark.parametrize("normalize", [name for name in NORMALIZATIONS if name != "none"])
@pytest.mark.parametrize("codec", GAUSSIAN_MAPS)
def test_every_normalisation_is_drawn_as_stored(codec: str, normalize: str) -> None:
    given = {"sigmoid": {"gain": 8.0, "bias": -4.0}, "softmax": {"beta": 12.0}}.get(normalize, {})
    compare(spec_of(codec, FIXED.get(codec), normalize=normalize), 2)
    compare(spec_of(codec, FIXED.get(codec), normalize=normalize, normalize_params=given), 3)


@pytest.mark.parametrize("outside", [name for name in OUTSIDE if name != "error"])
@pytest.mark.parametrize("hidden", ["gaussian", "zero", "weight=0.3"])
@pytest.mark.parametrize(
    "codec",
    ["gaussian", "msra", "cpm", "tfod-centernet", *(name for name in DRAWINGS if name not in CONVENTIONS)],
)
def test_policies_are_followed(codec: str, hidden: str, outside: str) -> None:
    compare(spec_of(codec, FIXED.get(codec), hidden=hidden, outside=outside), 4)


@pytest.mark.parametrize("codec", DRAWINGS)
def test_people_who_share_a_sample_are_merged_as_stored(codec: str) -> None:
    literal = "literal" in CODECS[codec].params
    for params in [FIXED.get(codec, {}), *[{"literal": True}] * literal]:
        compare(spec_of(codec, params), 1, PEOPLE_SHARE)


@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("codec", DRAWINGS)
def test_joints_in_single_and_half_precision_and_maps_in_half(codec: str, kind: type) -> None:
    compare(spec_of(codec, FIXED.get(codec), dtype="f16"), 6, kind=kind)


@pytest.mark.parametrize("name", TRAINING)
def test_the_page_says_what_labels_can_be_differentiated_by(name: str) -> None:
    assert stored(name) == TABLES[name](), "run: python -m tests.tables"


@pytest.mark.parametrize("literal", [False, True])
@pytest.mark.parametrize("codec", DRAWINGS)
def test_slopes_are_those_of_the_labels(codec: str, literal: bool) -> None:
    if literal and "literal" not in CODECS[codec].params:
        pytest.skip("the published code has no other form")
    spec = Spec(
        codec=codec,
        input_size=(48, 64),
        sizes=((12, 16),),
        params={**FIXED.get(codec, {}), "literal": True} if literal else FIXED.get(codec, {}),
    )
    plane = "simcc_y" if "simcc_y" in CODECS[codec].planes else "heatmaps"
    (level,) = spec.levels((48, 64))
    place = torch.tensor([CLEAR], dtype=torch.float64, requires_grad=True)
    sigma = torch.tensor(level.sigma + 1e-3, dtype=torch.float64, requires_grad=True)
    box = torch.tensor([[8.0, 9.0, 30.0, 44.0]])

    def drawn(xy: Any, width: Any = None) -> Any:
        return render(xy, None, level, spec, sigma=width, bbox=box)[plane]

    by_place, by_sigma = slopes(spec)
    assert drawn(place).requires_grad == by_place
    assert drawn(place.detach(), sigma).requires_grad == by_sigma
    # Labels are float32: 6e-8 of rounding over steps of 6e-4 leaves 1e-4. The edge of a cut blob moves by 12 px per cell.
    more = {"eps": 3e-4, "atol": 1e-3, "rtol": 1e-3, "fast_mode": True}
    if by_place:
        assert torch.autograd.gradcheck(drawn, (place,), **more)
    if by_sigma:
        assert torch.autograd.gradcheck(lambda width: drawn(place.detach(), width), (sigma,), **more)
