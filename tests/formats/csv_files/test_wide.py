from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat import formats
from kp2heat.errors import InputError


def read(tmp_path: Path, text: str, **options: Any) -> Any:
    path = tmp_path / "some.csv"
    path.write_bytes(text.encode())
    return formats.read(path, **options)


WIDE = "file_name,nose_x,nose_y,nose_v,tail_x,tail_y,tail_v\na.png,1.5,2,2,3,4,1\nb.png,5,6,2,,,0\na.png,7,8,2,9,10,2\n"


def test_columns(tmp_path: Path) -> None:
    a = read(tmp_path, WIDE)
    assert a.skeleton.names == ("nose", "tail")
    np.testing.assert_array_equal(a.xy, [[[1.5, 2], [3, 4]], [[5, 6], [np.nan] * 2], [[7, 8], [9, 10]]])
    np.testing.assert_array_equal(a.visible, [[2, 1], [2, 0], [2, 2]])
    assert a.images.file_name.tolist() == ["a.png", "b.png"]
    assert a.image.tolist() == [0, 1, 0]
    assert a.images.size.tolist() == [[0, 0], [0, 0]]
    assert "image size unknown" in a.reading


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace("\n", "\r"),
        lambda t: "\ufeff" + t,
        lambda t: t.replace(",", ";").replace("1.5", "1,5"),
        lambda t: t.replace(",", "\t"),
        lambda t: t.replace("a.png", '"a.png"').replace("nose_x", '"nose_x"'),
        lambda t: t.replace("_x", ".x").replace("_y", ".y").replace("_v", ".visibility"),
        lambda t: t.replace("_x", "-X").replace("_y", "-Y").replace("_v", "-vis"),
        lambda t: t.replace("_x", ":x").replace("_y", ":y").replace("_v", ":visible"),
        lambda t: t.replace("_x", " x").replace("_y", " y").replace("_v", " v"),
        lambda t: (
            t.replace("nose_x", "x_nose")
            .replace("nose_y", "y_nose")
            .replace("nose_v", "v_nose")
            .replace("tail_x", "x_tail")
            .replace("tail_y", "y_tail")
            .replace("tail_v", "v_tail")
        ),
        lambda t: t.replace("file_name", "image"),
        lambda t: t.replace("b.png,5,6,2,,,0", "b.png,5,6,2,NA,nan,0"),
        lambda t: t.replace("b.png,5,6,2,,,0", "b.png,5,6,2"),
        lambda t: t.replace("\nb.png", "\n,,,,,,\nb.png") + "\n\n",
        lambda t: t.replace("b.png,5,6,2,,,0", "b.png,5,6,2,,,"),
        lambda t: t.replace("a.png,7,8,2,9,10,2", "a.png,7,8,2,9,10,2,,"),
    ],
)
def test_dialects_give_the_same_annotations(tmp_path: Path, change: Any) -> None:
    plain, other = read(tmp_path, WIDE), read(tmp_path, change(WIDE))
    np.testing.assert_array_equal(other.xy, plain.xy)
    np.testing.assert_array_equal(other.visible, plain.visible)
    assert other.skeleton.names == plain.skeleton.names
    assert other.images.file_name.tolist() == plain.images.file_name.tolist()
    assert other.image.tolist() == plain.image.tolist()


def test_size_and_box_columns(tmp_path: Path) -> None:
    head = "image,width,height,bbox_x,bbox_y,bbox_w,bbox_h,a_x,a_y\n"
    a = read(tmp_path, head + "1.png,64,48,1,2,3,4,5,6\n2.png,32,24,,,,,7,8\n")
    assert a.images.size.tolist() == [[64, 48], [32, 24]]
    np.testing.assert_array_equal(a.bbox, [[1, 2, 3, 4], [np.nan] * 4])
    assert a.skeleton.names == ("a",)


def test_missing_marks_without_a_visibility_column(tmp_path: Path) -> None:
    a = read(tmp_path, "image,a_x,a_y\n1,0,0\n2,-1,-1\n3,,\n4,0,5\n")
    np.testing.assert_array_equal(a.visible, [[0], [0], [0], [2]])
    assert a.images.id.tolist() == [1, 2, 3, 4]


