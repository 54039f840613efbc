"""Predictions, reports of parts and archives of images with changed bytes: read as they are, or refused in a sentence.

200 changes per file, each in this process: what a library raises on one of them must not come through.
"""

from __future__ import annotations

import io
import os
import random
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kp2heat.errors import InputError, Kp2heatError
from kp2heat.pipeline.array_jobs.totals_file import read_totals, write_totals
from kp2heat.pipeline.decoding.reporting.results_file import join_results
from kp2heat.pipeline.predictions.files import open_predictions
from kp2heat.pipeline.training.image_files import ImageFiles

MAPS = np.random.default_rng(0).random((2, 3, 4, 4)).astype("f4")
MUTANTS = 200


def npy(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, MAPS)


def npz(path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, maps=np.round(MAPS, 1), image_id=np.arange(2))


def picture() -> bytes:
    content = io.BytesIO()
    Image.fromarray((255 * MAPS[:, :, :, 0]).astype("u1").transpose(1, 2, 0).repeat(3, 2)[:, :, :3]).save(
        content, "png"
    )
    return content.getvalue()


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.png", picture() + bytes(1000))


def packed(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for number in range(3):
            member = tarfile.TarInfo(f"{number}.png")
            member.size = len(picture())
            archive.addfile(member, io.BytesIO(picture()))


def part(path: Path) -> None:
    write_totals(path, None, {"parts": 3, "part": 1})


def read_maps(path: Path) -> None:
    open_predictions(str(path)).rows(np.array([1, 0]))


def read_images(path: Path) -> None:
    files = ImageFiles(path)
    for number in range(3):
        files.read(f"{number}.png")


KINDS: dict[str, tuple[Callable[[Path], None], Callable[[Path], object]]] = {
    "npy": (npy, read_maps),
    "npz": (npz, read_maps),
    "zip": (zipped, read_images),
    "tar": (packed, read_images),
    "part of a report": (part, read_totals),
}
"""Kind of file -> what writes it, and what reads it."""


def changed(content: bytes, chance: random.Random) -> bytes:
    """Return the bytes with an end cut off, some of them overwritten, or some inserted."""
    kind, place = chance.randrange(4), chance.randrange(len(content))
    if kind == 0:
        return content[:place]
    if kind == 1:
        return content[:place] + chance.randbytes(chance.randint(1, 9)) + content[place:]
    image = bytearray(content)
    for _ in range(chance.choice((1, 1, 8))):
        image[chance.randrange(len(image))] = chance.choice((0, 255, chance.randrange(256)))
    return bytes(image)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_read_or_refused(tmp_path: Path, kind: str) -> None:
    write, read = KINDS[kind]
    path, outcomes, chance = tmp_path / "file", Counter[str](), random.Random(3)
    write(path)
    read(path)
    content = path.read_bytes()
    for _ in range(MUTANTS):
        path.write_bytes(changed(content, chance))
        try:
            read(path)
        except Kp2heatError:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
    assert outcomes["refused"] > MUTANTS / 4


def test_an_image_of_endless_size_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "i.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.png", picture())
    content = bytearray((tmp_path / "i.zip").read_bytes())
    listed = content.rindex(b"PK\1\2")
    content[listed + 24 : listed + 28] = (3 << 30).to_bytes(4, "little")
    (tmp_path / "i.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"0\.png: has 3221225472 bytes, which is no image; replace it"):
        ImageFiles(tmp_path / "i.zip").read("0.png")


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "0.png")
    os.mkfifo(tmp_path / "decoded-00001-of-00001.npz")
    with pytest.raises(InputError):
        ImageFiles(tmp_path).read("0.png")
    with pytest.raises(InputError, match="is a pipe; give a file"):
        read_totals(tmp_path / "decoded-00001-of-00001.npz")


@pytest.mark.parametrize("content", [b'[{"image_id": 1}\xff]\n', b"{}", b""])
def test_keypoints_of_a_part_that_are_no_results(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "decoded-00001-of-00001.json").write_bytes(content)
    with pytest.raises(InputError, match="run its part again"):
        join_results([tmp_path / "decoded-00001-of-00001.json"], tmp_path / "all.json", ["a"])
    assert not (tmp_path / "all.json").exists()
