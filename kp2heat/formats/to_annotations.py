"""From what a file says to annotations in kp2heat's conventions: checked, in pixels, with a visibility."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kp2heat import skeletons
from kp2heat.annotations import Annotations, Images, Skipped
from kp2heat.arrays import Bytes, Floats, Ints
from kp2heat.errors import InputError, SpecError
from kp2heat.formats.checks import check
from kp2heat.formats.chunks import chunks
from kp2heat.formats.csv_files.header import squash
from kp2heat.formats.findings import plural, refuse
from kp2heat.formats.image_sizes import sizes_in
from kp2heat.formats.invalid import drop_invalid
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile
from kp2heat.formats.visibility import visibility
from kp2heat.skeleton import Skeleton

ORIGINS = {"0": 0.0, "1": 1.0, "corner": 0.5}
"""Where the centre of the first pixel lies on the axis of a file, px."""
UNITS = {"pixel": 1.0, "normalised": 1.0, "percent": 0.01}


def to_annotations(parsed: ParsedFile, options: ReadOptions) -> Annotations:
    """The annotations that ``parsed`` states; InputError for the first defect that forbids reading it.

    ``parsed.xy`` is taken over: positions that are no label's are lost in it.
    """
    size, size_from = _sizes(parsed, options)
    found = check(replace(parsed, size=size))
    skipped: tuple[Skipped, ...] = ()
    if options.on_error == "skip":
        parsed, skipped = drop_invalid(parsed, found)
        found = tuple(finding for finding in found if not finding.rows)
    refuse(parsed.source, found)
    visible, visibility_note = visibility(parsed, options)
    size = np.nan_to_num(size)
    xy, bbox, coords_note = _pixels(parsed, options, size)
    if options.size_from_joints:
        size, size_from = _reach(xy, visible, parsed.image, size, size_from)
    images = Images(
        parsed.image_id, parsed.file_name, size.astype(np.int32), parsed.numbered_images, parsed.crowding
    )
    skeleton = _skeleton(parsed, options)
    reading = ", ".join(
        p for p in (_census(parsed, visible), coords_note, visibility_note, size_from, *parsed.notes) if p
    )
    return Annotations(
        skeleton, images, _erased(xy, visible), visible, bbox, parsed.area, parsed.crowd,
        parsed.image, parsed.id, parsed.score, source=parsed.source, reading=reading,
        skipped=skipped, category=parsed.category, category_names=parsed.category_names, head=parsed.head,
    )  # fmt: skip


def _erased(xy: Floats, visible: Bytes) -> Floats:
    """xy, NaN where unlabelled; the array itself if it may be written to, for it may be most of the memory there is."""
    xy = xy if xy.flags.writeable else xy.copy()
    for rows in chunks(len(xy)):
        xy[rows][visible[rows] == 0] = np.nan
    return xy


def _sizes(parsed: ParsedFile, options: ReadOptions) -> tuple[Floats, str]:
    """(M, 2) float64 (w, h), NaN where unknown, and where they come from: the file, the images, the user."""
    size, sources = parsed.size, []
    with np.errstate(invalid="ignore"):
        stated = np.asarray((size > 0).all(axis=1))
    if stated.any():
        sources.append("the file")
    if options.images is not None and not stated.all():
        found = sizes_in(options.images, parsed.file_name[~stated].tolist())
        size = size.copy()
        size[~stated] = np.where(np.isnan(found), size[~stated], found)
        sources += ["files"] * bool(np.isfinite(found).any())
        stated = stated | np.isfinite(size).all(axis=1)
    if options.image_size is not None and not stated.all():
        size = np.where(stated[:, None], size, options.image_size)
        sources.append("--image-size")
        stated = np.ones_like(stated)
    unknown = int(np.isnan(size).any(axis=1).sum())
    if not len(size) or (sources == ["the file"] and not unknown):
        return size, ""
    if unknown == len(size):
        return size, "image size unknown"
    rest = f", unknown for {plural(unknown, 'image')}" if unknown else ""
    return size, f"image size from {' and '.join(sources)}{rest}"


def _reach(xy: Floats, visible: Bytes, image: Ints, size: Floats, size_from: str) -> tuple[Floats, str]:
    """Sizes, those unknown made just large enough for the image's labelled joints (at least 1x1)."""
    unknown = (size == 0).any(axis=1)
    if not unknown.any():
        return size, size_from
    far = np.zeros_like(size)
    np.maximum.at(far, image, np.where(visible[..., None] > 0, xy, 0.0).max(axis=1, initial=0.0))
    size = np.where(unknown[:, None], np.floor(far) + 1, size)
    return size, f"size of {plural(int(unknown.sum()), 'image')} guessed from the joints' extent"


