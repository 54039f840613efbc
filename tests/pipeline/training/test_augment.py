"""Recipes: ranges, probabilities, and draws that depend on seed, epoch and sample alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.errors import SpecError
from kp2heat.pipeline.training.augment import PRESETS, Augment, augment_preset, choose

COUNT = 4000


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_drawn_stays_in_the_ranges_and_follows_the_probabilities(name: str) -> None:
    recipe = augment_preset(name)
    choices = [choose(recipe, 7, 3, i) for i in range(COUNT)]
    zoom = np.array([c.zoom for c in choices])
    factor = 1 / zoom if recipe.scale_of == "box" else zoom
    assert recipe.scale[0] - 1e-12 <= factor.min()
    assert factor.max() <= recipe.scale[1] + 1e-12
    low, high = recipe.scale
    if (
        low < high
    ):  # of 4,000 draws the least and the greatest reach the ends but for a hundredth of the range
        assert factor.min() < low + 0.01 * (high - low)
        assert factor.max() > high - 0.01 * (high - low)
    rotate = np.array([c.rotate for c in choices])
    most = 2 if recipe.law == "normal" else 1
    assert np.abs(rotate).max() <= recipe.rotate * most
    shift = np.array([c.shift for c in choices])
    assert np.abs(shift).max() <= recipe.shift * most
    shares = [
        (recipe.rotate_p * (recipe.rotate > 0), (rotate != 0).mean()),
        (recipe.flip, np.mean([c.flip for c in choices])),
        (recipe.half_body, np.mean([bool(c.half) for c in choices])),
        (recipe.shift_p * (recipe.shift > 0), (shift[:, 0] != 0).mean()),
        (recipe.half_body * recipe.upper, np.mean([c.half == "upper" for c in choices])),
    ]
    for wanted, share in shares:
        assert abs(share - wanted) <= 4 * np.sqrt(wanted * (1 - wanted) / COUNT) + 1e-12
    assert abs(rotate.mean()) <= 4 * rotate.std() / np.sqrt(COUNT)


def test_laws_have_the_spread_of_the_published_ones() -> None:
    def spread(law: str) -> float:
        recipe = Augment(rotate=10, law=law)
        return float(np.std([choose(recipe, 0, 0, i).rotate for i in range(COUNT)]))

    # Standard deviations of U(-1, 1); of a standard normal truncated at +-1; of one clipped at +-2.
    for law, wanted in (("uniform", 3**-0.5), ("truncated", 0.5396), ("normal", 0.9597)):
        assert spread(law) / 10 == pytest.approx(wanted, abs=4 * wanted / np.sqrt(COUNT))


def test_steps_of_scale_are_drawn_alike() -> None:
    recipe = augment_preset("centernet")
    factors = np.array([1 / choose(recipe, 0, 0, i).zoom for i in range(COUNT)])
    steps = np.arange(0.6, 1.4, 0.1)  # as CenterNet writes them
    number = np.abs(factors[:, None] - steps).argmin(axis=1)
    assert factors == pytest.approx(steps[number], abs=1e-12)
    counts = np.bincount(number, minlength=8)
    assert np.abs(counts - COUNT / 8).max() < 4 * np.sqrt(COUNT / 8 * 7 / 8)


def test_the_clipped_shift_of_centernet_has_its_spread() -> None:
    recipe = augment_preset("centernet-shift")
    choices = [choose(recipe, 0, 0, i) for i in range(COUNT)]
    shift = np.array([c.shift for c in choices])
    # Standard deviations of a standard normal clipped at +-2, and clipped at +-1.
    assert shift.std(axis=0) / 0.1 == pytest.approx(0.9597, abs=4 * 0.9597 / np.sqrt(COUNT))
    assert np.mean(np.abs(shift) == 0.2) == pytest.approx(0.0455, abs=0.01)
    factor = np.array([1 / c.zoom for c in choices])
    assert factor.std() / 0.4 == pytest.approx(0.7184, abs=4 * 0.7184 / np.sqrt(COUNT))


def test_a_draw_depends_on_seed_epoch_and_sample_alone() -> None:
    recipe = augment_preset("mmpose")
    first = choose(recipe, 1, 2, "person 3")
    assert choose(recipe, 1, 2, "person 3") == first
    assert choose(recipe, 1, 2, "person 4") != first
    assert choose(recipe, 1, 3, "person 3") != first
    assert choose(recipe, 2, 2, "person 3") != first
    assert choose(recipe, 1, 2, 3) == choose(recipe, 1, 2, "3")


def test_no_recipe_draws_the_identity() -> None:
    assert choose(Augment(), 0, 0, 1).zoom == 1
    assert choose(Augment(), 0, 0, 1).rotate == 0
    assert not choose(Augment(), 0, 0, 1).flip


@pytest.mark.parametrize(
    "wrong",
    [
        {"law": "gauss"},
        {"scale": (1.3, 0.7)},
        {"scale": (0.0, 1.0)},
        {"flip": 2},
        {"rotate": -3},
        {"scale_of": "image"},
        {"shift": float("nan")},
        {"scale_step": -0.1},
        {"border": -1},
    ],
)
def test_recipes_that_cannot_be_used_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SpecError, match="augment"):
        Augment(**wrong)  # type: ignore[arg-type]


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(SpecError, match="cpm-mpii"):
        augment_preset("cpm-mpi")


@pytest.mark.parametrize(
    "wrong",
    [{"rotate": "x"}, {"scale": 5}, {"scale": (0.7, "1.3")}, {"rotate_p": None}, {"half_least": (2, 3, 4)}],
)
def test_fields_of_another_type_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match=f"{next(iter(wrong))} = .* cannot be used; give "):
        Augment(**wrong)
