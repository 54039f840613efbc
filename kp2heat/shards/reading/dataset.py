"""Read shards: one file, several, or an output folder; lazily opened, picklable, safe under fork and spawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes
from kp2heat.errors import InputError, NoSuchSample, ShardError, check_type, plural
from kp2heat.files.storage import is_remote
from kp2heat.frame import Size
from kp2heat.machine.room import open_files
from kp2heat.shards.manifest import listed_files, read_manifest
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.shards.reading.people import Truth
from kp2heat.shards.reading.pictures import ImagesInfo
from kp2heat.shards.reading.remote_copy import local_copy
from kp2heat.shards.reading.sample import Sample
from kp2heat.shards.reading.shard import Shard
from kp2heat.shards.schema import MANIFEST, PERSON_COLUMNS, SHARD_NAME
from kp2heat.skeleton import Skeleton

NUMBERS = (int, np.integer, SupportsIndex)
"""What numbers a sample; the last alone would do, but takes 5 us to ask about."""

PATHS = "give a shard, the folder kp2heat encode wrote, or a list of them"


class Shards(Sequence[Sample]):
    """Several shards as one sequence of samples: a map-style data set for a PyTorch DataLoader.

    ``shards[i]`` is a :class:`~kp2heat.shards.reading.sample.Sample`: per level name a dict of its planes (no batch
    axis), under ``"sample"`` the frame, ids, image size and file name, and the attributes ``truth`` and ``frame``.
    A slice gives a list of them. SpecError where the index is no number; past the end an IndexError too.

    >>> import tempfile, kp2heat
    >>> rows, out = kp2heat.read("sample_data/annotations.json"), tempfile.mkdtemp()
    >>> _ = kp2heat.encode_dataset(rows, out, kp2heat.Spec(input_size=(64, 64), sizes=((16, 16),)))
    >>> sample = open_shards(out)[0]
    >>> sample["16x16"]["heatmaps"].shape, sample.truth.xy.shape, sample["sample"]["file_name"]
    ((17, 16, 16), (1, 17, 2), np.str_('000001.jpg'))
    """

    def __init__(self, shards: Sequence[Shard]) -> None:
        self.shards = list(shards)
        self._starts: list[int] = np.cumsum([0, *(len(shard) for shard in self.shards)]).tolist()
        self._used: dict[int, None] = {}
        self._most_open = open_files()
        self._last = 0

    def __len__(self) -> int:
        return self._starts[-1]

    @property
    def starts(self) -> list[int]:
        """Number of samples before each shard, and of all."""
        return list(self._starts)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column of the sample table (``image_id``, ``file_name``, ...), over all shards."""
        return np.concatenate([shard.columns[name] for shard in self.shards])

    @property
    def levels(self) -> dict[str, LevelInfo]:
        """Levels by name, the same in every shard."""
        return self.shards[0].levels

    @property
    def input_size(self) -> Size:
        """Width and height of the network's input in px."""
        return self.shards[0].frame.input_size

    @property
    def skeleton(self) -> Skeleton:
        """The joints."""
        return self.shards[0].skeleton

    @property
    def settings(self) -> dict[str, Any]:
        """The settings the shards were made with, as stored in the file."""
        return self.shards[0].settings

    @property
    def truth(self) -> Truth:
        """The annotated people of all shards; ``sample`` counts through all of them."""
        return self._people([shard.truth for shard in self.shards])

    @property
    def bystanders(self) -> Truth | None:
        """The people drawn in samples that are not theirs, ``sample`` says in which; None where a shard stores none."""
        parts = [shard.bystanders for shard in self.shards]
        stored = [part for part in parts if part is not None]
        return self._people(stored) if len(stored) == len(parts) else None

    @property
    def stores_maps(self) -> bool:
        """Whether the maps are in the files; else they are drawn from the truth when they are read."""
        return self.shards[0].stores_maps

    @property
    def images(self) -> ImagesInfo | None:
        """How pictures are stored, in the first shard; None where none are."""
        return self.shards[0].images

    def encoded_image(self, i: int) -> Bytes:
        """Return the stored picture of sample i: encoded bytes (n,) with zeros behind them; raw: (h, w, 3) RGB."""
        number = bisect_right(self._starts, i) - 1
        return self._shard(number).encoded_image(i - self._starts[number])

    def _people(self, parts: Sequence[Truth]) -> Truth:
        """Return the tables of all shards as one, samples counted through all of them."""
        columns = {name: np.concatenate([getattr(t, name) for t in parts]) for name in PERSON_COLUMNS}
        sample = np.concatenate([t.sample + s for t, s in zip(parts, self._starts, strict=False)])
        return Truth(**columns, sample=sample)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        check_type("shards[i]", index, NUMBERS, "give the number of a sample, or a slice")
        i = int(index) + (len(self) if index < 0 else 0)
        if not 0 <= i < len(self):
            found = f"there are {plural(len(self), 'sample')}"
            raise NoSuchSample(f"shards[{index}]", found, f"give 0 to {len(self) - 1}")
        number = bisect_right(self._starts, i) - 1
        shard, row = self._shard(number), i - self._starts[number]
        columns = {name: values[row] for name, values in shard.columns.items()}
        if shard.annotation_id is not None:
            columns["annotation_id"] = shard.annotation_id[row]
        return Sample({**shard.sample(row), "sample": columns}, shard, row)

    def _shard(self, number: int) -> Shard:
        """Return a shard about to be read; close the one that has not been read for longest when many are open."""
        if number != self._last:
            self.shards[self._last].forget_chunks()
            self._last = number
        self._used.pop(number, None)
        self._used[number] = None
        if len(self._used) > self._most_open:
            oldest = next(iter(self._used))
            del self._used[oldest]
            self.shards[oldest].close()
        return self.shards[number]

    def __iter__(self) -> Iterator[Sample]:
        return (self[i] for i in range(len(self)))


