"""The sizes of images: as the file states them, from the pictures, from the user, or from the joints' extent."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Bools, Bytes, Floats, Ints
from kp2heat.errors import plural
from kp2heat.formats.images.stored_sizes import Folder, compare_sizes, sizes_in
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile

LOOKED_AT = 1000
"""Pictures whose size is compared with the file's, evenly spaced: a large folder would take minutes."""


def image_sizes(
    parsed: ParsedFile, options: ReadOptions, images: Folder | None
) -> tuple[Floats, tuple[str, ...]]:
    """Return (M, 2) float64 (w, h), NaN where unknown, and notes on where they come from; ``images``: their folder."""
    size, sources, notes = parsed.size, [], []
    stated = np.asarray((size > 0).all(axis=1))
    if stated.any():
        sources.append("the file")
    if images is not None and stated.any():
        notes.append(_differing(parsed, stated, images))
    if images is not None and not stated.all():
        pictures = sizes_in(images, parsed.file_name[~stated].tolist())
        size = size.copy()
        size[~stated] = np.where(np.isnan(pictures), size[~stated], pictures)
        sources += ["files"] * bool(np.isfinite(pictures).any())
        stated = stated | np.isfinite(size).all(axis=1)
    if options.image_size is not None and not stated.all():
        size = np.where(stated[:, None], size, options.image_size)
        sources.append("--image-size")
    return size, (_sources_note(size, sources), *notes)


def _sources_note(size: Floats, sources: list[str]) -> str:
    """Return where the sizes come from, and for how many images they are unknown; "" where the file has all."""
    unknown = int(np.isnan(size).any(axis=1).sum())
    if not len(size) or (sources == ["the file"] and not unknown):
        return ""
    if unknown == len(size):
        return "image size unknown"
    rest = f", unknown for {plural(unknown, 'image')}" if unknown else ""
    return f"image size from {' and '.join(sources)}{rest}"


def _differing(parsed: ParsedFile, stated: Bools, folder: Folder) -> str:
    """Return a note on pictures, of some looked at, that have another size than the file states."""
    rows = np.flatnonzero(stated)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), LOOKED_AT)).astype(int))]
    _, different, turned = compare_sizes(folder, parsed.file_name[rows].tolist(), parsed.size[rows])
    differing = turned + different
    if not differing:
        return ""
    looked_at = f"{len(differing)} of {plural(len(rows), 'picture')} looked at"
    return f"the stated size is not the picture's for {looked_at} ({differing[0]}): see kp2heat validate --images"


def sizes_from_joints(xy: Floats, visible: Bytes, image: Ints, size: Floats) -> tuple[Floats, str]:
    """Return sizes, those unknown made just large enough to hold the image's labelled joints (at least 1x1).

    A joint at x lies within an image w wide if x < w - 0.5, pixel centres being at integers.
    """
    unknown = (size == 0).any(axis=1)
    if not unknown.any():
        return size, ""
    far = np.zeros_like(size)
    np.maximum.at(far, image, np.where(visible[..., None] > 0, xy, 0.0).max(axis=1, initial=0.0))
    size = np.where(unknown[:, None], np.floor(far + 0.5) + 1, size)
    return size, f"size of {plural(int(unknown.sum()), 'image')} guessed from the joints' extent"
