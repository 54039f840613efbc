"""Normalisations of a map: applied exactly, recorded in the shard, and undone before decoding.

With h the raw map (peak 1):

=========  ==========================================  =========================
name       applied                                     undone
=========  ==========================================  =========================
none       h                                           itself
sum        h / sum(h)                                  itself: a positive factor
sigmoid    1 / (1 + exp(-(gain h + bias)))             (logit - bias) / gain
softmax    exp(beta h) / sum(exp(beta h))              (log - min(log)) / beta
clamp      h kept within [eps, 1 - eps]                0 up to eps, else itself
=========  ==========================================  =========================

softmax loses a constant; undoing it sets the constant so that the minimum of the map is 0, which is exact
wherever the raw map reaches 0. An empty map is 0 under none and sum, and comes back as 0 from the others, to
storage precision. Values that no normalised map has (in predictions, or rounded to 0 or 1) are undone as the
nearest one that float32 can hold, so that finite maps stay finite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.errors import SpecError, check_choice

Maps = NDArray[Any]


@dataclass(frozen=True)
class Normalization:
    """One normalisation: how it is applied and undone, its parameters, and the greatest possible value.

    apply(maps, outside, **params) -> maps, background
        maps (..., h, w) are windows of maps with ``outside`` further cells of 0 each; background, which
        broadcasts to (..., 1, 1), is the value of those cells afterwards
    undo(maps, **params) -> maps (..., H, W)
    params      parameters with their defaults
    bound(size, sigma, **params) -> float
    """

    apply: Callable[..., tuple[Maps, Maps]]
    undo: Callable[..., Maps]
    params: Mapping[str, float]
    bound: Callable[..., float]


_LEAST, _GREATEST = 2.0**-149, 1 - 2.0**-24
"""The least and the greatest float32 values strictly between 0 and 1."""


def _nothing() -> Maps:
    return np.zeros((1, 1))


def _total(values: Maps, background: Maps, outside: int) -> Maps:
    """Return the sums (..., 1, 1) of maps of values >= 0, in fixed point, as fine as 63 bits allow.

    Whole numbers add up to the same sum in any order, so a map and its window agree to the last bit.
    """
    cells = outside + values.shape[-2] * values.shape[-1]
    greatest = values.max(axis=(-2, -1), keepdims=True, initial=0)
    if outside:
        greatest = np.maximum(greatest, background)
    shift = 62 - cells.bit_length() - np.frexp(greatest)[1]
    inside, other = (np.rint(np.ldexp(v, shift)).astype(np.int64) for v in (values, background))
    return np.asarray(np.ldexp((inside.sum(axis=(-2, -1), keepdims=True) + outside * other) * 1.0, -shift))


def _sum(maps: Maps, outside: int) -> tuple[Maps, Maps]:
    values = maps.astype(np.float64)
    total = _total(values, _nothing(), outside)
    return values / np.where(total > 0, total, 1), _nothing()


def _sigmoid(maps: Maps, _outside: int, gain: float, bias: float) -> tuple[Maps, Maps]:
    with np.errstate(over="ignore"):
        values, background = (
            1 / (1 + np.exp(-(gain * v + bias))) for v in (maps.astype(np.float64), _nothing())
        )
    return values, background


def _logit(maps: Maps, gain: float, bias: float) -> Maps:
    value = np.clip(maps.astype(np.float64), _LEAST, _GREATEST)
    return (np.log(value) - np.log1p(-value) - bias) / gain


def _softmax(maps: Maps, outside: int, beta: float) -> tuple[Maps, Maps]:
    scaled = beta * maps.astype(np.float64)
    greatest = scaled.max(axis=(-2, -1), keepdims=True)
    if outside:
        greatest = np.maximum(greatest, 0)
    weights, background = np.exp(scaled - greatest), np.exp(-greatest)
    total = _total(weights, background, outside)
    return weights / total, background / total


def _log_softmax(maps: Maps, beta: float) -> Maps:
    """Return the logs over beta, less their minimum; cells rounded to 0 count as half the least value above 0."""
    value = np.maximum(maps.astype(np.float64), 0)
    least = np.where(value > 0, value, np.inf).min(axis=(-2, -1), keepdims=True)
    value = np.where(value > 0, value, np.where(np.isfinite(least), least / 2, 1))
    logs = np.log(value) / beta
    return np.asarray(logs - logs.min(axis=(-2, -1), keepdims=True))


def _clamp(maps: Maps, _outside: int, eps: float) -> tuple[Maps, Maps]:
    return np.clip(maps, eps, 1 - eps), np.full((1, 1), eps)


def _unclamp(maps: Maps, eps: float) -> Maps:
    """Return 0 up to eps, which half precision may store up to 2^-11 of it too large."""
    return np.where(maps > eps * (1 + 2.0**-10), maps, 0)


def _none(maps: Maps, _outside: int) -> tuple[Maps, Maps]:
    return maps, _nothing()


def _same(maps: Maps, **_: float) -> Maps:
    return maps


def _one(*_: object, **__: float) -> float:
    return 1.0


def corner_share(size: tuple[int, int], sigma: float) -> float:
    """Return the greatest value that a map of sum 1 can hold, with a joint on the corner and a cut at 3 sigma.

    The cells along an axis then lie i + 1/2 from the joint, and at least one of them is drawn.
    """
    reach = max(1, int(3 * sigma + 0.5))
    near = [np.arange(min(cells, reach)) for cells in size]
    shares = [1 / np.exp(-(i * i + i) / (2 * sigma * sigma)).sum() for i in near]
    return float(shares[0] * shares[1])


def _softmax_bound(size: tuple[int, int], _sigma: float, beta: float) -> float:
    return float(1 / (1 + (size[0] * size[1] - 1) * np.exp(-beta)))


NORMALIZATIONS: Mapping[str, Normalization] = {
    "none": Normalization(_none, _same, {}, _one),
    "sum": Normalization(_sum, _same, {}, corner_share),
    "sigmoid": Normalization(_sigmoid, _logit, {"gain": 1.0, "bias": 0.0}, _one),
    "softmax": Normalization(_softmax, _log_softmax, {"beta": 1.0}, _softmax_bound),
    "clamp": Normalization(_clamp, _unclamp, {"eps": 1e-4}, _one),
}


_USABLE: Mapping[str, tuple[float, float, str]] = {
    "gain": (0, np.inf, "a positive, finite number"),
    "bias": (-np.inf, np.inf, "a finite number"),
    "beta": (0, np.inf, "a positive, finite number"),
    "eps": (0, 0.5, "a number between 0 and 0.5"),
}
"""Parameter -> the open interval it must lie in, and how to say so."""


def normalization(name: str, params: Mapping[str, float]) -> tuple[Normalization, dict[str, float]]:
    """Return the normalisation of that name, and its parameters with defaults filled in.

    SpecError on unknown names and unusable values.

    >>> normalization("softmax", {})[1]
    {'beta': 1.0}
    """
    check_choice("normalize", name, NORMALIZATIONS)
    row = NORMALIZATIONS[name]
    for key, value in params.items():
        if key not in row.params:
            known = ", ".join(row.params) or "none"
            raise SpecError("normalize", f"{name} has no parameter '{key}'", f"its parameters: {known}")
        low, high, wanted = _USABLE[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low < value < high:
            raise SpecError("normalize", f"{key} = {value!r} is not usable", f"give {wanted}")
    return row, {**row.params, **params}


def apply(name: str, maps: Maps, params: Mapping[str, float]) -> Maps:
    """Return raw maps (..., H, W) normalised, in float64; the caller rounds them.

    >>> apply("sum", np.array([[1.0, 3.0]]), {}).tolist()
    [[0.25, 0.75]]
    """
    return apply_windows(name, maps, 0, params)[0]


def apply_windows(name: str, windows: Maps, outside: int, params: Mapping[str, float]) -> tuple[Maps, Maps]:
    """Normalise maps given as windows (..., h, w), each with ``outside`` cells of 0 round it, with the same bits.

    Returns the windows, and the value of the cells outside, which broadcasts to (..., 1, 1).
    """
    row, full = normalization(name, params)
    return row.apply(windows, outside, **full)


def undo(name: str, maps: Maps, params: Mapping[str, float]) -> NDArray[np.float32]:
    """Return raw maps (..., H, W) float32 of normalised ones, up to a positive factor for ``sum``."""
    row, full = normalization(name, params)
    return row.undo(maps, **full).astype(np.float32, copy=False)
