"""The error budget of a representation: what encoding and decoding alone cost, on a user's own keypoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats
from kp2heat.errors import InputError, SpecError
from kp2heat.frame import finite
from kp2heat.metrics import epe, pck
from kp2heat.metrics.columns import mean
from kp2heat.metrics.oks import joint_similarity
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.metrics.sigmas import sigmas_of
from kp2heat.pipeline.encoding.disk_space import estimated_bytes
from kp2heat.pipeline.encoding.planning.plan import Plan, plan
from kp2heat.pipeline.evaluation.options import plain
from kp2heat.pipeline.sampling import evenly_spaced
from kp2heat.pipeline.seeing.budget_report import SETTINGS, Budget, Cost
from kp2heat.pipeline.seeing.source import Planes, Source, choose_method, decoded_labels, from_plan
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec

OKS_THRESHOLDS = np.arange(0.5, 0.951, 0.05)
"""COCO's ten."""
NEAR = 0.05
"""Threshold of PCK, of the longer side of the box."""
EXACT = ("weights", "mask")
"""Ends of the names of planes that no network predicts, so that they have no noise."""


def sampled(annotations: Annotations, spec: Spec, most: int) -> tuple[Annotations, int]:
    """Return annotations of evenly spaced images with about ``most`` samples, and the number of samples of all."""
    eligible = ~annotations.crowd & (annotations.visible > 0).any(axis=1)
    per_image = np.bincount(annotations.image[eligible], minlength=len(annotations.images))
    used = np.flatnonzero(per_image) if spec.sample == "instance" else np.arange(len(annotations.images))
    total = int(eligible.sum()) if spec.sample == "instance" else len(used)
    if not most or total <= most:
        return annotations, total
    chosen = used[evenly_spaced(len(used), max(1, round(most * len(used) / total)))]
    rows = annotations.take(np.isin(annotations.image, chosen))
    return replace(
        rows, images=annotations.images.take(chosen), image=np.searchsorted(chosen, rows.image)
    ), total


def budget(
    annotations: Annotations,
    base: Spec,
    grid: Mapping[str, Sequence[Any]],
    methods: Sequence[str],
    *,
    most: int = 1000,
    noise: float = 0.0,
    sigmas: str | Sequence[float] = "",
    progress: Callable[[int], None] = lambda _count: None,
) -> Budget:
    """Draw, store and decode about ``most`` samples in each representation (0: all), and measure.

    grid     field of a spec -> values to try, of one level each; every combination is measured. Values of
             ``normalize`` are pairs of a name and parameters
    methods  decoders, by which each of them is decoded
    noise    standard deviation of white noise added to the maps before decoding, as a share of their peak: a
             network that is as good as its representation but for this
    sigmas   OKS sigmas, where the skeleton has none

    Returns the costs in the order of the grid. A combination that is impossible says why; SpecError if all are,
    InputError where there are no samples.
    """
    few, total = sampled(annotations, base, most)
    if not total:
        where = annotations.source or "annotations"
        raise InputError(where, "no person has a labelled joint", "give a file that has some")
    known, notes = _sigmas(annotations.skeleton, sigmas)
    costs: list[Cost] = []
    count, errors = 0, []
    for values in product(*grid.values()):
        fields = dict(zip(grid, values, strict=True))
        if "normalize" in fields:
            fields["normalize"], fields["normalize_params"] = fields["normalize"]
        try:
            planned = plan(few, base.overridden(fields, "command line")[0])
            costs += measure(planned, methods, total, noise, known)
            count = len(planned.samples)
        except SpecError as error:
            errors.append(error)
            costs.append(Cost(_shown(base, fields, ",".join(methods)), refused=str(error)))
        progress(1)
    if not count:
        raise errors[0]
    return Budget(tuple(costs), count, total, noise, notes)


def _sigmas(skeleton: Skeleton, given: str | Sequence[float]) -> tuple[Floats | None, tuple[str, ...]]:
    """Return the OKS sigmas, or None and a note where none are known; SpecError on given ones that do not fit."""
    try:
        return sigmas_of(skeleton, given), ()
    except SpecError as error:
        if given:
            raise
        return None, (f"no AP: {error}",)


