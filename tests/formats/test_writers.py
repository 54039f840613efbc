from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat import formats
from kp2heat.annotations import Annotations, Images
from kp2heat.errors import InputError, OutputError, SpecError
from kp2heat.formats.writers import WRITERS, losses
from kp2heat.skeleton import Skeleton

COORDINATES = st.floats(2, 1e5).map(lambda v: round(v, 3)) | st.floats(2, 1e5)


@st.composite
def people(draw: st.DrawFn) -> Annotations:
    """A few instances of three joints in two named images; the first joint of the first is visible."""
    n = draw(st.integers(1, 5))
    xy = np.array(draw(st.lists(COORDINATES, min_size=n * 6, max_size=n * 6))).reshape(n, 3, 2)
    visible = np.array(draw(st.lists(st.integers(0, 2), min_size=n * 3, max_size=n * 3)), np.uint8).reshape(
        n, 3
    )
    visible[:, 0] = 2
    score = np.array(draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)))
    return Annotations(
        Skeleton(("nose", "left eye", "right eye"), ((0, 1), (0, 2))),
        Images([5, 9], ["a/1.png", "b.png"], [[640, 480], [0, 0]]),
        np.where(visible[..., None] > 0, xy, np.nan),
        visible,
        np.where(np.arange(n)[:, None] % 2, np.nan, [[1.0, 2.0, 30.5, 40.25]]),
        np.where(np.arange(n) % 2, np.nan, 99.5),
        np.arange(n) == 3,
        np.sort(np.arange(n) % 2),
        np.arange(n) + 7,
        score,
    )


def again(annotations: Annotations, kind: str) -> Annotations:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        path.write_bytes(WRITERS[kind](annotations))
        return formats.read(path, coords="pixel")


@given(people())
def test_coco_holds_everything(a: Annotations) -> None:
    b = again(a, "coco")
    for column in ("xy", "visible", "bbox", "area", "crowd", "image", "id", "score"):
        np.testing.assert_array_equal(getattr(b, column), getattr(a, column), err_msg=column)
    assert b.skeleton == a.skeleton
    for column in ("id", "file_name", "size"):
        np.testing.assert_array_equal(getattr(b.images, column), getattr(a.images, column))
    assert losses(a, "coco") == ()


@given(people())
def test_wide_csv_holds_the_instances(a: Annotations) -> None:
    b = again(a, "csv")
    for column in ("xy", "visible", "bbox", "image", "id", "score"):
        np.testing.assert_array_equal(getattr(b, column), getattr(a, column), err_msg=column)
    assert b.skeleton.names == a.skeleton.names
    assert b.images.file_name.tolist() == a.images.file_name.tolist()[: len(b.images)]
    assert b.images.id.tolist() == a.images.id.tolist()[: len(b.images)]
    assert not b.images.numbered


@given(people())
def test_dlc_holds_the_joints(a: Annotations) -> None:
    b = again(a, "dlc")
    np.testing.assert_array_equal(b.xy, a.xy)
    np.testing.assert_array_equal(b.visible > 0, a.visible > 0)
    assert "visibility (hidden joints become plain labels)" in losses(a, "dlc") or not (a.visible == 1).any()


def test_what_is_lost_is_said() -> None:
    sample = formats.read(Path(__file__).parents[2] / "sample_data" / "annotations.json")
    assert losses(sample, "coco") == ()
    assert {"limbs", "OKS sigmas"} <= set(losses(sample, "csv"))
    assert {"areas", "crowd flags", "categories", "boxes", "image sizes", "annotation ids"} <= set(
        losses(sample, "dlc")
    )


