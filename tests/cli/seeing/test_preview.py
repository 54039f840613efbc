"""``kp2heat preview``: one picture, whole or absent, of the samples asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.run import SAMPLE, run

pytest.importorskip("cv2")

MAPS = ("--input-size", "64x64", "--size", "16x16,8x8")


@pytest.fixture
def labels(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    out = tmp_path / "labels"
    assert run(capfd, "encode", SAMPLE / "annotations.json", out, *MAPS, "-q").code == 0
    return out


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_annotations_alone_give_a_picture(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], suffix: str
) -> None:
    out = tmp_path / f"p.{suffix}"
    ran = run(capfd, "preview", SAMPLE / "annotations.json", *MAPS, "-n", 3, "--panel", 96, "-o", out)
    assert ran.code == 0
    assert "3 samples of 50" in ran.err
    assert "plain canvas" in ran.err
    with Image.open(out) as picture:
        assert min(picture.size) > 96


def test_shards_and_annotations_are_drawn_alike(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    common = ("--images", SAMPLE / "images", "--ids", "1,8,21", "--decode", "dark", "--panel", 96)
    assert run(capfd, "preview", labels, *common, "-o", tmp_path / "a.png").code == 0
    assert (
        run(capfd, "preview", SAMPLE / "annotations.json", *MAPS, *common, "-o", tmp_path / "b.png").code == 0
    )
    first, second = (np.asarray(Image.open(tmp_path / name)) for name in ("a.png", "b.png"))
    assert first.shape == second.shape
    assert (first == second).all()


def test_the_worst_sample_is_the_one_that_was_spoilt(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import kp2heat

    maps = np.stack([sample["16x16"]["heatmaps"] for sample in kp2heat.open(labels)]).astype(np.float32)
    maps[7] = np.roll(maps[7], 5, axis=-1)
    np.save(tmp_path / "pred.npy", maps)
    common = ("--level", "16x16", "--predictions", tmp_path / "pred.npy", "--panel", 64, "--decode", "auto")
    ran = run(capfd, "preview", labels, *common, "--worst", 1, "-o", tmp_path / "worst.png")
    assert ran.code == 0
    assert "the worst of 50 samples at 16x16" in ran.err
    spoilt = kp2heat.open(labels).truth.annotation_id[7]
    ran = run(capfd, "preview", labels, *common, "--ids", spoilt, "-o", tmp_path / "named.png")
    assert ran.code == 0
    assert (tmp_path / "worst.png").read_bytes() == (tmp_path / "named.png").read_bytes()


def test_the_worst_of_annotations_are_the_worst_of_their_shards(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    common = ("--worst", 3, "--decode", "argmax", "--panel", 64)
    ran = run(capfd, "preview", labels, *common, "-o", tmp_path / "a.png")
    assert ran.code == 0
    assert "the worst of 50 samples at 16x16, decoded by argmax" in ran.err
    ran = run(capfd, "preview", SAMPLE / "annotations.json", *MAPS, *common, "-o", tmp_path / "b.png")
    assert ran.code == 0
    assert "the worst of 50 samples at 16x16, as encode draws and argmax decodes them" in ran.err
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_predictions_are_brought_together_as_decode_does(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import kp2heat

    shards = kp2heat.open(labels)
    maps = np.stack([sample["16x16"]["heatmaps"] for sample in shards]).astype(np.float32)
    np.save(tmp_path / "plain.npy", maps)
    # The same in another order of channels, once as they are and once mirrored with left and right exchanged.
    np.save(tmp_path / "reversed.npy", maps[:, ::-1])
    np.save(tmp_path / "flipped.npy", maps[:, np.array(shards.skeleton.swap)[::-1], :, ::-1])
    common = ("--level", "16x16", "--panel", 96, "-n", 2)
    more = ("--channels", ",".join(shards.skeleton.names[::-1]))
    plain, several = tmp_path / "a.png", tmp_path / "b.png"
    ran = run(capfd, "preview", labels, *common, "--predictions", tmp_path / "plain.npy", "-o", plain)
    assert ran.code == 0
    ran = run(
        capfd,
        "preview",
        labels,
        *common,
        *("--predictions", tmp_path / "reversed.npy", "--flipped", tmp_path / "flipped.npy", *more),
        *("-o", several),
    )
    assert ran.code == 0
    assert plain.read_bytes() == several.read_bytes()


@pytest.mark.parametrize("words", [("--sigma", "3"), ("--preset", "people-28-14-7"), ("--coords", "pixel")])
def test_settings_are_refused_for_shards(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    ran = run(capfd, "preview", labels, *words, "-o", tmp_path / "p.png")
    assert ran.code == 2
    assert f"{words[0]} goes with ANNOTATIONS" in ran.err
    assert not (tmp_path / "p.png").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("-o", "p.gif"), 2, "end it in .png"),
        (("-o", "nowhere/p.png"), 1, "folder 'nowhere' does not exist; create it first"),
        (("--ids", "999999"), 1, "no sample has the id '999999'"),
        (("--ids", "1", "--worst", "2"), 2, "both choose the samples"),
        (("--level", "9x9"), 2, "there are 16x16, 8x8"),
        (("--worst", "2", "--level", "9x9"), 2, "there are 16x16, 8x8"),
        (("--predictions", "p.npy"), 2, "needs SHARDS"),
        (("--flipped", "p.npy"), 2, "needs SHARDS"),
        (("--decode", "drak"), 2, "drak"),
        (("--images", "nowhere"), 1, "is not a folder"),
    ],
)
def test_mistakes_are_told(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run(capfd, "preview", SAMPLE / "annotations.json", *MAPS, *words)
    assert ran.code == code
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert not list(tmp_path.iterdir())


def test_a_picture_of_another_size_is_not_drawn(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    images = tmp_path / "images"
    images.mkdir()
    name = json.loads((SAMPLE / "annotations.json").read_text())["images"][0]["file_name"]
    Image.new("RGB", (10, 10)).save(images / name)
    ran = run(
        capfd,
        "preview",
        SAMPLE / "annotations.json",
        *MAPS,
        "--images",
        images,
        "--ids",
        "1",
        "-o",
        tmp_path / "p.png",
    )
    assert ran.code == 0
    assert "is 10x10 px, the annotations state" in ran.err


@pytest.mark.parametrize(
    "preset", ["coco-openpose-368", "coco-rtmpose-256x192", "coco-udp-combined-256x192", "deeplabcut-512"]
)
def test_codecs_with_other_planes_are_drawn(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], preset: str
) -> None:
    out = tmp_path / "p.png"
    ran = run(
        capfd,
        "preview",
        SAMPLE / "annotations.json",
        "--preset",
        preset,
        "-n",
        1,
        "--panel",
        96,
        "--decode",
        "auto",
        "-o",
        out,
    )
    assert ran.code == 0
    assert out.exists()
    joints = run(
        capfd,
        "preview",
        SAMPLE / "annotations.json",
        "--preset",
        preset,
        "-n",
        1,
        "--panel",
        64,
        "--joints",
        "-o",
        out,
    )
    assert joints.code == 0


def test_encode_draws_what_it_encodes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = json.loads((SAMPLE / "annotations.json").read_text())
    data["annotations"] = data["annotations"][:1]
    (tmp_path / "one.json").write_text(json.dumps(data))
    words = (tmp_path / "one.json", *MAPS, "--images", SAMPLE / "images")
    ran = run(capfd, "encode", words[0], tmp_path / "out", *words[1:], "--preview", tmp_path / "a.png", "-q")
    assert ran.code == 0
    assert run(capfd, "preview", *words, "-o", tmp_path / "b.png").code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    ran = run(capfd, "encode", words[0], tmp_path / "other", *MAPS, "--preview", tmp_path / "a.txt")
    assert ran.code == 2
    assert not (tmp_path / "other").exists()


def test_maps_that_joints_share_are_drawn_and_decoded(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shared = ("--groups", "head=nose,left_eye,right_eye;arms=left_wrist,right_wrist", "-n", 2, "--panel", 64)
    for more in (
        (),
        ("--decode", "auto"),
        ("--joints",),
        ("--sample", "image", "--fit", "stretch", "--decode", "auto"),
    ):
        out = tmp_path / "p.png"
        ran = run(capfd, "preview", SAMPLE / "annotations.json", *MAPS, *shared, *more, "-o", out)
        assert ran.code == 0, ran.err
        out.unlink()