def _shown(base: Spec, fields: Mapping[str, Any], method: str) -> dict[str, str]:
    """Return the settings of a combination that is impossible, as they were asked for."""
    given = {
        "codec": base.codec,
        "dtype": base.dtype,
        "normalize": base.normalize,
        **fields,
        "method": method,
    }
    text = {
        {"sizes": "size", "strides": "stride"}.get(name, name): str(
            value[0] if isinstance(value, list | tuple) and value else value
        )
        for name, value in given.items()
    }
    return {name: text.get(name, "-") for name in SETTINGS}


def measure(
    planned: Plan, methods: Sequence[str], total: int, noise: float, sigmas: Floats | None
) -> list[Cost]:
    """Return the cost of one representation by each method; ``total`` samples are to be stored in all."""
    source = from_plan(planned)
    ((name, info),) = source.levels.items()
    used = [choose_method(source, info, method, predicted=noise > 0) for method in methods]
    people = np.arange(len(source.people.xy))
    random = np.random.default_rng(0)
    decoded = decoded_labels(source, name, used, change=lambda planes: _with_noise(planes, noise, random))
    shards = -(-total // planned.shard_rows)
    stored = estimated_bytes(planned, total, shards)
    stride = info.level.alignment.stride[0]
    spec = planned.spec
    normalize = [spec.normalize, *(f"{key}={value:g}" for key, value in spec.normalize_params.items())]
    words = (name, f"{stride:g}", f"{info.level.sigma:.4g}", info.codec, spec.dtype, ",".join(normalize))
    truth, scored = source.truth(people), source.scored(people)
    return [
        Cost(
            dict(zip(SETTINGS, (*words, method), strict=True)),
            **_errors(source, truth, scored, places, sigmas),
            sample_bytes=stored / max(1, total),
            total_bytes=float(stored),
        )
        for method, places in zip(used, decoded, strict=True)
    ]


def _with_noise(planes: Planes, noise: float, random: np.random.Generator) -> Planes:
    """Return the planes with white noise of this share of each sample's greatest value added to all that is predicted."""
    if not noise:
        return planes
    noisy = dict(planes)
    for name, values in planes.items():
        if values.dtype.kind != "f" or name.endswith(EXACT):
            continue
        maps = np.asarray(values, np.float32)
        known = np.where(np.isfinite(maps), np.abs(maps), 0)
        peak = known.max(axis=tuple(range(1, maps.ndim)), keepdims=True, initial=0)
        noisy[name] = maps + np.float32(noise) * peak * random.standard_normal(maps.shape, np.float32)
    return noisy


def _errors(
    source: Source, truth: Floats, scored: Floats, decoded: Floats, sigmas: Floats | None
) -> dict[str, Any]:
    """Return the numbers of a Cost that are about joints. truth, scored, decoded: (M, K, 2) input px."""
    everyone = source.people
    frame = source.frame.take(everyone.sample)
    wanted = finite(scored)
    in_input = Pairs(source.skeleton, truth, decoded, everyone.visible, wanted, space="input")
    in_image = Pairs(
        source.skeleton,
        everyone.xy,
        frame.to_image(decoded),
        everyone.visible,
        wanted,
        bbox=everyone.bbox,
        area=everyone.area,
    )
    numbers = epe.epe(in_input).overall
    lengths = {name: numbers[name] for name in ("mean", "p95", "max")}
    return {
        **plain(lengths),
        "pck": pck.pck(in_image, (NEAR,)).overall[f"PCK@{NEAR:g}"],
        "ap": None
        if sigmas is None
        else ap_ceiling(replace(in_image, scored=in_image.labelled), wanted, sigmas),
        "joints": int(wanted.sum()),
        "dropped": int((in_image.labelled & ~wanted).sum()),
        "missed": int(numbers["missed"]),
    }


def ap_ceiling(pairs: Pairs, drawn: Any, sigmas: Floats) -> float:
    """Return the OKS-AP of detections that are scored by their own OKS: the mean share that reaches each threshold.

    Labelled joints that are not ``drawn`` (N, K) count 0, as a network that never saw them would get.
    """
    near, counted = joint_similarity(pairs, sigmas.tolist())
    oks = mean(np.where(drawn, near, 0.0).T, counted.T)
    people = counted.any(axis=1)
    return float((oks[people, None] >= OKS_THRESHOLDS - 1e-9).mean()) if people.any() else float("nan")
