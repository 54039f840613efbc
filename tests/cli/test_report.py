"""``kp2heat report``: one HTML file of shards or results, opened in a browser where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from tests.cli.run import SAMPLE, run

pytest.importorskip("jinja2")
pytest.importorskip("matplotlib")
pytest.importorskip("cv2")

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


@pytest.fixture
def labels(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    out = tmp_path / "labels"
    maps = ("--input-size", "64x64", "--size", "16x16,8x8")
    assert run(capfd, "encode", SAMPLE / "annotations.json", out, *maps, "-q").code == 0
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
        (("labels", "-o", "r.pdf"), 2, "end it in .html"),
        (("labels", "-o", "nowhere/r.html"), 1, "no folder"),
    ],
)
def test_mistakes_are_told(
    capfd: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    ran = run(capfd, "report", *words)
    assert ran.code == code
    assert said in ran.err
    assert "Traceback" not in ran.err


def hostile_labels(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    """Shards of annotations with a script in every name there is."""
    data = json.loads((SAMPLE / "annotations.json").read_text())
    script = "<script>document.title='owned'</script>"
    for image in data["images"]:
        image["file_name"] = f"{script}{image['id']}.jpg"
    joints = data["categories"][0]["keypoints"]
    data["categories"][0]["keypoints"] = [f"{script}{name}" for name in joints]
    data["categories"][0]["name"] = script
    (tmp_path / f"{script.replace('/', '')}.json").write_text(json.dumps(data))
    out = tmp_path / "hostile"
    source = tmp_path / f"{script.replace('/', '')}.json"
    assert run(capfd, "encode", source, out, "--input-size", "64x64", "--size", "16x16", "-q").code == 0
    return out


def test_scripts_in_names_are_not_elements(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "r.html"
    assert run(capfd, "report", hostile_labels(tmp_path, capfd), "--worst", 2, "-o", out).code == 0
    text = out.read_text(encoding="utf-8")
    assert text.count("<script") == 1
    assert "&lt;script&gt;" in text


def dump(page: Path, folder: Path) -> tuple[str, str]:
    """The page's elements after its scripts ran, and what the browser logged."""
    assert CHROMIUM is not None
    words = [CHROMIUM, *FLAGS, f"--user-data-dir={folder}", "--enable-logging=stderr", "--v=0", "--dump-dom"]
    words += ["--host-resolver-rules=MAP * ~NOTFOUND", page.as_uri()]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    return ran.stdout, ran.stderr


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")
def test_a_browser_opens_it_without_an_error_or_a_request(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r.html"
    assert run(capfd, "report", hostile_labels(tmp_path, capfd), "--worst", 2, "-o", out).code == 0
    sorting = """<script>
      const heads = [...document.querySelectorAll("table[data-sortable] th")];
      const column = heads.findIndex((head) => head.textContent === "mean");
      heads[column].querySelector("button").click();
      const cells = [...document.querySelectorAll("table[data-sortable] tbody tr")].map((row) => row.cells[column]);
      const values = cells.map((cell) => Number(cell.dataset.value));
      document.body.dataset.sorted = values.every((value, n) => n === 0 || value <= values[n - 1]);
      document.body.dataset.rows = values.length;
      const fetched = performance.getEntriesByType("resource").map((entry) => entry.name);
      document.body.dataset.fetched = fetched.filter((name) => !name.startsWith("data:")).length;
    </script>"""
    clicked = tmp_path / "clicked.html"
    clicked.write_text(
        out.read_text(encoding="utf-8").replace("</body>", f"{sorting}</body>"), encoding="utf-8"
    )
    elements, log = dump(clicked, tmp_path / "profile")
    assert 'data-sorted="true"' in elements
    assert 'data-rows="17"' in elements
    assert "<title>owned</title>" not in elements
    assert "CONSOLE" not in log
    assert 'data-fetched="0"' in elements


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")
def test_ten_thousand_samples_stay_small_and_open_fast(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = json.loads((SAMPLE / "annotations.json").read_text())
    people = [row for row in data["annotations"] if not row["iscrowd"]]
    data["annotations"] = [{**people[n % len(people)], "id": n + 1} for n in range(10_000)]
    (tmp_path / "many.json").write_text(json.dumps(data))
    labels, out = tmp_path / "labels", tmp_path / "r.html"
    assert (
        run(
            capfd, "encode", tmp_path / "many.json", labels, "--input-size", "64x64", "--size", "8x8", "-q"
        ).code
        == 0
    )
    assert run(capfd, "report", labels, "--images", SAMPLE / "images", "-o", out).code == 0
    assert out.stat().st_size < 10_000_000
    dump(out, tmp_path / "warm")
    timed = """<script>document.body.dataset.ready = performance.now();</script>"""
    page = tmp_path / "timed.html"
    page.write_text(out.read_text(encoding="utf-8").replace("</body>", f"{timed}</body>"), encoding="utf-8")
    elements, _ = dump(page, tmp_path / "profile")
    found = re.search(r'data-ready="([\d.]+)"', elements)
    assert found is not None
    assert float(found[1]) < 1000, "ms until the page was read"
