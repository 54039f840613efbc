"""``read`` and ``validate`` agree: what one refuses, the other calls an error, and the reverse."""

from __future__ import annotations

from pathlib import Path

import pytest

from kp2heat import formats
from kp2heat.errors import InputError
from tests.shared import SHARED

NO_ANNOTATIONS = {".jpg", ".jpeg", ".png", ".npy", ".md", ""}
FILES = sorted(
    path
    for folder in ("data", "cases")
    for path in (SHARED / folder).rglob("*")
    if path.is_file() and path.suffix.lower() not in NO_ANNOTATIONS
)


def refusal(path: Path) -> str:
    try:
        formats.read(path)
    except InputError as problem:
        return str(problem)
    return ""


def errors(path: Path) -> list[str]:
    try:
        return [f.code for f in formats.validate(path) if f.severity == "error"]
    except InputError as problem:
        return [str(problem)]


@pytest.mark.skipif(not FILES, reason="the folders data and cases are not next to this checkout")
@pytest.mark.parametrize("path", FILES, ids=lambda path: "-".join(path.relative_to(SHARED).parts[-3:]))
def test_the_reader_and_the_doctor_agree(path: Path) -> None:
    refused, found = refusal(path), errors(path)
    if "need the image's size" in refused or found == ["empty"]:
        return  # sizes are the user's to give; a file without joints is read, and refused by encode
    assert bool(refused) == bool(found), (refused, found)


@pytest.mark.skipif(not FILES, reason="the folders data and cases are not next to this checkout")
def test_no_file_of_the_cases_is_odd_in_silence() -> None:
    """Files whose fault is their own, and not in what they are compared with."""
    odd = {
        "07-short-keypoints/a.json",
        "08-category-per-point/a.json",
        "09b-bbox-mixed/a.json",
        "10-float-visibility/a.json",
        "11-quoted-decimal-comma/a.csv",
        "14b-crop-one-bad-joint/a.json",
        "49-yolo-tojson/a.json",
        "54-wrappers/list.json",
        "62-box-csv-read-as-joints/a.csv",
    }
    for name in odd:
        path = SHARED / "cases" / name
        try:
            assert formats.validate(path), name
        except InputError:
            continue
