"""A decoded level under every metric: matched by its own people, split at the border of its map."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import SAMPLE, run


@pytest.mark.parametrize("truth", ["annotations.json", "annotations_wide.csv"])
def test_the_border_that_published_dark_leaves_unrefined_shows_in_its_group(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], truth: str
) -> None:
    labels = tmp_path / "labels"
    assert (
        run(
            capfd, "encode", SAMPLE / truth, labels, "--input-size", "56x56", "--size", "7x7", "--fit", "crop"
        ).code
        == 0
    )
    ran = run(
        capfd, "decode", labels, "--metric", "epe", "--groups", "--json", "--method", "dark", "--literal"
    )
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)["evaluation"]
    border, interior = (found["groups"][name]["epe"] for name in ("border", "interior"))
    everything = found["metrics"]["epe"]["overall"]
    assert found["matching"] == "id"
    # joints outside the map are in neither part
    assert 0 < border["count"] + interior["count"] <= everything["count"]
    # published DARK leaves just these two cells unrefined: up to half a cell of 8 px off, the rest far less
    assert border["median"] > 4 * interior["median"]
