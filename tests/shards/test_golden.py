"""Shards of format versions 1.0 and 1.1, written once and decoded for ever.

``tests/golden/shards-v1`` and ``shards-v1.1`` were made by :func:`make`. It is never
made again: a reader that cannot read it has lost a format it promised to read.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import kp2heat
from kp2heat.annotations import Annotations, Images
from kp2heat.pipeline.verification.run import verify_dataset
from kp2heat.spec import Spec

GOLDEN = {
    version: Path(__file__).parents[1] / "golden" / name
    for version, name in (("1.0", "shards-v1"), ("1.1", "shards-v1.1"))
}
JOINTS = kp2heat.Skeleton(("nose", "left_paw", "right_paw"), limbs=((0, 1), (0, 2)))
XY = np.array(
    [
        [[10.25, 20.5], [30.0, 40.75], [5.5, 33.25]],
        [[24.0, 32.0], [np.nan, np.nan], [41.125, 8.0]],
        [[7.0, 7.0], [40.0, 55.0], [20.2, 30.3]],
    ]
)
VISIBLE = np.array([[2, 2, 1], [2, 0, 2], [2, 2, 2]])
SETS: dict[str, dict[str, object]] = {
    "instance-f16": {"sizes": ["12x16", "6x8"], "dtype": "f16"},
    "image-u8": {"sizes": ["12x16"], "dtype": "u8", "sample": "image", "sigma": [1.5]},
    "instance-f32-sigmoid": {
        "sizes": ["12x16"],
        "dtype": "f32",
        "codec": "udp",
        "fit": "crop",
        "normalize": "sigmoid",
        "normalize_params": {"gain": 6.0, "bias": -3.0},
    },
}
BOUND = {"instance-f16": 0.02, "image-u8": 0.1, "instance-f32-sigmoid": 0.02}
"""Greatest error in input px. A least-squares fit of a blob of sigma s cells stored with relative error e is off
by less than 2 e s stride px: f16 has e = 2^-11 (0.004 px at stride 4 and sigma 2), u8 rounds to 1/510 of the
peak (0.05 px), sigmoid maps of float32 lose a factor of their slope. The bounds leave a factor of 2 to 5."""


def annotations() -> Annotations:
    """Three mice on two images; the second has a joint without a label."""
    images = Images(
        np.array([7, 8, 9]), np.array(["a.png", "Mäuse/b.png", "empty.png"]), np.array([[48, 64]] * 3)
    )
    return Annotations(
        JOINTS,
        images,
        XY,
        VISIBLE,
        np.array([[4.0, 6.0, 40.0, 52.0]] * 3),
        np.array([1000.0, 1200.0, np.nan]),
        np.zeros(3, bool),
        np.array([0, 0, 1]),
        np.array([101, 102, 103]),
    )


def make(folder: Path) -> None:
    for name, fields in SETS.items():
        spec = Spec.from_fields({"fit": "stretch", "input_size": "48x64", **fields}, name)
        kp2heat.encode_dataset(annotations(), folder / name, spec)


@pytest.mark.parametrize("version", GOLDEN)
@pytest.mark.parametrize("name", SETS)
def test_version_1_is_decoded_for_ever(name: str, version: str) -> None:
    shards = kp2heat.open(GOLDEN[version] / name)
    assert shards.shards[0].attrs["format_version"] == version
    assert shards.skeleton == JOINTS
    truth = shards.truth
    np.testing.assert_array_equal(truth.xy, XY)
    np.testing.assert_array_equal(truth.visible, VISIBLE)
    assert truth.annotation_id.tolist() == [101, 102, 103]
    assert shards[-1]["sample"]["file_name"] == ("empty.png" if name.startswith("image") else "Mäuse/b.png")
    report = kp2heat.decode_dataset(shards).to_json()
    assert list(report["levels"]) == SETS[name]["sizes"]
    for level in report["levels"].values():
        assert level["states"]["scored"] == 8
        assert level["input"]["max"] < BOUND[name]


@pytest.mark.parametrize("version", GOLDEN)
@pytest.mark.parametrize("name", SETS)
def test_version_1_is_verified_for_ever(name: str, version: str) -> None:
    assert verify_dataset(GOLDEN[version] / name).defects == ()
