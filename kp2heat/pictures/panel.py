"""A panel shows one network input, enlarged or reduced: where its pixels lie, and what lies under the drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kp2heat.arrays import Bytes, Floats
from kp2heat.frame import Size
from kp2heat.libraries import opencv
from kp2heat.pictures.colours import PANEL

DIMMED = 0.5
"""Brightness of the picture under the heatmaps: low enough that their brightest place is the brightest of all."""


@dataclass(frozen=True)
class Panel:
    """A network input of (w, h) px shown on ``size`` px of the screen; both cover the same area, edge on edge."""

    input_size: Size
    size: Size

    @property
    def scale(self) -> Floats:
        """Panel px per input px, (2,) x and y."""
        return np.divide(self.size, self.input_size)

    def to_panel(self, xy: Floats) -> Floats:
        """Return (..., 2) input px -> (..., 2) panel px; pixel centres are at integers on both sides.

        >>> Panel((10, 10), (40, 40)).to_panel(np.array([0.0, 9.5]))
        array([ 1.5, 39.5])
        """
        return np.asarray((xy + 0.5) * self.scale - 0.5)

    def to_input(self, xy: Floats) -> Floats:
        """Return (..., 2) panel px -> (..., 2) input px."""
        return np.asarray((xy + 0.5) / self.scale - 0.5)

    def axes(self) -> Floats:
        """Return (n, 2) input px of the panel's columns and rows, the shorter of both repeated at its end."""
        n = np.arange(max(self.size), dtype=float)
        return self.to_input(
            np.stack([np.minimum(n, self.size[0] - 1), np.minimum(n, self.size[1] - 1)], axis=-1)
        )

    def backdrop(self, crop: Bytes | None, *, dimmed: bool = False) -> Bytes:
        """Return (h, w, 3): the input's picture in the panel's size, or a plain canvas; dimmed: grey and darker."""
        if crop is None:
            return np.full((*self.size[::-1], 3), (0, 0, 0) if dimmed else PANEL, np.uint8)
        cv2 = opencv()
        how = cv2.INTER_CUBIC if min(self.scale) >= 1 else cv2.INTER_AREA
        shown = np.asarray(cv2.resize(crop, self.size, interpolation=how))
        if not dimmed:
            return shown.copy()
        grey = cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY)
        return np.repeat((grey * DIMMED).astype(np.uint8)[..., None], 3, axis=2)


def panel_of(input_size: Size, side: float) -> Panel:
    """Return a panel whose longer side is at most ``side`` px, or hardly more: enlarged in steps of a half.

    >>> panel_of((192, 256), 400).size, panel_of((1024, 768), 256).size
    ((288, 384), (256, 192))
    """
    scale = side / max(input_size)
    scale = np.floor(2 * scale) / 2 if scale >= 1 else 1 if scale > 0.8 else scale
    width, height = (max(1, round(n * scale)) for n in input_size)
    return Panel(input_size, (width, height))
