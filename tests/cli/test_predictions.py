"""``kp2heat decode --predictions``: a network's maps, in every form they come in."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

import kp2heat
from tests.cli.predicted import SWAP, Capture, report, stored
from tests.cli.run import SAMPLE, run
from tests.cli.test_encode_refusals import assert_one_sentence

PEOPLE = 20
"""As good as all 50 of the sample: everyone is decoded alike."""


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("predictions") / "labels"
    spec = kp2heat.Spec.from_preset("coco-256x192", sizes=["48x64", "24x32"], dtype="f32")
    kp2heat.encode_dataset(kp2heat.read(SAMPLE / "annotations.json").take(np.arange(PEOPLE)), out, spec)
    return out


def test_every_container_and_dtype_gives_the_truth_back(labels: Path, tmp_path: Path, capfd: Capture) -> None:
    maps, ids = stored(labels)
    order = np.random.default_rng(0).permutation(len(maps))
    np.save(tmp_path / "f4.npy", maps)
    np.save(tmp_path / "f2.npy", maps.astype("f2"))
    np.save(tmp_path / "u1.npy", np.rint(maps * 255).astype("u1"))
    np.savez(tmp_path / "a.npz", maps=maps[order], annotation_id=ids[order])
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["out/heatmaps"] = maps[order]
        file["out/annotation_id"] = ids[order]
    # u8: a white error of 0.0011 of the peak, of which the Cramer-Rao bound makes 0.001 cell an axis.
    limits = {
        "f4.npy": 1e-4,
        "f2.npy": 1e-3,
        "u1.npy": 0.01,
        "a.npz": 1e-4,
        "a.h5": 1e-4,
        "a.h5:out/heatmaps": 1e-4,
    }
    for name, limit in limits.items():
        level = report(capfd, labels, "--predictions", f"{tmp_path}/{name}")
        assert level["method"] == "weighted-fit", "auto, for predictions"
        assert level["input"]["mean"] < limit, name
        assert level["states"]["missed"] == 0


def test_flips_and_channel_names(labels: Path, tmp_path: Path, capfd: Capture) -> None:
    maps, _ = stored(labels)
    np.save(tmp_path / "p.npy", maps)
    np.save(tmp_path / "flipped.npy", maps[:, SWAP, :, ::-1])
    words = ("--predictions", tmp_path / "p.npy", "--flipped", tmp_path / "flipped.npy")
    assert report(capfd, labels, *words)["input"]["mean"] < 1e-4
    assert_one_sentence(run(capfd, "decode", labels, *words, "--flip-shift"), 2, "half-pixel grid")
    names = json.loads(run(capfd, "inspect", labels, "--json").out)["joints"]
    shuffled = [*reversed(names), "background"]
    np.save(tmp_path / "s.npy", np.concatenate([maps[:, ::-1], maps[:, :1] * 0], axis=1))
    words = ("--predictions", tmp_path / "s.npy", "--channels", ",".join(shuffled))
    assert report(capfd, labels, *words)["input"]["mean"] < 1e-4


def test_scales_come_together(labels: Path, tmp_path: Path, capfd: Capture) -> None:
    large, _ = stored(labels)
    small, _ = stored(labels, "24x32")
    np.save(tmp_path / "large.npy", large)
    np.save(tmp_path / "small.npy", small)
    words = (
        "--predictions",
        tmp_path / "large.npy",
        "--predictions",
        tmp_path / "small.npy",
        "--method",
        "dark",
    )
    level = report(capfd, labels, *words)
    assert level["input"]["mean"] < 0.1, "of two widths at one place"
    assert report(capfd, labels, *words, "--accumulate", "sum", "--grid", "96x128")["input"]["mean"] < 0.1


def test_what_is_missing_is_counted(labels: Path, tmp_path: Path, capfd: Capture) -> None:
    maps, ids = stored(labels)
    broken = maps[5:].copy()
    broken[0, 3, 4, 4] = np.nan
    np.savez(tmp_path / "a.npz", maps=broken, annotation_id=np.r_[ids[5:-2], 10**6, 10**6 + 1])
    level = report(capfd, labels, "--predictions", tmp_path / "a.npz")
    assert level["states"]["absent_rows"] == 5 + 2
    assert level["states"]["unknown_rows"] == 2
    assert level["states"]["not_finite_maps"] == 1
    assert level["states"]["scored"] == level["input"]["count"]
    assert level["states"]["missed"] > 5
    assert level["input"]["max"] < 1e-2
    np.save(tmp_path / "weak.npy", maps * np.where(np.arange(17) < 3, 0.1, 1)[:, None, None].astype("f4"))
    level = report(capfd, labels, "--predictions", tmp_path / "weak.npy", "--min-score", "0.3")
    eyes_and_nose = sum(level["per_joint"][n]["input"]["missed"] for n in ("nose", "left_eye", "right_eye"))
    assert level["states"]["missed"] == eyes_and_nose > 2 * PEOPLE


def test_misfits_are_one_sentence(labels: Path, tmp_path: Path, capfd: Capture) -> None:
    maps, ids = stored(labels)
    bad = {
        "size.npy": (maps[:, :, ::2], "holds 48x32 maps"),
        "joints.npy": (maps[:, :5], "holds 5 maps per sample; the labels have 17"),
        "rows.npy": (maps[:7], f"holds 7 rows for {PEOPLE} samples"),
        "flat.npy": (maps[:, :, 0], "shape"),
        "int.npy": (maps.astype(int), "int64"),
    }
    for name, (array, pattern) in bad.items():
        np.save(tmp_path / name, array)
        assert_one_sentence(run(capfd, "decode", labels, "--predictions", tmp_path / name), 1, pattern)
    np.savez(tmp_path / "twice.npz", maps=maps, annotation_id=np.r_[ids[:1], ids[:-1]])
    assert_one_sentence(run(capfd, "decode", labels, "--predictions", tmp_path / "twice.npz"), 1, "twice")
    (tmp_path / "no.npy").write_text("no")
    assert_one_sentence(run(capfd, "decode", labels, "--predictions", tmp_path / "no.npy"), 1, "neither HDF5")
    assert_one_sentence(
        run(capfd, "decode", labels, "--predictions", tmp_path / "gone.npy"), 1, "no such file"
    )


def test_methods_side_by_side_and_metrics(labels: Path, tmp_path: Path, capfd: Capture) -> None:
    maps, _ = stored(labels)
    noisy = maps + np.random.default_rng(3).normal(0, 0.05, maps.shape)
    np.save(tmp_path / "p.npy", noisy.astype("f4"))
    words = ("--predictions", tmp_path / "p.npy", "--method", "fit,dark,argmax", "--metric", "oks", "--json")
    ran = json.loads(run(capfd, "decode", labels, *words).out)
    means = {name: level["input"]["mean"] for name, level in ran["compared"]["48x64"].items()}
    assert list(means) == ["fit", "dark", "argmax"]
    assert max(means["fit"], means["dark"]) < means["argmax"] / 2
    assert ran["evaluation"]["metrics"]["oks"]["overall"]["OKS"] > 0.99
    text = run(capfd, "decode", labels, *words[:-1]).out
    assert all(
        any(line.split()[:4] == ["48x64", name, "input", "px"] for line in text.splitlines())
        for name in means
    )
    assert all(f"metrics of {name}:" in text for name in means)
    one = run(capfd, "decode", labels, "--method", "fit", "--metric", "oks").out
    assert "OKS" in one
    assert "metrics of" not in one
    twice = run(capfd, "decode", labels, "--method", "fit,dark,fit")
    assert_one_sentence(twice, 2, "'fit,dark,fit' names a method twice; leave one out")
    gate = ("decode", labels, "--predictions", tmp_path / "p.npy", "--metric", "oks", "--fail-below")
    assert_one_sentence(run(capfd, *gate, "oks=0.9999"), 4, "oks is 0.9")
    assert run(capfd, *gate, "oks=0.9").code == 0
    for wrong in ("oks", "oks=high", "=0.9", "oks=nan"):
        ran = run(capfd, *gate, wrong)
        assert ran.code == 2
        assert f"'{wrong}' names no number; write ap=0.7" in ran.err
        assert not ran.out, "refused before the maps are decoded"


def test_boxes_in_place_of_labels(labels: Path, tmp_path: Path, capfd: Capture) -> None:
    maps, ids = stored(labels)
    people = {a["id"]: a for a in json.loads((SAMPLE / "annotations.json").read_text())["annotations"]}
    boxes = [
        {"image_id": people[i]["image_id"], "bbox": people[i]["bbox"], "score": 0.5} for i in ids.tolist()
    ]
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    np.save(tmp_path / "p.npy", maps)
    words = ("decode", "--predictions", tmp_path / "p.npy", "--boxes", tmp_path / "boxes.json")
    ran = run(capfd, *words, "--preset", "coco-256x192", "-o", tmp_path / "r.json")
    assert ran.code == 0, ran.err
    for identity, row in zip(ids.tolist(), json.loads((tmp_path / "r.json").read_text()), strict=True):
        truth = np.array(people[identity]["keypoints"]).reshape(-1, 3)
        said = np.array(row["keypoints"]).reshape(-1, 3)
        labelled = truth[:, 2] > 0
        assert np.abs(said[labelled, :2] - truth[labelled, :2]).max() < 0.01
        assert row["score"] == pytest.approx(0.5, abs=0.02), "the box's score times the joints' mean"
    assert run(capfd, *words, "--preset", "coco-256x192").code == 2
    assert run(capfd, "decode", "--predictions", tmp_path / "p.npy").code == 2
    for wrong in (
        {"image_id": 1},
        boxes[0] | {"bbox": [0, 1e308, 9, 9]},
        boxes[0] | {"bbox": [0, 0, float("nan"), 9]},
        boxes[0] | {"score": "high"},
        boxes[0] | {"id": [1]},
        boxes[0] | {"image_id": {}},
    ):
        (tmp_path / "boxes.json").write_text(json.dumps([wrong, *boxes[1:]]))
        ran = run(capfd, *words, "--preset", "coco-256x192", "--json")
        assert_one_sentence(ran, 1, r"boxes\.json, \$\[0\]")
    (tmp_path / "boxes.json").write_text("[" * 100_000)
    ran = run(capfd, *words, "--preset", "coco-256x192", "--json")
    assert_one_sentence(ran, 1, "cannot be read as JSON")
