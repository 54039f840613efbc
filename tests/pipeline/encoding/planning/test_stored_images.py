"""Pictures in shards: the crops that the labels belong to, or the images, checked as the labels are."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest

import kp2heat
from kp2heat.annotations import Annotations
from kp2heat.errors import InputError, SpecError
from kp2heat.pipeline.training.crops import crop_image
from kp2heat.pipeline.training.image_files import ImageFiles
from kp2heat.pipeline.training.stored_pictures import input_picture, stored_picture
from kp2heat.pipeline.verification.run import repair, verify_dataset
from kp2heat.shards.reading.dataset import Shards
from kp2heat.spec import Spec

SAMPLE = Path(__file__).parents[4] / "sample_data"
INPUT = (96, 128)
SPEC = Spec(input_size=INPUT, strides=(4,), fit="crop")
LARGEST = {"png": 0, "raw": 0, "jpeg": 12, "webp": 16}
"""Mean change of a value that the encoding may make, in counts of 255: photographs change less than flat figures."""


@pytest.fixture(scope="module")
def rows() -> Annotations:
    return kp2heat.read(SAMPLE / "annotations.json")


def encoded(rows: Annotations, out: Path, **settings: object) -> Shards:
    spec = replace(SPEC, **settings)  # type: ignore[arg-type]
    kp2heat.encode_dataset(rows, out, spec, images=SAMPLE / "images")
    return kp2heat.open(out)


def expected_crop(shards: Shards, i: int) -> np.ndarray:
    whole = ImageFiles(SAMPLE / "images").read(str(shards.column("file_name")[i]))
    return np.asarray(crop_image(whole, shards.column("frame")[i], INPUT))


@pytest.mark.parametrize("encoding", LARGEST)
def test_the_crop_is_the_one_that_the_labels_are_drawn_for(
    encoding: str, rows: Annotations, tmp_path: Path
) -> None:
    shards = encoded(rows, tmp_path, with_images=encoding)
    for i in (0, 7, len(shards) - 1):
        expected = expected_crop(shards, i)
        picture = input_picture(shards, i, shards.column("frame")[i])
        assert picture.shape == (128, 96, 3)
        assert np.abs(picture.astype(int) - expected).mean() <= LARGEST[encoding]
    assert not verify_dataset(tmp_path).defects


def test_plain_h5py_and_opencv_read_them(rows: Annotations, tmp_path: Path) -> None:
    """What the format's page promises: a row of ``images/data`` is a file with zeros behind it."""
    encoded(rows, tmp_path, with_images="png")
    with h5py.File(tmp_path / "shard-00000.h5") as file:
        data = file["images/data"][file["samples/image_row"][3]]
        assert file["images"].attrs["encoding"] == b"png"
        assert file.attrs["format_version"] == b"1.2"
    picture = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    np.testing.assert_array_equal(picture, expected_crop(kp2heat.open(tmp_path), 3))


@pytest.mark.parametrize("store", ["maps", "truth"])
def test_whole_images_are_stored_once_and_as_they_are(store: str, rows: Annotations, tmp_path: Path) -> None:
    shards = encoded(rows, tmp_path, with_images="jpeg", images_as="whole", store=store)
    assert shards.images is not None
    assert shards.images.count == len(np.unique(shards.column("image_id"))) < len(shards)
    for i in (0, 11, len(shards) - 1):
        file = (SAMPLE / "images" / str(shards.column("file_name")[i])).read_bytes()
        assert shards.encoded_image(i).tobytes().rstrip(b"\0") == file.rstrip(b"\0")
        np.testing.assert_array_equal(
            input_picture(shards, i, shards.column("frame")[i]), expected_crop(shards, i)
        )
    assert not verify_dataset(tmp_path).defects


def test_augmented_copies_have_their_own_crops(rows: Annotations, tmp_path: Path) -> None:
    shards = encoded(rows, tmp_path, with_images="png", augment=2)
    for i in (0, 1, 40):
        np.testing.assert_array_equal(stored_picture(shards.shards[0], i), expected_crop(shards, i))


