"""How the blobs of a map that several share were drawn and stored."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Bools


class Drawn(NamedTuple):
    """Blobs of peak 1.

    sigma              of each blob, in cells
    least              value below which a blob is cut off
    relative, absolute a stored value v is off by relative v + absolute at most
    joined             (C, C) which of the C maps of a sample limbs join
    clamp              what sums are cut at; a cell that is cut says nothing but that its sum is above
    """

    sigma: float
    least: float
    relative: float
    absolute: float
    joined: Bools
    clamp: float = np.inf
