"""From what a file says to annotations in kp2heat's conventions: checked, in pixels, with a visibility."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations, Images, Skipped
from kp2heat.arrays import Floats
from kp2heat.errors import SpecError, plural
from kp2heat.formats.checks import check
from kp2heat.formats.csv_files.header import squash
from kp2heat.formats.findings import refuse
from kp2heat.formats.images.sizes import image_sizes, sizes_from_joints
from kp2heat.formats.images.store import image_folder
from kp2heat.formats.invalid import drop_invalid
from kp2heat.formats.json_files.categories import of_category
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile
from kp2heat.formats.reading.read_rows import Rows, far_joints, far_note, read_rows, whole_of
from kp2heat.skeleton import Skeleton, named, unpaired_sides

SIDES_NAMED = 4


def to_annotations(parsed: ParsedFile, options: ReadOptions) -> Annotations:
    """Return the annotations that ``parsed`` states; InputError for the first defect that forbids reading it.

    ``parsed.xy`` is taken over: positions of joints that are not labelled are overwritten with NaN.
    """
    parsed = of_category(parsed, options.category)
    images = None if options.images is None else image_folder(options.images)
    size, size_notes = image_sizes(parsed, options, images)
    findings = check(parsed.but(size=size))
    skipped: tuple[Skipped, ...] = ()
    if options.on_error == "skip":
        parsed, skipped = drop_invalid(parsed, findings)
        findings = tuple(finding for finding in findings if not finding.rows)
    refuse(parsed.source, findings)
    size = np.nan_to_num(size)
    rows = read_rows(parsed, options, size, whole_of(parsed, options))
    if options.size_from_joints:
        size, guess = sizes_from_joints(rows.xy, rows.visible, parsed.image, size)
        size_notes = (guess,) if guess else size_notes
    far = far_joints(rows.xy, rows.visible, size, parsed.image)
    counts = parsed_counts(parsed, len(rows.xy), int(np.count_nonzero(rows.visible)))
    notes = (*rows.notes, *size_notes, *parsed.notes)
    skeleton = skeleton_of(parsed, options)
    return annotations_of(
        parsed,
        rows,
        skeleton,
        images_of(parsed, size),
        source=parsed.source,
        reading=reading(counts, notes, skeleton, far),
        skipped=skipped,
        image_folders=() if images is None else (images.source(),),
    )


def annotations_of(
    parsed: ParsedFile, rows: Rows, skeleton: Skeleton, images: Images, **said: Any
) -> Annotations:
    """Return the annotations of these rows of a file, as they are read; ``said``: what is said of them."""
    return Annotations(
        skeleton,
        images,
        rows.xy,
        rows.visible,
        rows.bbox,
        parsed.area,
        parsed.crowd,
        parsed.image,
        parsed.id,
        parsed.score,
        category=parsed.category,
        category_names=parsed.category_names,
        head=parsed.head,
        **said,
    )


def _sides_note(skeleton: Skeleton) -> str:
    """Return a note on joints whose names look sided and that have no mirror partner."""
    names = unpaired_sides(skeleton)
    more = ", ..." if len(names) > SIDES_NAMED else ""
    return (
        f"no mirror partner for {', '.join(names[:SIDES_NAMED])}{more} (pair with --swap A:B)"
        if names
        else ""
    )


def skeleton_of(parsed: ParsedFile, options: ReadOptions) -> Skeleton:
    """Return the user's skeleton if it fits, else the file's joints with what is known of just these."""
    names = options.names or parsed.names
    if len(names) not in (0, parsed.xy.shape[1]):
        raise SpecError(
            "names", f"{len(names)} names for {parsed.xy.shape[1]} joints", "name every joint once"
        )
    skeleton = named.known(names) or Skeleton(names) if names else Skeleton.numbered(parsed.xy.shape[1])
    skeleton = replace(skeleton, limbs=parsed.limbs or skeleton.limbs)
    if options.skeleton is not None:
        skeleton = _fitting(named.load(options.skeleton), names, len(skeleton), f"{parsed.source}", options)
    return named.swapped(skeleton, options.swap, "swap") if options.swap else skeleton


def _fitting(
    wanted: Skeleton, names: tuple[str, ...], joints: int, source: str, options: ReadOptions
) -> Skeleton:
    """Return ``wanted`` if the file has as many joints, of the same names as far as it has names; else SpecError."""
    odd = [(a, b) for a, b in zip(names, wanted.names, strict=False) if squash(a) != squash(b)]
    todo = "choose the skeleton of this file"
    if len(wanted) != joints:
        raise SpecError("skeleton", f"'{options.skeleton}' has {len(wanted)} joints, {source} {joints}", todo)
    if odd:
        raise SpecError(
            "skeleton", f"'{options.skeleton}' has '{odd[0][1]}' where {source} has '{odd[0][0]}'", todo
        )
    return wanted


def images_of(parsed: ParsedFile, size: Floats) -> Images:
    """Return the table of images, with these sizes (M, 2), 0 where unknown."""
    columns = (parsed.image_id, parsed.file_name, size.astype(np.int32))
    return Images(*columns, parsed.numbered_images, parsed.crowding)


def reading(counts: str, notes: Iterable[str], skeleton: Skeleton, far: int) -> str:
    """Return how a file was understood, in one line; ``far``: labelled joints far out of their image."""
    return ", ".join((counts, *filter(None, (*notes, _sides_note(skeleton), far_note(far)))))


def parsed_counts(parsed: ParsedFile, rows: int, labelled: int) -> str:
    """Return title and counts: "COCO keypoints JSON, 17 joints, 172 annotations in 80 images, 800 labelled joints"."""
    k = parsed.xy.shape[1]
    counts = (plural(k, "joint"), f"{plural(rows, parsed.rows)} in {plural(len(parsed.image_id), 'image')}")
    missing = f" ({1 - labelled / (rows * k):.1%} missing)" if parsed.rows == "row" and rows * k else ""
    return ", ".join((parsed.title, *counts, plural(labelled, "labelled joint") + missing))
