"""What the third number of a joint means: COCO's 0/1/2, a flag, a score, or nothing."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Bools, Bytes, Floats
from kp2heat.errors import InputError
from kp2heat.formats.chunks import both, by_rows, chunks, either
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile

UNDEFINED = -1
"""DeepLabCut's v of a joint that a data set does not have."""


def kind_of(parsed: ParsedFile) -> str:
    """none | zeros | flag | coco | score | unknown, told from all third numbers of the file together.

    A file whose third numbers are only 0 and 1 means "labelled or not" (FreiHAND, WFLW, 300W, PoseTrack18):
    COCO's 1, "labelled but hidden", would leave it without one visible joint.
    """
    least, most, whole = np.inf, -np.inf, True
    for rows in chunks(len(parsed.third)):
        third = parsed.third[rows]
        third = third[~np.isnan(third) & (third != UNDEFINED)]
        least, most = third.min(initial=least), third.max(initial=most)
        whole = whole and bool((third == np.rint(third)).all())
    if least > most:
        return "none"
    if parsed.third_kind == "score" or not whole:
        return "score"
    if least < 0 or most > 2:
        return "unknown"
    return ("zeros", "flag", "coco")[int(most)]


def missing_marks(xy: Floats) -> Bools:
    """(..., 2) -> (...): nothing written, or one of the usual stand-ins for nothing: (0, 0), (-1, -1).

    Where a file's only negative number is -1, one -1 in a joint is enough.
    """
    only_minus_one = not any(((xy[rows] < 0) & (xy[rows] != -1)).any() for rows in chunks(len(xy)))
    of_joint = either if only_minus_one else both
    return by_rows(lambda xy: either(np.isnan(xy)) | both(xy == 0) | of_joint(xy == -1), xy)


def visibility(parsed: ParsedFile, options: ReadOptions) -> tuple[Bytes, str]:
    """(N, K) uint8 in COCO's meaning, and a phrase on how it was read."""
    kind = kind_of(parsed) if options.visibility == "auto" else options.visibility
    if kind == "unknown":
        n, k = (
            int(i)
            for i in np.argwhere(((parsed.third < 0) & (parsed.third != UNDEFINED)) | (parsed.third > 2))[0]
        )
        raise InputError(
            f"{parsed.source}, {parsed.at(n, k)}", f"{parsed.third[n, k]:g} is not a visibility (0, 1 or 2)",
            "if the third number is a confidence, say --visibility score",
        )  # fmt: skip
    if kind == "zeros" and np.nan_to_num(parsed.num_keypoints).max(initial=0) > 0:
        labelled = ~missing_marks(parsed.xy)
        return labelled * np.uint8(2), "v is 0 everywhere, so joints away from (0, 0) count as visible"
    if kind == "none":
        labelled = ~(missing_marks(parsed.xy) if parsed.zero_missing else by_rows(_unwritten, parsed.xy))
        return labelled * np.uint8(2), "no visibility"

    def stated(xy: Floats, third: Floats) -> Bytes:
        written = ~_unwritten(xy)
        third = np.where(np.isnan(third), 2.0 * written, third)
        third = np.where(third == UNDEFINED, 0.0, third)
        if kind == "score":
            return ((third > 0) & (third >= options.min_likelihood) & written) * np.uint8(2)
        return (third > 0) * np.uint8(2) if kind == "flag" else third.astype(np.uint8)

    notes = {"score": "third number read as a score", "flag": "v only 0/1, read as labelled or not"}
    return by_rows(stated, parsed.xy, parsed.third), notes.get(kind, "")


def _unwritten(xy: Floats) -> Bools:
    return either(np.isnan(xy))
