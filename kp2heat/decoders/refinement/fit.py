"""``fit``: position and amplitude of the known Gaussian, fitted to the map itself by Gauss-Newton.

Under white noise the least-squares fit in linear space is the maximum-likelihood estimate, and its error
reaches the Cramer-Rao bound; methods on the log map (``lsq``, ``dark``) blow up the noise of the low cells.
The iteration is that of ``gauss_newton``. A side of the map only takes cells from the sums. No start but the integer
peak is needed: noise moves that by less than a sigma, from where the iteration converges.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.gauss_newton import iterated_shifts
from kp2heat.decoders.refinement.locate import stepped
from kp2heat.decoders.refinement.peak_cells import PeakCells, Steps, window
from kp2heat.peaks import Peaks

REACH = 2.0
"""Half-width of the window in sigmas, plus a cell for the step: those beyond hold 1 % of what a map says of a place."""

ITERATIONS = 20
STILL = 1e-5
"""Cells: a step shorter than this ends the iteration."""

STRAY = 1.0
"""How far, in sigmas, noise may have moved the arg-max of a Gaussian; at least one cell."""

WHITE = 0.3
"""Correlation of neighbouring residuals below which they are noise: 3 standard deviations over 100 cells."""


def left_over(values: Floats, shift: Floats, inside: tuple[Bools, Bools], sigma: float) -> Floats:
    """Return (P,) the correlation of neighbouring cells of the fit's residual: 0 for white noise, at most 1."""
    half = values.shape[1] // 2
    reach = np.arange(-half, half + 1.0)
    across, down = (np.exp(-0.5 * ((reach - shift[i][:, None]) / sigma) ** 2) * inside[i] for i in (0, 1))
    pull = (np.einsum("pyx,px->py", values, across) * down).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        amplitude = pull / ((across * across).sum(axis=-1) * (down * down).sum(axis=-1))
    rest = values - amplitude[:, None, None] * down[:, :, None] * across[:, None, :]
    across_rows = (rest[:, :, 1:] * rest[:, :, :-1]).sum(axis=(1, 2))
    below = (rest[:, 1:] * rest[:, :-1]).sum(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        return np.asarray((across_rows + below) / (2 * (rest * rest).sum(axis=(1, 2))))


def like_noise(at: PeakCells, shift: Floats, sigma: float, half: int, most: float) -> Bools:
    """Return (P,) whether noise may have moved peaks a cell or more from their blobs, at ``shift`` (2, P).

    The greatest value in the window is unique, the fit's residual is correlated below ``most``, and its place is at
    most a cell off the map.
    """
    values = window(at, half)
    white = left_over(values, shift, at.on_map(half), sigma) < most
    alone = (values == values.max(axis=(1, 2), keepdims=True)).sum(axis=(1, 2)) == 1
    landed, size = np.stack([at.x, at.y]) + shift, np.array(at.maps.shape[:0:-1])[:, None]
    return np.asarray(white & alone & ((landed >= -1) & (landed <= size)).all(axis=0))


def steps(at: PeakCells, level: Level) -> Steps:
    """Return steps in cells for P peaks.

    Refused where the iteration does not converge, or converges a cell or more from the peak on some axis
    although noise cannot have moved the peak: the greatest value occurs twice (a plateau, a saturated map),
    the place is off the map, or what the Gaussian leaves over does not look like noise.
    """
    sigma, half = level.sigma, int(np.ceil(REACH * level.sigma)) + 1
    farthest = max(1.0, STRAY * sigma)
    shift, converged = iterated_shifts(at, sigma, half, iterations=ITERATIONS, still=STILL, farthest=farthest)
    far = np.abs(shift).max(axis=0)
    taken = converged & (far < 1)
    strayed = np.flatnonzero(converged & (far >= 1))
    if len(strayed):
        taken[strayed] = like_noise(at.take(strayed), shift[:, strayed], sigma, half, WHITE)
    dx, dy = np.where(taken, shift, 0)
    return dx, dy, taken


def decode(planes: Planes, level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """Return integer peaks and a step to the known Gaussian, fitted to the map by least squares.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="fit", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    return stepped(planes, level, steps, top, threshold, sigma=level.sigma)


DECODER = Decoder(
    "fit", decode, "maximum likelihood under white noise: position and amplitude by Gauss-Newton, sigma known"
)
