"""Normalisations of a map, exact, recorded in the shard and undone before decoding.

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

softmax loses a constant, which its undoing sets so that the map's minimum is 0: exact wherever the raw
map reaches 0. An empty map is 0 under none and sum, and comes back as 0 from the others, to storage
precision. Values that no map can have (a network's, or rounded to 0 or 1) are undone as the nearest that
float32 can hold, so that finite maps stay finite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.errors import SpecError

Maps = NDArray[Any]


@dataclass(frozen=True)
class Normalization:
    """apply and undo take (..., H, W) maps and the parameters; ``bound``: the greatest value possible."""

    apply: Callable[..., Maps]
    undo: Callable[..., Maps]
    params: Mapping[str, float]
    bound: Callable[..., float]


_LEAST, _GREATEST = 2.0**-149, 1 - 2.0**-24
"""The outermost float32 values strictly between 0 and 1."""


def _sum(maps: Maps) -> Maps:
    total = maps.sum(axis=(-2, -1), keepdims=True, dtype=np.float64)
    return maps / np.where(total > 0, total, 1)


def _sigmoid(maps: Maps, gain: float, bias: float) -> Maps:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-(gain * maps.astype(np.float64) + bias))))


def _logit(maps: Maps, gain: float, bias: float) -> Maps:
    value = np.clip(maps.astype(np.float64), _LEAST, _GREATEST)
    return (np.log(value) - np.log1p(-value) - bias) / gain


def _softmax(maps: Maps, beta: float) -> Maps:
    scaled = beta * maps.astype(np.float64)
    weights = np.exp(scaled - scaled.max(axis=(-2, -1), keepdims=True))
    return np.asarray(weights / weights.sum(axis=(-2, -1), keepdims=True))


def _log_softmax(maps: Maps, beta: float) -> Maps:
    with np.errstate(divide="ignore"):
        logs = np.log(np.maximum(maps.astype(np.float64), 0)) / beta
    finite = np.where(np.isfinite(logs), logs, np.inf)
    least = finite.min(axis=(-2, -1), keepdims=True)
    return np.asarray(np.maximum(logs, least) - np.where(np.isfinite(least), least, 0))


def _clamp(maps: Maps, eps: float) -> Maps:
    return np.clip(maps, eps, 1 - eps)


def _unclamp(maps: Maps, eps: float) -> Maps:
    """Half precision may store eps as much as 2^-11 of it too large."""
    return np.where(maps > eps * (1 + 2.0**-10), maps, 0)


def _same(maps: Maps, **_: float) -> Maps:
    return maps


def _one(*_: object, **__: float) -> float:
    return 1.0


def corner_share(size: tuple[int, int], sigma: float) -> float:
    """Greatest value a map of sum 1 can hold: the cell under a joint on the map's very corner, cut at 3 sigma.

    The outermost cells lie i + 1/2 from that joint; at least one of them is drawn.
    """
    reach = max(1, int(3 * sigma + 0.5))
    near = [np.arange(min(cells, reach)) for cells in size]
    shares = [1 / np.exp(-(i * i + i) / (2 * sigma * sigma)).sum() for i in near]
    return float(shares[0] * shares[1])


def _softmax_bound(size: tuple[int, int], _sigma: float, beta: float) -> float:
    return float(1 / (1 + (size[0] * size[1] - 1) * np.exp(-beta)))


NORMALIZATIONS: Mapping[str, Normalization] = {
    "none": Normalization(_same, _same, {}, _one),
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
    """The row of that name and its parameters, defaults filled in; SpecError on unknown names or values."""
    row = NORMALIZATIONS.get(name)
    if row is None:
        raise SpecError("normalize", f"'{name}' is not known", f"use one of {', '.join(NORMALIZATIONS)}")
    for key, value in params.items():
        if key not in row.params:
            known = ", ".join(row.params) or "none"
            raise SpecError("normalize", f"{name} has no parameter '{key}'", f"its parameters: {known}")
        low, high, wanted = _USABLE[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low < value < high:
            raise SpecError("normalize", f"{key} = {value!r} is not usable", f"give {wanted}")
    return row, {**row.params, **params}


def apply(name: str, maps: Maps, params: Mapping[str, float]) -> Maps:
    """Normalise raw maps (..., H, W), in float64; the caller rounds."""
    row, full = normalization(name, params)
    return row.apply(maps, **full)


def undo(name: str, maps: Maps, params: Mapping[str, float]) -> NDArray[np.float32]:
    """Raw maps (..., H, W) float32 from normalised ones, up to a positive factor for ``sum``."""
    row, full = normalization(name, params)
    return row.undo(maps, **full).astype(np.float32, copy=False)
