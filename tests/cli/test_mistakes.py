"""Mistakes over all commands: one sentence that says where, what was found and what to do; nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kp2heat.cli import main
from tests.cli.run import SAMPLE, run

COCO = SAMPLE / "annotations.json"
SMALL = ("--input-size", "48x64", "--stride", "4")
Capture = pytest.CaptureFixture[str]

FILES = {
    "sigma.toml": 'sigma = "big"\n',
    "long.csv": "image,nose_x,nose_y\na.jpg,12,3,4\n",
    "object.json": '{"images": [], "annotations": {"0": {}}, "categories": []}',
    "one.py": "def f(image, keypoints):\n    return image\n",
    "broken.py": "def f(:\n",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards of two encodings, their keypoints, and files that are wrong."""
    folder = tmp_path_factory.mktemp("mistakes")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    for name, size in (("labels", "48x64"), ("others", "64x64")):
        quietly("encode", COCO, folder / name, "--input-size", size, "--stride", "4", "-q")
    quietly("decode", folder / "labels", "-o", folder / "results.json", "-q")
    return folder


def quietly(*words: object) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert not ended.value.code


@pytest.fixture(autouse=True)
def _in_place(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setattr("sys.dont_write_bytecode", True)


MISTAKES = {
    "encode a.json o --images-as whole": (2, "--images-as goes with --with-images"),
    "encode a.json o --augment-seed 3": (2, "--augment-seed goes with --augment N"),
    "encode a.json o --augment-preset hrnet": (2, "--augment-preset goes with --augment N"),
    "encode a.json o --preview p.gif": (2, "--preview: 'p.gif' is not a picture's name; end it in .png"),
    "encode a.json o --sigma 2,3": (2, "sigma: 2 values for 1 map size; give one, or one per map size"),
    "encode a.json o --config sigma.toml": (2, "sigma.toml, sigma: 'big' is not a sigma; write cells (2)"),
    "encode a.json o --format yaml": (2, "format: 'yaml' is not a format; use one of coco, "),
    "encode a.json sigma.toml": (1, "sigma.toml: is a file; choose another folder for OUT"),
    "encode a.json labels --size 7x7": (1, "size was not set, is 7x7; stride was 4.0, is not set"),
    "encode object.json o": (
        1,
        "object.json, annotations: is an object, not a list; compare it with the COCO",
    ),
    "encode long.csv o --image-size 9x9": (1, "long.csv, line 2: holds 4 cells where 3 are named"),
    "decode labels --predicted-as logits": (2, "--predicted-as goes with --predictions"),
    "decode labels --grid 28x28": (2, "--grid goes with --predictions"),
    "decode labels --channels nose": (2, "--channels goes with --predictions"),
    "decode labels --level big": (2, "level: the shards hold no level 'big'; they hold 12x16"),
    "decode labels --report o.txt": (2, "--report: 'o.txt' is not an HTML file's name; end it in .html"),
    "decode labels others": (1, "others/shard-00000.h5: is of another encoding than labels/shard-00000.h5"),
    "decode labels --metric epe --metric-param by=box": (
        2,
        "metric parameter: no chosen metric takes 'by'; they take epe.percentiles",
    ),
    "evaluate results.json --truth a.json --metric epe --fail-below a=1": (
        2,
        "--fail-below: the report has no number 'a'; it has count, ",
    ),
    "evaluate results.json --truth a.json --metric pck --param pck.thresholds=a": (
        2,
        "metric parameter: pck.thresholds=a is not usable; write a value like 0.05,0.1,0.2",
    ),
    "evaluate results.json --truth a.json --metric nme": (
        2,
        "metric: the corners of the eyes are not known for a skeleton of 17 joints; name two joints instead",
    ),
    "convert a.json no/o.json": (1, "no/o.json: folder 'no' does not exist; create it first"),
    "preview labels --ids 1 --worst 2": (2, "--worst and --ids both choose the samples: give one of them"),
    "report nowhere": (1, "nowhere: there is no such file or folder; check the path"),
    "verify nowhere": (1, "nowhere: there is no such folder; give the OUT folder of kp2heat encode"),
    "verify sigma.toml": (1, "sigma.toml: is a file; give the OUT folder of kp2heat encode"),
    "export labels --to npz -o sigma.toml": (1, "sigma.toml: is a file; choose another folder"),
    "sigmas a.json": (1, "every instance is annotated only once; give the files of two annotators or more"),
    "check-transform one.py:f": (1, "transform: returns ndarray; return (image, keypoints)"),
    "check-transform broken.py:f": (1, "SyntaxError: invalid syntax (broken.py, line 1); correct the module"),
    "check-transform none.py:f": (1, "none.py:f: there is no file 'none.py'; check the path"),
    "encod a.json o": (2, "no such command 'encod' (did you mean 'encode'?); see kp2heat --help"),
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_one_sentence(words: str, capfd: Capture) -> None:
    code, sentence = MISTAKES[words]
    given = [COCO if word == "a.json" else word for word in words.split()]
    before = sorted(Path().rglob("*"))
    settings = SMALL if words.startswith("encode") and "--size" not in words else ()
    ran = run(capfd, *given, *settings)
    assert ran.code == code
    last = ran.err.splitlines()[-1]
    assert sentence in last
    assert last.startswith("kp2heat")
    assert "Traceback" not in ran.err
    assert sorted(Path().rglob("*")) == before, "nothing is written"


def test_a_case_that_bench_does_not_know(capfd: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kp2heat.bench.cases.cases", lambda *_: [])
    monkeypatch.setattr("kp2heat.bench.machine.BLOCK", 1 << 20)
    assert "--only: no case has 'nope' in its name" in run(capfd, "bench", "--only", "nope").err


def test_what_the_report_cannot_measure_is_said_once(capfd: Capture) -> None:
    """People without boxes: the summary has no PCK by boxes, --metric pck has one by the extent of the joints."""
    content = json.loads(COCO.read_text(encoding="utf-8"))
    for row in content["annotations"]:
        del row["bbox"]
    Path("boxless.json").write_text(json.dumps(content), encoding="utf-8")
    assert run(capfd, "encode", "boxless.json", "boxless", *SMALL, "--fit", "stretch").code == 0
    plain = run(capfd, "decode", "boxless").out
    assert "--metric pck takes the extent of the joints instead" in plain
    assert "zero weight" in plain
    assert (
        "PCK by the extent of the joints is below" in run(capfd, "decode", "boxless", "--metric", "pck").out
    )


def test_the_summary_counts_what_is_left_out_and_names_the_joints_most_often_outside(capfd: Capture) -> None:
    out = run(capfd, "encode", COCO, "cropped", *SMALL, "--padding", "0.6").out
    assert "left out: 1 crowd region\n" in out
    assert " other joints)" in out
