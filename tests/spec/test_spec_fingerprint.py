"""A spec's fingerprint changes with all that decides the maps, and with nothing else."""

from __future__ import annotations

import re
from dataclasses import fields, replace

from kp2heat.spec import (
    Sigma,
    Spec,
)
from tests.spec.test_spec import OTHER


def test_the_fingerprint_changes_with_every_setting_that_decides_the_maps() -> None:
    assert set(OTHER) | {"description", "compress"} == {item.name for item in fields(Spec)}
    base = Spec(codec="dark", normalize="sigmoid")
    prints = {base.fingerprint()}
    for name, value in OTHER.items():
        more = {"normalize_params": {}, "params": {}} if name in ("codec", "normalize") else {}
        prints.add(replace(base, **{**more, name: value}).fingerprint())
    assert len(prints) == len(OTHER) + 1
    assert replace(base, description="for my thesis").fingerprint() == base.fingerprint()
    assert replace(base, compress="small").fingerprint() == base.fingerprint(), "the maps are the same"


def test_the_fingerprint_tells_close_values_and_units_apart() -> None:
    close = [Sigma(2.0), Sigma(2.0, "px"), Sigma(2.00000001, "px"), Sigma(2.00000001)]
    assert len({Spec(sigma=(sigma,)).fingerprint() for sigma in close}) == 4
    assert len({Spec(sizes=((7, 14),)).fingerprint(), Spec(sizes=((14, 7),)).fingerprint()}) == 2


def test_the_fingerprint_takes_in_more() -> None:
    assert len({Spec().fingerprint(), Spec().fingerprint("a"), Spec().fingerprint("a", "b")}) == 3
    assert re.fullmatch("[0-9a-f]{64}", Spec().fingerprint())


# Sigmas