def _pixels(parsed: ParsedFile, options: ReadOptions, size: Floats) -> tuple[Floats, Floats, str]:
    """xy and boxes in image px, pixel centres at integers, and a phrase on the unit where it is not plain.

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
            f"{parsed.source}, {parsed.at(int(lost[0]))}", f"{coords} coordinates need the image's size, which is unknown",
            "give --image-size WxH, --images FOLDER, or --coords pixel",
        )  # fmt: skip
    bbox = parsed.bbox * np.tile(extent, 2) - box_origin
    return parsed.xy * extent[:, None, :] - ORIGINS[origin], bbox, f"{coords} coordinates"


def unit_of(xy: Floats) -> str:
    """normalised where nearly every number is a fraction around [0, 1], as no file of pixels has them."""
    sample = xy[:: max(1, len(xy) // 1000)]
    numbers = sample[np.isfinite(sample)]
    near = (numbers > -0.5) & (numbers < 1.5)
    fractions = near & (numbers != np.rint(numbers))
    return "normalised" if numbers.size and near.mean() > 0.95 and fractions.mean() > 0.5 else "pixel"


def _skeleton(parsed: ParsedFile, options: ReadOptions) -> Skeleton:
    """The user's skeleton if it fits, else the file's joints with what is known of just these."""
    names = parsed.names or options.names
    if len(names) not in (0, parsed.xy.shape[1]):
        raise SpecError(
            "names", f"{len(names)} names for {parsed.xy.shape[1]} joints", "name every joint once"
        )
    skeleton = skeletons.known(names) or Skeleton(names) if names else Skeleton.numbered(parsed.xy.shape[1])
    skeleton = replace(skeleton, limbs=parsed.limbs or skeleton.limbs)
    if options.skeleton is not None:
        skeleton = _fitting(
            skeletons.load(options.skeleton), names, len(skeleton), f"{parsed.source}", options
        )
    return skeletons.swapped(skeleton, options.swap, "swap") if options.swap else skeleton


def _fitting(
    wanted: Skeleton, names: tuple[str, ...], joints: int, source: str, options: ReadOptions
) -> Skeleton:
    """``wanted``, if the file has as many joints, of the same names as far as it names them; else SpecError."""
    odd = [(a, b) for a, b in zip(names, wanted.names, strict=False) if squash(a) != squash(b)]
    todo = "choose the skeleton of this file"
    if len(wanted) != joints:
        raise SpecError("skeleton", f"'{options.skeleton}' has {len(wanted)} joints, {source} {joints}", todo)
    if odd:
        raise SpecError(
            "skeleton", f"'{options.skeleton}' has '{odd[0][1]}' where {source} has '{odd[0][0]}'", todo
        )
    return wanted


def _census(parsed: ParsedFile, visible: Bytes) -> str:
    """Title and counts: "COCO keypoints JSON, 17 joints, 172 annotations in 80 images, 800 labelled joints"."""
    n, k = visible.shape
    labelled = int(np.count_nonzero(visible))
    counts = (plural(k, "joint"), f"{plural(n, parsed.rows)} in {plural(len(parsed.image_id), 'image')}")
    missing = f" ({1 - labelled / visible.size:.1%} missing)" if parsed.rows == "row" and visible.size else ""
    return ", ".join((parsed.title, *counts, plural(labelled, "labelled joint") + missing))
