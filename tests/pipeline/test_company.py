"""A person's sample drawn with the other people of its image: CPM's second stack."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

import kp2heat
from kp2heat.drawing.planes import draw
from kp2heat.drawing.samples import company, scene_of
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.shard_job import make_job
from kp2heat.spec.presets import load_preset

SAMPLE = Path(__file__).parent.parent.parent / "sample_data" / "annotations.json"


def test_pairs_of_people_on_one_image() -> None:
    person, other = company(np.array([7, 3, 7, 7, 5]))
    assert list(zip(person.tolist(), other.tolist(), strict=True)) == [
        (0, 2),
        (0, 3),
        (2, 0),
        (2, 3),
        (3, 0),
        (3, 2),
    ]


def test_the_second_stack_shows_everyone_who_reaches_into_the_crop() -> None:
    annotations = kp2heat.read(SAMPLE)
    planned = plan(annotations, load_preset("cpm-full-368"))
    joints = len(annotations.skeleton)
    scene = scene_of(planned.annotations, planned.samples, planned.spec)
    maps = draw(planned.spec, planned.levels[0], scene)["heatmaps"].astype(float)
    own, everyone = maps[:, :joints], maps[:, joints + 1 : 2 * joints + 1]
    assert (everyone >= own).all()
    people = np.bincount(annotations.image[planned.samples.row])[annotations.image[planned.samples.row]]
    more = (everyone > own).any(axis=(1, 2, 3))
    assert not more[people == 1].any()
    assert more[people > 1].any()


def test_a_shard_draws_people_whose_own_sample_lies_in_another() -> None:
    annotations = kp2heat.read(SAMPLE)
    planned = plan(annotations, load_preset("cpm-full-368"))
    level = planned.levels[0]
    whole = draw(planned.spec, level, scene_of(planned.annotations, planned.samples, planned.spec))
    halves = replace(planned, cuts=(0, 25, len(planned.samples)))
    jobs = [make_job(halves, number, Path()) for number in range(2)]
    parts = [draw(job.spec, level, scene_of(job.annotations, job.samples, job.spec)) for job in jobs]
    for plane, values in whole.items():
        np.testing.assert_array_equal(np.concatenate([part[plane] for part in parts]), values)
