"""What the third number of a joint means: COCO's 0/1/2, a flag, a score, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Facts:
    """What decides how the third numbers are read; of two parts of a file, ``|`` gives what both tell together.

    stated        coco or flag, where the user says so
    least, most   of the annotations whose whole numbers are no scores; inf and -inf where they have none
    scored        whether annotations of scores have a number
    scores, whole  whether some annotations are scores, and whether some are not
    counted       whether some annotation says that it has labelled joints
    below         whether a coordinate below 0 is another than -1, where that matters
    zero_missing  as ``ParsedFile`` has it
    fractional    annotations with fractions; places: of the first of them
    """

    stated: str
    least: float
    most: float
    scored: bool
    scores: bool
    whole: bool
    counted: bool
    below: bool
    zero_missing: bool
    fractional: int
    places: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """What the third numbers are, of annotations that are not scores.

        A file whose third numbers are only 0 and 1 means "labelled or not" (FreiHAND, WFLW, 300W, PoseTrack18):
        COCO's 1, "labelled but hidden", would leave it without one visible joint.
        """
        if self.stated in ("coco", "flag"):
            return "coco" if self.stated == "coco" else "flag"
        if self.least > self.most:
            return "score" if self.scored else "none"
        unknown = self.least < 0 or self.most > KINDS.index("coco")
        return "unknown" if unknown else KINDS[int(self.most)]

    @property
    def counted_alone(self) -> bool:
        """Whether the joints are counted as labelled, and v is 0 everywhere."""
        return self.kind == "zeros" and self.counted and not self.scores

    @property
    def names_rows(self) -> bool:
        """Whether the note on how the third numbers were read names annotations."""
        return bool(self.fractional) and self.whole

    def decide_like(self, other: Facts) -> bool:
        """Return whether every annotation is read alike by both."""
        marks = self.counted_alone or (self.kind == "none" and self.zero_missing)
        mine, theirs = (
            (facts.kind, facts.scores, facts.counted_alone, facts.zero_missing, marks and facts.below)
            for facts in (self, other)
        )
        return mine == theirs

    def __or__(self, other: Facts) -> Facts:
        either_of = ("scored", "scores", "whole", "counted", "below")
        return Facts(
            stated=self.stated,
            least=min(self.least, other.least),
            most=max(self.most, other.most),
            zero_missing=self.zero_missing and other.zero_missing,
            fractional=self.fractional + other.fractional,
            places=(*self.places, *other.places)[:NAMED],
            **{name: getattr(self, name) or getattr(other, name) for name in either_of},
        )


def facts_of(parsed: ParsedFile, stated: str = "auto") -> Facts:
    """Return what these annotations tell, where the user ``stated`` this."""
    fractional, scores = _scores(parsed, stated)
    least, most = _extent(parsed.third, ~scores)
    least_score, most_score = _extent(parsed.third, scores)
    rows = np.flatnonzero(fractional)
    facts = Facts(
        stated=stated,
        least=least,
        most=most,
        scored=least_score <= most_score,
        scores=bool(scores.any()),
        whole=not scores.all(),
        counted=bool(np.nan_to_num(parsed.num_keypoints).max(initial=0) > 0),
        below=False,
        zero_missing=parsed.zero_missing,
        fractional=rows.size,
        places=tuple(parsed.at(int(n)) for n in rows[:NAMED]),
    )
    return replace(facts, below=below_zero(parsed.xy)) if facts.kind in ("none", "zeros") else facts


def below_zero(xy: Floats) -> bool:
    """Return whether a coordinate below 0 is another than -1."""
    return any(((xy[part] < 0) & (xy[part] != -1)).any() for part in chunks(len(xy)))


def _scores(parsed: ParsedFile, stated: str) -> tuple[Bools, Bools]:
    """Return (N,) whether an annotation has fractions, and whether its whole numbers are scores."""
    fractional = by_rows(_has_fractions, parsed.third)
    if stated in ("coco", "flag"):
        return fractional, np.zeros_like(fractional)
    every_score = stated == "score" or parsed.third_kind == "score"
    return fractional, fractional & ~by_rows(_has_two, parsed.third) | every_score


def third_numbers(parsed: ParsedFile, stated: str = "auto") -> ThirdNumbers:
    """Return what the third numbers are, as the user ``stated`` it or else as the numbers themselves tell."""
    return ThirdNumbers(facts_of(parsed, stated).kind, *_scores(parsed, stated))


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


def missing_marks(xy: Floats, below: bool) -> Bools:
    """Return (..., 2) -> (...): nothing is written, or one of the usual marks for nothing: (0, 0), (-1, -1).

    Where a file's only negative number is -1, so that none is ``below``, one -1 in a joint is enough.
    """
    of_joint = both if below else either
    return by_rows(lambda xy: either(np.isnan(xy)) | both(xy == 0) | of_joint(xy == -1), xy)


def visibility(parsed: ParsedFile, options: ReadOptions, facts: Facts | None = None) -> tuple[Bytes, str]:
    """Return (N, K) uint8 in COCO's meaning, and a note on how it was read.

    facts  of the whole file, of which these annotations are a part
    InputError for a number that is no visibility, unless the third numbers are scores.
    """
    facts = facts or facts_of(parsed, options.visibility)
    kind, none = facts.kind, np.zeros(len(parsed.xy), bool)
    scores = _scores(parsed, options.visibility)[1] if facts.scores else none
    if kind in ("unknown", "coco"):
        _refuse(parsed, not_visibilities(parsed.third) & ~scores[:, None])
    if facts.counted_alone:
        labelled = ~missing_marks(parsed.xy, facts.below)
        return labelled * np.uint8(2), "v is 0 everywhere, so joints away from (0, 0) count as visible"
    if kind == "none":
        marked = (
            missing_marks(parsed.xy, facts.below) if facts.zero_missing else by_rows(_unwritten, parsed.xy)
        )
        return ~marked * np.uint8(2), "no visibility"

    def stated(xy: Floats, third: Floats, scores: Bools) -> Bytes:
        written = ~_unwritten(xy)
        third = np.where(np.isnan(third), 2.0 * written, third)
        third = np.where(third == UNDEFINED, 0.0, third)
        is_score = scores[:, None] | (third != np.rint(third))
        sure = (third > 0) & (third >= options.min_likelihood) & written
        whole = (third > 0) * 2.0 if kind == "flag" else third
        return np.where(is_score, 2.0 * sure, whole).clip(0, 2).astype(np.uint8)

    return by_rows(stated, parsed.xy, parsed.third, scores), _note(parsed, facts)


def _refuse(parsed: ParsedFile, wrong: Bools) -> None:
    places = np.argwhere(wrong)
    if len(places):
        n, k = map(int, places[0])
        where, found = (
            f"{parsed.source}, {parsed.at(n, k)}",
            f"{parsed.third[n, k]:g} is not a visibility (0, 1 or 2)",
        )
        raise InputError(where, found, "if the third number is a confidence, say --visibility score")


def _note(parsed: ParsedFile, facts: Facts) -> str:
    """Return how the third numbers were read, where they are not plainly COCO's."""
    if facts.kind == "score" and not facts.whole:
        return "third number read as a score"
    words = ["v only 0/1, read as labelled or not"] * (facts.kind == "flag")
    if facts.names_rows:
        places = ", ".join(facts.places) + ", ..." * (facts.fractional > NAMED)
        count = plural(facts.fractional, parsed.rows)
        words.append(f"fractions in the place of v of {count} ({places}) read as scores")
    return ", ".join(words)


def _unwritten(xy: Floats) -> Bools:
    return either(np.isnan(xy))
