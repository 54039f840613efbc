"""People assembled from maps and fields: line integrals as OpenPose's, and images of several people come back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.decoders.bottom_up.integral import matlab, openpose
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import COCO_NAMES, Skeleton
from tests.shared import shared

SAMPLE = Path(__file__).parents[3] / "sample_data" / "annotations.json"
FIGURE = np.array(
    [[0, -40], [-12, -20], [12, -20], [-20, 5], [20, 5], [-8, 25], [8, 25], [-10, 60], [10, 60]], float
)
LIMBS = ((0, 1), (0, 2), (1, 3), (2, 4), (1, 5), (2, 6), (5, 7), (6, 8))
SKELETON = Skeleton(
    ("head", "l_arm", "r_arm", "l_hand", "r_hand", "l_hip", "r_hip", "l_foot", "r_foot"), limbs=LIMBS
)


def figure(x, y, scale=1.0):
    """The figure drawn about (x, y), input px."""
    return FIGURE * scale + np.array([x, y])


def image_of(people, size=(64, 64), input_size=(256, 256), codec="paf"):
    """One sample with all these people; its planes and level."""
    xy = np.asarray(people, float)
    scene = make_scene(
        SKELETON,
        input_size,
        xy,
        np.where(np.isfinite(xy[..., 0]), 2, 0),
        sample=np.zeros(len(xy), np.int64),
        samples=1,
    )
    level = Level(size, 1.5, alignment(CODECS[codec].align, input_size, size))
    return joints_only(CODECS[codec].encode(scene, level, np.float32), SKELETON), level


def joints_only(planes, skeleton):
    """The planes without their background map, as the pipeline hands them on."""
    return {**planes, "heatmaps": planes["heatmaps"][:, : len(skeleton)]}


def nearest(found, level, people):
    """For each true person the decoded one that shares most joints (within a cell), and the distances in input px."""
    back = level.alignment.to_input(found.xy)[0]
    gap = np.linalg.norm(back[:, None] - np.swapaxes(people, 0, 1)[:, :, None], axis=-1)
    return gap[:, np.arange(len(people)), (gap < 4).sum(axis=0).argmax(axis=1)]


def test_openposes_line_integral():
    """float32 sums of up to 25 unit dot products there: 2e-6."""
    with np.load(shared("golden", "systems", "peaks_and_paf_scoring.npz")) as golden:
        fields = np.stack([golden["paf_x"], golden["paf_y"]])[None]
        rows = golden["paf_candidates_ax_ay_as_bx_by_bs_score"].astype(float)
        score = openpose(fields, rows[None, :, 0:2], rows[None, :, 3:5], float(golden["paf_min_above"]))
        np.testing.assert_allclose(np.diagonal(score[0]), rows[:, 6], rtol=0, atol=2e-6)


def test_the_matlab_integral_takes_off_what_a_line_is_longer_than_half_the_map():
    """A field that agrees everywhere: 1 for 10 cells on a map of 40 rows, 1 + 20/25 - 1 for 25 cells."""
    fields = np.zeros((1, 2, 40, 60))
    fields[:, 0] = 1
    ends = np.array([[[15.0, 20.0], [30.0, 20.0]]])
    score = matlab(fields, np.array([[[5.0, 20.0]]]), ends)
    np.testing.assert_allclose(score[0, 0], [1, 0.8], atol=1e-12)


@pytest.mark.parametrize("codec", ["paf", "paf-caffe", "paf-tfpose", "paf-dlc", "paf-sleap"])
def test_people_come_back_whole(codec):
    people = np.stack([figure(*at, s) for s, at in ((1, (60, 100)), (0.8, (128, 120)), (1.2, (195, 130)))])
    planes, level = image_of(people, codec=codec)
    found = decode("people", planes, level, limbs=LIMBS, top=3)
    assert nearest(found, level, people).max() < 0.1
    assert np.isfinite(found.xy).all()


def test_people_who_cross_are_told_apart_by_their_limbs():
    """The right person's hands reach over the left person's: the nearest joint is the stranger's."""
    people = np.stack([figure(100, 120), figure(140, 120)])
    planes, level = image_of(people)
    found = decode("people", planes, level, limbs=LIMBS, top=2)
    assert nearest(found, level, people).max() < 0.5


def test_missing_joints_stay_missing_and_people_too_many_are_not_invented():
    people = np.stack([figure(60, 100), figure(190, 130)])
    people[0, 7] = np.nan
    planes, level = image_of(people)
    found = decode("people", planes, level, limbs=LIMBS, top=4)
    counts = np.isfinite(found.xy[0, ..., 0]).sum(axis=0)
    assert sorted(counts) == [0, 0, 8, 9]
    assert (found.score[0][~np.isfinite(found.xy[0, ..., 0])] == 0).all()


def test_an_image_without_people_has_none():
    planes, level = image_of(np.full((1, 9, 2), np.nan))
    found = decode("people", planes, level, limbs=LIMBS, top=2)
    assert np.isnan(found.xy).all()


def test_an_image_alone_and_in_a_batch_has_the_same_people():
    first, level = image_of([figure(60, 100)])
    second, _ = image_of([figure(90, 110), figure(180, 140)])
    both = {name: np.concatenate([first[name], second[name]]) for name in first}
    batch = decode("people", both, level, limbs=LIMBS, top=2)
    for n, planes in enumerate((first, second)):
        alone = decode("people", planes, level, limbs=LIMBS, top=2)
        np.testing.assert_array_equal(batch.xy[n], alone.xy[0])


def test_limbs_that_do_not_fit_the_fields_are_refused():
    planes, level = image_of([figure(128, 128)])
    with pytest.raises(SpecError, match="limbs"):
        decode("people", planes, level, limbs=LIMBS[:3])


def test_the_sample_images_come_back():
    """Up to 3 people an image, limbs drawn between labelled joints only: 775 of the 797 joints hang together.

    At 92x92 over 368x368, 772 of them are found in the right person (measured; two eyes share a cell otherwise).
    """
    content = json.loads(SAMPLE.read_text())
    limbs = tuple((a - 1, b - 1) for a, b in content["categories"][0]["skeleton"])
    sizes = {image["id"]: (image["width"], image["height"]) for image in content["images"]}
    images = list(sizes)
    records = sorted((r for r in content["annotations"] if not r["iscrowd"]), key=lambda r: r["image_id"])
    points = np.array([r["keypoints"] for r in records], float).reshape(-1, 17, 3)
    sample = np.array([images.index(r["image_id"]) for r in records])
    scale = 368 / np.array([sizes[r["image_id"]] for r in records])[:, None]
    xy = (points[..., :2] + 0.5) * scale - 0.5
    skeleton = Skeleton(COCO_NAMES, limbs=limbs)
    scene = make_scene(skeleton, (368, 368), xy, points[..., 2], sample=sample, samples=len(images))
    level = Level((92, 92), 1.5, alignment("half-pixel", (368, 368), (92, 92)))
    found = decode(
        "people",
        joints_only(CODECS["paf"].encode(scene, level, np.float32), skeleton),
        level,
        limbs=limbs,
        top=int(np.bincount(sample).max()),
    )
    gap = np.linalg.norm(found.xy[sample] - level.alignment.to_cell(scene.xy)[:, :, None], axis=-1)
    hits = ((gap < 1) & scene.drawn[..., None]).sum(axis=1).max(axis=1)
    assert scene.drawn.sum() == 797
    assert hits.sum() >= 772
