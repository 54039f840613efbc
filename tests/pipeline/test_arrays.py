"""The library's face for arrays, over codecs with more planes, or more maps, than joints."""

from __future__ import annotations

import numpy as np
import pytest

import kp2heat
from kp2heat.codecs import CODECS
from kp2heat.codecs.bottom_up import paf

INPUT, SIZE = (192, 256), (48, 64)
LIMBS = ((0, 1), (1, 2), (2, 3))
SKELETON = kp2heat.Skeleton(("head", "neck", "hip", "foot"), limbs=LIMBS)
OWN = (
    "centernet",
    "centernet-dense",
    "onehot",
    "openpifpaf",
    "dlc-gaussian",
    "dlc-plateau",
    "megvii",
    "simcc-gaussian",
    "simcc-standard",
    "sleap-offsets",
    "udp-combined",
    *(row.name for row in paf.FIELDS),
)
ROUNDED = {"megvii": 0.5, "onehot": 0.5, "simcc-standard": 0.5}
MERGED = {"paf-tfpose"}
"""Drawn at full size and shrunk: its blobs are no Gaussians to the last bit."""


def person(seed=0):
    x = np.random.default_rng(seed).uniform(20, 170, 4)
    return np.stack([x, np.array([30.3, 90.7, 150.2, 220.9])], axis=1)[None]


@pytest.mark.parametrize("codec", OWN)
def test_keypoints_come_back_with_no_more_than_the_codecs_name(codec):
    """To float32 rounding of the labels, or half a cell of 4 px an axis where the codec rounds."""
    xy = person()
    planes = kp2heat.encode(xy, codec=codec, input_size=INPUT, size=SIZE, skeleton=SKELETON)
    back = kp2heat.decode(planes, codec=codec, input_size=INPUT)
    assert back.xy.shape == xy.shape
    limit = 4 * ROUNDED[codec] if codec in ROUNDED else 0.5 if codec in MERGED else 0.01
    assert np.abs(back.xy - xy).max() <= limit


@pytest.mark.parametrize("codec", [row.name for row in paf.FIELDS])
def test_people_need_only_the_limbs_told(codec):
    xy = person(1)
    planes = kp2heat.encode(xy, codec=codec, input_size=INPUT, size=SIZE, skeleton=SKELETON)
    back = kp2heat.decode(planes, codec=codec, method="people", limbs=LIMBS, input_size=INPUT)
    assert np.abs(back.xy - xy).max() <= (0.5 if codec in MERGED else 0.01)


def test_a_plane_the_codec_lacks_is_named():
    planes = kp2heat.encode(person(), codec="gaussian", input_size=INPUT, size=SIZE)
    with pytest.raises(kp2heat.Kp2heatError, match="'offsets'"):
        kp2heat.decode(planes, method="offset", input_size=INPUT)


def test_every_codec_names_a_decoder_its_planes_suffice_for():
    from kp2heat.decoders import DECODERS

    for name, record in CODECS.items():
        assert set(DECODERS[record.decoder].needs) <= set(record.planes), name
