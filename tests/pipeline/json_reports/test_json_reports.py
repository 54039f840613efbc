"""What every command prints with ``--json`` is what its JSON Schema says, no key more and no key less."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import numpy as np
import pytest

import kp2heat
from kp2heat.bench.measure import Case, Side
from kp2heat.cli import COMMANDS, group
from kp2heat.pipeline.json_reports import REPORTS, SEVERAL, json_schema
from tests.cli.run import SAMPLE, run

Capture = pytest.CaptureFixture[str]
ANNOTATIONS = SAMPLE / "annotations.json"
PRESET = ("--preset", "people-28-14-7")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels with a manifest, a network's maps for them, results, boxes, and a transform."""
    folder = tmp_path_factory.mktemp("reports")
    labels, rows = folder / "labels", kp2heat.read(ANNOTATIONS, images=SAMPLE / "images")
    kp2heat.encode_dataset(rows, labels, kp2heat.Spec.from_preset("people-28-14-7"))
    maps = np.stack([sample["28x28"]["heatmaps"] for sample in kp2heat.open(labels)]).astype(np.float32)
    np.save(folder / "out.npy", maps + np.random.default_rng(0).normal(0, 0.02, maps.shape).astype("f4"))
    np.save(folder / "two.npy", maps[:2])
    boxes = [
        {"image_id": int(rows.images.id[rows.image[i]]), "bbox": rows.bbox[i].tolist(), "score": 0.5}
        for i in range(2)
    ]
    (folder / "boxes.json").write_text(json.dumps(boxes))
    (folder / "t.py").write_text("def same(image, keypoints):\n    return image, keypoints\n")
    return folder


CALLS: dict[str, list[tuple[str, ...]]] = {
    "encode": [
        (str(ANNOTATIONS), "{tmp}/new", *PRESET, "--check"),
        (str(ANNOTATIONS), *PRESET, "--dry-run"),
        (str(ANNOTATIONS), "{tmp}/parts", *PRESET, "--part", "1/1"),
    ],
    "decode": [
        ("{folder}/labels",),
        ("{folder}/labels", "--predictions", "{folder}/out.npy", "--method", "dark,lsq", "--metric", "all"),
        ("--predictions", "{folder}/two.npy", "--boxes", "{folder}/boxes.json", *PRESET),
    ],
    "evaluate": [(str(ANNOTATIONS), "--truth", str(ANNOTATIONS), "--metric", "epe,oks", "--groups")],
    "validate": [(str(ANNOTATIONS),)],
    "budget": [(str(ANNOTATIONS), "--input-size", "192x256", "--stride", "8", "--samples", "8")],
    "stats": [(str(ANNOTATIONS),), ("{folder}/labels",)],
    "inspect": [("{folder}/labels",), (str(ANNOTATIONS),), ("{folder}/labels", str(ANNOTATIONS))],
    "verify": [("{folder}/labels", "--quick"), ("{folder}/labels", "{folder}/labels", "--quick")],
    "merge": [("{folder}/labels",)],
    "sigmas": [(str(ANNOTATIONS), str(ANNOTATIONS))],
    "check-transform": [("{folder}/t.py:same", "--pictures", "1")],
    "presets": [(), ("coco-udp-256x192",), ("matlab-softmax-28-14-7",)],
    "codecs": [(), ("udp",)],
    "decoders": [(), ("dark",)],
    "bench": [("--rounds", "1")],
}


@pytest.fixture(autouse=True)
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """One case of ``kp2heat bench`` that does nothing: what is tested here is the form of its numbers."""
    side = Side(lambda: None, 256)
    monkeypatch.setattr("kp2heat.bench.cases.cases", lambda *_: [Case("none", "none", 1.0, side, side)])
    monkeypatch.setattr("kp2heat.bench.machine.BLOCK", 1 << 20)


