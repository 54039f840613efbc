"""Labels of one batch after another in the same memory, on the CPU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from kp2heat.contracts import Level
from kp2heat.drawing.renderer import PeopleDrawing, person_drawing
from kp2heat.errors import SpecError, check_type
from kp2heat.spec import Spec
from kp2heat.torch.drawing.joints import find_level, host_joints, input_size_of


class LabelBuffer:
    """Draws a batch over the one before it: planes are :func:`render`'s, and hold until the next call.

    The blobs of the last batch are cleared, not its maps. New memory is what most of the time of ``render`` goes into:
    the system clears 53 MB for 256 people of 17 joints at 48x64. Maps must not be changed in place; a batch of another
    shape gets new memory. SpecError where a map is more than one blob of the level's sigma: ``render`` draws these.

    >>> spec = Spec(codec="gaussian", input_size=(32, 32), sizes=((8, 8),))
    >>> labels = LabelBuffer("8x8", spec)
    >>> for x in (9.5, 13.5):
    ...     planes = labels(torch.tensor([[[x, 21.5]]]))
    >>> planes["heatmaps"].flatten().argmax().item()
    43
    """

    def __init__(self, level: Level | str, spec: Spec) -> None:
        check_type("spec", spec, Spec, "give a Spec")
        drawing = person_drawing(replace(spec, dtype="f32"), input_size_of(spec), find_level(level, spec))
        if not isinstance(drawing, PeopleDrawing):
            reason = f"a map of '{spec.codec}' with these settings is more than one blob"
            raise SpecError("codec", reason, "draw it with kp2heat.torch.render")
        self._drawing = drawing
        self._maps = np.zeros((0, 0, 0, 0), np.float32)
        self._last = np.zeros((0, 0, 2)), np.zeros((0, 0))

    def __call__(self, xy: Tensor, visible: Tensor | None = None) -> dict[str, Tensor]:
        """Return heatmaps (N, K, H, W) and weights (N, K); xy (N, K, 2) input px, visible (N, K) COCO's 0/1/2."""
        points, flags = host_joints(xy, visible)
        if self._maps.shape[:2] == flags.shape:
            self._drawing.over(self._maps, *self._last, floor=np.inf)
        else:
            self._maps = np.zeros((*flags.shape, *self._drawing.size[::-1]), np.float32)
        self._last = points.copy(), flags.astype(np.float64)
        weights = self._drawing.over(self._maps, *self._last)
        return {"heatmaps": torch.from_numpy(self._maps), "weights": torch.from_numpy(weights)}
