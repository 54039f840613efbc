"""One shard file: opened when it is first read from, picklable, safe under fork and spawn."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Images
from kp2heat.arrays import Bytes
from kp2heat.drawing.labels import LabelSource, Levels
from kp2heat.drawing.samples import Samples
from kp2heat.errors import InputError, Kp2heatError, ShardError
from kp2heat.frame import Frame, parse_size
from kp2heat.shards.reading import hdf5_guard, header, people, pictures
from kp2heat.shards.reading.chunks import chunk_reader
from kp2heat.shards.reading.drawn import DrawnPlanes
from kp2heat.shards.reading.hdf5_guard import opened
from kp2heat.shards.reading.manifest_entry import check_head, remote_file
from kp2heat.shards.reading.people import Truth
from kp2heat.shards.reading.small_planes import is_small
from kp2heat.shards.reading.tables import check_tables
from kp2heat.shards.schema import IMAGES, SAMPLE_COLUMNS
from kp2heat.spec import Spec

FARTHEST = 1e18
"""Largest number in a frame's matrix: its determinant and its inverse are numbers too."""

_OPENING = Lock()
"""Held while a file or a plane is opened, once for all threads that ask for it at the same time."""


class Shard:
    """One shard file. Its ground truth is read when first asked for; planes are read by row range.

    Where a manifest in the same folder lists it, what HDF5 reads first is compared with the hash recorded there.
    ShardError where the file is damaged, foreign or unfinished.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._file: Any = None
        self._owner = -1
        self._planes: dict[tuple[str, str], Any] = {}
        self._truth: Truth | None = None
        self._bystanders: Truth | None = None
        self._drawn: DrawnPlanes | None = None
        where = self._name = self.path.name
        self._head_checked = check_head(self.path)
        self._remote = remote_file(self.path)
        with opened(self.path) as file:
            self.attrs = header.file_attributes(file, where)
            self.rows: int = self.attrs["rows"]
            self.skeleton = header.skeleton(self.attrs["skeleton"], where)
            self.settings: dict[str, Any] = self.attrs["spec"]
            self.stores_maps: bool = self.settings.get("store", "maps") == "maps"  # else drawn when read
            self.levels = header.levels(file, self.rows, len(self.skeleton), where)
            samples = hdf5_guard.member(file, "samples", where)
            if samples is None:
                raise ShardError(where, "holds no samples", hdf5_guard.AGAIN)
            self.images = pictures.images_info(file, samples, self.rows, where)
            self.columns: dict[str, NDArray[Any]] = {
                name: hdf5_guard.table(samples, name, (self.rows, *row), dtype, where)  # type: ignore[arg-type]
                for name, (dtype, row) in SAMPLE_COLUMNS.items()
            }
            self.annotation_id = people.ids_of_samples(samples, self.rows, where)
        matrix = self.columns["frame"]
        if not (np.abs(matrix) < FARTHEST).all() or not (np.linalg.det(matrix[:, :, :2]) != 0).all():
            raise ShardError(where, "/samples/frame cannot be inverted", hdf5_guard.AGAIN)

    def __len__(self) -> int:
        return self.rows

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_file": None, "_owner": -1, "_planes": {}, "_drawn": None}

    @property
    def frame(self) -> Frame:
        """Image px -> input px of every sample."""
        return Frame(self.columns["frame"], parse_size(self.attrs["input_size"]))

    @property
    def truth(self) -> Truth:
        """The annotated people, whole."""
        if self._truth is None:
            self._truth, self._bystanders = self._read_people()
        return self._truth

    @property
    def bystanders(self) -> Truth | None:
        """The people who are drawn in samples that are not theirs, ``sample`` says in which; None where none are stored."""
        return self._bystanders if self._truth is not None else self._read_people()[1]

    def _read_people(self) -> tuple[Truth, Truth | None]:
        where = self.path.name
        with opened(self.path) as file:
            truth = people.truth(file, self.rows, len(self.skeleton), where)
            others = people.bystanders(file, self.rows, len(self.skeleton), where)
            if not self._head_checked:  # the tables lie in the head
                check_tables(file, where)
        return truth, others

    def labels(self) -> LabelSource:
        """Return the samples, whose labels can be drawn from the truth that the shard carries."""
        truth, columns, order = self.truth, self.columns, np.arange(self.rows)
        images = Images(columns["image_id"], columns["file_name"], columns["image_size"])
        people = truth if self.bystanders is None else truth.joined(self.bystanders)
        annotations = people.annotations(self.skeleton, images, order, self.path.name)
        row, others = np.split(np.arange(len(people.sample)), [len(truth.sample)])
        samples = Samples(order, row, truth.sample, self.frame, {}, others, people.sample[len(row) :])
        spec = Spec.from_fields(self.settings, f"{self.path.name}, spec")
        return LabelSource(annotations, samples, replace(spec, input_size=self.frame.input_size))

    def sample(self, row: int) -> Levels:
        """Return the planes of one sample by level, without an axis of samples."""
        if not self.stores_maps:
            return (self._drawn or self._drawing()).sample(row)
        return {
            name: {plane: self.read(name, plane, row, row + 1)[0] for plane in info.planes}
            for name, info in self.levels.items()
        }

    def read(self, level: str, plane: str, start: int, stop: int, *, threads: bool = True) -> NDArray[Any]:
        """Return rows start..stop of one plane, as stored; ``threads``: large ranges are inflated by several."""
        if not self.stores_maps:
            return self._drawing().read(level, plane, start, min(stop, self.rows))
        return self._rows(level, plane, start, stop, threads=threads)

    def _rows(self, level: str, plane: str, start: int, stop: int, *, threads: bool = True) -> NDArray[Any]:
        try:
            source = self._source(level, plane)
            if isinstance(source, chunk_reader.Plane):
                return chunk_reader.read_rows(source, start, stop, threads=threads)
            return np.array(source[start:stop])
        except Kp2heatError:
            raise
        except Exception as error:
            where = f"{self._name}, /{level}/{plane}"
            raise hdf5_guard.failure(where, f"rows {start} to {stop} cannot be read", error) from error

    def encoded_image(self, row: int) -> Bytes:
        """Return the stored picture of a sample: encoded bytes (n,) with zeros behind them; raw: (h, w, 3) uint8 RGB.

        InputError where the shard holds no pictures.
        """
        if self.images is None:
            raise InputError(self._name, "holds no pictures", "encode with --with-images")
        number = int(self.images.row[row])
        picture: Bytes = self._rows(IMAGES, "data", number, number + 1)[0]
        return picture

    def _drawing(self) -> DrawnPlanes:
        with _OPENING:
            if self._drawn is None:
                self._drawn = DrawnPlanes(self.labels(), self.levels, self.path.name)
            return self._drawn

    def _source(self, level: str, plane: str) -> Any:
        """Return a small plane whole, or where to read a large one from."""
        with _OPENING:
            file = self._open()
            source = self._planes.get((level, plane))
            if source is None:
                data = file[level][plane]
                source = (
                    self._shared(data[:]) if is_small(data) else chunk_reader.open_plane(data, self._remote)
                )
                if source is None and self._remote is not None:
                    raise ShardError(self._name, "cannot be read by ranges", "download it, and open the copy")
                source = self._planes[level, plane] = data if source is None else source
            return source

    def _shared(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Return a plane, or one of another level with the same bytes: weights are often the same in all of them."""
        kept = (other for other in self._planes.values() if isinstance(other, np.ndarray))
        same = (other for other in kept if other.dtype == plane.dtype and other.tobytes() == plane.tobytes())
        return next((other for other in same if other.shape == plane.shape), plane)

    def forget_chunks(self) -> None:
        """Let go of the chunks that are kept for samples read in order."""
        for plane in list(self._planes.values()):  # another thread may add one
            if isinstance(plane, chunk_reader.Plane):
                plane.forget_chunk()

    def _open(self) -> Any:
        if self._file is None or self._owner != os.getpid():
            self._file, self._planes = hdf5_guard.open_h5(self.path), {}
            self._owner = os.getpid()
        return self._file

    def close(self) -> None:
        """Close the file, and forget what was drawn; the next read opens it again."""
        self._drawn = None
        if self._file is not None and self._owner == os.getpid():
            hdf5_guard.close(self._file)
        self._file, self._planes = None, {}
