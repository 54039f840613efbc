"""Names of codecs and presets as people write them, and what is suggested where there is none."""

from __future__ import annotations

import pytest

from kp2heat.codecs.names import codec_name
from kp2heat.errors import SpecError, close_names
from kp2heat.spec.presets import ALIASES, load_preset, preset_name, preset_names


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HRNet", "hrnet"),
        ("UDP", "udp"),
        ("DARK", "dark"),
        ("SimpleBaseline", "msra"),
        ("heatmap", "gaussian"),
        ("gaussian-heatmap", "gaussian"),
        ("cpm_label", "cpm-label"),
    ],
)
def test_codecs_are_known_by_their_usual_names(written: str, meant: str) -> None:
    assert codec_name(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"), [("HRNet", "coco-hrnet-w32-256x192"), ("udp", "coco-udp-256x192")]
)
def test_presets_are_known_by_short_names(written: str, meant: str) -> None:
    assert preset_name(written) == meant


def test_presets_of_earlier_versions_still_load() -> None:
    assert load_preset("coco-256x192") == load_preset("kp2heat-192x256")
    assert set(ALIASES.values()) <= set(preset_names())


@pytest.mark.parametrize(
    ("preset", "hint"),
    [
        ("coco-hrnet", "did you mean 'coco-hrnet-w32-256x192'?"),
        (
            "mmpose",
            "presets that follow it: associative-embedding-512, associative-embedding-tags-512, cid-512",
        ),
        ("coco-256x129", "did you mean 'coco-256x192'?"),
    ],
)
def test_an_unknown_preset_gets_suggestions(preset: str, hint: str) -> None:
    with pytest.raises(SpecError) as refused:
        load_preset(preset)
    assert hint in str(refused.value)


def test_a_project_names_the_codecs_that_follow_it() -> None:
    with pytest.raises(SpecError) as refused:
        codec_name("mmpose")
    assert "codecs that follow it: msra, dark, udp" in str(refused.value)


@pytest.mark.parametrize(
    ("word", "close"),
    [
        ("UDP", ["udp"]),
        ("ud", ["udp", "udp-combined"]),
        ("combined", ["udp-combined"]),
        ("udq", ["udp"]),
        ("m", ["m1", "m2", "m3", "m4", "m5"]),
        ("", []),
    ],
)
def test_equal_names_come_first_then_beginnings_then_words_then_similar_ones(
    word: str, close: list[str]
) -> None:
    assert close_names(word, ["m1", "m2", "m3", "m4", "m5", "m6", "udp", "udp-combined"]) == close
