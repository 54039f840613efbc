"""Annotations as written become positions in px and visibilities: a whole file's, or a part of it, read as the whole is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kp2heat.arrays import Bytes, Floats, Ints
from kp2heat.errors import InputError, plural
from kp2heat.formats.chunks import chunks
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import FAR_IMAGES, ParsedFile
from kp2heat.formats.reading.visibility import Facts, facts_of, visibility

ORIGINS = {"0": 0.0, "1": 1.0, "corner": 0.5}
"""Where the centre of the first pixel lies on the axis of a file, px."""
UNITS = {"pixel": 1.0, "normalised": 1.0, "percent": 0.01}
SAMPLED, STEP = 1000, 64
"""Rows that tell the unit of a file: the first of them, and one in so many of the others."""


@dataclass(frozen=True)
class Whole:
    """What the rows of a whole file decide for each of them; of two parts of a file, ``|`` gives what both tell together.

    numbers, near, fractions   how many numbers of some rows there are, around [0, 1], and how many of these are not whole
    """

    facts: Facts
    numbers: int
    near: int
    fractions: int

    @property
    def unit(self) -> str:
        """Return "normalised" where nearly every number is a fraction around [0, 1], as no file of pixels has them."""
        likely = self.near > 0.95 * self.numbers and self.fractions > 0.5 * self.numbers
        return "normalised" if likely else "pixel"

    def decides_like(self, other: Whole) -> bool:
        """Return whether every row is read alike by both."""
        return self.unit == other.unit and self.facts.decide_like(other.facts)

    def __or__(self, other: Whole) -> Whole:
        sums = (self.numbers + other.numbers, self.near + other.near, self.fractions + other.fractions)
        return Whole(self.facts | other.facts, *sums)


def whole_of(parsed: ParsedFile, options: ReadOptions, first: int = 0) -> Whole:
    """Return what these rows tell, of which the first is row ``first`` of the file."""
    row = np.arange(first, first + len(parsed.xy))
    sample = parsed.xy[(row < SAMPLED) | (row % STEP == 0)]
    numbers = sample[np.isfinite(sample)]
    near = (numbers > -0.5) & (numbers < 1.5)
    fractions = near & (numbers != np.rint(numbers))
    counts = (numbers.size, int(np.count_nonzero(near)), int(np.count_nonzero(fractions)))
    return Whole(facts_of(parsed, options.visibility), *counts)


@dataclass(frozen=True, eq=False)
class Rows:
    """N instances as they are read: columns as ``Annotations`` has them, and notes on the unit and the visibility."""

    xy: Floats
    visible: Bytes
    bbox: Floats
    notes: tuple[str, str]


def read_rows(parsed: ParsedFile, options: ReadOptions, size: Floats, whole: Whole) -> Rows:
    """Return the rows of a file or of a part of it; ``size``: (M, 2) of the images, 0 where unknown.

    ``parsed.xy`` is taken over: positions of joints that are not labelled are overwritten with NaN.
    """
    visible, visibility_note = visibility(parsed, options, whole.facts)
    xy, bbox, coords_note = _pixels(parsed, options, size, whole.unit)
    return Rows(_erased(xy, visible), visible, bbox, (coords_note, visibility_note))


def far_joints(xy: Floats, visible: Bytes, size: Floats, image: Ints) -> int:
    """Return how many labelled joints lie so far out of their image that they are marks for missing ones."""
    extent = size[image]
    nearest = FAR_IMAGES * extent.min(initial=np.inf, where=extent > 0)
    if not xy.size or not (
        np.fmax.reduce(xy, axis=None) > nearest or np.fmin.reduce(xy, axis=None) < -nearest
    ):
        return 0
    reach = FAR_IMAGES * np.where(extent > 0, extent, np.inf)[:, None, :]
    far = (np.abs(xy) > reach).any(axis=-1) & (visible > 0)
    return int(np.count_nonzero(far))


def far_note(count: int) -> str:
    """Return a note on so many of them."""
    return (
        f"{plural(count, 'joint')} more than {FAR_IMAGES} images away (marks for missing joints?)"
        if count
        else ""
    )


def _erased(xy: Floats, visible: Bytes) -> Floats:
    """Return xy, NaN where unlabelled; the array itself if it is writeable, for it may be most of the memory."""
    xy = xy if xy.flags.writeable else xy.copy()
    for rows in chunks(len(xy)):
        xy[rows][visible[rows] == 0] = np.nan
    return xy


def _pixels(parsed: ParsedFile, options: ReadOptions, size: Floats, unit: str) -> tuple[Floats, Floats, str]:
    """Return xy and boxes in image px, pixel centres at integers, and a note on the unit where it is another.

    Boxes are outlines, so only their unit and a count from 1 are undone.
    """
    coords = options.coords or (unit if parsed.coords == "guess" else parsed.coords)
    origin = options.origin or parsed.origin or ("0" if coords == "pixel" else "corner")
    box_origin = np.array([1.0, 1.0, 0.0, 0.0]) if origin == "1" else 0.0
    if coords == "pixel":
        spoken = {"0": "", "1": "pixels counted from 1", "corner": "pixel corners at integers"}[origin]
        if options.coords is None and unit == "normalised":
            spoken = "taken as pixels although they look normalised (else say --coords normalised)"
        return (parsed.xy if origin == "0" else parsed.xy - ORIGINS[origin]), parsed.bbox - box_origin, spoken
    extent = size[parsed.image] * UNITS[coords]
    lost = np.flatnonzero((extent == 0).any(axis=1))
    if lost.size:
        raise InputError(
            f"{parsed.source}, {parsed.at(int(lost[0]))}",
            f"{coords} coordinates need the image's size, which is unknown",
            "give --image-size WxH, --images FOLDER, or --coords pixel",
        )
    bbox = parsed.bbox * np.tile(extent, 2) - box_origin
    return parsed.xy * extent[:, None, :] - ORIGINS[origin], bbox, f"{coords} coordinates"
