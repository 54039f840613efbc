"""The samples that were decoded worst."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.frame import finite
from kp2heat.pipeline.decoding.reporting.report import LevelResult
from kp2heat.pipeline.seeing.source import Source, choose_method, decoded_labels


def joint_errors(result: LevelResult) -> Floats:
    """Return (M, K) distances in input px: inf for a joint that was not found, NaN for one that is not scored."""
    truth, peaks = result.true_places()["input"], result.decoded_places()["input"]
    return _distances(np.where(result.scored[..., None], truth, np.nan), peaks)


def label_errors(
    source: Source, name: str, method: str, progress: Callable[[int], None] = lambda _samples: None
) -> Floats:
    """Return the same of labels at the level ``name``, drawn and decoded here for all samples."""
    chosen = choose_method(source, source.levels[name], method)
    (peaks,) = decoded_labels(source, name, [chosen], progress=progress)
    return _distances(source.scored(np.arange(len(peaks))), peaks)


def _distances(scored: Floats, peaks: Floats) -> Floats:
    distance = np.where(finite(peaks), np.linalg.norm(peaks - scored, axis=-1), np.inf)
    return np.where(finite(scored), distance, np.nan)


def worst_samples(errors: Floats, sample: Ints, count: int) -> Ints:
    """Return the numbers of the samples with the largest error of any joint, the worst first; ties in file order.

    errors (M, K) as :func:`joint_errors` gives them; sample (M,): the sample of each person. A joint that was not
    found is worse than any distance.
    """
    person = np.where(np.isnan(errors), -1.0, errors).max(axis=1, initial=-1)
    of_sample = np.full(int(sample.max(initial=-1)) + 1, -1.0)
    np.maximum.at(of_sample, sample, person)
    order = np.argsort(-of_sample, kind="stable")[:count]
    return order[of_sample[order] >= 0]
