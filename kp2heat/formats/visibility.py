"""What the third number of a joint means: COCO's 0/1/2, a flag, a score, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kp2heat.arrays import Bools, Bytes, Floats
from kp2heat.errors import InputError, plural
from kp2heat.formats.chunks import both, by_rows, chunks, either
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile

UNDEFINED = -1
"""DeepLabCut's v of a joint that a data set does not have."""
NAMED = 3

Kind = Literal["none", "zeros", "flag", "coco", "score", "unknown"]
KINDS: tuple[Kind, ...] = ("zeros", "flag", "coco")


@dataclass(frozen=True, eq=False)
class ThirdNumbers:
    """What the third numbers of a file are.

    kind        of the annotations without fractions, inferred from all of them together
    fractional  (N,) whether an annotation has fractions, which are scores
    scores      (N,) whether its whole numbers are scores too; next to a 2, which is none, they are COCO's
    """

    kind: Kind
    fractional: Bools
    scores: Bools


def third_numbers(parsed: ParsedFile, stated: str = "auto") -> ThirdNumbers:
    """Return what the third numbers are, as the user ``stated`` it or else as the numbers themselves tell.

    A file whose third numbers are only 0 and 1 means "labelled or not" (FreiHAND, WFLW, 300W, PoseTrack18):
    COCO's 1, "labelled but hidden", would leave it without one visible joint.
    """
    fractional = by_rows(_has_fractions, parsed.third)
    if stated in ("coco", "flag"):
        kind: Kind = "coco" if stated == "coco" else "flag"
        return ThirdNumbers(kind, fractional, np.zeros_like(fractional))
    every_score = stated == "score" or parsed.third_kind == "score"
    scores = fractional & ~by_rows(_has_two, parsed.third) | every_score
    least, most = _extent(parsed.third, ~scores)
    if least > most:
        least, most = _extent(parsed.third, scores)
        return ThirdNumbers("none" if least > most else "score", fractional, scores)
    kind = "unknown" if least < 0 or most > KINDS.index("coco") else KINDS[int(most)]
    return ThirdNumbers(kind, fractional, scores)


def _has_fractions(third: Floats) -> Bools:
    return np.asarray((np.isfinite(third) & (third != np.rint(third))).any(axis=1))


def _has_two(third: Floats) -> Bools:
    """Return (N,) whether a row of numbers (N, K) has a 2 and lies within 0 to 2, as scores do not."""
    numbers = np.nan_to_num(np.where(third == UNDEFINED, 0.0, third))
    fits = (numbers >= 0) & (numbers <= 1) | (numbers == 2)
    return np.asarray(fits.all(axis=1) & (numbers == 2).any(axis=1))


def _extent(third: Floats, rows: Bools) -> tuple[float, float]:
    """Return the least and the greatest third number of some annotations; inf and -inf where there is none."""
    least, most = np.inf, -np.inf
    for part in chunks(len(third)):
        numbers = third[part][rows[part]]
        numbers = numbers[~np.isnan(numbers) & (numbers != UNDEFINED)]
        least, most = numbers.min(initial=least), numbers.max(initial=most)
    return float(least), float(most)


def not_visibilities(third: Floats) -> Bools:
    """Return (..., K) -> (..., K): third numbers that cannot be COCO's v."""
    return np.asarray(((third < 0) & (third != UNDEFINED)) | (third > 2))


def missing_marks(xy: Floats) -> Bools:
    """Return (..., 2) -> (...): nothing is written, or one of the usual marks for nothing: (0, 0), (-1, -1).

    Where a file's only negative number is -1, one -1 in a joint is enough.
    """
    only_minus_one = not any(((xy[rows] < 0) & (xy[rows] != -1)).any() for rows in chunks(len(xy)))
    of_joint = either if only_minus_one else both
    return by_rows(lambda xy: either(np.isnan(xy)) | both(xy == 0) | of_joint(xy == -1), xy)


def visibility(parsed: ParsedFile, options: ReadOptions) -> tuple[Bytes, str]:
    """Return (N, K) uint8 in COCO's meaning, and a note on how it was read.

    InputError for a number that is no visibility, unless the third numbers are scores.
    """
    numbers = third_numbers(parsed, options.visibility)
    kind, scores = numbers.kind, numbers.scores
    if kind in ("unknown", "coco"):
        _refuse(parsed, not_visibilities(parsed.third) & ~scores[:, None])
    if kind == "zeros" and np.nan_to_num(parsed.num_keypoints).max(initial=0) > 0 and not scores.any():
        labelled = ~missing_marks(parsed.xy)
        return labelled * np.uint8(2), "v is 0 everywhere, so joints away from (0, 0) count as visible"
    if kind == "none":
        labelled = ~(missing_marks(parsed.xy) if parsed.zero_missing else by_rows(_unwritten, parsed.xy))
        return labelled * np.uint8(2), "no visibility"

    def stated(xy: Floats, third: Floats, scores: Bools) -> Bytes:
        written = ~_unwritten(xy)
        third = np.where(np.isnan(third), 2.0 * written, third)
        third = np.where(third == UNDEFINED, 0.0, third)
        is_score = scores[:, None] | (third != np.rint(third))
        sure = (third > 0) & (third >= options.min_likelihood) & written
        whole = (third > 0) * 2.0 if kind == "flag" else third
        return np.where(is_score, 2.0 * sure, whole).clip(0, 2).astype(np.uint8)

    return by_rows(stated, parsed.xy, parsed.third, scores), _note(parsed, numbers)


def _refuse(parsed: ParsedFile, wrong: Bools) -> None:
    places = np.argwhere(wrong)
    if len(places):
        n, k = map(int, places[0])
        where, found = (
            f"{parsed.source}, {parsed.at(n, k)}",
            f"{parsed.third[n, k]:g} is not a visibility (0, 1 or 2)",
        )
        raise InputError(where, found, "if the third number is a confidence, say --visibility score")


def _note(parsed: ParsedFile, numbers: ThirdNumbers) -> str:
    """Return how the third numbers were read, where they are not plainly COCO's."""
    if numbers.kind == "score" and numbers.scores.all():
        return "third number read as a score"
    words = ["v only 0/1, read as labelled or not"] * (numbers.kind == "flag")
    rows = np.flatnonzero(numbers.fractional)
    if rows.size:
        places = ", ".join(parsed.at(int(n)) for n in rows[:NAMED]) + ", ..." * (rows.size > NAMED)
        words.append(
            f"fractions in the place of v of {plural(rows.size, parsed.rows)} ({places}) read as scores"
        )
    return ", ".join(words)


def _unwritten(xy: Floats) -> Bools:
    return either(np.isnan(xy))