def test_every_command_with_json_has_a_schema() -> None:
    import click

    having = {
        name
        for name in COMMANDS
        for parameter in group.get_command(click.Context(group), name).params  # type: ignore[union-attr]
        if "--json" in parameter.opts
    }
    assert having == set(REPORTS) == set(CALLS)


@pytest.mark.parametrize(("command", "words"), [(name, words) for name in CALLS for words in CALLS[name]])
def test_real_output_is_what_the_schema_says(
    capfd: Capture, folder: Path, tmp_path: Path, command: str, words: tuple[str, ...]
) -> None:
    if command in ("evaluate", "check-transform"):
        pytest.importorskip("faster_coco_eval" if command == "evaluate" else "cv2")
    ran = run(capfd, command, *(w.format(folder=folder, tmp=tmp_path) for w in words), "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    schema = json.loads(run(capfd, command, "--json-schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(report, schema)
    for one in report if command in SEVERAL and isinstance(report, list) else [report]:
        assert any(_exactly(one, form) for form in REPORTS[command]), "a key that the types do not have"


def _exactly(report: Any, form: Any) -> bool:
    """Whether a form holds every key of a report: a conversion drops those that it does not know."""
    try:
        return bool(msgspec.convert(report, form) == report)
    except msgspec.ValidationError:
        return False


def test_a_schema_refuses_what_is_missing_or_of_another_type() -> None:
    schema = json_schema("verify")
    whole = {
        "folder": "x",
        "whole": True,
        "shards": 1,
        "samples": 2,
        "redrawn": 0,
        "defects": [],
        "notes": [],
        "error": {},
    }
    jsonschema.validate(whole, schema)
    for wrong in ({**whole, "shards": "none"}, {key: whole[key] for key in list(whole)[:-1]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_progress_is_a_stream_of_events(capfd: Capture, tmp_path: Path) -> None:
    words = ("encode", ANNOTATIONS, tmp_path / "out", *PRESET, "--progress", "json")
    events = [json.loads(line) for line in run(capfd, *words).err.splitlines()]
    assert [one["event"] for one in events] == ["message", "progress", "progress"]
    assert [(one["done"], one["total"], one["unit"]) for one in events[1:]] == [
        (0, 50, "samples"),
        (50, 50, "samples"),
    ]
    failed = run(capfd, "encode", tmp_path / "none.json", tmp_path / "x", "--progress", "json")
    assert "there is no such file" in json.loads(failed.err)["text"]
    assert run(capfd, "encode", tmp_path / "none.json", tmp_path / "x").err.startswith("kp2heat: ")


SUM = re.compile(r"[0-9a-f]{64}")


def test_where_everything_came_from_is_recorded(capfd: Capture, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "labels"
    words = ("encode", ANNOTATIONS, out, "--images", SAMPLE / "images", *PRESET, "-q")
    assert run(capfd, *words).code == 0
    recorded = json.loads((out / "manifest.json").read_text())["sources"]
    (annotations,), (images,) = recorded["annotations"], recorded["images"]
    assert annotations["name"] == "annotations.json"
    assert annotations["bytes"] == ANNOTATIONS.stat().st_size
    assert images["name"] == "images"
    assert images["bytes"] == sum(path.stat().st_size for path in (SAMPLE / "images").glob("*.jpg"))
    assert SUM.fullmatch(annotations["sha256"])
    assert SUM.fullmatch(images["sha256"])
    assert json.loads(run(capfd, "inspect", out, "--json").out)["sources"] == recorded
    shown = run(capfd, "inspect", out).out
    assert f"annotations from: annotations.json (51.6 kB, sha256 {annotations['sha256'][:12]}...)" in shown
    decoded = run(capfd, "decode", out, "--predictions", folder / "out.npy", "--json")
    sources = json.loads(decoded.out)["sources"]
    assert sources["annotations"] == recorded["annotations"]
    assert sources["shards"][0]["name"] == "shard-00000.h5"
    assert sources["predictions"][0]["name"] == "out.npy"
    assert str(SAMPLE) not in (out / "manifest.json").read_text() + decoded.out
