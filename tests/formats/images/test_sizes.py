"""Image sizes: compared with the pictures, or made from the joints' extent so that no joint is lost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kp2heat import formats
from kp2heat.errors import SpecError
from kp2heat.formats.images.sizes import sizes_from_joints
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile
from kp2heat.formats.reading.to_annotations import to_annotations


def test_an_estimated_size_holds_the_farthest_joint(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("image,a_x,a_y,b_x,b_y\n1,10,20.5,30,5\n2,,,,\n1,100.6,1,2,3\n")
    a = formats.read(tmp_path / "a.csv", size_from_joints=True)
    assert a.images.size.tolist() == [[102, 22], [1, 1]]
    assert "size of 2 images guessed from the joints' extent" in a.reading


@given(st.floats(0, 5000), st.floats(0, 5000))
def test_the_estimate_is_the_least_size_that_holds_the_joint(x: float, y: float) -> None:
    size, _ = sizes_from_joints(
        np.array([[[x, y]]]), np.array([[2]], np.uint8), np.array([0]), np.zeros((1, 2))
    )
    assert (np.array([x, y]) < size[0] - 0.5).all()
    assert not (np.array([x, y]) < size[0] - 1.5).any() or size.min() == 1


def test_sized_images_keep_their_size(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("image,a_x,a_y,width,height\n1,10,20,640,480\n2,30,40,,\n")
    a = formats.read(tmp_path / "a.csv", size_from_joints=True)
    assert a.images.size.tolist() == [[640, 480], [31, 41]]
    assert "size of 1 image guessed" in a.reading


def stated(tmp_path: Path, **sizes: tuple[int, int]) -> Path:
    """A COCO file that states these sizes of 20x10 pictures in the folder "images"; c.jpg is turned by its EXIF mark."""
    (tmp_path / "images").mkdir()
    images = []
    for n, (name, (w, h)) in enumerate(sizes.items()):
        exif = Image.Exif()
        exif[0x0112] = 6 if name == "c" else 1
        Image.new("L", (20, 10)).save(tmp_path / "images" / f"{name}.jpg", exif=exif)
        images.append({"id": n, "file_name": f"{name}.jpg", "width": w, "height": h})
    rows = [{"id": 1, "image_id": 0, "category_id": 1, "keypoints": [3, 4, 2]}]
    category = {"id": 1, "name": "p", "keypoints": ["nose"]}
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"images": images, "annotations": rows, "categories": [category]}))
    return path


def test_sizes_that_are_not_the_pictures_are_noted(tmp_path: Path) -> None:
    path = stated(tmp_path, a=(20, 10), b=(21, 10), c=(20, 10))
    note = "not the picture's for 2 of 3 pictures looked at (c.jpg: 20x10 stated, 10x20 found)"
    assert note in formats.read(path, images=tmp_path / "images").reading
    assert "picture's" not in formats.read(path).reading


def test_right_sizes_are_not_mentioned(tmp_path: Path) -> None:
    path = stated(tmp_path, a=(20, 10), c=(10, 20))
    assert "picture's" not in formats.read(path, images=tmp_path / "images").reading


def test_reading_leaves_the_arrays_of_the_parsed_file_usable() -> None:
    """Columns given read-only are copied before unlabelled positions are erased."""
    xy = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    xy.flags.writeable = False
    parsed = ParsedFile(
        title="",
        source="",
        xy=xy,
        id=np.arange(1),
        image=np.zeros(1, np.int64),
        image_id=np.arange(1),
        file_name=np.array([""]),
        row=np.arange(1),
        place="",
        third=np.array([[2.0, 0.0]]),
    )
    a = to_annotations(parsed, ReadOptions())
    assert a.visible.tolist() == [[2, 0]]
    assert np.isnan(a.xy[0, 1]).all()
    assert xy.tolist() == [[[1, 2], [3, 4]]]


def test_names_of_the_user_replace_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("image,a_x,a_y\n1,10,20\n")
    assert formats.read(tmp_path / "a.csv", names=("nose",)).skeleton.names == ("nose",)
    with pytest.raises(SpecError, match="2 names for 1 joints"):
        formats.read(tmp_path / "a.csv", names=("nose", "tail"))


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        (",\n2,30,40,,", "image size unknown"),
        ("64,48\n2,30,40,,", "image size from the file, unknown for 1 image"),
    ],
)
def test_images_of_unknown_size_are_counted(tmp_path: Path, sizes: str, words: str) -> None:
    (tmp_path / "a.csv").write_text(f"image,a_x,a_y,width,height\n1,10,20,{sizes}\n")
    assert words in formats.read(tmp_path / "a.csv").reading
