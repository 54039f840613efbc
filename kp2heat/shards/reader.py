"""Read shards: one file, several, or an output folder; lazily opened, picklable, safe under fork and spawn."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.contracts import Level
from kp2heat.errors import InputError, ShardError
from kp2heat.frame import Alignment, Frame, parse_size
from kp2heat.shards.content import content_sha256
from kp2heat.shards.schema import FORMAT, LEVEL_NAME, MAJOR, PERSON_COLUMNS, SAMPLE_COLUMNS, SHARD_NAME
from kp2heat.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class Truth:
    """The annotated people of a shard.

    xy (M, K, 2) float64 image px, visible (M, K) uint8, bbox (M, 4), area (M,), crowd (M,),
    annotation_id (M,), sample (M,) int64 ascending: the sample a person belongs to.
    """

    xy: NDArray[np.float64]
    visible: NDArray[np.uint8]
    bbox: NDArray[np.float64]
    area: NDArray[np.float64]
    crowd: NDArray[np.bool_]
    annotation_id: NDArray[np.generic]
    sample: NDArray[np.int64]

    def take(self, start: int, stop: int) -> Truth:
        """The people of samples start..stop, renumbered from 0."""
        a, b = np.searchsorted(self.sample, (start, stop))
        columns = {name: getattr(self, name)[a:b] for name in PERSON_COLUMNS}
        return Truth(**columns, sample=self.sample[a:b] - start)


@dataclass(frozen=True, eq=False)
class LevelInfo:
    """One level of a shard: its grid and how its maps were made. planes: shape of a row and dtype by name."""

    level: Level
    channels: tuple[str, ...]
    codec: str
    params: Mapping[str, Any]
    normalize: str
    normalize_params: Mapping[str, float]
    scale_factor: float
    planes: Mapping[str, tuple[tuple[int, ...], str]]


class Shard:
    """One shard file. Its tables are read when first asked for; planes are read by row range."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._file: Any = None
        self._owner = -1
        self._truth: Truth | None = None
        with _h5(self.path) as file:
            self.attrs = _file_attrs(file, self.path)
            self.rows: int = int(self.attrs["rows"])
            self.skeleton = Skeleton.from_json(self.attrs["skeleton"])
            self.settings: dict[str, Any] = self.attrs["spec"]
            names = [name for name in file if LEVEL_NAME.fullmatch(name)]
            self.levels: dict[str, LevelInfo] = {
                name: _level_info(file[name], self.rows, self.path.name)
                for name in sorted(names, key=lambda n: -np.prod(parse_size(n)))
            }
            if not self.levels:
                raise ShardError(self.path.name, "holds no level", "encode again")
            samples = file.get("samples")
            self.columns: dict[str, NDArray[Any]] = {
                name: _column(samples, name, self.rows, row, self.path.name)
                for name, (_, row) in SAMPLE_COLUMNS.items()
            }

    def __len__(self) -> int:
        return self.rows

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_file": None, "_owner": -1}

    @property
    def frame(self) -> Frame:
        """Image px -> input px of every sample."""
        return Frame(self.columns["frame"], parse_size(self.attrs["input_size"]))

    @property
    def truth(self) -> Truth:
        """The annotated people, whole."""
        if self._truth is None:
            file = self._open()
            group = file.get("people", file["samples"])
            count = len(group["sample"]) if "people" in file else self.rows
            k: dict[int | str, int] = {"K": len(self.skeleton)}
            columns = {
                name: _column(group, name, count, tuple(k.get(n, n) for n in row), self.path.name)
                for name, (_, row) in PERSON_COLUMNS.items()
            }
            sample = group["sample"][:] if "people" in file else np.arange(count)
            self._truth = Truth(**columns, sample=sample)
        return self._truth

    def read(self, level: str, plane: str, start: int, stop: int) -> NDArray[Any]:
        """Rows start..stop of one plane, as stored."""
        try:
            return np.asarray(self._open()[level][plane][start:stop])
        except (OSError, KeyError) as error:
            raise ShardError(
                f"{self.path.name}, /{level}/{plane}", f"rows {start} to {stop} cannot be read ({error})",
                "the file is damaged; encode this shard again",
            ) from error  # fmt: skip

    def _open(self) -> Any:
        if self._file is None or self._owner != os.getpid():
            self._file = _h5(self.path)
            self._owner = os.getpid()
        return self._file

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        if self._file is not None and self._owner == os.getpid():
            self._file.close()
        self._file = None


