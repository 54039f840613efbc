"""``kp2heat codecs``, ``decoders`` and ``presets``: cards, lists, and examples that run."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kp2heat
from kp2heat.codecs import CODECS
from kp2heat.codecs.parameters import MEANING
from kp2heat.decoders import DECODERS
from kp2heat.pipeline.catalogue import codec_card, decoder_card
from tests.cli.run import run

Capture = pytest.CaptureFixture[str]
LIMBED = kp2heat.Skeleton(("nose", "left_eye", "right_eye"), limbs=((0, 1), (0, 2)))


def test_a_codec_card_says_what_a_user_needs(capfd: Capture) -> None:
    ran = run(capfd, "codecs", "UDP")
    assert ran.code == 0
    for part in (
        "Huang et al. 2020",
        "align-corners",
        "heatmaps, weights",
        "literal=false",
        "coco-udp-256x192",
        "lsq",
    ):
        assert part in ran.out


def test_every_parameter_of_a_decoder_has_a_meaning(capfd: Capture) -> None:
    for name in DECODERS:
        for key, parameter in decoder_card(name)["parameters"].items():
            assert parameter["meaning"], f"{name}: {key}"
    assert "kernel=11" in run(capfd, "decoders", "dark").out
    assert "side of the Gaussian blur in cells, odd" in run(capfd, "decoders", "dark").out


def test_text_lists_what_matches(capfd: Capture) -> None:
    names = json.loads(run(capfd, "codecs", "mmpose", "--json").out)
    assert {"msra", "udp", "megvii"} <= set(names) < set(CODECS)
    assert list(json.loads(run(capfd, "decoders", "Zhang", "--json").out)) == ["dark", "cid"]
    assert list(json.loads(run(capfd, "presets", "rtmpose", "--json").out)) == ["coco-rtmpose-256x192"]


def test_without_a_name_all_are_listed(capfd: Capture) -> None:
    assert list(json.loads(run(capfd, "codecs", "--json").out)) == list(CODECS)
    assert list(json.loads(run(capfd, "decoders", "--json").out)) == list(DECODERS)


@pytest.mark.parametrize("command", ["codecs", "decoders", "presets"])
def test_what_matches_nothing_is_refused(capfd: Capture, command: str) -> None:
    ran = run(capfd, command, "qqqq")
    assert ran.code == 2
    assert ran.out == ""
    assert "'qqqq'" in ran.err


@pytest.mark.parametrize("name", CODECS)
def test_every_codec_has_a_card_and_its_example_runs(name: str) -> None:
    card = codec_card(name)
    assert card["convention"]
    assert card["decoder"] in DECODERS
    assert all(MEANING[key] for key in CODECS[name].params)
    command, call = card["examples"]
    assert command.startswith("kp2heat encode ")
    call = call.removesuffix(")") + ", skeleton=LIMBED)"
    xy = np.array([[[60.0, 70.0], [66.0, 64.0], [54.0, 64.0]]])
    planes = eval(call, {"kp2heat": kp2heat, "xy": xy, "LIMBED": LIMBED})
    assert set(planes) == set(card["planes"])


@pytest.mark.parametrize("name", DECODERS)
def test_every_decoder_has_a_card(name: str) -> None:
    card = decoder_card(name)
    assert card["method"]
    assert card["follows"]
    assert card["reads"]