def test_a_zip_is_read_and_the_bytes_are_the_same(rows: Annotations, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        for file in sorted((SAMPLE / "images").iterdir()):
            archive.write(file, file.name)
    encoded(rows, tmp_path / "a", with_images="jpeg")
    spec = replace(SPEC, with_images="jpeg")
    kp2heat.encode_dataset(rows, tmp_path / "b", spec, images=tmp_path / "images.zip")
    assert (tmp_path / "a" / "shard-00000.h5").read_bytes() == (
        tmp_path / "b" / "shard-00000.h5"
    ).read_bytes()


def test_a_damaged_picture_is_found_and_encoded_again(rows: Annotations, tmp_path: Path) -> None:
    encoded(rows, tmp_path, with_images="jpeg")
    path = tmp_path / "shard-00000.h5"
    whole = path.read_bytes()
    with h5py.File(path) as file:
        place = file["images/data"].id.get_chunk_info(5)
    damaged = bytearray(whole)
    damaged[place.byte_offset + place.size // 2] ^= 1
    path.write_bytes(damaged)
    report = verify_dataset(tmp_path)
    assert [defect.kind for defect in report.defects] == ["sha256"]
    with pytest.raises(kp2heat.Kp2heatError):
        kp2heat.open(tmp_path).encoded_image(5)
    repair(tmp_path, report, rows, images=SAMPLE / "images")
    assert path.read_bytes() == whole


def test_missing_broken_and_unnamed_images_are_named(rows: Annotations, tmp_path: Path) -> None:
    spec = replace(SPEC, with_images="jpeg")
    with pytest.raises(SpecError, match="--images"):
        kp2heat.encode_dataset(rows, tmp_path / "out", spec)
    folder = tmp_path / "images"
    shutil.copytree(SAMPLE / "images", folder)
    name = str(rows.images.file_name[3])
    (folder / name).write_bytes(b"\xff\xd8\xffnot a picture")
    with pytest.raises(InputError, match=name):
        kp2heat.encode_dataset(rows, tmp_path / "out", spec, images=folder)
    assert not list((tmp_path / "out").glob("*.h5*"))
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"1 image missing, the first is '{name}'"):
        kp2heat.encode_dataset(rows, tmp_path / "out", spec, images=folder)
    with pytest.raises(SpecError, match="raw pictures"):
        replace(SPEC, with_images="raw", images_as="whole")
    kp2heat.encode_dataset(rows, tmp_path / "plain", SPEC)
    with pytest.raises(InputError, match="holds no pictures"):
        kp2heat.open(tmp_path / "plain").encoded_image(0)


@pytest.mark.parametrize("sample", ["instance", "image"])
@pytest.mark.parametrize("images_as", ["crop", "whole"])
def test_missing_and_broken_images_are_skipped_by_choice(
    sample: str, images_as: str, rows: Annotations, tmp_path: Path
) -> None:
    fit = "crop" if sample == "instance" else "letterbox"
    spec = replace(SPEC, with_images="png", images_as=images_as, sample=sample, fit=fit)
    folder, names = tmp_path / "images", rows.images.file_name
    shutil.copytree(SAMPLE / "images", folder)
    broken, gone = str(names[1]), str(names[3])
    (folder / broken).write_bytes(b"not a picture")
    (folder / gone).unlink()
    kp2heat.encode_dataset(rows, tmp_path / "out", spec, images=folder, on_error="skip")
    shards = kp2heat.open(tmp_path / "out")
    kept = ~np.isin(names, [broken, gone])
    people = ~rows.crowd & (rows.visible > 0).any(axis=1) & kept[rows.image]
    assert len(shards.truth.xy) == people.sum()
    shown = kept if sample == "image" else np.unique(rows.image[people])
    assert set(shards.column("file_name")) == set(names[shown])
    lines = map(json.loads, (tmp_path / "out" / "skipped.jsonl").read_text().splitlines())
    reasons = {line["image"]: line["reason"] for line in lines}
    assert "is not a readable image" in reasons[broken]
    assert f"holds no image '{gone}'" in reasons[gone]
    assert all(
        stored_picture(shard, row).shape[2] == 3 for shard in shards.shards for row in range(len(shard))
    )
