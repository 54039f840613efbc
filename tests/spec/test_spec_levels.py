"""Sigmas and map sizes of a spec: read, shown, defaulted, and warned about."""

from __future__ import annotations

import pytest
from hypothesis import given

from kp2heat.codecs import CODECS
from kp2heat.errors import SpecError
from kp2heat.spec import (
    Sigma,
    Spec,
    default_sigma,
    parse_sigma,
)
from kp2heat.spec.precision import precision_warnings
from tests.spec.test_spec import refused, sigmas


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
            "sigma: 2 values for 1 map size; give one, or one per map size",
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
