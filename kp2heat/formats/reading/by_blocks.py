"""A file read block by block: its annotations are in memory one block at a time, but for those that are kept.

What all rows decide together is assumed from the first block, and if the whole file says otherwise, all is read again.
Whatever makes rows depend on each other, or is wrong with one, has the file read whole (``NotByBlocksError``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Protocol, TypeVar

import msgspec
import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Ints
from kp2heat.errors import Kp2heatError
from kp2heat.formats.checks import check, positions, repeated, surrogates
from kp2heat.formats.content import Content, gc_paused
from kp2heat.formats.findings import Finding
from kp2heat.formats.images.sizes import image_sizes
from kp2heat.formats.images.store import image_folder
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import Blocks, Ids, NotByBlocksError, ParsedFile
from kp2heat.formats.reading.gathered import Gathered
from kp2heat.formats.reading.read_rows import Whole, far_joints, read_rows, whole_of
from kp2heat.formats.reading.to_annotations import (
    annotations_of,
    images_of,
    parsed_counts,
    reading,
    skeleton_of,
)
from kp2heat.machine.heap import give_back


class Sink(Protocol):
    """What takes the blocks of a file."""

    def add(self, block: Annotations) -> None:
        """Take the next rows."""


S = TypeVar("S", bound=Sink)


class BlockedFile:
    """A file whose blocks are read as the whole file decides; NotByBlocksError where it has to be read whole."""

    def __init__(
        self, content: Content, blocks: Callable[[Content, ReadOptions], Blocks], options: ReadOptions
    ) -> None:
        if options.size_from_joints:
            raise NotByBlocksError("sizes of images depend on all joints")
        self._content, self._options = content, options
        with _or_whole():
            self._blocks = blocks(content, options)
        give_back()  # what the table of images was made from
        self._shared: Shared | None = None
        self._whole: Whole | None = None
        self._rows = np.zeros(0, np.int64)

    def feed(self, make: Callable[[], S]) -> tuple[S, Annotations]:
        """Return what takes all rows, made anew where they are read again, and the annotations without a row."""
        with _or_whole():
            while True:
                sink, told, labelled, far = make(), list[Whole](), 0, 0
                ids, counts = list[Ids](), list[int]()
                for parsed in self._blocks.read(range(self._blocks.pieces)):
                    counts.append(len(parsed.xy))
                    if not len(parsed.xy):
                        continue
                    told.append(whole_of(parsed, self._options, sum(counts[:-1])))
                    ids.append(parsed.id)
                    self._shared = self._shared or Shared(parsed, self._options)
                    self._whole = self._whole or told[0]
                    block = self._shared.annotations(parsed, self._whole)
                    labelled += int(np.count_nonzero(block.visible))
                    far += far_joints(block.xy, block.visible, self._shared.size, block.image)
                    sink.add(block)
                if self._shared is None or self._whole is None or repeated(np.concatenate(ids)).size:
                    raise NotByBlocksError("no rows, or ids that repeat")
                whole = reduce(or_, told)
                if self._whole.decides_like(whole):
                    break
                self._whole = whole
            if whole.facts.names_rows and np.array_equal(ids[0], np.arange(len(ids[0]))):
                raise NotByBlocksError(
                    "rows are named, and whether their ids are but their places only all of them tell"
                )
            self._rows = np.cumsum([0, *counts])
            head = self._shared.head(whole, int(self._rows[-1]), labelled, far, self._blocks.notes())
            return sink, replace(head, files=(self._content.file,))

    @property
    def most_rows(self) -> int:
        """Return how many rows there are at most."""
        return self._blocks.rows

    def read(self, wanted: Ints, head: Annotations) -> Annotations:
        """Return these rows, ascending, of a file that has been fed; only their blocks are read."""
        if not len(wanted):
            return head
        if self._shared is None or self._whole is None:
            raise RuntimeError("a file is fed before rows of it are read")
        pieces = np.unique(np.searchsorted(self._rows, wanted, "right") - 1)
        table = Gathered(len(wanted))
        with gc_paused():
            for piece, parsed in zip(pieces.tolist(), self._blocks.read(pieces.tolist()), strict=True):
                start, stop = self._rows[piece : piece + 2]
                a, b = np.searchsorted(wanted, (start, stop))
                table.add(self._shared.annotations(parsed, self._whole).take(wanted[a:b] - start))
        return table.table(head)


class Shared:
    """What all blocks of a file have in common: joints, images and their sizes (M, 2), 0 where unknown."""

    def __init__(self, first: ParsedFile, options: ReadOptions) -> None:
        folder = None if options.images is None else image_folder(options.images)
        self._options, self._folders = options, () if folder is None else (folder.source(),)
        self._parsed = first.take(np.zeros(0, np.int64)).but(findings=())
        size, self._size_notes = image_sizes(self._parsed, options, folder)
        _refuse(check(self._parsed.but(size=size)))
        self.size = np.nan_to_num(size)
        self._images = images_of(self._parsed, self.size)
        self._skeleton = skeleton_of(self._parsed, options)

    def annotations(self, parsed: ParsedFile, whole: Whole) -> Annotations:
        """Return the annotations of a block, of all images."""
        one = [(p.names, p.limbs, p.xy.shape[1], p.id.dtype.kind, p.notes) for p in (parsed, self._parsed)]
        if one[0] != one[1] or (parsed.image < 0).any() or surrogates(parsed.id):
            raise NotByBlocksError("a block of another kind")
        parsed = parsed.but(zero_missing=whole.facts.zero_missing)
        _refuse((*parsed.findings, *positions(parsed)))
        rows = read_rows(parsed, self._options, self.size, whole)
        return annotations_of(parsed, rows, self._skeleton, self._images)

    def head(
        self, whole: Whole, rows: int, labelled: int, far: int, left_out: tuple[str, ...]
    ) -> Annotations:
        """Return the annotations of all images without a row, and how the file was understood."""
        rows_notes = read_rows(self._parsed, self._options, self.size, whole).notes
        notes = (*rows_notes, *self._size_notes, *self._parsed.notes, *left_out)
        counts = parsed_counts(self._parsed, rows, labelled)
        return replace(
            self.annotations(self._parsed, whole),
            source=self._parsed.source,
            reading=reading(counts, notes, self._skeleton, far),
            image_folders=self._folders,
        )


def _refuse(findings: Iterable[Finding]) -> None:
    if any(finding.severity == "error" for finding in findings):
        raise NotByBlocksError("something is wrong with a row")


@contextmanager
def _or_whole() -> Iterator[None]:
    """Have the file read whole, which finds the words, where something in it is refused or unusual."""
    try:
        with gc_paused():
            yield
    except (Kp2heatError, msgspec.DecodeError, ValueError, RecursionError) as problem:
        raise NotByBlocksError(str(problem)) from None
