from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kp2heat import formats
from kp2heat.errors import InputError


def picture(file: Path, size: tuple[int, int], orientation: int = 1) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("L", size).save(file, exif=exif)


def read(tmp_path: Path, *names: str, **options: Any) -> list[list[int]]:
    (tmp_path / "a.csv").write_text("image,a_x,a_y\n" + "".join(f"{name},1,2\n" for name in names))
    annotations = formats.read(tmp_path / "a.csv", images=tmp_path / "images", **options)
    return annotations.images.size.tolist()  # type: ignore[no-any-return]


def test_found_by_path_base_name_and_stem(tmp_path: Path) -> None:
    picture(tmp_path / "images/day/1.png", (5, 6))
    picture(tmp_path / "images/2.jpg", (7, 8))
    assert read(tmp_path, "day/1.png", "elsewhere/1.png", "2.png", "2") == [[5, 6], [5, 6], [7, 8], [7, 8]]


def test_exif_turned_pictures_are_measured_as_shown(tmp_path: Path) -> None:
    picture(tmp_path / "images/1.jpg", (5, 9), orientation=6)
    assert read(tmp_path, "1.jpg") == [[9, 5]]


def test_ambiguous_names(tmp_path: Path) -> None:
    picture(tmp_path / "images/a/1.png", (5, 6))
    picture(tmp_path / "images/b/1.png", (7, 8))
    assert read(tmp_path, "data/b/1.png") == [[7, 8]]
    with pytest.raises(InputError, match=r"could be the image '1.png'"):
        read(tmp_path, "1.png")


def test_what_the_folder_lacks(tmp_path: Path) -> None:
    picture(tmp_path / "images/1.png", (5, 6))
    assert read(tmp_path, "1.png", "2.png") == [[5, 6], [0, 0]]
    assert read(tmp_path, "n" * 5000) == [[0, 0]]
    assert read(tmp_path, "1.png", "2.png", image_size=(3, 4)) == [[5, 6], [3, 4]]


def test_broken_picture_and_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        read(tmp_path, "1.png")
    (tmp_path / "images").mkdir()
    (tmp_path / "images/1.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="not a readable image"):
        read(tmp_path, "1.png")
