"""The scores of joints in results files and in AP."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.codecs import CODECS
from kp2heat.decoders import DECODERS
from kp2heat.errors import SpecError, check_choice
from kp2heat.metrics.oks import areas
from kp2heat.pipeline.decoding.reporting.report import DecodeReport, LevelResult

SCORES = {
    "peak": "the map's value at its peak, at most that of a label",
    "share": "the share of the map that one blob explains",
    "amplitude": "the height of that blob",
    "expected-oks": "the OKS to be expected of the joint, by its covariance and share",
}


def scores_of(report: DecodeReport, result: LevelResult, kind: str = "peak") -> Floats:
    """Return the scores (M, K) of that kind; 0 for a joint that was not found.

    A map higher than any label is no surer, and one such joint would outweigh the others of its person: ``peak`` is
    cut there. SpecError for an unknown kind, and for one that these maps or this skeleton do not allow.
    """
    check_choice("--score", kind, SCORES)
    peaks, info = result.peaks, result.info
    if kind == "peak":
        if DECODERS[result.method].needs != ("heatmaps",):
            return peaks.score
        return np.minimum(peaks.score, CODECS[info.codec].bound(info.level.size, info.level.sigma))
    if peaks.covariance is None or peaks.share is None or peaks.amplitude is None:
        raise SpecError(
            "--score", f"'{kind}' is measured on predictions for labels of one person", "use peak"
        )
    if kind == "expected-oks":
        return np.nan_to_num(peaks.share * _similarity(report, result, peaks.covariance))
    return np.nan_to_num(peaks.share if kind == "share" else peaks.amplitude)


def _similarity(report: DecodeReport, result: LevelResult, covariance: Floats) -> Floats:
    """Return the mean OKS (M, K) of joints whose error is normal with covariance V (M, K, 2, 2) in cells^2.

    OKS is exp(-d^2 / 2 f), f = area (2 sigma_k)^2 in image px^2; its mean is det(1 + V / f)^(-1/2).
    """
    sigmas = np.asarray(report.shards.skeleton.sigmas)
    if not len(sigmas):
        raise SpecError("--score", "the skeleton has no OKS sigmas", "give it sigmas, or use share")
    people = report.people
    area, _ = areas(people.area, people.bbox)
    if np.isnan(area).any():
        lost = people.annotation_id[np.flatnonzero(np.isnan(area))[0]]
        raise SpecError("--score", f"annotation {lost} has neither area nor box", "use share")
    to_image = np.linalg.inv(result.frame.matrix[:, :, :2]) * result.info.level.alignment.stride
    spread = to_image[:, None] @ covariance @ to_image[:, None].transpose(0, 1, 3, 2)
    falloff = area[:, None] * (2 * sigmas) ** 2
    xx, yy, xy = (spread[..., i, j] / falloff for i, j in ((0, 0), (1, 1), (0, 1)))
    return np.asarray(1 / np.sqrt((1 + xx) * (1 + yy) - xy * xy))
