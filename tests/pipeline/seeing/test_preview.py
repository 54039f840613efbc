"""A preview is true to the pixel: maps lie where the recorded alignment and affine put them."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.annotations import Annotations, Images
from kp2heat.frame import ALIGNMENTS
from kp2heat.pictures.panel import Panel
from kp2heat.pictures.preview import level_panels
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.seeing.preview import PreviewOptions, sample_views
from kp2heat.pipeline.seeing.source import from_plan
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec

pytest.importorskip("cv2")

INPUT = (256, 192)
IMAGES = {4: (240, 180), 8: (130, 220), 16: (240, 180), 32: (130, 220)}
"""Stride -> size of the images."""


def people(xy: np.ndarray, size: tuple[int, int]) -> Annotations:
    """One person per image, with one joint (n, 2) each."""
    n, (w, h) = len(xy), size
    return Annotations(
        skeleton=Skeleton(("nose",)),
        xy=xy[:, None],
        visible=np.full((n, 1), 2, np.uint8),
        bbox=np.tile([10.0, 10.0, w - 20, h - 20], (n, 1)),
        area=np.full(n, float(w * h)),
        crowd=np.zeros(n, bool),
        image=np.arange(n),
        id=np.arange(n),
        images=Images(np.arange(n), np.array([f"{i}.png" for i in range(n)]), np.tile(size, (n, 1))),
    )


@pytest.mark.parametrize(
    ("stride", "fit"),
    [(4, "stretch"), (8, "letterbox"), (8, "crop"), (16, "crop"), (32, "stretch"), (32, "letterbox")],
)
@pytest.mark.parametrize("name", ALIGNMENTS)
def test_the_brightest_pixel_is_within_half_an_image_pixel_of_the_joint(
    name: str, stride: int, fit: str
) -> None:
    random, size = np.random.default_rng(stride), IMAGES[stride]
    # Pixel 1 of these grids is the first one on the map.
    least = 40 if name.startswith("one-based") else 0
    rows = people(random.uniform([least, least], np.array(size) - 1.0, (2, 2)), size)
    spec = Spec(input_size=INPUT, strides=(stride,), align=name, fit=fit, sigma=(1.5,))
    source = from_plan(plan(rows, spec))
    panel = Panel(INPUT, (2 * INPUT[0], 2 * INPUT[1]))
    for n, view in enumerate(sample_views(source, np.arange(2), PreviewOptions(), None)):
        (shown,) = level_panels(view, view.levels[0], source.skeleton, panel, False)
        light = shown.picture.sum(axis=-1, dtype=int)
        brightest = np.argwhere(light == light.max())
        assert len(brightest) < 9, "ties of neighbours, no plateau"
        y, x = brightest.mean(axis=0)
        place = source.frame.take(np.array([n])).to_image(panel.to_input(np.array([[[x, y]]])))
        assert np.abs(place[0, 0] - source.people.xy[n, 0]).max() <= 0.5
