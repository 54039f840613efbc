"""The keypoint doctor: what is odd in an annotation file, though it may be readable.

A look is a function of the file's parsed columns that yields findings; ``LOOKS`` is the table of them.
Defects that forbid reading come first (``checks``), then suspicions, then what the image files say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kp2heat.formats.checks import check
from kp2heat.formats.doctor.bodies import frozen_joints, limbs
from kp2heat.formats.doctor.case import Case
from kp2heat.formats.doctor.fields import areas, boxes, categories, contents, counts, sides, visibilities
from kp2heat.formats.doctor.pictures import examine_images
from kp2heat.formats.doctor.positions import borders, halves, origin_marks, swapped_axes, units
from kp2heat.formats.findings import Finding
from kp2heat.formats.invalid import drop_invalid
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile

LOOKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    contents,
    units,
    swapped_axes,
    borders,
    origin_marks,
    visibilities,
    sides,
    counts,
    categories,
    areas,
    boxes,
    limbs,
    frozen_joints,
    halves,
)


def examine(parsed: ParsedFile, options: ReadOptions) -> tuple[Finding, ...]:
    """Return every finding: errors of reading, then each look's at the other rows, then, given the folder, the images'."""
    errors = check(parsed)
    case = Case(drop_invalid(parsed, errors)[0], options)
    looks = LOOKS if len(case.xy) or not errors else ()
    findings = [*errors, *(finding for look in looks for finding in look(case))]
    if options.images is not None:
        findings += examine_images(parsed, options.images)
    return tuple(findings)
