"""Columns of a wide CSV that identify images and hold boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.annotations import Annotations
from kp2heat.errors import InputError


def read(folder: Path, text: str) -> Annotations:
    (folder / "file.csv").write_text(text)
    return formats.read(folder / "file.csv", coords="pixel")


def test_an_image_id_column_counts_beside_a_name(tmp_path: Path) -> None:
    a = read(tmp_path, "file,image_id,a_x,a_y\nf.png,7,1,2\nf.png,9,3,4\nf.png,7,5,6\n")
    assert a.images.id.tolist() == [7, 9]
    assert a.images.file_name.tolist() == ["f.png", "f.png"]
    assert a.image.tolist() == [0, 1, 0]
    assert not a.images.numbered


def test_names_alone_are_no_ids(tmp_path: Path) -> None:
    assert read(tmp_path, "file,a_x,a_y\nf.png,1,2\n").images.numbered
    alone = read(tmp_path, "image_id,a_x,a_y\n7,1,2\n")
    assert alone.images.id.tolist() == [7]
    assert not alone.images.numbered


def test_one_id_of_two_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="image id 7 was used by an earlier image"):
        read(tmp_path, "file,image_id,a_x,a_y\nf.png,7,1,2\ng.png,7,3,4\n")


def test_four_columns_of_the_head_are_its_box_and_two_are_a_joint(tmp_path: Path) -> None:
    boxed = read(tmp_path, "file,a_x,a_y,head_x,head_y,head_w,head_h\nf.png,1,2,3,4,30,40\n")
    assert boxed.skeleton.names == ("a",)
    assert boxed.head.tolist() == [[3, 4, 30, 40]]
    joint = read(tmp_path, "file,a_x,a_y,head_x,head_y\nf.png,1,2,3,4\n")
    assert joint.skeleton.names == ("a", "head")
    assert np.isnan(joint.head).all()