def open_shards(paths: str | Path | Sequence[str | Path]) -> Shards:
    """Return the shards of files and output folders in the order given, those of a folder in the order of their numbers.

    InputError or ShardError where one is unusable, or named twice.

    >>> import tempfile, kp2heat
    >>> rows, out = kp2heat.read("sample_data/annotations.json"), tempfile.mkdtemp()
    >>> _ = kp2heat.encode_dataset(rows, out, kp2heat.Spec(input_size=(64, 64), sizes=((16, 16),)))
    >>> len(open_shards(out)), list(open_shards(out).levels)
    (50, ['16x16'])
    """
    shards = [Shard(file) for file in shard_files(paths)]
    for shard in shards[1:]:
        check_same_encoding(shard, shards[0])
    return Shards(shards)


def check_same_encoding(shard: Shard, first: Shard) -> None:
    """Raise a ShardError unless both shards have the same joints, settings and input size."""
    for name in ("skeleton", "spec", "input_size"):
        if shard.attrs[name] != first.attrs[name]:
            raise ShardError(
                _with_folder(shard.path),
                f"is of another encoding than {_with_folder(first.path)} (their {name} differs)",
                "read them in two runs",
            )


def _with_folder(path: Path) -> str:
    """Return the name of a shard with its folder's: those of two folders have the same names."""
    return f"{path.parent.name}/{path.name}"


def shard_files(paths: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return the shard files of files and output folders, unopened; InputError where one is named twice."""
    check_type("path", paths, (str, Path, list, tuple), PATHS)
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    for path in given:
        check_type("path", path, (str, Path), PATHS)
    files = [
        file for path in given for file in _files(local_copy(str(path)) if is_remote(path) else Path(path))
    ]
    met: set[Path] = set()
    for file in files:
        if file.resolve() in met:
            raise InputError(str(file), "is named twice, and its samples would count twice", "name it once")
        met.add(file.resolve())
    return files


def _files(path: Path) -> list[Path]:
    """Return a file; or the shards of a folder, as its manifest lists them."""
    if not path.is_dir():
        if not path.exists():
            raise InputError(str(path), "no such file or folder", "check the path")
        return [path]
    manifest = read_manifest(path)
    existing = [f.name for f in path.iterdir() if SHARD_NAME.fullmatch(f.name)]
    if manifest is None and existing:
        raise ShardError(
            str(path),
            f"holds {len(existing)} shards and no {MANIFEST}: its encoding was never finished",
            "run the same encode command again, or name the shard files",
        )
    names = listed_files(manifest or {})
    if manifest is not None and not names:
        raise InputError(
            str(path),
            "its encoding had no samples: no annotation had a labelled joint",
            "encode another file",
        )
    if not names:
        raise InputError(str(path), "the folder holds no shards", "give the OUT folder of kp2heat encode")
    missing = sorted(set(names) - set(existing))
    if missing:
        raise ShardError(
            str(path), f"lacks {missing[0]}, which its {MANIFEST} lists", "run the same encode command again"
        )
    return [path / name for name in names]
