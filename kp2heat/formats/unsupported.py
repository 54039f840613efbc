"""Annotation files of other tools: recognised, so that the refusal can name them and a converter that exists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kp2heat.files.input_file import HDF5_MAGIC
from kp2heat.formats.csv_files.text import sniffed

BY_AXIS = re.compile(rb'"keypoints"\s*:\s*\{\s*"[xy]"')
"""Keypoints as lists by axis."""
NUMBERS_ONLY = re.compile(rb"\A(?:\s*\d+(?:[ \t]+-?[\d.eE+-]+){4,}[ \t]*(?:\r?\n|\r|\Z))+")


@dataclass(frozen=True)
class Unsupported:
    """A kind of file that is not read: its name, how it begins, and what turns it into one that is read."""

    title: str
    looks: Callable[[bytes], bool]
    todo: str


def _keys(*names: str) -> Callable[[bytes], bool]:
    """Return a test for JSON text that has all these keys in its beginning."""
    marks = [re.compile(rb'"' + name.encode() + rb'"\s*:') for name in names]
    return lambda head: head.lstrip()[:1] in (b"{", b"[") and all(mark.search(head) for mark in marks)


def _text(*marks: str) -> Callable[[bytes], bool]:
    return lambda head: head.lstrip()[:1] == b"<" and any(mark.encode() in head for mark in marks)


def _yolo(head: bytes) -> bool:
    """Return whether the lines are "class cx cy w h px py ...", all but the class within [0, 1]."""
    whole = head if len(head) < 60000 else head[: head.rfind(b"\n") + 1]
    if not NUMBERS_ONLY.match(whole) or b"." not in whole:
        return False
    rows = [line.split() for line in whole.split(b"\n") if line.strip()]
    try:
        return all(0 <= float(cell) <= 1 for row in rows for cell in row[1:5])
    except ValueError:
        return False


def _boxes_only(head: bytes) -> bool:
    from kp2heat.formats.csv_files.header import box_columns

    top = sniffed(head, rows=1)
    return bool(top) and box_columns(top[0])[0][0] >= 0


UNSUPPORTED: Mapping[str, Unsupported] = {
    "hdf5": Unsupported(
        "an HDF5 file (SLEAP .slp, DeepLabCut .h5, or a shard)",
        lambda head: head.startswith(HDF5_MAGIC),
        "export SLEAP labels with sleap-io (sio convert labels.slp labels.json --to coco), DeepLabCut as CSV; "
        "for a shard use kp2heat inspect or decode",
    ),
    "image": Unsupported(
        "an image",
        lambda head: head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*", b"MM")),
        "give the annotation file; the folder of images goes to --images",
    ),
    "mat": Unsupported(
        "a MATLAB .mat file",
        lambda head: head.startswith(b"MATLAB "),
        "export it as CSV, or as COCO JSON with the converters in mmpose's tools/dataset_converters",
    ),
    "zip": Unsupported(
        "a zip archive (.xlsx, .npz or packed annotations)",
        lambda head: head.startswith(b"PK\x03\x04"),
        "unpack it, or save the sheet as CSV",
    ),
    "pickle": Unsupported(
        "a Python pickle",
        lambda head: head[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
        "write it as COCO JSON or CSV from Python",
    ),
    "pts": Unsupported(
        "an ibug .pts file of one face",
        lambda head: re.match(rb"version:\s*\d", head) is not None and b"n_points" in head,
        "collect the faces in a CSV (image,x0,y0,...; .pts counts pixels from 1: --origin 1)",
    ),
    "cvat": Unsupported(
        "a CVAT XML file",
        _text("<annotations", "<skeleton", "<track"),
        "export the task from CVAT as 'COCO Keypoints 1.0'",
    ),
    "xml": Unsupported(
        "an XML file",
        lambda head: head.lstrip()[:1] == b"<",
        "export the annotations as COCO keypoints JSON or CSV",
    ),
    "coco-in-list": Unsupported(
        "a COCO file inside a list",
        lambda head: head.lstrip()[:1] == b"[" and _keys("images", "annotations")(head),
        "remove the outer brackets",
    ),
    "yolo-json": Unsupported(
        "a list of YOLO results (tojson)",
        lambda head: BY_AXIS.search(head) is not None,
        "write a COCO results list: image_id, score and keypoints as x, y, score in turn",
    ),
    "labelme": Unsupported(
        "a LabelMe JSON file",
        _keys("shapes", "imagePath"),
        "collect the files with labelme2coco (it keeps points as keypoints), or export from your labelling tool as COCO keypoints",
    ),
    "via-json": Unsupported(
        "a VGG Image Annotator project", _keys("_via_settings"), "in VIA choose Annotation > Export as CSV"
    ),
    "label-studio": Unsupported(
        "a Label Studio export",
        lambda head: any(
            _keys(*keys)(head)
            for keys in (("from_name", "to_name"), ("keypointlabels",), ("original_width", "original_height"))
        ),
        "convert it with mmpose's tools/dataset_converters/labelstudio2coco.py, or with sleap-io: sio convert --from labelstudio",
    ),
    "datumaro": Unsupported(
        "a Datumaro dataset",
        lambda head: _keys("dm_format_version")(head) or _keys("items", "categories")(head),
        "export it with 'datum convert -f coco_person_keypoints'",
    ),
    "openpose": Unsupported(
        "an OpenPose output of one image",
        _keys("people", "pose_keypoints_2d"),
        "collect the images' files in a COCO results list",
    ),
    "geojson": Unsupported("a GeoJSON file", _keys("type", "features"), "export the points as CSV"),
    "sleap-json": Unsupported(
        "a SLEAP JSON package", _keys("nodes", "py/object"), "convert it with 'sio convert ... --to coco'"
    ),
    "yolo": Unsupported(
        "a YOLO-pose label file of one image",
        _yolo,
        "convert the whole data set to COCO, for example with sleap-io: sio convert data.yaml labels.json --to coco",
    ),
    "detections": Unsupported(
        "a list of detected boxes without keypoints",
        _keys("bbox", "score"),
        "give the file that holds the keypoints",
    ),
    "boxes": Unsupported(
        "a CSV of boxes without keypoints", _boxes_only, "give the file that holds the keypoints"
    ),
}
"""Asked in this order, when none of our own formats fits."""


def unsupported_tool(head: bytes) -> Unsupported | None:
    """Return the tool whose file this is, if it is known and not read."""
    return next((tool for tool in UNSUPPORTED.values() if tool.looks(head)), None)
