"""Shards as a zarr store, or as references with which zarr reads them in place."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kp2heat.errors import InputError, OutputError
from kp2heat.files.atomic import write_whole
from kp2heat.pipeline.export.zarr_entries import Span, zarr_entries
from kp2heat.shards.reading.dataset import Shards


def write_store(shards: Shards, out: Path, progress: Callable[[int], None]) -> list[Path]:
    """Write the folder ``out``, which ``zarr.open_group`` reads: all shards as one array per plane.

    It is written under another name first, so the folder is whole or absent. OutputError where it cannot be written.
    """
    if out.exists() and not (out / ".zgroup").is_file():
        raise OutputError(str(out), "is not a zarr store, and is not replaced", "choose another folder")
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for key, entry in zarr_entries(shards, progress):
            place = part / key
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(_read(entry))
        if out.is_dir():
            shutil.rmtree(out)
        part.rename(out)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise OutputError(
            str(out), f"cannot be written ({error.strerror})", "choose another folder"
        ) from None
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return [out]


def write_references(shards: Shards, out: Path, progress: Callable[[int], None]) -> list[Path]:
    """Write the file ``out``: references of kerchunk's format, version 1, to the chunks in the shards.

    InputError where shards hold the truth alone, and there are no maps to point at.
    """
    if not shards.stores_maps:
        found = "stores no maps that could be pointed at"
        raise InputError(shards.shards[0].path.name, found, "use --to zarr, which draws them")
    references = {key: _reference(entry) for key, entry in zarr_entries(shards, progress)}
    write_whole(out, json.dumps({"version": 1, "refs": references}))
    return [out]


def _read(entry: bytes | Span) -> bytes:
    if isinstance(entry, bytes):
        return entry
    with entry.file.open("rb") as file:
        file.seek(entry.start)
        return file.read(entry.size)


def _reference(entry: bytes | Span) -> Any:
    if isinstance(entry, Span):
        return [str(entry.file.absolute()), entry.start, entry.size]
    return entry.decode() if entry.startswith(b"{") else f"base64:{b64encode(entry).decode()}"
