"""Pictures in an S3 store: sizes, stored pictures, previews; from a folder, a zip and a tar; missing ones are named."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kp2heat
from kp2heat.errors import InputError
from kp2heat.files.storage import Store, cache_folder
from kp2heat.formats.images.store import image_folder
from kp2heat.formats.options import read_options
from kp2heat.pipeline.training.image_files import ImageFiles
from tests.robust.sets import kp2heat as command
from tests.s3 import Requests

pytestmark = [pytest.mark.remote, pytest.mark.filterwarnings("default")]
NAMES = ("day/1.jpg", "day/2.png", "night/3.jpg")
SIZES = ((300, 200), (310, 200), (320, 200))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three noisy pictures, each longer than what is read of its head, and annotations that do not tell their sizes."""
    images = tmp_path / "images"
    for seed, (name, (w, h)) in enumerate(zip(NAMES, SIZES, strict=True)):
        (images / name).parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(seed).integers(0, 255, (h, w, 3), np.uint8)
        Image.fromarray(noise).save(images / name, quality=98)
    (tmp_path / "a.csv").write_text("image,a_x,a_y\n" + "".join(f"{name},30,40\n" for name in NAMES))
    return images


@pytest.fixture(params=["", ".zip", ".tar"])
def images(url: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """The URL of the same pictures."""
    bucket = url.rsplit("/", 1)[0]
    if request.param:
        archive = shutil.make_archive(str(folder), request.param[1:], folder)
        Store(bucket).upload(Path(archive))
        return f"{bucket}/images{request.param}"
    for name in NAMES:
        Store(f"{bucket}/images/{Path(name).parent}").upload(folder / name)
    return f"{bucket}/images/"


def test_sizes_come_from_the_heads_of_pictures(images: str, folder: Path, tmp_path: Path) -> None:
    rows = kp2heat.read(tmp_path / "a.csv", images=images)
    assert [tuple(size) for size in rows.images.size.tolist()] == list(SIZES)
    assert (
        rows.image_folders[0].sha256
        == kp2heat.read(tmp_path / "a.csv", images=folder).image_folders[0].sha256
    )
    assert not [*cache_folder().glob("images/*.jpg")], "a head is enough"


def test_a_picture_is_fetched_once_until_it_changes(
    images: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ImageFiles(images)
    for name in NAMES:
        assert files.read_bytes(name) == (folder / name).read_bytes()
    asked = Requests(monkeypatch)
    assert files.read("3", SIZES[2]).shape == (200, 320, 3)
    assert asked.count == 0
    if images.endswith("/"):
        shutil.copy(folder / NAMES[2], folder / NAMES[0])
        Store(f"{images}day").upload(folder / NAMES[0])
        assert ImageFiles(images).read_bytes(NAMES[0]) == (folder / NAMES[2]).read_bytes()


def test_pictures_are_stored_in_shards_as_from_a_folder(images: str, folder: Path, tmp_path: Path) -> None:
    spec = kp2heat.Spec(sizes=((24, 24),), input_size=(96, 96), sample="image", with_images="jpeg")
    outs = []
    for number, source in enumerate((images, str(folder))):
        rows = kp2heat.read(tmp_path / "a.csv", images=source)
        outs.append(tmp_path / str(number))
        kp2heat.encode_dataset(rows, outs[-1], spec, images=source)
    stored, expected = ((out / "shard-00000.h5").read_bytes() for out in outs)
    assert stored == expected
    assert not [*cache_folder().glob("images/*.jpg")], "each is read once"


def test_missing_pictures_and_places_are_named(images: str, url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no image '4\.jpg'"):
        ImageFiles(images).read_bytes("4.jpg")
    (tmp_path / "a.csv").write_text("image,a_x,a_y\n4.jpg,30,40\n")
    words = ("--sample", "image", "--input-size", "96x96", "--stride", "4", "--image-size", "96x96")
    out = str(tmp_path / "out")
    ran = command(
        "encode",
        str(tmp_path / "a.csv"),
        out,
        *words,
        "--with-images",
        "jpeg",
        "--images",
        images,
        env={**os.environ},
    )
    assert ran.returncode == 1, ran.stderr
    assert "1 image missing, the first is '4.jpg'" in ran.stderr
    assert not Path(out).exists()
    with pytest.raises(InputError, match=r"holds no file|cannot be (listed|read)"):
        image_folder(f"{url}/nothing")
    with pytest.raises(InputError, match=r"cannot be opened as a zip"):
        image_folder("s3://no-such-bucket/images.zip")
    (tmp_path / "none.zip").write_bytes(b"no zip")
    Store(url).upload(tmp_path / "none.zip")
    with pytest.raises(InputError, match=r"cannot be opened as a zip"):
        image_folder(f"{url}/none.zip")


def test_a_preview_shows_them(images: str, tmp_path: Path) -> None:
    words = ("--sample", "image", "--input-size", "96x96", "--stride", "4", "--images", images)
    picture = tmp_path / "p.png"
    ran = command("preview", str(tmp_path / "a.csv"), *words, "-o", str(picture), env={**os.environ})
    assert ran.returncode == 0, ran.stderr
    assert "cannot" not in ran.stderr
    assert np.asarray(Image.open(picture)).std() > 10
    assert [*cache_folder().glob("images/*")]


def test_the_url_is_an_option_of_reading() -> None:
    assert read_options({"images": "s3://bucket/images"}).images == "s3://bucket/images"
