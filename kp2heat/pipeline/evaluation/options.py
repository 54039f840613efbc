"""Check the settings of metrics, measure pairs by metric names, and convert scores to plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kp2heat.contracts import Scores
from kp2heat.errors import SpecError
from kp2heat.metrics import METRICS
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.pipeline.evaluation.json_report import ScoresJson

COUNTS = ("count", "missed", "area_from_box", "tp", "fp", "fn")


def chosen_settings(names: Sequence[str], settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the settings of each metric; SpecError for an unknown metric, or a setting that none of them has.

    ``NAME`` goes to every metric that has it, ``METRIC.NAME`` to that one. Lists are written ``0.05,0.1``.

    >>> chosen_settings(["pck", "nme"], {"pck.by": "torso"})
    {'pck': {'by': 'torso'}, 'nme': {}}
    """
    for name in names:
        if name not in METRICS:
            raise SpecError("--metric", f"'{name}' is not a metric", f"use ap or one of {', '.join(METRICS)}")
    out: dict[str, dict[str, Any]] = {name: {} for name in names}
    for key, value in settings.items():
        owner, _, bare = key.rpartition(".")
        takers = [n for n in names if bare in METRICS[n].params and owner in ("", n)]
        if not takers:
            known = sorted({f"{n}.{p}" for n in names for p in METRICS[n].params})
            takes = f"they take {', '.join(known)}" if known else "choose a metric that does with --metric"
            raise SpecError("metric parameter", f"no chosen metric takes '{key}'", takes)
        for name in takers:
            out[name][bare] = _as(METRICS[name].params[bare], value, key)
    return out


def _as(default: Any, value: Any, key: str) -> Any:
    """Return a setting in the type of its default."""
    try:
        if isinstance(default, tuple):
            return tuple(float(v) for v in str(value).split(","))
        return type(default)(value)
    except ValueError:
        like = ",".join(map(str, default)) if isinstance(default, tuple) else default
        raise SpecError(
            "metric parameter", f"{key}={value} is not usable", f"write a value like {like}"
        ) from None


def measure(pairs: Pairs, chosen: Mapping[str, Mapping[str, Any]]) -> dict[str, Scores]:
    """Return each metric's scores under the settings of :func:`chosen_settings`."""
    return {name: METRICS[name].measure(pairs, **settings) for name, settings in chosen.items()}


def plain(numbers: Mapping[str, Any]) -> dict[str, float | int | None]:
    """Return JSON numbers: None for NaN, counts as whole numbers."""
    return {
        name: None if not np.isfinite(value) else int(value) if name in COUNTS else float(value)
        for name, value in numbers.items()
    }


def scores_json(scores: Scores, names: Sequence[str]) -> ScoresJson:
    """Return the scores as ``{"overall": {...}, "per_joint": {name: {...}}}``."""
    joints = {name: {key: v[k] for key, v in scores.joints.items()} for k, name in enumerate(names)}
    return {"overall": plain(scores.overall), "per_joint": {name: plain(v) for name, v in joints.items()}}
