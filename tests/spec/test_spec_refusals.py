"""Settings that cannot be: one sentence each, with the nearest known word; no file gives a traceback."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kp2heat.errors import InputError, SpecError
from kp2heat.spec import Spec
from kp2heat.spec.presets import load_config, load_preset


def refused(sentence: str) -> Any:
    return pytest.raises(SpecError, match=f"^{re.escape(sentence)}$")


@pytest.mark.parametrize(
    ("given_fields", "sentence"),
    [
        ({"codecs": "udp"}, "a.toml: unknown setting 'codecs'; did you mean 'codec'?"),
        ({"input-size": "8x8"}, "a.toml: unknown setting 'input-size'; did you mean 'input_size'?"),
        ({"codec": "gausian"}, "codec: 'gausian' is not known; did you mean 'gaussian'?"),
        ({"dtype": "f61"}, "dtype: 'f61' is not known; did you mean 'f16'?"),
        ({"align": "half_pixel"}, "align: 'half_pixel' is not known; did you mean 'half-pixel'?"),
        ({"fit": "zzz"}, "fit: 'zzz' is not known; use one of stretch, letterbox, crop"),
        ({"sample": "images"}, "sample: 'images' is not known; did you mean 'image'?"),
        ({"outside": "dorp"}, "outside: 'dorp' is not known; did you mean 'drop'?"),
        (
            {"sample": "image", "fit": "crop"},
            "fit: crop needs a box, and a whole image has none; use --sample instance",
        ),
        ({"padding": 0}, "padding: 0 is not usable; give a factor such as 1.25"),
        ({"padding": "1"}, "a.toml: padding = '1' is not a number; write padding = 1.25"),
        ({"padding": True}, "a.toml: padding = True is not a number; write padding = 1.25"),
        ({"strides": [4, -8]}, "a.toml: strides = [4, -8] are not strides; give positive numbers"),
        ({"strides": "4"}, "a.toml: strides = '4' are not strides; give positive numbers"),
        ({"strides": True}, "a.toml: strides = True are not strides; give positive numbers"),
        ({"sizes": ["7"]}, "size: '7' is not a size; write width x height, 1 to 65536, e.g. 192x256"),
        ({"dtype": 16}, 'a.toml: dtype = 16 is not text; write dtype = "..."'),
        ({"codec": None}, 'a.toml: codec = None is not text; write codec = "..."'),
        ({"params": 3}, "a.toml: params = 3 is not a table; write params = { name = value }"),
        (
            {"codec": "megvii", "params": {"kernal": 7}},
            "megvii parameter: 'kernal' is not known; did you mean 'kernel'?",
        ),
        (
            {"codec": "udp", "params": {"litteral": True}},
            "udp parameter: 'litteral' is not known; did you mean 'literal'?",
        ),
        (
            {"codec": "udp", "params": {"literal": "no"}},
            "udp parameter: literal = 'no' is not true or false; its default is False",
        ),
        (
            {"params": {"background": 1}},
            "gaussian parameter: background = 1 is not text; its default is 'none'",
        ),
        (
            {"codec": "matlab-group", "params": {"groups": 1}},
            "matlab-group parameter: groups = 1 is not a text or a table; its default is {}",
        ),
        (
            {"codec": "megvii", "params": {"kernel": "7"}},
            "megvii parameter: kernel = '7' is not a finite number; its default is 0",
        ),
        (
            {"hidden": "half"},
            "hidden: 'half' is not a policy for hidden joints; use gaussian, zero or weight=0.5",
        ),
        (
            {"codec": "simcc-gaussian", "normalize": "sum"},
            "normalize: codec simcc-gaussian has no heatmaps; leave normalize out",
        ),
        (
            {"normalize": "sigmoid", "normalize_params": {"gain": "2"}},
            "normalize: gain = '2' is not usable; give a positive, finite number",
        ),
    ],
)
def test_what_is_refused(given_fields: dict[str, Any], sentence: str) -> None:
    with refused(sentence):
        Spec.from_fields(given_fields, "a.toml")


@pytest.mark.parametrize("size", [(0, 5), (5.5, 5), (-1, 5)])
def test_sizes_given_as_numbers_are_checked_too(size: Any) -> None:
    for setting in ({"sizes": (size,)}, {"input_size": size}):
        with pytest.raises(SpecError, match="is not a size; write width x height"):
            Spec(**setting)


plain = st.none() | st.booleans() | st.integers(-9, 99) | st.floats() | st.text(max_size=5)
anything = plain | st.lists(plain, max_size=3) | st.dictionaries(st.text(max_size=5), plain, max_size=2)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from([item.name for item in fields(Spec)]), anything, max_size=3))
def test_whatever_a_file_holds_the_answer_is_a_spec_or_a_sentence(given_fields: dict[str, Any]) -> None:
    try:
        spec = Spec.from_fields(given_fields, "a.toml")
    except SpecError:
        return
    assert Spec.from_fields(spec.to_fields(), "again") == spec


# Files


def test_a_missing_file(tmp_path: Path) -> None:
    with refused(f"{tmp_path / 'no.toml'}: no such file; check the path given to --config"):
        load_config(tmp_path / "no.toml")


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder; give a file"):
        load_config(tmp_path)


def test_a_file_that_is_not_toml(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("codec = gaussian\n")
    with pytest.raises(SpecError, match=r"^a\.toml: not valid TOML \(.*line 1.*\); correct that line$"):
        load_config(path)


@pytest.mark.parametrize("text", ["codec = 1e308", "preset = 1e308", "sigma = " + "[" * 10000])
def test_values_of_another_kind_and_endless_lists(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(SpecError, match=r"'1e\+308' is not known|cannot be read"):
        load_config(path)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="cannot be read"):
        load_config(path)


def test_an_unknown_preset() -> None:
    with refused("preset: 'coco-256x129' is not known; did you mean 'coco-256x192'?"):
        load_preset("coco-256x129")


def test_half_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(SpecError, match=r"augment_preset = .* is not text"):
        Spec.from_fields({"augment_preset": "\udcff"}, "test")
