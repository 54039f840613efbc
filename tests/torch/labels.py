"""A batch of joints that is drawn both ways: by NumPy as it is stored, and in PyTorch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from kp2heat.drawing.planes import draw
from kp2heat.scene import make_scene
from kp2heat.skeleton import COCO_NAMES, COCO_SIGMAS, Skeleton
from kp2heat.spec import Spec
from kp2heat.torch import render

INPUT, SIZE = (96, 128), (24, 32)
BODY = Skeleton(COCO_NAMES, groups=((0, 1, 2, 3, 4), (5, 7, 9), (6, 8, 10)), sigmas=COCO_SIGMAS)
HALF_STEP = 2.0**-10
"""A step between float16 numbers is at most this share of them: 1e-6 may make the one or the other of two."""


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


def compare(spec: Spec, seed: int, sample: list[int] | None = None, kind: type = np.float64) -> None:
    """Assert that labels drawn on the host are the stored ones bit for bit, those drawn in PyTorch within 1e-6.

    kind: of the joints as they are given, whose float64 values are drawn.
    """
    xy, visible, box = people(seed, 7 if sample is None else len(sample))
    xy, owner = xy.astype(kind), None if sample is None else np.array(sample)
    samples = None if owner is None else int(owner.max()) + 1
    policies = {"hidden": spec.hidden, "outside": spec.outside}
    of = {"bbox": box, "sample": owner, "samples": samples}
    scene = make_scene(BODY, INPUT, xy.astype(np.float64), visible, **of, **policies)
    scene = scene.as_published_loaders() if spec.literal else scene
    (level,) = spec.levels(INPUT)
    single = replace(spec, dtype="f32")
    wanted = draw(single, level, scene)
    people_of = {"bbox": torch.from_numpy(box), "sample": None if owner is None else torch.from_numpy(owner)}
    joints, flags = torch.from_numpy(xy), torch.from_numpy(visible)
    host = render(joints, flags, level, spec, skeleton=BODY, **people_of)
    device = render(joints.requires_grad_(), flags, level, spec, skeleton=BODY, **people_of)
    assert host.keys() == device.keys() == wanted.keys()
    for name, plane in wanted.items():
        drawn = device[name].detach().numpy()
        np.testing.assert_array_equal(host[name].numpy(), plane)
        assert drawn.dtype == plane.dtype, name
        assert drawn.shape == plane.shape, name
        np.testing.assert_allclose(drawn, plane, rtol=1e-6, atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(device["weights"].numpy(), wanted["weights"])
    if spec.dtype == "f16" and "heatmaps" in wanted:
        halves = draw(spec, level, scene)["heatmaps"]
        np.testing.assert_allclose(
            device["heatmaps"].detach().half().numpy(), halves, rtol=HALF_STEP, atol=1e-6
        )