def test_convert_round_trip_of_the_sample_data(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "sample_data" / "annotations.json"
    formats.convert(source, tmp_path / "a.csv")
    formats.convert(tmp_path / "a.csv", tmp_path / "b.json")
    a, b = formats.read(source), formats.read(tmp_path / "b.json")
    np.testing.assert_array_equal(a.xy, b.xy)
    np.testing.assert_array_equal(a.visible, b.visible)
    for column in ("id", "area", "crowd", "category", "bbox"):
        np.testing.assert_array_equal(getattr(a, column), getattr(b, column))
    assert a.category_names == b.category_names


def test_outputs_that_cannot_be(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "sample_data" / "annotations.json"
    with pytest.raises(SpecError, match="cannot tell from"):
        formats.convert(source, tmp_path / "a.txt")
    (tmp_path / "a.csv").write_text("precious")
    with pytest.raises(OutputError, match="exists already"):
        formats.convert(source, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "precious"
    formats.convert(source, tmp_path / "a.csv", overwrite=True)
    assert (tmp_path / "a.csv").read_text().startswith("image,")
    with pytest.raises(OutputError, match=r"folder .*no' does not exist; create it first"):
        formats.convert(source, tmp_path / "no" / "a.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def some_file(tmp_path: Path, rows: list[dict[str, object]], names: list[str]) -> Path:
    images = [{"id": 1, "file_name": "a.jpg", "width": 20, "height": 10}]
    categories = [
        {"id": 3, "name": "mouse", "keypoints": names},
        {"id": 4, "name": "rat", "keypoints": names},
    ]
    path = tmp_path / "some.json"
    path.write_text(json.dumps({"images": images, "annotations": rows, "categories": categories}))
    return path


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_without_annotations(tmp_path: Path, kind: str) -> None:
    source = some_file(tmp_path, [], ["nose", "tail"])
    formats.convert(source, tmp_path / "out", to=kind)
    again = formats.read(tmp_path / "out")
    assert (len(again), again.skeleton.names) == (0, ("nose", "tail"))


def test_a_file_without_joints_becomes_no_table_that_cannot_be_read(tmp_path: Path) -> None:
    source = some_file(tmp_path, [], [])
    for kind in ("csv", "dlc"):
        with pytest.raises(InputError, match="names no joints"):
            formats.convert(source, tmp_path / "out", to=kind)
        assert not (tmp_path / "out").exists()
    formats.convert(source, tmp_path / "out", to="coco")
    assert len(formats.read(tmp_path / "out").images) == 1


def test_categories_are_kept_or_said_to_be_lost(tmp_path: Path) -> None:
    rows = [{"id": n, "image_id": 1, "category_id": n, "keypoints": [1, 2, 2, 3, 4, 1]} for n in (3, 4)]
    source = some_file(tmp_path, rows, ["nose", "tail"])
    _, lost = formats.convert(source, tmp_path / "b.json")
    assert lost == ()
    again = json.loads((tmp_path / "b.json").read_text())
    assert [(c["id"], c["name"]) for c in again["categories"]] == [(3, "mouse"), (4, "rat")]
    assert [row["category_id"] for row in again["annotations"]] == [3, 4]
    assert formats.read(tmp_path / "b.json", category="rat").id.tolist() == [4]
    assert "categories" not in formats.convert(source, tmp_path / "b.csv")[1]
    table = formats.read(tmp_path / "b.csv")
    assert table.category.tolist() == ["3", "4"]
    assert table.category_names == {"3": "mouse", "4": "rat"}
    assert formats.read(tmp_path / "b.csv", category="rat").id.tolist() == [4]
    with pytest.raises(InputError, match="has no category 'cow'; choose from: mouse, rat"):
        formats.read(tmp_path / "b.csv", category="cow")
    assert "categories" in formats.convert(source, tmp_path / "c.csv", to="dlc")[1]


@pytest.mark.parametrize("kind", WRITERS)
def test_scores_of_joints_are_said_to_be_lost(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.csv").write_text("image,a_x,a_y,a_score\n1.png,1,2,0.7\n")
    _, lost = formats.convert(tmp_path / "a.csv", tmp_path / "out", to=kind)
    assert "scores of joints" in lost
    (tmp_path / "a.csv").write_text("image,a_x,a_y,a_v\n1.png,1,2,2\n")
    _, lost = formats.convert(tmp_path / "a.csv", tmp_path / "out", to=kind, overwrite=True)
    assert "scores of joints" not in lost


@pytest.mark.parametrize("boxed", [True, False])
@pytest.mark.parametrize(
    "joint",
    ["c", "center", "head", "x", "v", "1", "x1", "left", "category", "area", "label", "image_id", "bbox"],
)
def test_no_name_of_a_joint_is_taken_for_another_column(tmp_path: Path, joint: str, boxed: bool) -> None:
    """c_x and c_y next to a box are the joint c, not the centre of the box."""
    names = ("nose", joint, "tail")
    xy, visible = np.arange(4.0, 16).reshape(2, 3, 2), np.array([[2, 1, 2], [2, 2, 1]], np.uint8)
    box = [[1.0, 2, 30, 40]] * 2 if boxed else [[np.nan] * 4] * 2
    images = Images([5, 9], ["a.png", "b.png"], [[640, 480]] * 2)
    area = [99.5] * 2 if boxed else [np.nan] * 2
    people = Annotations(Skeleton(names), images, xy, visible, box, area, [False, True], [0, 1], [7, 8])
    (tmp_path / "a.csv").write_bytes(WRITERS["csv"](people))
    again = formats.read(tmp_path / "a.csv")
    assert again.skeleton.names == names
    np.testing.assert_array_equal(again.xy, xy)
    np.testing.assert_array_equal(again.visible, visible)
    np.testing.assert_array_equal(again.bbox, box)
    np.testing.assert_array_equal(again.area, area)
    assert again.crowd.tolist() == [False, True]
