"""Wrong types given to the library are one sentence on what was expected, never an error from inside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kp2heat
from kp2heat.errors import Kp2heatError, NoSuchSample
from tests.shared import ROOT

SAMPLE = ROOT / "sample_data" / "annotations.json"
POINTS = np.full((2, 17, 2), 50.0)
MAPS = np.zeros((1, 17, 64, 48), np.float32)
GRID: dict[str, Any] = {"input_size": (192, 256), "size": (48, 64)}


def spec(**changes: Any) -> kp2heat.Spec:
    return kp2heat.Spec.from_preset("coco-udp-256x192", **changes)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> kp2heat.Shards:
    out = tmp_path_factory.mktemp("shards")
    kp2heat.encode_dataset(kp2heat.read(SAMPLE), out, spec())
    return kp2heat.open(out)


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "xy": (lambda: kp2heat.encode("abc", **GRID), "xy: is of type str and not an array"),
    "visible": (lambda: kp2heat.encode(POINTS, "yes", **GRID), "visible: are <U3, not numbers"),
    "bbox": (lambda: kp2heat.encode(POINTS, bbox="a", **GRID), "bbox: is of type str and not an array"),
    "input_size": (lambda: kp2heat.encode(POINTS, input_size=192, size=(48, 64)), "input_size: '192' is not"),
    "sigma": (lambda: kp2heat.encode(POINTS, sigma=[], **GRID), "sigma: '[]' is not a sigma"),
    "decode input_size": (lambda: kp2heat.decode(MAPS, input_size=7), "input_size: '7' is not a size"),
    "decode method": (lambda: kp2heat.decode(MAPS, input_size=(192, 256), method=3), "method: '3' is not"),
    "open": (lambda: kp2heat.open(None), "path: is of type NoneType; give a shard, the folder"),
    "open list": (lambda: kp2heat.open([3]), "path: 3 is of type int; give a shard, the folder"),
    "read": (lambda: kp2heat.read(3), "path: 3 is of type int; give the name of a file"),
    "read option": (lambda: kp2heat.read(SAMPLE, image="x"), "there is no option 'image'; did you mean"),
    "read image_size": (lambda: kp2heat.read(SAMPLE, image_size="9"), "image_size: '9' is not a size"),
    "read skeleton": (lambda: kp2heat.read(SAMPLE, skeleton=3), "skeleton: 3 is of type int; give"),
    "preset": (lambda: kp2heat.Spec.from_preset(3), "preset: 3 is of type int; give a name such as"),
    "preset field": (lambda: spec(sgma=3), "unknown setting 'sgma'; did you mean 'sigma'?"),
    "encode_dataset": (
        lambda: kp2heat.encode_dataset("a.json", "out", spec()),
        "annotations: 'a.json' is of type str; give what kp2heat.read",
    ),
    "encode_dataset spec": (
        lambda: kp2heat.encode_dataset(kp2heat.read(SAMPLE), "out", "coco-udp-256x192"),
        "spec: 'coco-udp-256x192' is of type str; give kp2heat.Spec",
    ),
    "encode_dataset out": (
        lambda: kp2heat.encode_dataset(kp2heat.read(SAMPLE), 3, spec()),
        "out: 3 is of type int; give the folder",
    ),
    "decode_dataset": (lambda: kp2heat.decode_dataset(3), "path: 3 is of type int; give a shard"),
    "renderer": (lambda: kp2heat.renderer("udp", (192, 256)), "spec: 'udp' is of type str; give"),
    "renderer joints": (
        lambda: kp2heat.renderer(spec(), (192, 256), "a"),
        "joints: 'a' is of type str; give a Skeleton, or how many",
    ),
    "map_reader": (lambda: kp2heat.map_reader(3, (192, 256)), "spec: 3 is of type int; give"),
    "map_reader maps": (lambda: kp2heat.map_reader(spec(), (192, 256))("a"), "heatmaps: are <U1, not num"),
    "skeleton": (lambda: kp2heat.Skeleton("abc"), "names: 'abc' is of type str; give the joints' names"),
    "crop_image": (lambda: kp2heat.crop_image("a.jpg", np.eye(3)[:2], (9, 9)), "image: 'a.jpg' is of type"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_type_is_one_sentence(name: str) -> None:
    call, begins = WRONG[name]
    with pytest.raises(Kp2heatError) as caught:
        call()
    assert begins in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "begins"),
    [
        ("method", 3, "method: 3 is of type int"),
        ("levels", 3, "levels: 3 is of type int"),
        ("predictions", MAPS, "predictions: is of type ndarray; give the name of a file"),
    ],
)
def test_decode_dataset_says_what_it_takes(
    shards: kp2heat.Shards, name: str, value: Any, begins: str
) -> None:
    with pytest.raises(Kp2heatError, match=f"^{begins}"):
        kp2heat.decode_dataset(shards, **{name: value})


@pytest.mark.parametrize("index", ["a", 1.5, None])
def test_samples_are_numbered(shards: kp2heat.Shards, index: Any) -> None:
    with pytest.raises(Kp2heatError, match=r"^shards\[i\]: .*give the number of a sample, or a slice$"):
        shards[index]


def test_a_sample_beyond_the_end_ends_a_loop(shards: kp2heat.Shards) -> None:
    with pytest.raises(NoSuchSample, match=r"^shards\[50\]: there are 50 samples; give 0 to 49$") as caught:
        shards[50]
    assert isinstance(caught.value, IndexError)
    assert len(list(shards)) == 50


def test_predictions_of_the_library_are_the_name_of_a_file(shards: kp2heat.Shards, tmp_path: Path) -> None:
    np.save(tmp_path / "out.npy", shards.shards[0].read("48x64", "heatmaps", 0, 50))
    report = kp2heat.decode_dataset(shards, predictions=tmp_path / "out.npy")
    assert report.to_json()["predicted"] is True


def test_from_preset_takes_overrides() -> None:
    assert str(spec(sigma=3).sigma[0]) == "3"
