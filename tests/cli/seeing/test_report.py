"""``kp2heat report``: one HTML file of shards or results."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from tests.cli.run import SAMPLE, run

pytest.importorskip("jinja2")
pytest.importorskip("matplotlib")
pytest.importorskip("cv2")


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "labels"
    spec = kp2heat.Spec.from_fields({"input_size": "64x64", "sizes": ["16x16", "8x8"]}, "test")
    kp2heat.encode_dataset(kp2heat.read(SAMPLE / "annotations.json"), out, spec)
    return out


def test_shards_become_one_page(tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "r.html"
    ran = run(
        capfd,
        "report",
        labels,
        "--images",
        SAMPLE / "images",
        "--method",
        "dark,argmax",
        "--worst",
        3,
        "-o",
        out,
    )
    assert ran.code == 0
    text = out.read_text(encoding="utf-8")
    assert text.count("<img ") == 3
    assert text.count("<svg ") == 3
    for name in ("16x16 dark", "16x16 argmax", "8x8 dark", "8x8 argmax"):
        assert text.count(f"<td>{name}</td>") == 1 + 17
    shown = json.loads(run(capfd, "decode", labels, "--method", "dark,argmax", "--json").out)
    mean = shown["compared"]["16x16"]["dark"]["input"]["mean"]
    assert f'data-value="{mean}"' in text, "the numbers are those of decode"


def test_the_same_report_has_the_same_bytes(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.html", "b.html"):
        assert run(capfd, "report", labels, "--worst", 2, "-o", tmp_path / name).code == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_decode_writes_the_same_report(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(capfd, "report", labels, "--method", "dark", "-o", tmp_path / "a.html").code == 0
    ran = run(capfd, "decode", labels, "--method", "dark", "--report", tmp_path / "b.html", "-q")
    assert ran.code == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert run(capfd, "decode", labels, "--report", tmp_path / "b.pdf").code == 2


def test_results_are_reported_against_their_truth(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(capfd, "decode", labels, "-o", tmp_path / "results.json", "--no-per-joint").code == 0
    truth = SAMPLE / "annotations.json"
    ran = run(
        capfd, "report", tmp_path / "results.json", "--truth", truth, "--worst", 2, "-o", tmp_path / "r.html"
    )
    assert ran.code == 0
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "50 of 50 instances" in text
    assert text.count("<img ") == 2


def test_the_truth_is_read_as_the_options_say(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A truth counted from 1 is one pixel off, unless --origin says so."""
    data = json.loads((SAMPLE / "annotations.json").read_text())
    for row in data["annotations"]:
        row["keypoints"] = [value + (n % 3 < 2) for n, value in enumerate(row["keypoints"])]
    (tmp_path / "ones.json").write_text(json.dumps(data))
    assert run(capfd, "decode", labels, "-o", tmp_path / "results.json", "-q").code == 0
    means = []
    for words in ((), ("--origin", "1")):
        out = tmp_path / "r.html"
        ran = run(
            capfd,
            "report",
            tmp_path / "results.json",
            *("--truth", tmp_path / "ones.json", *words, "--worst", 0, "-o", out),
        )
        assert ran.code == 0
        text = out.read_text(encoding="utf-8")
        found = re.search(r"<b>([\d.e-]+)</b><span[^>]*>mean error", text)
        assert found is not None
        means.append(float(found[1]))
    assert means[0] > 1.3, "the diagonal of a pixel"
    assert means[1] < 0.3


def test_several_predictions_are_reported_as_decode_decodes_them(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shards = kp2heat.open(labels)
    maps = np.stack([sample["16x16"]["heatmaps"] for sample in shards]).astype(np.float32)
    rng = np.random.default_rng(0)
    for name, mirrored in (("a", False), ("b", False), ("c", True)):
        noisy = maps + rng.normal(0, 0.05, maps.shape).astype(np.float32)
        np.save(
            tmp_path / f"{name}.npy", noisy[:, np.array(shards.skeleton.swap), :, ::-1] if mirrored else noisy
        )
    files = ("--predictions", tmp_path / "a.npy", "--predictions", tmp_path / "b.npy")
    words = (*files, "--flipped", tmp_path / "c.npy", "--method", "dark")
    out = tmp_path / "r.html"
    assert run(capfd, "report", labels, *words, "--worst", 0, "-o", out).code == 0
    numbers = json.loads(run(capfd, "decode", labels, *words, "--json").out)
    assert f'data-value="{numbers["levels"]["16x16"]["input"]["mean"]}"' in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--sigmas", "coco"), "goes with RESULTS"),
        (("--origin", "1"), "says how --truth is read"),
        (("--flipped", "x.npy"), "goes with --predictions"),
    ],
)
def test_options_that_would_be_ignored_are_refused_for_shards(
    tmp_path: Path, labels: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    ran = run(capfd, "report", labels, *words, "-o", tmp_path / "r.html")
    assert ran.code == 2
    assert f"{words[0]} {said}" in ran.err


def test_a_method_is_refused_for_results(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ("--truth", SAMPLE / "annotations.json", "--method", "dark", "-o", tmp_path / "r.html")
    ran = run(capfd, "report", SAMPLE / "annotations.json", *words)
    assert ran.code == 2
    assert "--method goes with SHARDS" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((SAMPLE / "annotations.json",), 2, "--truth"),
        (("nowhere",), 1, "nowhere: there is no such file or folder"),
        (("labels", "-o", "r.pdf"), 2, "end it in .html"),
        (("labels", "-o", "nowhere/r.html"), 1, "folder 'nowhere' does not exist; create it first"),
    ],
)
def test_mistakes_are_told(
    capfd: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    ran = run(capfd, "report", *words)
    assert ran.code == code
    assert said in ran.err
    assert "Traceback" not in ran.err