def test_scores_are_thresholded(tmp_path: Path) -> None:
    text = "image,a_x,a_y,a_likelihood\n1,3,4,0.9\n2,3,4,0.2\n"
    np.testing.assert_array_equal(read(tmp_path, text).visible, [[2], [2]])
    np.testing.assert_array_equal(read(tmp_path, text, min_likelihood=0.5).visible, [[2], [0]])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"coords": "normalised"}, [31.5, 11.5]),
        ({"coords": "normalised", "origin": "0"}, [32, 12]),
        ({"coords": "percent"}, [0.32 - 0.5, 0.12 - 0.5]),
        ({"coords": "pixel", "origin": "1"}, [-0.5, -0.75]),
        ({"coords": "pixel", "origin": "corner"}, [0, -0.25]),
    ],
)
def test_units_and_origins(tmp_path: Path, options: dict[str, Any], expected: list[float]) -> None:
    """Half of a 64 px width is 32 px from the left edge, and that edge lies at -0.5."""
    a = read(tmp_path, "image,width,height,a_x,a_y\n1,64,48,0.5,0.25\n", **options)
    np.testing.assert_allclose(a.xy[0, 0], expected, rtol=0, atol=1e-12)


def test_normalised_needs_a_size(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="need the image's size"):
        read(tmp_path, "image,a_x,a_y\n1,0.5,0.25\n", coords="normalised")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image,a_x,a_y\n1,2,3\n2,four,5\n", "line 3, column 2: 'four' is not a number"),
        ("image,a_x,a_y\n1,2,inf\n", "line 2 .*, joint 0"),
        ("image,a_x,a_y,a_v\n1,2,3,5\n", "5 is not a visibility"),
        ("image,a,b\n1,2,3\n", "neither COCO"),
        ("", "is empty"),
        (" \n", "is empty"),
        ("image,a_x,a_y,width,height\n1,2,3,0,5\n", "0x5 is not the size"),
        ("image,a_x,a_y\n1.png,2,3\n2.png,1,5,2,5\n", "line 3: holds 5 cells where 3 are named"),
        ('image,a_x,a_y\n"1.png",2,3\n\n2.png,1,5,2,5\n', "line 4: holds 5 cells where 3 are named"),
    ],
)
def test_bad_tables_name_the_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, text)


@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.floats(1, 1e6, allow_nan=False))] * 4), min_size=1, max_size=20
    )
)
def test_every_number_comes_back_exactly(rows: list[tuple[float | None, ...]]) -> None:
    import tempfile

    text = "image,a_x,a_y,b_x,b_y\n" + "".join(
        f"{i}.png," + ",".join("" if v is None else repr(v) for v in row) + "\n" for i, row in enumerate(rows)
    )
    with tempfile.TemporaryDirectory() as folder:
        a = read(Path(folder), text, coords="pixel")
    expected = np.array([[np.nan if v is None else v for v in row] for row in rows]).reshape(-1, 2, 2)
    expected[np.isnan(expected).any(axis=-1)] = np.nan
    np.testing.assert_array_equal(a.xy, expected)


def test_repeated_and_blank_column_names(tmp_path: Path) -> None:
    a = read(tmp_path, ",a_x,a_y,a_x,a_y\n7,10,20,30,40\n8,50,60,,\n")
    assert a.skeleton.names == ("a", "a_2")
    assert a.images.id.tolist() == [7, 8]
    np.testing.assert_array_equal(a.xy[0], [[10, 20], [30, 40]])


def test_image_column_by_its_content(tmp_path: Path) -> None:
    a = read(tmp_path, "Nase_x;Nase_y;Bild\n10,5;20,25;tag/a.PNG\n")
    assert a.images.file_name.tolist() == ["tag/a.PNG"]
    np.testing.assert_array_equal(a.xy, [[[10.5, 20.25]]])


def test_an_image_id_column_counts_beside_a_name(tmp_path: Path) -> None:
    a = read(tmp_path, "file,image_id,a_x,a_y\nf.png,7,1,2\nf.png,9,3,4\nf.png,7,5,6\n")
    assert a.images.id.tolist() == [7, 9]
    assert a.images.file_name.tolist() == ["f.png", "f.png"]
    assert a.image.tolist() == [0, 1, 0]
    assert not a.images.numbered


def test_an_image_without_a_name_is_not_the_one_that_has_its_id_for_a_name(tmp_path: Path) -> None:
    a = read(tmp_path, "file,image_id,a_x,a_y\n7,,1,2\n,7,3,4\n")
    assert a.images.file_name.tolist() == ["7", ""]
    assert a.image.tolist() == [0, 1]


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


def test_of_two_spellings_that_name_as_many_joints_the_first_is_read_and_the_other_is_said(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text("image,a_x,a_y,x_b,y_b\n1,1,2,3,4\n")
    a = formats.read(tmp_path / "a.csv", image_size=(9, 9))
    assert a.skeleton.names == ("a",)
    assert "x_b, y_b" in a.reading
