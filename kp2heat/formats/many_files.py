"""Annotations spread over many files with one skeleton: a folder, or a pattern such as ``ann/*.json``."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import replace
from os.path import commonpath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import COLUMNS, Annotations, Images
from kp2heat.errors import InputError, plural
from kp2heat.files.storage import is_remote

SUFFIXES = (".json", ".csv", ".json.gz", ".csv.gz")
"""Files of a folder that are read; a pattern takes what it matches."""


def expand(path: str | Path) -> list[Path] | None:
    """Return the files of a folder or pattern, sorted by path, or None for the name of one file.

    Hidden files are left out. InputError where there is none.
    """
    text = str(path)
    if is_remote(text):
        return None
    if Path(text).is_dir():
        files = [file for file in Path(text).iterdir() if file.name.endswith(SUFFIXES)]
    elif glob.has_magic(text) and not Path(text).exists():
        files = [Path(name) for name in glob.glob(text, recursive=True)]  # noqa: PTH207 - the pattern is absolute or not
    else:
        return None
    chosen = sorted(file for file in files if file.is_file() and not file.name.startswith("."))
    if not chosen:
        raise InputError(
            text,
            "is a folder without annotation files" if Path(text).is_dir() else "matches no file",
            f"give a file, a folder of {', '.join(SUFFIXES)}, or a pattern in quotes",
        )
    return chosen


def concatenate(name: str, files: Sequence[Path], parts: Sequence[Annotations]) -> Annotations:
    """Return the annotations of all files as one table; InputError where their joints or categories differ.

    Images of several files are several images, whatever their names. Ids that occur in more than one file are
    written ``FILE:ID``, for then they do not tell images or annotations apart.
    """
    first = parts[0]
    for file, part in zip(files, parts, strict=True):
        _check_skeleton(file, part, files[0], first)
    stems = _stems(files)
    starts = np.cumsum([0, *(len(part.images) for part in parts)])
    numbered = all(part.images.numbered for part in parts)
    image_id = np.arange(starts[-1]) if numbered else _ids(stems, [part.images.id for part in parts])
    images = Images(
        image_id,
        np.concatenate([part.images.file_name for part in parts]),
        np.concatenate([part.images.size for part in parts]),
        numbered,
        np.concatenate([part.images.crowding for part in parts]),
    )
    plain = [name for name in COLUMNS if name not in ("id", "image")]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in plain
    }
    ids = _ids(stems, [part.id for part in parts])
    renamed = _renamed(image_id, first.images.id, "image") + _renamed(ids, first.id, "annotation")
    return replace(
        first,
        **columns,
        images=images,
        image=np.concatenate([part.image + start for part, start in zip(parts, starts, strict=False)]),
        id=ids,
        source=name,
        reading="; ".join([_counts(parts), *renamed, *_repeated_names(images)]),
        skipped=tuple(
            replace(one, place=f"{file.name}, {one.place}")
            for file, part in zip(files, parts, strict=True)
            for one in part.skipped
        ),
        category_names=_categories(files, parts),
        files=tuple(file for part in parts for file in part.files),
    )


def _check_skeleton(file: Path, part: Annotations, first_file: Path, first: Annotations) -> None:
    mine, others = part.skeleton, first.skeleton
    if mine.names != others.names:
        differing = next(
            (pair for pair in zip(mine.names, others.names, strict=False) if pair[0] != pair[1]), None
        )
        what = f"'{differing[0]}', not '{differing[1]}'" if differing else f"{len(mine)}, not {len(others)}"
        raise InputError(
            str(file),
            f"its joints are not those of {first_file.name} ({what})",
            "encode files of one skeleton, or name the joints by --skeleton or --names",
        )
    for what in ("swap", "limbs", "sigmas"):
        if getattr(mine, what) != getattr(others, what):
            raise InputError(
                str(file),
                f"the {what} of its skeleton are not those of {first_file.name}",
                "give one by --skeleton",
            )


def _stems(files: Sequence[Path]) -> list[str]:
    """Return a short name for each file: its path below the folder that all share, without the suffix."""
    top = commonpath([file.absolute().parent for file in files])
    names = [file.absolute().relative_to(top) for file in files]
    stems = [name.with_name(name.name.removesuffix(".gz")).with_suffix("").as_posix() for name in names]
    return stems if len(set(stems)) == len(stems) else [name.as_posix() for name in names]


def _ids(stems: Sequence[str], columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the ids of all files: as they are where they are unique, else with the file's name."""
    text = any(column.dtype.kind == "U" for column in columns)
    plain = np.concatenate([column.astype(np.str_) if text else column for column in columns])
    if sum(len(np.unique(column)) for column in columns) == len(np.unique(plain)):
        return plain
    return np.concatenate(
        [
            np.strings.add(f"{stem}:", column.astype(np.str_))
            for stem, column in zip(stems, columns, strict=True)
        ]
    )


def _renamed(ids: NDArray[Any], before: NDArray[Any], what: str) -> list[str]:
    changed = len(before) > 0 and ids.dtype.kind == "U" and str(ids[0]) != str(before[0])
    return [f"{what} ids repeat among the files and are written FILE:ID ({ids[0]})"] if changed else []


def _repeated_names(images: Images) -> list[str]:
    repeated = len(images) - len(np.unique(images.file_name))
    return [f"{plural(repeated, 'image name')} repeated: taken for different images"] if repeated else []


def _counts(parts: Sequence[Annotations]) -> str:
    joints, images = len(parts[0].skeleton), sum(len(part.images) for part in parts)
    labelled = sum(int(np.count_nonzero(part.visible)) for part in parts)
    rows = sum(map(len, parts))
    return ", ".join(
        (
            plural(len(parts), "file"),
            plural(joints, "joint"),
            f"{plural(rows, 'annotation')} in {plural(images, 'image')}",
            plural(labelled, "labelled joint"),
        )
    )


def _categories(files: Sequence[Path], parts: Sequence[Annotations]) -> dict[str, str]:
    """Return the names of all categories by id; InputError where two files give one id two names."""
    names: dict[str, str] = {}
    for file, part in zip(files, parts, strict=True):
        for key, name in part.category_names.items():
            if names.setdefault(key, name) != name:
                raise InputError(
                    str(file),
                    f"category {key} is '{name}' here and '{names[key]}' before",
                    "number categories alike",
                )
    return names
