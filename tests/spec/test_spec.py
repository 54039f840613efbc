"""The settings of an encoding: written and read back, fingerprinted, cut into levels."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from kp2heat.errors import SpecError
from kp2heat.frame import ALIGNMENTS
from kp2heat.spec import (
    DTYPES,
    FITS,
    Sigma,
    Spec,
)
from kp2heat.spec.precision import precision_warnings
from kp2heat.spec.presets import load_config, load_preset, preset_names

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))


def refused(sentence: str) -> Any:
    return pytest.raises(SpecError, match=f"^{re.escape(sentence)}$")


# Round trips

sigmas = st.builds(Sigma, st.floats(1e-3, 1e5), st.sampled_from(["cell", "px"]))
sizes = st.tuples(st.integers(1, 512), st.integers(1, 512))
specs = st.builds(
    Spec,
    description=st.text("abc \n\"'=é", max_size=12),
    sample=st.just("instance"),
    input_size=st.none() | sizes,
    fit=st.none() | st.sampled_from(FITS),
    padding=st.floats(0.01, 99),
    sizes=st.lists(sizes, max_size=3).map(tuple),
    strides=st.lists(st.floats(1, 64), max_size=3).map(tuple),
    sigma=st.lists(sigmas, max_size=3).map(tuple),
    align=st.none() | st.sampled_from(list(ALIGNMENTS)),
    hidden=st.sampled_from(["gaussian", "zero", "weight=0.5"]),
    outside=st.sampled_from(["drop", "partial", "clip", "error"]),
    dtype=st.sampled_from(list(DTYPES)),
) | st.sampled_from(
    [
        Spec(codec="dark", params={"literal": True}),
        Spec(normalize="sigmoid", normalize_params={"gain": 2.0}),
        Spec(sample="image", fit="letterbox"),
    ]
)


@settings(max_examples=60)
@given(specs)
def test_toml_and_json_give_back_the_same_settings(spec: Spec) -> None:
    shown = spec.to_fields()
    assert Spec.from_fields(tomllib.loads(tomli_w.dumps(shown)), "a.toml") == spec
    assert Spec.from_fields(json.loads(json.dumps(shown)), "shard") == spec


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_preset_round_trips(path: Path, tmp_path: Path) -> None:
    spec = load_config(path)
    assert load_preset(path.stem) == spec
    copy = tmp_path / "copy.toml"
    copy.write_text(tomli_w.dumps(spec.to_fields()), encoding="utf-8")
    assert load_config(copy) == spec
    assert Spec.from_fields(json.loads(json.dumps(spec.to_fields())), "shard") == spec
    assert load_config(copy).fingerprint() == spec.fingerprint()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_preset_is_ready_to_draw_and_loses_nothing(path: Path) -> None:
    spec = load_config(path)
    assert spec.description
    assert spec.input_size is not None
    levels = spec.levels(spec.input_size)
    assert [level.size for level in levels] == list(spec.sizes)
    assert all(level.sigma > 0 for level in levels)
    assert precision_warnings(spec.dtype, [level for level in levels if level.size != (7, 7)]) == []


def test_presets_are_the_configs() -> None:
    assert preset_names() == [path.stem for path in CONFIGS]
    assert len(CONFIGS) >= 6


def test_unset_settings_are_left_out() -> None:
    assert set(Spec().to_fields()) == {
        "sample",
        "padding",
        "codec",
        "hidden",
        "outside",
        "normalize",
        "dtype",
        "compress",
    }


def test_overridden_replaces_what_is_given() -> None:
    spec = Spec(description="old", sizes=((28, 28),), sigma=(Sigma(8.0, "px"),), dtype="u8")
    changed, resets = spec.overridden({"description": "new", "dtype": "f32", "hidden": "zero"})
    assert changed == replace(spec, description="new", dtype="f32", hidden="zero")
    assert resets == ()
    assert spec.overridden({}) == (spec, ())


@pytest.mark.parametrize(
    ("given_fields", "expected", "sentences"),
    [
        (
            {"sizes": ["7x7"]},
            {"sizes": ((7, 7),), "sigma": ()},
            ["sigma 3,8px is reset to the default of the new map sizes"],
        ),
        (
            {"strides": [4]},
            {"sizes": (), "strides": (4.0,), "sigma": ()},
            ["sigma 3,8px is reset to the default of the new map sizes"],
        ),
        ({"sizes": ["7x7"], "sigma": 1}, {"sizes": ((7, 7),), "sigma": (Sigma(1.0),)}, []),
        (
            {"codec": "megvii"},
            {"codec": "megvii", "params": {}, "description": ""},
            ["literal=True of codec udp is dropped"],
        ),
        (
            {"codec": "megvii", "params": {"kernel": 9}},
            {"codec": "megvii", "params": {"kernel": 9}, "description": ""},
            [],
        ),
        ({"codec": "udp"}, {}, []),
        ({"params": {"literal": False}}, {"params": {"literal": False}}, []),
        (
            {"normalize": "softmax"},
            {"normalize": "softmax", "normalize_params": {}},
            ["gain=2.0 of normalize sigmoid is dropped"],
        ),
        ({"normalize_params": {"bias": 1}}, {"normalize_params": {"gain": 2.0, "bias": 1}}, []),
    ],
)
def test_what_belongs_to_a_replaced_setting_goes_with_it_and_is_said(
    given_fields: dict[str, Any], expected: dict[str, Any], sentences: list[str]
) -> None:
    spec = Spec(
        description="published",
        sizes=((72, 96), (36, 48)),
        sigma=(Sigma(3.0), Sigma(8.0, "px")),
        codec="udp",
        params={"literal": True},
        normalize="sigmoid",
        normalize_params={"gain": 2.0},
    )
    changed, said = spec.overridden(given_fields)
    told = f"published; changed: {', '.join(key for key in vars(spec) if key in expected)}"
    description = expected.get("description", told if expected else "published")
    assert changed == replace(spec, **{**expected, "description": description})
    assert said == tuple(sentences)


def test_an_override_that_cannot_be_names_where_it_was_given() -> None:
    with refused("command line: unknown setting 'size'; did you mean 'sizes'?"):
        Spec().overridden({"size": "7x7"}, "command line")


def test_from_preset_takes_overrides() -> None:
    assert Spec.from_preset("coco-udp-256x192") == load_preset("coco-udp-256x192")
    changed = Spec.from_preset("coco-dark-384x288", sizes="48x64")
    assert (changed.sizes, changed.sigma) == (((48, 64),), ())
    assert Spec.from_preset("coco-dark-384x288", sigma="8px").sigma == (Sigma(8.0, "px"),)


def test_python_values_may_be_written_as_in_toml() -> None:
    words = Spec(input_size="192x256", sizes=["48x64", (7, 7)], strides=8, sigma="8px")
    assert words == Spec(
        input_size=(192, 256), sizes=((48, 64), (7, 7)), strides=(8.0,), sigma=(Sigma(8.0, "px"),)
    )


@pytest.mark.parametrize(
    ("given_fields", "sentence"),
    [
        ({"codec": 3}, 'spec: codec = 3 is not text; write codec = "..."'),
        ({"sizes": 28}, "size: '28' is not a size; write width x height, 1 to 65536, e.g. 192x256"),
        ({"params": None}, "spec: params = None is not a table; write params = { name = value }"),
        ({"padding": "wide"}, "spec: padding = 'wide' is not a number; write padding = 1.25"),
    ],
)
def test_wrong_types_in_python_are_one_sentence(given_fields: dict[str, Any], sentence: str) -> None:
    with refused(sentence):
        Spec(**given_fields)


# Fingerprints

OTHER: dict[str, Any] = {
    "sample": "image",
    "input_size": (64, 64),
    "fit": "letterbox",
    "padding": 1.5,
    "sizes": ((8, 8),),
    "strides": (4.0,),
    "sigma": (Sigma(3.0),),
    "codec": "udp",
    "params": {"literal": True},
    "align": "stride",
    "box": "mmpose",
    "hidden": "zero",
    "outside": "clip",
    "normalize": "softmax",
    "normalize_params": {"gain": 2.0},
    "dtype": "f32",
    "store": "truth",
    "with_images": "png",
    "images_as": "whole",
    "augment": 2,
    "augment_preset": "hrnet",
    "augment_seed": 1,
}
