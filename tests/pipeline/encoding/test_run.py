"""What is drawn does not depend on how the work is cut."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

import kp2heat
from kp2heat.errors import SpecError
from kp2heat.pipeline.encoding import compress, run
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.spec import Spec
from tests.pipeline.encoding.test_output_folder import SETTINGS, people

SAMPLE = Path(__file__).parents[3] / "sample_data"
ROOT = SAMPLE.parent
IMAGES = {"sample": "image", "input_size": "224x224", "sizes": ["28x28", "7x7"]}


def digest(folder: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


PEOPLE = {"input_size": "192x256", "sizes": ["48x64", "7x7"]}


@pytest.mark.parametrize("settings", [IMAGES, PEOPLE, {**PEOPLE, "codec": "centernet-umich"}])
def test_bytes_do_not_depend_on_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object]
) -> None:
    rows = kp2heat.read(SAMPLE / "annotations.json")
    for name, size in (("small", 1), ("large", 1 << 30)):
        monkeypatch.setattr(compress, "DRAWN_BYTES", size)
        kp2heat.encode_dataset(rows, tmp_path / name, Spec.from_fields(settings, "test"))
    assert digest(tmp_path / "small") == digest(tmp_path / "large")


def test_bytes_do_not_depend_on_the_process(tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "2")):
        words = ["encode", "sample_data/annotations.json", str(tmp_path / name), "--preset", "people-28-14-7"]
        environment = {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C" if name == "a" else "C.UTF-8",
        }
        subprocess.run(
            [sys.executable, "-m", "kp2heat", *words],
            check=True,
            cwd=ROOT,
            env=environment,
            capture_output=True,
        )
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_an_image_merges_its_people_by_maximum(tmp_path: Path) -> None:
    rows = kp2heat.read(SAMPLE / "annotations.json")
    kp2heat.encode_dataset(rows, tmp_path, Spec.from_fields({**IMAGES, "dtype": "f32"}, "test"))
    with h5py.File(tmp_path / "shard-00000.h5") as file:
        maps = file["28x28/heatmaps"][:]
        frame = file["samples/frame"][:]
        weights = file["28x28/weights"][:]
        sample, xy, visible = (file[f"people/{name}"][:] for name in ("sample", "xy", "visible"))
    people = frame[sample]
    points = np.einsum("nij,nkj->nki", people[:, :, :2], xy) + people[:, None, :, 2]
    alone = kp2heat.encode(points, visible, input_size=(224, 224), size=(28, 28))
    for i in range(len(maps)):
        mine = alone["heatmaps"][sample == i]
        np.testing.assert_array_equal(maps[i], mine.max(axis=0, initial=0))
        np.testing.assert_array_equal(weights[i], alone["weights"][sample == i].max(axis=0, initial=0))
    assert not maps[10].any(), "image 11 is the empty one"


@pytest.mark.parametrize("hidden", ["gaussian", "zero", "weight=0.25"])
def test_hidden_joints_follow_their_policy(tmp_path: Path, hidden: str) -> None:
    rows = kp2heat.read(SAMPLE / "annotations.json")
    fields = {"fit": "crop", "input_size": "192x256", "sizes": ["48x64"], "hidden": hidden}
    kp2heat.encode_dataset(rows, tmp_path, Spec.from_fields(fields, "test"))
    with h5py.File(tmp_path / "shard-00000.h5") as file:
        visible, weights = file["samples/visible"][:], file["48x64/weights"][:]
        drawn = file["48x64/heatmaps"][:].any(axis=(2, 3))
    expected = {"gaussian": 1.0, "zero": 0.0, "weight=0.25": 0.25}[hidden]
    assert (weights[visible == 1] == expected).all()
    assert (drawn[visible == 1] == (hidden != "zero")).all()
    assert (weights[visible == 2] == 1).all()
    assert not drawn[visible == 0].any()


def test_a_shard_is_drawn_while_the_one_before_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing waits until the next shard is drawn: one after the other they would wait for ever."""
    drawn = [threading.Event() for _ in range(4)]
    real, calls = run.compose_shard, iter(range(3))

    def compose_shard(*words: Any) -> Any:
        number, shard = next(calls), real(*words)
        drawn[number].set()
        if number == 2:
            drawn[3].set()

        def write(path: Path) -> Any:
            assert drawn[number + 1].wait(20), "nothing was drawn meanwhile"
            return shard.write(path)

        return SimpleNamespace(write=write)

    monkeypatch.setattr(run, "compose_shard", compose_shard)
    report = kp2heat.encode_dataset(people(150), tmp_path, Spec.from_fields(SETTINGS, "test"), shard_rows=64)
    assert len(report.shards) == 3


def test_any_map_shaped_engine_gives_the_same_bytes(tmp_path: Path) -> None:
    spec, rows = Spec.from_fields(SETTINGS, "test"), people(150)
    kp2heat.encode_dataset(rows, tmp_path / "plain", spec, shard_rows=64)
    with ThreadPoolExecutor(2) as threads:
        for name, engine in {"map": map, "threads": threads.map}.items():
            kp2heat.encode_dataset(rows, tmp_path / name, spec, shard_rows=64, engine=engine)
            assert digest(tmp_path / name) == digest(tmp_path / "plain")


def test_a_recipe_of_augmentation_is_known_even_where_no_copies_are_asked_for() -> None:
    spec = Spec.from_fields({**SETTINGS, "augment_preset": "mmpos"}, "test")
    with pytest.raises(SpecError, match="'mmpos' is not known; did you mean 'mmpose'"):
        plan(people(2), spec)
