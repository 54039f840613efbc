"""``dark`` and ``dark-udp``: modulation by a Gaussian, logarithm, one Newton step to the peak.

Zhang, Zhu, Dai, Ye and Zhu, "Distribution-aware coordinate representation for human pose estimation", CVPR
2020, equations 6-9, with the derivatives of DarkPose; ``dark-udp`` with those of Huang, Zhu, Guo and Huang,
"The devil is in the details" (UDP), CVPR 2020. Both are computed at the stencil round each peak only.

Ours differ from the published code (``published.py``) where that goes wrong: the modulation follows the
recorded sigma; where the stencil and kernel of a peak reach over a side, the blob is fitted to the cells on
the map (``side_fit``) in place of zeros blurred in; a step is taken only where the Hessian is negative definite, and never
over more than ``CREDIBLE`` sigmas per axis.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.compiled import loops
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement import published
from kp2heat.decoders.refinement.locate import stepped
from kp2heat.decoders.refinement.peak_cells import STRETCH, PeakCells, Steps, bounded, window, words
from kp2heat.decoders.refinement.side_fit import side_steps
from kp2heat.decoders.refinement.taylor import ONE_CELL, TWO_CELL, Stencil, blur_windows, newton
from kp2heat.peaks import Peaks

KERNEL = 2.5
"""Half-width of the modulating kernel in sigmas, rounded up to whole cells: the published 11 taps at sigma 2 and
17 at sigma 3. A kernel cut at 2 sigma lets noise through its ends."""

CREDIBLE = 1.5
"""Sigmas, and at least one cell: a longer step is refused. Noise moves the arg-max of a wide blob by cells: to
refuse those steps, or to cut them to one, triples the error at 20 % of noise (72x96, sigma 3)."""

FLOOR = 1e-10
"""Least value, relative to the peak, that a logarithm is taken of."""


@lru_cache(maxsize=64)
def modulation(sigma: float) -> Floats:
    """Return (2 half + 1,) the modulating Gaussian of width sigma, sum 1."""
    half = max(1, int(np.ceil(KERNEL * sigma)))
    values = np.exp(-(np.arange(-half, half + 1.0) ** 2) / (2 * sigma * sigma))
    values /= values.sum()
    values.flags.writeable = False
    return values


def steps(at: PeakCells, level: Level, *, stencil: Stencil = TWO_CELL, taps: Floats | None = None) -> Steps:
    """Return steps in cells for P peaks; taps: of the modulation, by default a Gaussian of the level's sigma."""
    taps = modulation(level.sigma) if taps is None else taps
    far, near = _split(at, stencil.reach + len(taps) // 2)
    most = max(1.0, CREDIBLE * level.sigma)
    if not len(near):
        return _modulated(at, taps, stencil, most)
    dx, dy, taken = np.empty(len(at.x)), np.empty(len(at.x)), np.empty(len(at.x), bool)
    for rows, part in (
        (far, _modulated(at.take(far), taps, stencil, most)),
        (near, side_steps(at.take(near), level, most)),
    ):
        dx[rows], dy[rows], taken[rows] = part
    return dx, dy, taken


def _split(at: PeakCells, reach: int) -> tuple[Ints, Ints]:
    """Return the peaks whose stencil and kernel lie in the map, and the others."""
    x, y, (_, height, width) = at.x, at.y, at.maps.shape
    compiled = loops()
    if compiled is not None:
        far, near = np.empty((2, len(x)), np.int64)
        count = compiled.split_peaks(x, y, reach, width, height, far, near)
        return far[:count], near[: len(x) - count]
    inside = (x >= reach) & (x < width - reach) & (y >= reach) & (y < height - reach)
    return np.flatnonzero(inside), np.flatnonzero(~inside)


def _modulated(at: PeakCells, taps: Floats, stencil: Stencil, credible: float) -> Steps:
    """Return Newton's steps on the logarithm of the modulated map, whose cells all lie in the map."""
    compiled, cells = loops(), words(at.maps)
    if compiled is not None and cells is not None:
        count, side = len(at.x), 2 * stencil.reach + 1
        logs, (dx, dy), taken = np.empty((side, side, count)), np.empty((2, count)), np.empty(count, bool)
        compiled.blurred(cells, *at.place, taps, logs)
        np.log(np.maximum(logs, FLOOR, out=logs), out=logs)
        compiled.taylor_steps(logs, stencil is TWO_CELL, credible, STRETCH, dx, dy, taken)
        return dx, dy, taken
    half = stencil.reach + len(taps) // 2
    values = window(at, half)
    with np.errstate(invalid="ignore"):
        shares = values / values[:, half, half][:, None, None]
        d = stencil.derivatives(np.log(np.maximum(blur_windows(shares, taps), FLOOR)))
        dx, dy, det = newton(d)
        return bounded(dx, dy, (det > 0) & (d.xx < 0), credible)


def dark(
    planes: Planes,
    level: Level,
    *,
    top: int = 1,
    threshold: float = 0.0,
    literal: bool = False,
    rule: str = "mmpose",
    kernel: int = 11,
) -> Peaks:
    """Return integer peaks and a Taylor step on the blurred log map; ``literal``: as HRNet or mmpose, by ``rule``.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="dark", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    if literal:
        return published.dark(planes["heatmaps"], rule, kernel)
    return stepped(planes, level, steps, top, threshold, sigma=level.sigma)


def udp(
    planes: Planes,
    level: Level,
    *,
    top: int = 1,
    threshold: float = 0.0,
    literal: bool = False,
    kernel: int = 11,
) -> Peaks:
    """Return integer peaks and a Taylor step by UDP's derivatives on the blurred log map; ``literal``: as mmpose.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="dark-udp", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    if literal:
        return published.dark_udp(planes["heatmaps"], kernel)
    return stepped(planes, level, partial(steps, stencil=ONE_CELL), top, threshold, sigma=level.sigma)


DARK = Decoder(
    "dark", dark, "Taylor step on the blurred log map: Zhang et al., DARK, CVPR 2020", accepts_float16=True
)
UDP = Decoder(
    "dark-udp", udp, "DARK's step with UDP's derivatives: Huang et al., UDP, CVPR 2020", accepts_float16=True
)
