"""The report as a page: names are text, and a browser, where there is one, opens it without a request."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

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
