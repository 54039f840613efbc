"""The boxes that published data loaders crop: what each makes of an annotated box.

kp2heat crops the annotated box as it is. Published loaders change it first, by up to a pixel where it lies in
the image and by more where it does not; with ``--literal`` a preset that names a loader does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats


def hrnet(bbox: Floats, image_size: NDArray[np.int32]) -> Floats:
    """Return boxes as HRNet's COCODataset cleans them (lib/dataset/coco.py at 6f69e46).

    The left and the upper side are cut at 0, and w and h become w - 1 and h - 1, cut at the last pixel. bbox
    (N, 4) is x, y, w, h in image px, image_size (N, 2).

    >>> hrnet(np.array([[-2.0, 3.0, 10.0, 5.0]]), np.array([[64, 48]])).tolist()
    [[0.0, 3.0, 9.0, 4.0]]
    """
    return _cleaned(bbox, image_size, longer=0)


def mmpose(bbox: Floats, image_size: NDArray[np.int32]) -> Floats:
    """Return boxes as mmpose's BaseCocoStyleDataset clips them: corners cut at 0 and at the last pixel.

    >>> mmpose(np.array([[-2.0, 3.0, 10.0, 50.0]]), np.array([[64, 48]])).tolist()
    [[0.0, 3.0, 8.0, 44.0]]
    """
    first = np.clip(bbox[:, :2], 0, image_size - 1)
    last = np.clip(bbox[:, :2] + bbox[:, 2:], 0, image_size - 1)
    return _or_as_annotated(np.concatenate([first, last - first], axis=1), bbox)


def darkpose(bbox: Floats, image_size: NDArray[np.int32]) -> Floats:
    """Return boxes as DarkPose cleans them (lib/dataset/coco.py at 0185b42): HRNet's with sides one px longer.

    >>> darkpose(np.array([[-2.0, 3.0, 10.0, 5.0]]), np.array([[64, 48]])).tolist()
    [[0.0, 3.0, 10.0, 5.0]]
    """
    return _cleaned(bbox, image_size, longer=1)


def _cleaned(bbox: Floats, image_size: NDArray[np.int32], longer: int) -> Floats:
    first = np.maximum(0, bbox[:, :2])
    last = np.minimum(image_size - 1, first + np.maximum(0, bbox[:, 2:] - 1))
    return _or_as_annotated(np.concatenate([first, last - first + longer], axis=1), bbox)


def _or_as_annotated(stepped: Floats, bbox: Floats) -> Floats:
    """Return the annotated box where the step leaves no area, as of a box outside the image."""
    return np.where((stepped[:, 2:] > 0).all(axis=1, keepdims=True), stepped, bbox)


BOX_STEPS: Mapping[str, Callable[[Floats, NDArray[np.int32]], Floats]] = {
    "hrnet": hrnet,
    "mmpose": mmpose,
    "darkpose": darkpose,
}
"""Name of a loader -> (boxes (N, 4), image sizes (N, 2)) -> boxes (N, 4) in image px."""
