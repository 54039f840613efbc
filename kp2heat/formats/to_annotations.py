"""From what a file says to annotations in kp2heat's conventions: checked, in pixels, with a visibility."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kp2heat.annotations import Annotations, Images, Skipped
from kp2heat.arrays import Bytes, Floats, Ints
from kp2heat.errors import InputError, SpecError, plural
from kp2heat.formats.checks import check
from kp2heat.formats.chunks import chunks
from kp2heat.formats.csv_files.header import squash
from kp2heat.formats.findings import refuse
from kp2heat.formats.images.sizes import image_sizes, sizes_from_joints
from kp2heat.formats.images.store import image_folder
from kp2heat.formats.invalid import drop_invalid
from kp2heat.formats.json_files.categories import of_category
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import FAR_IMAGES, ParsedFile
from kp2heat.formats.visibility import visibility
from kp2heat.skeleton import Skeleton, named, unpaired_sides

ORIGINS = {"0": 0.0, "1": 1.0, "corner": 0.5}
"""Where the centre of the first pixel lies on the axis of a file, px."""
SIDES_NAMED = 4
UNITS = {"pixel": 1.0, "normalised": 1.0, "percent": 0.01}


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
    visible, visibility_note = visibility(parsed, options)
    size = np.nan_to_num(size)
    xy, bbox, coords_note = _pixels(parsed, options, size)
    if options.size_from_joints:
        size, guess = sizes_from_joints(xy, visible, parsed.image, size)
        size_notes = (guess,) if guess else size_notes
    skeleton = _skeleton(parsed, options)
    far_note = _far_note(xy, visible, size, parsed.image)
    notes = (coords_note, visibility_note, *size_notes, *parsed.notes, _sides_note(skeleton), far_note)
    return Annotations(
        skeleton,
        Images(
            parsed.image_id, parsed.file_name, size.astype(np.int32), parsed.numbered_images, parsed.crowding
        ),
        _erased(xy, visible),
        visible,
        bbox,
        parsed.area,
        parsed.crowd,
        parsed.image,
        parsed.id,
        parsed.score,
        source=parsed.source,
        reading=", ".join((_counts(parsed, visible), *filter(None, notes))),
        skipped=skipped,
        category=parsed.category,
        category_names=parsed.category_names,
        head=parsed.head,
        image_folders=() if images is None else (images.source(),),
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


def _far_note(xy: Floats, visible: Bytes, size: Floats, image: Ints) -> str:
    """Return a note on labelled joints so far out of their image that they are marks for missing ones."""
    known = size[size > 0]
    nearest = FAR_IMAGES * known.min(initial=np.inf)
    if not xy.size or not (
        np.fmax.reduce(xy, axis=None) > nearest or np.fmin.reduce(xy, axis=None) < -nearest
    ):
        return ""
    reach = FAR_IMAGES * np.where(size > 0, size, np.inf)[image][:, None, :]
    with np.errstate(invalid="ignore"):
        far = (np.abs(xy) > reach).any(axis=-1) & (visible > 0)
    count = plural(int(far.sum()), "joint")
    return f"{count} more than {FAR_IMAGES} images away (marks for missing joints?)" if far.any() else ""


def _erased(xy: Floats, visible: Bytes) -> Floats:
    """Return xy, NaN where unlabelled; the array itself if it is writeable, for it may be most of the memory."""
    xy = xy if xy.flags.writeable else xy.copy()
    for rows in chunks(len(xy)):
        xy[rows][visible[rows] == 0] = np.nan
    return xy


def _pixels(parsed: ParsedFile, options: ReadOptions, size: Floats) -> tuple[Floats, Floats, str]:
    """Return xy and boxes in image px, pixel centres at integers, and a note on the unit where it is another.

    Boxes are outlines, so only their unit and a count from 1 are undone.
    """
    coords = options.coords or (unit_of(parsed.xy) if parsed.coords == "guess" else parsed.coords)
    origin = options.origin or parsed.origin or ("0" if coords == "pixel" else "corner")
    box_origin = np.array([1.0, 1.0, 0.0, 0.0]) if origin == "1" else 0.0
    if coords == "pixel":
        spoken = {"0": "", "1": "pixels counted from 1", "corner": "pixel corners at integers"}[origin]
        if options.coords is None and unit_of(parsed.xy) == "normalised":
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


def unit_of(xy: Floats) -> str:
    """Return "normalised" where nearly every number is a fraction around [0, 1], as no file of pixels has them."""
    sample = xy[:: max(1, len(xy) // 1000)]
    numbers = sample[np.isfinite(sample)]
    near = (numbers > -0.5) & (numbers < 1.5)
    fractions = near & (numbers != np.rint(numbers))
    return "normalised" if numbers.size and near.mean() > 0.95 and fractions.mean() > 0.5 else "pixel"


def _skeleton(parsed: ParsedFile, options: ReadOptions) -> Skeleton:
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


def _counts(parsed: ParsedFile, visible: Bytes) -> str:
    """Return title and counts: "COCO keypoints JSON, 17 joints, 172 annotations in 80 images, 800 labelled joints"."""
    n, k = visible.shape
    labelled = int(np.count_nonzero(visible))
    counts = (plural(k, "joint"), f"{plural(n, parsed.rows)} in {plural(len(parsed.image_id), 'image')}")
    missing = f" ({1 - labelled / visible.size:.1%} missing)" if parsed.rows == "row" and visible.size else ""
    return ", ".join((parsed.title, *counts, plural(labelled, "labelled joint") + missing))
