"""Images by name from folders and archives, in any process."""

from __future__ import annotations

import multiprocessing
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kp2heat.errors import InputError
from kp2heat.pipeline.training.image_files import ImageFiles, missing_images


@pytest.fixture(params=["folder", "zip", "tar", "tar.gz"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    for number in range(3):
        path = folder / "train" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((6, 8, 3), [10 * number, 5, 200], np.uint8)).save(path)
    (folder / "train" / "broken.png").write_bytes(b"no picture")
    if request.param == "folder":
        return folder
    out = tmp_path / f"images.{request.param}"
    if request.param == "zip":
        with zipfile.ZipFile(out, "w") as archive:
            for path in sorted(folder.rglob("*.png")):
                archive.write(path, path.relative_to(tmp_path))
    else:
        with tarfile.open(out, "w:gz" if request.param.endswith("gz") else "w") as archive:
            archive.add(folder, "images")
    return out


def red_of(files: ImageFiles, name: str) -> int:
    return int(files.read(name)[0, 0, 0])


def test_images_are_found_by_path_and_by_its_tail(source: Path) -> None:
    files = ImageFiles(source)
    for name in ("train/2.png", "2.png"):
        assert red_of(files, name) == 20
    assert files.read("train/1.png").shape == (6, 8, 3)
    assert missing_images(files, ["1.png", "7.png", "7.png", "2.png", "8.png"]) == ["7.png", "8.png"]


def test_missing_broken_and_other_sized_images_are_named(source: Path) -> None:
    files = ImageFiles(source)
    with pytest.raises(InputError, match=r"holds no image '9\.png'"):
        files.read("9.png")
    with pytest.raises(InputError, match=r"broken\.png: is not a readable image"):
        files.read("broken.png")
    with pytest.raises(InputError, match="is 8x6 px, and its annotations are for 80x60"):
        files.read("1.png", (80, 60))


def read_by_processes(files: ImageFiles, start: str) -> None:
    assert red_of(files, "0.png") == 0
    with multiprocessing.get_context(start).Pool(2) as pool:
        reds = pool.starmap(red_of, [(files, f"{i % 3}.png") for i in range(30)], chunksize=5)
    assert reds == [10 * (i % 3) for i in range(30)]


def test_archives_are_read_by_several_processes_at_once(source: Path) -> None:
    files = ImageFiles(source)
    read_by_processes(files, "fork")
    assert red_of(pickle.loads(pickle.dumps(files)), "2.png") == 20


@pytest.mark.parametrize("source", ["tar.gz"], indirect=True)
def test_an_archive_is_read_by_new_processes(source: Path) -> None:
    """What they need goes through pickle, as in the test before for every kind of source."""
    read_by_processes(ImageFiles(source), "spawn")


def test_something_else_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "images.rar"
    other.write_bytes(b"Rar!")
    for path in (other, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="is not a folder, zip or tar of images"):
            ImageFiles(path)


def test_a_turned_photo_is_turned_unless_its_annotations_say_otherwise(tmp_path: Path) -> None:
    picture = Image.fromarray(np.zeros((6, 8, 3), np.uint8))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    files = ImageFiles(tmp_path)
    assert files.read("turned.jpg").shape == (8, 6, 3)
    assert files.read("turned.jpg", (6, 8)).shape == (8, 6, 3)
    assert files.read("turned.jpg", (8, 6)).shape == (6, 8, 3)


def test_two_members_that_fit_equally_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "images.zip"
    with zipfile.ZipFile(out, "w") as archive:
        for folder in ("a", "b"):
            archive.writestr(f"{folder}/1.png", b"")
    with pytest.raises(InputError, match="could be the image"):
        ImageFiles(out).find("1.png")
    assert ImageFiles(out).find("b/1.png") == "b/1.png"
