"""Peaks of several people: the published rules against OpenPose's C++, the MATLAB code in Octave, and the demos."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from tests.shared import shared

FILE = ("golden", "systems", "peaks_and_paf_scoring.npz")
LEVEL = Level((72, 64), 1.5, alignment("half-pixel", (576, 512), (72, 64)))


def peaks(maps, **params):
    found = decode("nms", {"heatmaps": maps[None, None]}, LEVEL, top=20, **params)
    some = np.isfinite(found.xy[0, 0, :, 0])
    return found.xy[0, 0][some], found.score[0, 0][some]


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_openpose(channel):
    """Centroids to 2e-5 cells: the reference sums 49 products of up to 70 in float32, whose step there is 8e-6."""
    with np.load(shared(*FILE)) as golden:
        count = golden["openpose_n_peaks"][channel]
        published = golden["openpose_peaks_xys"][channel, :count]
        xy, score = peaks(golden["maps"][channel])
        order = np.argsort(-published[:, 2])
        np.testing.assert_allclose(xy + golden["openpose_offset"], published[order, :2], rtol=0, atol=2e-5)
        np.testing.assert_array_equal(score, published[order, 2])


@pytest.mark.parametrize("channel", [0, 1, 2])
@pytest.mark.parametrize(
    ("rule", "key", "threshold", "columns", "base"),
    [
        ("matlab", "matlab_findpeaks_ch{}_row_col_score_1based", 0.1, [1, 0], 1),
        ("demo", "python_demo_ch{}_xy_score", 0.1, [0, 1], 0),
        ("maxpool", "cpm_person_ch{}_xy", 0.5, [0, 1], 0),
    ],
)
def test_whole_cells(rule, key, threshold, columns, base, channel):
    with np.load(shared(*FILE)) as golden:
        published = golden[key.format(channel)]
        xy, score = peaks(golden["maps"][channel], rule=rule, threshold=threshold)
        order, mine = (np.lexsort(p.T) for p in (published[:, columns], xy))
        np.testing.assert_array_equal(xy[mine], published[order][:, columns] - base)
        if published.shape[1] == 3:
            np.testing.assert_array_equal(score[mine], published[order, 2])


def test_an_unknown_rule_is_refused():
    with pytest.raises(SpecError, match="rule"):
        peaks(np.zeros((8, 8), np.float32), rule="9-neighbour")
