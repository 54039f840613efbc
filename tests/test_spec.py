"""The settings of an encoding: written and read back, fingerprinted, cut into levels."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from kp2heat.codecs import CODECS
from kp2heat.errors import SpecError
from kp2heat.frame import ALIGNMENTS
from kp2heat.spec import (
    DTYPES,
    FITS,
    Sigma,
    Spec,
    default_sigma,
    parse_sigma,
)
from kp2heat.spec.precision import precision_warnings
from kp2heat.spec.presets import load_config, load_preset, preset_names

CONFIGS = sorted((Path(__file__).parent.parent / "configs").glob("*.toml"))


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


@settings(max_examples=60, deadline=None)
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


def test_the_fingerprint_changes_with_every_setting_that_decides_the_maps() -> None:
    assert set(OTHER) | {"description", "compress"} == {item.name for item in fields(Spec)}
    base = Spec(codec="dark", normalize="sigmoid")
    prints = {base.fingerprint()}
    for name, value in OTHER.items():
        more = {"normalize_params": {}, "params": {}} if name in ("codec", "normalize") else {}
        prints.add(replace(base, **{**more, name: value}).fingerprint())
    assert len(prints) == len(OTHER) + 1
    assert replace(base, description="for my thesis").fingerprint() == base.fingerprint()
    assert replace(base, compress="small").fingerprint() == base.fingerprint(), "the maps are the same"


def test_the_fingerprint_tells_close_values_and_units_apart() -> None:
    close = [Sigma(2.0), Sigma(2.0, "px"), Sigma(2.00000001, "px"), Sigma(2.00000001)]
    assert len({Spec(sigma=(sigma,)).fingerprint() for sigma in close}) == 4
    assert len({Spec(sizes=((7, 14),)).fingerprint(), Spec(sizes=((14, 7),)).fingerprint()}) == 2


def test_the_fingerprint_takes_in_more() -> None:
    assert len({Spec().fingerprint(), Spec().fingerprint("a"), Spec().fingerprint("a", "b")}) == 3
    assert re.fullmatch("[0-9a-f]{64}", Spec().fingerprint())


# Sigmas


@pytest.mark.parametrize(
    ("text", "sigma"),
    [
        ("2", Sigma(2.0)),
        (2, Sigma(2.0)),
        (1.5, Sigma(1.5)),
        ("2cells", Sigma(2.0)),
        ("1cell", Sigma(1.0)),
        ("8px", Sigma(8.0, "px")),
        (" 8 px ", Sigma(8.0, "px")),
        (".5", Sigma(0.5)),
        ("1e-2px", Sigma(0.01, "px")),
    ],
)
def test_sigmas_are_read(text: object, sigma: Sigma) -> None:
    assert parse_sigma(text) == sigma


@given(sigmas)
def test_a_shown_sigma_reads_back_exactly(sigma: Sigma) -> None:
    assert parse_sigma(str(sigma)) == sigma


def test_sigmas_are_shown_short() -> None:
    assert [str(Sigma(2.0)), str(Sigma(8.0, "px")), str(Sigma(1.5))] == ["2", "8px", "1.5"]


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "2pt", "1.2.3", "1e9", "inf", "nan", "px", None, True])
def test_what_is_no_sigma(text: object) -> None:
    with refused(f"sigma: '{text}' is not a sigma; write cells (2) or input pixels (8px)"):
        parse_sigma(text)


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_a_sigma_is_positive(value: float) -> None:
    with pytest.raises(SpecError, match="is not a sigma; write cells"):
        Sigma(value)


def test_a_sigma_in_px_shrinks_with_the_stride() -> None:
    assert Sigma(8.0, "px").cells((4.0, 4.0)) == 2
    assert Sigma(8.0, "px").cells((2.0, 8.0)) == 2
    assert Sigma(2.0).cells((4.0, 4.0)) == 2


@pytest.mark.parametrize(
    ("size", "sigma"),
    [
        ((7, 7), 1.0),
        ((14, 14), 1.0),
        ((28, 28), 1.5),
        ((32, 32), 1.5),
        ((56, 56), 2.0),
        ((48, 64), 2.0),
        ((64, 64), 2.0),
        ((72, 96), 2.5),
        ((96, 72), 2.5),
        ((128, 128), 3.0),
        ((1, 1), 1.0),
        ((256, 256), 4.0),
    ],
)
def test_default_sigmas(size: tuple[int, int], sigma: float) -> None:
    """sqrt(longer side / 16) to the nearest half, 1 at least."""
    assert default_sigma(size) == sigma


# Levels


def test_strides_come_before_sizes() -> None:
    levels = Spec(strides=(4.0, 8.0), sizes=((7, 7),), sigma=(Sigma(8.0, "px"),)).levels((224, 112))
    assert [level.name for level in levels] == ["56x28", "28x14", "7x7"]
    assert [level.sigma for level in levels] == pytest.approx([2, 1, 8 / 512**0.5], rel=2.0**-50)


def test_one_sigma_a_level() -> None:
    levels = Spec(sizes=((28, 28), (7, 7)), sigma=(Sigma(1.5), Sigma(32.0, "px"))).levels((224, 224))
    assert [level.sigma for level in levels] == [1.5, 1.0]


@pytest.mark.parametrize(
    ("codec", "literal", "align", "expected"),
    [
        ("gaussian", False, None, "half-pixel"),
        ("gaussian", False, "stride", "stride"),
        ("udp", False, None, "align-corners"),
        ("udp", True, None, CODECS["udp"].literal_align),
        ("udp", True, "half-pixel", "half-pixel"),
    ],
)
def test_whose_alignment(codec: str, literal: bool, align: str | None, expected: str) -> None:
    spec = Spec(codec=codec, params={"literal": True} if literal else {}, align=align, sizes=((28, 28),))
    assert spec.levels((224, 224))[0].alignment.name == expected


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (Spec(), "size: no map size is set; give --size 28x28,14x14,7x7, --stride 8,16,32 or --preset"),
        (
            Spec(strides=(3.0,)),
            "stride: 3 does not divide the 224x224 input; choose another --input-size, or name the maps with --size",
        ),
        (
            Spec(strides=(448.0,)),
            "stride: 448 does not divide the 224x224 input; choose another --input-size, or name the maps with --size",
        ),
        (Spec(strides=(8.0,), sizes=((28, 28),)), "size: 28x28, 28x28 names a size twice; leave one out"),
        (
            Spec(sizes=((7, 7),), sigma=(Sigma(1.0), Sigma(2.0))),
            "sigma: 2 values for 1 levels; give one, or one per level",
        ),
        (
            Spec(sizes=((1, 1),), align="align-corners"),
            "align: align-corners cannot place 1x1 cells on 224x224 px; use half-pixel, which has a meaning for a single cell",
        ),
    ],
)
def test_levels_that_cannot_be(spec: Spec, sentence: str) -> None:
    with refused(sentence):
        spec.levels((224, 224))


def test_an_input_without_pixels() -> None:
    with refused("input_size: '0x224' is not a size; write width x height, 1 to 65536, e.g. 192x256"):
        Spec(sizes=((7, 7),)).levels((0, 224))


# Warnings


@pytest.mark.parametrize(
    ("dtype", "sigma", "size", "said"),
    [
        ("f16", 0.5, 28, []),
        ("f16", 0.49, 28, ["does not survive f16"]),
        ("u8", 0.99, 28, ["does not survive u8"]),
        ("u8", 1.0, 28, []),
        ("f32", 0.1, 28, []),
        ("f32", 28 / 6, 28, []),
        ("f32", 4.7, 28, ["fills the map"]),
        ("f16", 0.4, 2, ["does not survive f16", "fills the map"]),
    ],
)
def test_warnings_at_both_ends(dtype: str, sigma: float, size: int, said: list[str]) -> None:
    spec = Spec(dtype=dtype, sizes=((size, size),), sigma=(Sigma(sigma),))
    warnings = precision_warnings(spec.dtype, spec.levels((224, 224)))
    assert len(warnings) == len(said)
    for warning, part in zip(warnings, said, strict=True):
        assert warning.startswith(f"{size}x{size}: sigma {sigma:.3g} cells ")
        assert part in warning
