"""CSV layouts other than the plain wide one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.errors import InputError

NAN = [np.nan, np.nan]


def read(tmp_path: Path, text: str, **options: Any) -> Any:
    (tmp_path / "some.csv").write_text(text)
    return formats.read(tmp_path / "some.csv", **options)


LONG = "image,keypoint,x,y,v\na.png,nose,1,2,2\na.png,tail,3,4,1\nb.png,tail,5,6,2\n"


def test_long(tmp_path: Path) -> None:
    a = read(tmp_path, LONG)
    assert a.skeleton.names == ("nose", "tail")
    np.testing.assert_array_equal(a.xy, [[[1, 2], [3, 4]], [NAN, [5, 6]]])
    np.testing.assert_array_equal(a.visible, [[2, 1], [0, 2]])


def test_long_with_two_instances_an_image(tmp_path: Path) -> None:
    plain = "image,joint,x,y\na,n,1,2\na,t,3,4\na,n,5,6\na,t,7,8\n"
    tracked = "image,track,joint,x,y\na,one,n,1,2\na,two,n,5,6\na,one,t,3,4\na,two,t,7,8\n"
    for text in (plain, tracked):
        np.testing.assert_array_equal(read(tmp_path, text).xy, [[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
    with pytest.raises(InputError, match="line 3: gives a joint"):
        read(tmp_path, tracked.replace("a,two,n", "a,one,n"))


def test_sleap_io_points(tmp_path: Path) -> None:
    head = "video_path,frame_idx,track,instance_idx,instance_score,node,x,y,score\n"
    a = read(tmp_path, head + "v.mp4,0,,0,0.9,nose tip,10,20,0.8\nv.mp4,0,,1,0.9,nose tip,30,40,0.7\n")
    assert a.images.file_name.tolist() == ["v.mp4:0"]
    np.testing.assert_array_equal(a.xy[:, 0], [[10, 20], [30, 40]])


def test_mediapipe_wide_is_normalised(tmp_path: Path) -> None:
    text = "frame,NOSE_x,NOSE_y,NOSE_z,NOSE_visibility\n0,0.5,0.25,-0.1,0.99\n1,0.75,1.02,-0.1,0.01\n"
    with pytest.raises(InputError, match="normalised coordinates need the image's size"):
        read(tmp_path, text)
    a = read(tmp_path, text, image_size=(100, 200), min_likelihood=0.5)
    np.testing.assert_allclose(a.xy, [[[49.5, 49.5]], [NAN]])
    assert "normalised coordinates" in a.reading
    assert "score" in a.reading


def test_sleap_analysis_and_sleap_io_instances(tmp_path: Path) -> None:
    text = "track,frame_idx,instance.score,left.ear.x,left.ear.y,left.ear.score\n,4,0.9,10,20,0.8\n,4,0.7,30,40,\n"
    a = read(tmp_path, text)
    assert a.skeleton.names == ("left.ear",)
    assert a.images.id.tolist() == [4]
    np.testing.assert_array_equal(a.score, [0.9, 0.7])


def test_sleap_io_frames(tmp_path: Path) -> None:
    text = "frame_idx,video_path,inst0.a.x,inst0.a.y,inst1.a.x,inst1.a.y\n0,v,10,20,30,40\n1,v,50,60,,\n"
    a = read(tmp_path, text)
    assert a.skeleton.names == ("a",)
    np.testing.assert_array_equal(a.xy[:, 0], [[10, 20], [30, 40], [50, 60]])
    assert a.image.tolist() == [0, 0, 1]


def test_kaggle_faces(tmp_path: Path) -> None:
    pixels = " ".join(["7"] * 96 * 96)
    text = f"left_eye_center_x,left_eye_center_y,nose_tip_x,nose_tip_y,Image\n66.03,39,44.4,57,{pixels}\n64.3,34.9,,,{pixels}\n"
    a = read(tmp_path, text)
    assert a.skeleton.names == ("left_eye_center", "nose_tip")
    assert a.images.size.tolist() == [[96, 96], [96, 96]]
    np.testing.assert_array_equal(a.visible, [[2, 2], [2, 0]])


def test_openface_keeps_the_picture_coordinates(tmp_path: Path) -> None:
    head = "frame, face_id, confidence, gaze_0_x, gaze_0_y, gaze_0_z, x_0, x_1, y_0, y_1, X_0, X_1, Y_0, Y_1, Z_0, Z_1, p_0\n"
    a = read(tmp_path, head + "1, 0, 0.98, 0.1, 0.2, 0.3, 310, 320, 200, 210, -3, -2, 4, 5, 400, 401, 9\n")
    np.testing.assert_array_equal(a.xy[0], [[310, 200], [320, 210]])


def test_alternating_columns_under_numbers(tmp_path: Path) -> None:
    a = read(tmp_path, ",0,1,2,3\na.png,10,20,30,40\nb.png,1,2,3,4\n")
    np.testing.assert_array_equal(a.xy, [[[10, 20], [30, 40]], [[1, 2], [3, 4]]])
    assert a.images.file_name.tolist() == ["a.png", "b.png"]


def test_no_header(tmp_path: Path) -> None:
    a = read(tmp_path, "a.png,10,20,-1,-1\nb.png,1,2,3,4\n")
    np.testing.assert_array_equal(a.visible, [[2, 0], [2, 2]])
    assert a.skeleton.names == ("joint_0", "joint_1")
    flags = read(tmp_path, "a.png,10,20,1,30,40,0\nb.png,1,2,0,3,4,1\n")
    np.testing.assert_array_equal(flags.visible, [[2, 0], [0, 2]])


def test_columns_named_by_the_user(tmp_path: Path) -> None:
    columns = ("a_x", "a_y", "b_x", "b_y", "image")
    a = read(tmp_path, "10,20,30,40,one.png\n1,2,3,4,two.png\n", columns=columns)
    np.testing.assert_array_equal(a.xy[0], [[10, 20], [30, 40]])
    assert a.images.file_name.tolist() == ["one.png", "two.png"]
    same = read(tmp_path, "p,q,r,s,t\n10,20,30,40,one.png\n", columns=columns)
    assert len(same) == 1


def test_wflw_list_separated_by_spaces(tmp_path: Path) -> None:
    a = read(tmp_path, "10.5 20.5 30 40 a/b.jpg\n1 2 3 4 c.jpg\n")
    np.testing.assert_array_equal(a.xy[0], [[10.5, 20.5], [30, 40]])
    assert a.images.file_name.tolist() == ["a/b.jpg", "c.jpg"]


def test_via(tmp_path: Path) -> None:
    def row(name: str, region: int, shape: str, label: str) -> str:
        cells = [name, "1", "{}", "3", str(region), shape, label]
        return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)

    head = (
        "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"
    )
    lines = [
        row("a.png", 0, '{"name":"point","cx":10,"cy":20}', '{"part":"nose"}'),
        row("a.png", 1, '{"name":"point","cx":30,"cy":40}', '{"part":"tail"}'),
        row("a.png", 2, '{"name":"rect","x":1,"y":2,"width":3,"height":4}', "{}"),
        row("b.png", 0, '{"name":"point","cx":5,"cy":6}', '{"part":"tail"}'),
        row("c.png", 0, "{}", "{}"),
    ]
    a = read(tmp_path, "\n".join([head, *lines]) + "\n")
    assert a.skeleton.names == ("nose", "tail")
    np.testing.assert_array_equal(a.xy, [[[10, 20], [30, 40]], [NAN, [5, 6]]])
    assert "1 region without a point skipped" in a.reading


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image,xmin,ymin,xmax,ymax,class\na.png,1,2,3,4,cat\n", "CSV of boxes without keypoints"),
        ("id,age,height\n1,2,3\n2,3,4\n", "neither"),
        ("0 0.5 0.5 0.25 0.25 0.5 0.5 2 0.25 0.3 1\n0 0.1 0.5 0.25 0.25 0.5 0.5 2 0.25 0.3 1\n", "YOLO-pose"),
        ("0 0.5 0 0.25 0 0.5 0.5 2 0.25 0.3 1\n0 0.1 0.5 1 0.25 0.5 0.5 2 0.25 0.3 1\n", "YOLO-pose"),
        ("version: 1\nn_points: 2\n{\n1 2\n3 4\n}\n", "ibug .pts"),
        ('<?xml version="1.0"?><annotations><version>1.1</version></annotations>', "CVAT XML"),
        ('{"version": "5.0", "flags": {}, "shapes": [], "imagePath": "a.png"}', "LabelMe"),
        ('[{"id": 1, "annotations": [{"result": [{"from_name": "kp", "to_name": "img"}]}]}]', "Label Studio"),
        ('{"dm_format_version": "1.0", "categories": {}, "items": []}', "Datumaro"),
        ('{"version": 1.3, "people": [{"pose_keypoints_2d": []}]}', "OpenPose"),
        ("MATLAB 5.0 MAT-file, Platform: PCWIN64", "MATLAB"),
        ("PK\x03\x04 and more", "zip archive"),
    ],
)
def test_other_tools_files_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(tmp_path, text)
    assert words == "neither" or caught.value.todo


def test_slp_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.slp").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(InputError, match="HDF5"):
        formats.read(tmp_path / "a.slp")


def test_wflw_list_with_box_and_attributes(tmp_path: Path) -> None:
    line = " ".join([*(str(v) for v in range(100, 296)), "10 20 40 60", "0 1 0 1 0 1", "dir/a.jpg"])
    a = read(tmp_path, line + "\n" + line + "\n")
    assert len(a.skeleton) == 98
    np.testing.assert_array_equal(a.xy[0, 97], [294, 295])
    np.testing.assert_array_equal(a.bbox[0], [10, 20, 30, 40])


def test_corners_beside_a_class_are_a_box(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="CSV of boxes without keypoints"):
        read(tmp_path, "path,x1,y1,x2,y2,class\na.png,1,2,3,4,cat\n")
    assert len(read(tmp_path, "path,x1,y1,x2,y2\na.png,10,20,30,40\n").skeleton) == 2


@pytest.mark.parametrize(
    ("format", "text", "words"),
    [
        ("via", "a.png,1,2\nb.png,3,4\n", "not the header of a VIA CSV"),
        *((name, ",,\n", "has no non-empty cell") for name in ("csv", "long", "dlc", "via", "numbers")),
    ],
)
def test_a_format_the_file_is_not_of(tmp_path: Path, format: str, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, text, format=format)
