"""The annotated people that a shard carries, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Annotations, Images
from kp2heat.arrays import Bools, Bytes, Floats, Ints
from kp2heat.errors import ShardError
from kp2heat.shards.reading import hdf5_guard
from kp2heat.shards.reading.hdf5_guard import AGAIN
from kp2heat.shards.schema import BYSTANDERS, OPTIONAL, PERSON_COLUMNS
from kp2heat.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class Truth:
    """The annotated people of a shard.

    xy (M, K, 2) float64 image px, visible (M, K) uint8, bbox (M, 4), area (M,), crowd (M,),
    annotation_id (M,), category (M,) str, "" where the annotations have none, sample (M,) int64 ascending: the sample a person belongs to.
    """

    xy: Floats
    visible: Bytes
    bbox: Floats
    area: Floats
    crowd: Bools
    annotation_id: NDArray[np.generic]
    category: NDArray[np.generic]
    sample: Ints

    def take(self, start: int, stop: int) -> Truth:
        """Return the people of samples start..stop, renumbered from 0."""
        a, b = np.searchsorted(self.sample, (start, stop))
        columns = {name: getattr(self, name)[a:b] for name in PERSON_COLUMNS}
        return Truth(**columns, sample=self.sample[a:b] - start)

    def annotations(self, skeleton: Skeleton, images: Images, image: Ints, source: str) -> Annotations:
        """Return these people as annotations; image (S,): the row of ``images`` of each sample."""
        columns = (self.xy, self.visible, self.bbox, self.area, self.crowd, image[self.sample])
        ids, category = self.annotation_id, self.category
        return Annotations(skeleton, images, *columns, ids, source=source, category=category)

    def joined(self, others: Truth) -> Truth:
        """Return these people with others behind them; ``sample`` is ascending in each of the two alone."""
        names = (*PERSON_COLUMNS, "sample")
        return Truth(**{name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in names})


def ids_of_samples(samples: Any, rows: int, where: str) -> NDArray[Any] | None:
    """Return the annotation ids (rows,) of samples of one person each; None where samples hold any number of people."""
    if "annotation_id" not in samples:
        return None
    return hdf5_guard.table(samples, "annotation_id", (rows,), PERSON_COLUMNS["annotation_id"][0], where)


def bystanders(file: Any, rows: int, joints: int, where: str) -> Truth | None:
    """Return the people drawn in samples that are not theirs, ``sample`` says in which; None where none are stored."""
    people = hdf5_guard.member(file, BYSTANDERS, where)
    return None if people is None else _people(people, rows, joints, where)


def truth(file: Any, rows: int, joints: int, where: str) -> Truth:
    """Return the annotated people: one per sample in ``samples``, or any number of them in ``people``."""
    people = hdf5_guard.member(file, "people", where)
    if people is not None:
        return _people(people, rows, joints, where)
    return _truth(hdf5_guard.member(file, "samples", where), np.arange(rows), joints, where)


def _people(people: Any, rows: int, joints: int, where: str) -> Truth:
    """Return a table of any number of people, which says to which sample each belongs."""
    count = hdf5_guard.member(people, "sample", where)
    hdf5_guard.check_own(count, f"{where}, {people.name}/sample")
    sample = hdf5_guard.table(people, "sample", (count.size,), "<i8", where)
    if (np.diff(sample) < 0).any() or (len(sample) and not 0 <= sample[0] <= sample[-1] < rows):
        raise ShardError(where, f"{people.name}/sample does not number the samples", AGAIN)
    return _truth(people, sample, joints, where)


def _truth(people: Any, sample: Ints, joints: int, where: str) -> Truth:
    columns = {
        name: hdf5_guard.table(
            people, name, (len(sample), *(joints if n == "K" else int(n) for n in row)), dtype, where
        )
        for name, (dtype, row) in PERSON_COLUMNS.items()
        if name not in OPTIONAL or hdf5_guard.member(people, name, where) is not None
    }
    columns |= {name: np.full(len(sample), "") for name in OPTIONAL - {*columns}}
    return Truth(**columns, sample=sample)
