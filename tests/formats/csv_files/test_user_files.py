"""CSV files as users' reports brought them: read in full and rightly, or refused by name."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kp2heat
from kp2heat import formats
from kp2heat.annotations import Annotations
from kp2heat.errors import InputError

FIJI = (
    " ,Label,Area,Mean,Min,Max,X,Y,Slice\n1,IMG_1.jpg,0,15,15,15,150,63,1\n2,IMG_2.jpg,0,15,15,15,28,74,1\n"
)
BOX_TRACKS = (
    "frame_number,x1,y1,x2,y2,cx,cy,instance_name,class_score,track\n0,10,20,30,50,20,35,mouse,0.99,a b\n"
)
ANIPOSE = "nose_x,nose_y,nose_z,nose_error,nose_ncams,nose_score,fnum\n10.1,20.2,305.5,0.7,3,0.99,4\n"
CELEBA = "2\nleft_x left_y right_x right_y\n000001.jpg 69  109  106  113\n000002.jpg 69  110  107  112\n"


def read(tmp_path: Path, text: str, **options: Any) -> Annotations:
    path = tmp_path / "some.csv"
    path.write_bytes(text.encode())
    return formats.read(path, **options)


def test_imagej_results_name_their_image_in_the_label_column(tmp_path: Path) -> None:
    a = read(tmp_path, FIJI)
    assert a.images.file_name.tolist() == ["IMG_1.jpg", "IMG_2.jpg"]
    assert a.xy[:, 0].tolist() == [[150, 63], [28, 74]]
    assert "columns left out: Area, Mean, Min, Max, Slice" in a.reading
    with_frame = read(tmp_path, FIJI.replace("Slice", "Frame"))
    assert with_frame.images.file_name.tolist() == ["IMG_1.jpg", "IMG_2.jpg"]


def test_corners_and_centre_of_a_box_are_not_joints(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="CSV of boxes"):
        read(tmp_path, BOX_TRACKS)


def test_corners_beside_one_named_joint_are_its_box(tmp_path: Path) -> None:
    a = read(tmp_path, "image,x1,y1,x2,y2,nose_x,nose_y\na.png,10,20,30,50,12,22\n")
    assert a.skeleton.names == ("nose",)
    assert a.bbox.tolist() == [[10, 20, 20, 30]]


def test_two_numbered_points_alone_are_joints_and_it_is_said(tmp_path: Path) -> None:
    a = read(tmp_path, "image,x1,y1,x2,y2\na.png,10,20,30,50\n")
    assert a.xy.tolist() == [[[10, 20], [30, 50]]]
    assert "read as two joints, not as a box" in a.reading


def test_columns_left_out_are_named(tmp_path: Path) -> None:
    assert "columns left out: nose_z, nose_error, nose_ncams" in read(tmp_path, ANIPOSE).reading
    doubled = read(tmp_path, "file,nose_x,nose_y,nose_x.1,nose_y.1\na.png,1.5,2.5,9,9\n")
    assert "columns left out: nose_x.1, nose_y.1" in doubled.reading
    many = read(
        tmp_path, "image,a_x,a_y," + ",".join(f"w{k}" for k in range(99)) + "\n1,2,3" + ",0" * 99 + "\n"
    )
    assert "w7 and 91 more" in many.reading
    long = read(tmp_path, "image,joint,x,y,z\na.png,nose,1,2,3\n")
    assert "columns left out: z" in long.reading
    dlc = read(tmp_path, "scorer,s,s,s\nbodyparts,a,a,a\ncoords,x,y,z\nimg.png,1,2,3\n")
    assert "columns left out: z" in dlc.reading


@pytest.mark.parametrize("header", ["", "file,nose_x,nose_y\n", "name;x1;y1\n".replace(";", ",")])
def test_columns_named_by_the_user_replace_a_header(tmp_path: Path, header: str) -> None:
    a = read(tmp_path, header + "a.png,1.5,2.5\nb.png,,\n", columns=("image", "tail_x", "tail_y"))
    assert a.skeleton.names == ("tail",)
    assert a.images.file_name.tolist() == ["a.png", "b.png"]
    first_missing = read(tmp_path, header + "a.png,,\nb.png,1,2\n", columns=("image", "tail_x", "tail_y"))
    assert first_missing.images.file_name.tolist() == ["a.png", "b.png"]


def test_a_first_line_that_states_the_delimiter(tmp_path: Path) -> None:
    a = read(tmp_path, "sep=;\nfile;nose_x;nose_y\na.png;1,5;2,5\n")
    assert a.xy.tolist() == [[[1.5, 2.5]]]
    with pytest.raises(InputError, match="line 3, column 2: 'oops'"):
        read(tmp_path, "sep=;\nfile;nose_x;nose_y\na.png;oops;2,5\n")


@pytest.mark.parametrize("cell", ["10,25", "1,234.5", "1.040,125"])
def test_decimal_commas_are_named(tmp_path: Path, cell: str) -> None:
    with pytest.raises(InputError, match=f"line 2, column 2: '{cell}' is not a number; .* without commas"):
        read(tmp_path, f'file,nose_x,nose_y\n"a.png","{cell}","20"\n')


def test_a_count_above_a_header_without_an_image_column(tmp_path: Path) -> None:
    a = read(tmp_path, CELEBA)
    assert a.images.file_name.tolist() == ["000001.jpg", "000002.jpg"]
    assert a.xy[0].tolist() == [[69, 109], [106, 113]]


def test_gzip_is_read_as_it_is(tmp_path: Path) -> None:
    packed = gzip.compress(CELEBA.encode())
    (tmp_path / "a.csv.gz").write_bytes(packed)
    assert len(formats.read(tmp_path / "a.csv.gz")) == 2
    (tmp_path / "a.csv.gz").write_bytes(packed[:-9])
    with pytest.raises(InputError, match="damaged or truncated gzip"):
        formats.read(tmp_path / "a.csv.gz")


def test_zero_padded_ids_stay_apart(tmp_path: Path) -> None:
    a = read(tmp_path, "image,annotation_id,a_x,a_y\n1.png,012,1,2\n1.png,12,3,4\n")
    assert a.id.tolist() == ["012", "12"]


def test_where_both_spellings_name_as_many_joints_the_suffix_counts(tmp_path: Path) -> None:
    """Of ``x_a_x`` the axis may stand in front or behind."""
    a = read(tmp_path, "image,x_a_x,x_a_y,y_a_x,y_a_y\n1.png,1,2,3,4\n")
    assert a.skeleton.names == ("x_a", "y_a")
    assert a.xy.tolist() == [[[1, 2], [3, 4]]]


def test_one_category_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("file,category,a_x,a_y\nf.png,mouse,1,2\ng.png,fly,3,4\n")
    assert formats.read(tmp_path / "a.csv").category.tolist() == ["mouse", "fly"]
    assert kp2heat.read(tmp_path / "a.csv", category="fly").xy.tolist() == [[[3, 4]]]
    with pytest.raises(InputError, match="has no category 'rat'; choose from: fly, mouse"):
        kp2heat.read(tmp_path / "a.csv", category="rat")


def test_a_label_that_names_a_picture_is_the_image_and_no_category(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(" ,Label,X,Y\n1,IMG_1.jpg,150,63\n2,IMG_2.jpg,160,84\n")
    annotations = formats.read(tmp_path / "a.csv")
    assert annotations.images.file_name.tolist() == ["IMG_1.jpg", "IMG_2.jpg"]
    assert annotations.category.tolist() == ["", ""]


def test_results_of_imagej_say_what_a_row_was_read_as(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        " ,Label,Area,Mean,X,Y\n1,IMG_1.jpg,0,15,150,63\n2,IMG_1.jpg,0,9,160,84\n"
    )
    annotations = formats.read(tmp_path / "a.csv")
    assert "each row read as an instance of one joint in the image of its Label" in annotations.reading
    assert annotations.image.tolist() == [0, 0]
    assert annotations.category.tolist() == ["", ""]
    assert np.isnan(annotations.area).all()