class Shards(Sequence[dict[str, Any]]):
    """Several shards as one sequence of samples; a map-style data set for a PyTorch DataLoader as it stands.

    ``shards[i]`` is a dict: per level name a dict of its planes (no batch axis), and under ``"sample"``
    the frame, ids, image size and file name.
    """

    def __init__(self, shards: Sequence[Shard]) -> None:
        self.shards = list(shards)
        self._starts = np.cumsum([0, *(len(shard) for shard in self.shards)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def starts(self) -> list[int]:
        """Number of samples before each shard, and of all."""
        return [int(n) for n in self._starts]

    def column(self, name: str) -> NDArray[Any]:
        """A column of the sample table (``image_id``, ``file_name``, ...), over all shards."""
        return np.concatenate([shard.columns[name] for shard in self.shards])

    @property
    def levels(self) -> dict[str, LevelInfo]:
        """Levels by name, the same in every shard."""
        return self.shards[0].levels

    @property
    def skeleton(self) -> Skeleton:
        """The joints."""
        return self.shards[0].skeleton

    @property
    def settings(self) -> dict[str, Any]:
        """The settings the shards were made with, as they stand in the file."""
        return self.shards[0].settings

    @property
    def truth(self) -> Truth:
        """The annotated people of all shards; ``sample`` counts through all of them."""
        parts = [shard.truth for shard in self.shards]
        columns = {name: np.concatenate([getattr(t, name) for t in parts]) for name in PERSON_COLUMNS}
        sample = np.concatenate([t.sample + s for t, s in zip(parts, self._starts, strict=False)])
        return Truth(**columns, sample=sample)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        i = int(index) + (len(self) if index < 0 else 0)
        if not 0 <= i < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        number = int(np.searchsorted(self._starts, i, side="right")) - 1
        shard, row = self.shards[number], i - int(self._starts[number])
        planes: dict[str, Any] = {
            name: {plane: shard.read(name, plane, row, row + 1)[0] for plane in info.planes}
            for name, info in shard.levels.items()
        }
        return {**planes, "sample": {name: values[row] for name, values in shard.columns.items()}}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[i] for i in range(len(self)))


def open_shards(paths: str | Path | Sequence[str | Path]) -> Shards:
    """Shards of files or output folders, in the order of their numbers; InputError or ShardError if unusable."""
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    shards = [Shard(file) for path in given for file in _files(Path(path))]
    first = shards[0]
    for shard in shards[1:]:
        if shard.skeleton != first.skeleton or list(shard.levels) != list(first.levels):
            raise ShardError(
                shard.path.name, f"holds other joints or levels than {first.path.name}", "open them apart"
            )
    return Shards(shards)


def shard_content_sha256(path: Path) -> str:
    """The hash of a shard's content (``shards/content.py``)."""
    with _h5(path) as file:
        return content_sha256(file)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(f for f in path.iterdir() if SHARD_NAME.fullmatch(f.name))
        if not found:
            raise InputError(str(path), "the folder holds no shards", "give the OUT folder of kp2heat encode")
        return sorted(found, key=lambda f: int(f.stem.split("-")[1]))
    if not path.exists():
        raise InputError(str(path), "no such file or folder", "check the path")
    return [path]


def _h5(path: Path) -> Any:
    import h5py

    try:
        return h5py.File(path, "r", locking=False)
    except OSError as error:
        if not h5py.is_hdf5(path):
            raise ShardError(
                path.name, "is not an HDF5 file", "give a shard written by kp2heat encode"
            ) from None
        raise ShardError(
            path.name, f"cannot be opened ({error})", "the file is damaged; encode it again"
        ) from None


def _file_attrs(file: Any, path: Path) -> dict[str, Any]:
    attrs = dict(file.attrs)
    if attrs.get("format") != FORMAT:
        raise ShardError(path.name, "is HDF5, but not a kp2heat shard", "give a file of kp2heat encode")
    version = str(attrs.get("format_version"))
    if version.split(".")[0] != str(MAJOR):
        raise ShardError(
            path.name, f"format version {version} is newer than {MAJOR}, the newest this kp2heat reads",
            "install a newer kp2heat",
        )  # fmt: skip
    if not attrs.get("complete"):
        raise ShardError(path.name, "was never finished", "run the same encode command again")
    for name in ("spec", "skeleton"):
        try:
            attrs[name] = json.loads(attrs[name])
        except (KeyError, TypeError, ValueError):
            raise ShardError(path.name, f"attribute {name} is not JSON", "encode it again") from None
    return attrs


def _level_info(group: Any, rows: int, where: str) -> LevelInfo:
    try:
        attrs = dict(group.attrs)
        grid = Alignment(
            str(attrs["alignment"]),
            *(tuple(map(float, attrs[n])) for n in ("stride", "origin_input", "origin_cell", "back_stride")),  # type: ignore[arg-type]
        )
        planes = {name: (tuple(data.shape[1:]), data.dtype.str) for name, data in group.items()}
        if any(len(data) != rows for data in group.values()) or "weights" not in planes:
            raise ShardError(where, f"{group.name} does not hold {rows} rows a plane", "encode it again")
        return LevelInfo(
            level=Level(parse_size(group.name.strip("/")), float(attrs["sigma"]), grid),
            channels=tuple(json.loads(attrs["channels"])),
            codec=str(attrs["codec"]),
            params=json.loads(attrs["params"]),
            normalize=str(attrs["normalize"]),
            normalize_params=json.loads(attrs["normalize_params"]),
            scale_factor=float(attrs["scale_factor"]),
            planes=planes,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ShardError(
            where, f"{group.name} is not a level of format 1 ({error})", "encode it again"
        ) from None


def _column(group: Any, name: str, rows: int, row: tuple[Any, ...], where: str) -> NDArray[Any]:
    if group is None or name not in group or group[name].shape != (rows, *row):
        raise ShardError(where, f"the table column '{name}' is missing or misshapen", "encode it again")
    data = group[name]
    if data.dtype.kind in "SO":
        return np.asarray(data.asstr()[:], dtype=np.str_)
    return np.asarray(data[:])
