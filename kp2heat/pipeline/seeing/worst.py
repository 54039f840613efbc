"""The samples that were decoded worst."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.frame import finite
from kp2heat.pipeline.decoding.report import LevelResult


def joint_errors(result: LevelResult) -> Floats:
    """Return (M, K) distances in input px: inf for a joint that was not found, NaN for one that is not scored."""
    truth, peaks = result.true_places()["input"], result.decoded_places()["input"]
    distance = np.where(finite(peaks), np.linalg.norm(peaks - truth, axis=-1), np.inf)
    return np.where(result.scored, distance, np.nan)


def worst_samples(result: LevelResult, sample: Ints, count: int) -> Ints:
    """Return the numbers of the samples with the largest error of any joint, the worst first; ties in file order.

    sample (M,): the sample of each person. A joint that was not found is worse than any distance.
    """
    errors = joint_errors(result)
    person = np.where(np.isnan(errors), -1.0, errors).max(axis=1, initial=-1)
    of_sample = np.full(int(sample.max(initial=-1)) + 1, -1.0)
    np.maximum.at(of_sample, sample, person)
    order = np.argsort(-of_sample, kind="stable")[:count]
    return order[of_sample[order] >= 0]
