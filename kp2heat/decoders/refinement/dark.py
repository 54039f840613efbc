"""``dark`` and ``dark-udp``: modulation by a Gaussian, logarithm, one Newton step to the peak.

Zhang, Zhu, Dai, Ye and Zhu, "Distribution-aware coordinate representation for human pose estimation", CVPR
2020, equations 6-9, with the derivatives of DarkPose; ``dark-udp`` with those of Huang, Zhu, Guo and Huang,
"The devil is in the details" (UDP), CVPR 2020. Both are computed at the stencil round each peak only.

Ours differ from the published code (``published.py``) where that goes wrong: the modulation follows the
recorded sigma; where the stencil and kernel of a peak reach over a side, the blob is fitted to the cells on
the map (``side_fit``) in place of zeros blurred in; a step is taken only where the Hessian is negative definite, and never
over more than ``CREDIBLE`` sigmas an axis.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.compiled import loops
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement import published
from kp2heat.decoders.refinement.locate import STRETCH, Maps, Steps, bounded, by_parts, stepped, window, words
from kp2heat.decoders.refinement.side_fit import side_steps
from kp2heat.decoders.refinement.taylor import Derivatives, blur_windows, newton, one_cell, two_cell
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


def steps(
    maps: Maps,
    which: Ints,
    x: Ints,
    y: Ints,
    level: Level,
    *,
    derivatives: Callable[[Floats], Derivatives] = two_cell,
    stencil: int = 2,
    taps: Floats | None = None,
) -> Steps:
    """Return steps in cells for P peaks at (x, y) of maps[which]; maps (M, H, W).

    stencil: reach of the derivatives; taps: of the modulation, by default a Gaussian of the level's sigma
    """
    _, height, width = maps.shape
    taps = modulation(level.sigma) if taps is None else taps
    reach = stencil + len(taps) // 2
    far, near = _split(x, y, reach, width, height)
    most = max(1.0, CREDIBLE * level.sigma)
    if not len(near):
        return _modulated(maps, which, x, y, taps, stencil, derivatives, most)
    dx, dy, taken = np.empty(len(x)), np.empty(len(x)), np.empty(len(x), bool)
    for rows, part in (
        (far, _modulated(maps, which[far], x[far], y[far], taps, stencil, derivatives, most)),
        (near, side_steps(maps, which[near], x[near], y[near], level, most)),
    ):
        dx[rows], dy[rows], taken[rows] = part
    return dx, dy, taken


def _split(x: Ints, y: Ints, reach: int, width: int, height: int) -> tuple[Ints, Ints]:
    """Return the peaks whose stencil and kernel lie in the map, and the others."""
    compiled = loops()
    if compiled is not None:
        far, near = np.empty((2, len(x)), np.int64)
        count = compiled.split_peaks(x, y, reach, width, height, far, near)
        return far[:count], near[: len(x) - count]
    inside = (x >= reach) & (x < width - reach) & (y >= reach) & (y < height - reach)
    return np.flatnonzero(inside), np.flatnonzero(~inside)


def _modulated(
    maps: Maps,
    which: Ints,
    x: Ints,
    y: Ints,
    taps: Floats,
    stencil: int,
    derivatives: Callable[[Floats], Derivatives],
    credible: float,
) -> Steps:
    compiled, cells = loops(), words(maps)
    wide, side = derivatives is two_cell, 2 * stencil + 1

    def taylor(part: slice) -> Steps:
        place = which[part], x[part], y[part]
        if compiled is not None and cells is not None:
            logs, (dx, dy), taken = _empty(side, len(place[0]))
            compiled.blurred(cells, *place, taps, logs)
            np.log(np.maximum(logs, FLOOR, out=logs), out=logs)
            compiled.taylor_steps(logs, wide, credible, STRETCH, dx, dy, taken)
            return dx, dy, taken
        d = derivatives(np.log(np.maximum(blurred(maps, *place, taps, stencil), FLOOR)))
        dx, dy, det = newton(d)
        return bounded(dx, dy, (det > 0) & (d.xx < 0), credible)

    with np.errstate(invalid="ignore"):
        return by_parts(taylor, len(which))


def _empty(side: int, count: int) -> tuple[Floats, Floats, Bools]:
    """Return arrays (side, side, P), (2, P) and (P,) to be filled."""
    return np.empty((side, side, count)), np.empty((2, count)), np.empty(count, bool)


def blurred(maps: Maps, which: Ints, x: Ints, y: Ints, taps: Floats, stencil: int) -> Floats:
    """Return (P, n, n), n = 2 stencil + 1: cells round each peak as shares of it, correlated with the taps."""
    half = stencil + len(taps) // 2
    values = window(maps, which, x, y, half)
    return blur_windows(values / values[:, half, half][:, None, None], taps)


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
    """Return integer peaks and their steps with DarkPose's derivatives; ``literal``: as HRNet or mmpose, by ``rule``.

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
    """Return integer peaks and their steps with UDP's derivatives; ``literal``: ``published.dark_udp``.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="dark-udp", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    if literal:
        return published.dark_udp(planes["heatmaps"], kernel)
    udp_steps = partial(steps, derivatives=one_cell, stencil=1)
    return stepped(planes, level, udp_steps, top, threshold, sigma=level.sigma)


DARK = Decoder(
    "dark", dark, "Taylor step on the blurred log map: Zhang et al., DARK, CVPR 2020", accepts_float16=True
)
UDP = Decoder(
    "dark-udp", udp, "the same with UDP's derivatives: Huang et al., UDP, CVPR 2020", accepts_float16=True
)
