"""What every command shares: the style of usage errors, a reader that leaves early, several paths, overwriting."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.run import SAMPLE, run
from tests.shared import ROOT

Capture = pytest.CaptureFixture[str]
ANNOTATIONS = SAMPLE / "annotations.json"


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import kp2heat

    out = tmp_path_factory.mktemp("front") / "labels"
    kp2heat.encode_dataset(kp2heat.read(ANNOTATIONS), out, kp2heat.Spec.from_preset("people-28-14-7"))
    return out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("encode", "a", "b", "--dtype", "f64"),
            "kp2heat encode: invalid value for '--dtype': 'f64' is not one of 'f16', 'f32', 'u8'; "
            "see kp2heat encode --help",
        ),
        (("encodd",), "kp2heat: no such command 'encodd' (did you mean 'encode'?); see kp2heat --help"),
        (("encode",), "kp2heat encode: missing argument 'ANNOTATIONS'; see kp2heat encode --help"),
        (
            ("encode", "a.json"),
            "kp2heat encode: missing argument 'OUT': the folder to write to; see kp2heat encode --help",
        ),
        (
            ("verify", "a", "b", "--repair", "c"),
            "kp2heat verify: --repair ANNOTATIONS goes with one folder; see kp2heat verify --help",
        ),
    ],
)
def test_a_usage_error_is_one_sentence(capfd: Capture, words: tuple[str, ...], sentence: str) -> None:
    ran = run(capfd, *words)
    assert (ran.code, ran.out, ran.err) == (2, "", sentence + "\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell with pipefail")
@pytest.mark.parametrize("words", ["presets", "codecs --json", "inspect sample_data/annotations.json"])
def test_a_reader_that_leaves_early_is_no_error(words: str) -> None:
    line = f"set -o pipefail; {sys.executable} -m kp2heat {words} | head -1"
    ran = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (ran.returncode, ran.stderr, len(ran.stdout.splitlines())) == (0, "", 1)


def test_several_folders_are_inspected_and_verified(capfd: Capture, labels: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(labels, damaged)
    with (damaged / "shard-00000.h5").open("r+b") as file:
        file.seek(-2000, 2)
        file.write(b"\0" * 1000)
    assert len(json.loads(run(capfd, "inspect", labels, ANNOTATIONS, "--json").out)) == 2
    ran = run(capfd, "verify", labels, damaged, "--json", "--no-isolate")
    reports = json.loads(ran.out)
    assert ran.code == 1
    assert [(Path(one["folder"]).name, one["whole"]) for one in reports] == [
        ("labels", True),
        ("damaged", False),
    ]
    assert run(capfd, "verify", labels, labels, "--quick", "--no-isolate").code == 0


def test_keypoints_are_not_overwritten_unasked(capfd: Capture, labels: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    assert run(capfd, "decode", labels, "-o", out, "-q").code == 0
    again = run(capfd, "decode", labels, "-o", out, "-q")
    assert (again.code, again.err) == (
        1,
        f"kp2heat: {out}: exists already; choose another name, or say --overwrite\n",
    )
    assert run(capfd, "decode", labels, "-o", out, "-q", "--overwrite").code == 0
    assert "exists already" in run(capfd, "convert", ANNOTATIONS, out).err


@pytest.mark.parametrize("command", ["inspect", "stats"])
def test_a_folder_of_annotation_files_is_read(capfd: Capture, command: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copy(ANNOTATIONS, tmp_path / f"{name}.json")
    ran = run(capfd, command, tmp_path, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["annotations"] == 102


def test_a_folder_of_annotation_files_is_drawn(capfd: Capture, tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    (tmp_path / "ann").mkdir()
    shutil.copy(ANNOTATIONS, tmp_path / "ann" / "a.json")
    ran = run(
        capfd, "preview", tmp_path / "ann", "--preset", "people-28-14-7", "-n", 2, "-o", tmp_path / "p.png"
    )
    assert ran.code == 0, ran.err
    assert (tmp_path / "p.png").stat().st_size > 1000


def test_a_folder_without_anything_says_what_to_give(capfd: Capture, tmp_path: Path) -> None:
    ran = run(capfd, "inspect", tmp_path)
    assert (ran.code, "holds no shards; give the OUT folder" in ran.err) == (1, True)


def test_the_gate_of_rounded_labels_advises_another_codec(capfd: Capture, tmp_path: Path) -> None:
    words = ("encode", ANNOTATIONS, tmp_path / "out", "--preset", "coco-hrnet-w32-256x192", "-q")
    ran = run(capfd, *words, "--check", "--fail-above", "0.1px")
    assert ran.code == 4
    assert "hrnet rounds centres to whole cells: choose a codec that does not, as udp or gaussian" in ran.err


def test_maps_with_channels_last_are_to_be_transposed(capfd: Capture, labels: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "out.npy", np.zeros((50, 28, 28, 17), np.float32))
    ran = run(capfd, "decode", labels, "--predictions", tmp_path / "out.npy")
    assert ran.code == 1
    assert "has shape (50, 28, 28, 17), channels last; transpose it: maps.transpose(0, 3, 1, 2)" in ran.err


@pytest.mark.parametrize("dead", ["nan", "zero"])
def test_useless_predictions_are_no_success(capfd: Capture, labels: Path, tmp_path: Path, dead: str) -> None:
    np.save(tmp_path / "out.npy", np.full((50, 17, 28, 28), np.nan if dead == "nan" else 0, np.float32))
    ran = run(capfd, "decode", labels, "--predictions", tmp_path / "out.npy", "-q")
    assert ran.code == 3
    assert "warning: most joints were missed" in ran.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [("presets matl", "matlab-softmax-28-14-7"), ("codecs ud", "udp"), ("decoders da", "dark-udp")],
)
def test_names_are_completed(
    capfd: Capture, monkeypatch: pytest.MonkeyPatch, words: str, expected: str
) -> None:
    monkeypatch.setenv("_KP2HEAT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"kp2heat {words}")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert f"plain,{expected}" in run(capfd).out.splitlines()


def test_the_options_of_no_section_have_a_heading(capfd: Capture) -> None:
    help_of_budget = run(capfd, "budget", "--help").out
    assert "\nOptions:\n  -o, --output" in help_of_budget
    assert "\nOptions:\n" not in run(capfd, "inspect", "--help").out, (
        "--help alone stands with the last section"
    )


def test_shards_that_cannot_be_read_are_skipped_by_name(capfd: Capture, labels: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    shutil.copytree(labels, both)
    shutil.copy(both / "shard-00000.h5", both / "shard-00001.h5")
    (both / "manifest.json").unlink()
    with (both / "shard-00001.h5").open("r+b") as file:
        file.write(b"\0" * 4000)
    ran = run(capfd, "decode", both / "shard-00000.h5", both / "shard-00001.h5", "--isolate", "-q")
    assert ran.code == 3, ran.err
    assert "skipped shard-00001.h5: " in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="flock")
def test_what_a_lock_cannot_promise_is_noted(
    capfd: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def without(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", without)
    ran = run(capfd, "encode", ANNOTATIONS, tmp_path / "out", "--preset", "people-28-14-7")
    assert ran.code == 0
    assert "note: " in ran.err
    assert "no file locks" in ran.err
