"""Pictures that are missing or broken: the data set fails, or leaves them out by name."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
from torch.utils.data import DataLoader

from kp2heat.errors import InputError
from kp2heat.spec import Spec
from kp2heat.torch import PoseDataset, collate

pytestmark = pytest.mark.torch
SAMPLE = Path(__file__).parents[3] / "sample_data"
SPEC = Spec(input_size=(96, 128), strides=(4, 8))


def test_missing_images_fail_or_are_skipped_by_name(tmp_path: Path) -> None:
    for path in sorted((SAMPLE / "images").iterdir())[1:]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    gone = sorted((SAMPLE / "images").iterdir())[0].name
    with pytest.raises(InputError, match=f"1 image missing, the first is '{gone}'"):
        PoseDataset(SAMPLE / "annotations.json", SPEC, images=tmp_path)
    data = PoseDataset(SAMPLE / "annotations.json", SPEC, images=tmp_path, on_error="skip")
    assert data.skipped == (gone,)
    whole = PoseDataset(SAMPLE / "annotations.json", SPEC)
    names = whole.inputs.names(np.arange(len(whole)))
    assert len(data) == (names != gone).sum()


def test_a_broken_image_fails_or_is_left_out_of_its_batch(tmp_path: Path) -> None:
    for path in (SAMPLE / "images").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    data = PoseDataset(SAMPLE / "annotations.json", SPEC, images=tmp_path, on_error="skip")
    broken = data.inputs.names(np.array([0]))[0]
    (tmp_path / broken).write_bytes(b"not a picture")
    bad = np.flatnonzero(data.inputs.names(np.arange(len(data))) == broken)
    with pytest.warns(UserWarning, match="is not a readable image"):
        assert data[0] is None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batches = list(DataLoader(data, batch_size=len(data), collate_fn=collate))
        with pytest.raises(InputError, match="can be read"):
            collate([data[0]])
    assert len(batches[0]["index"]) == len(data) - len(bad)
    with pytest.raises(InputError, match="is not a readable image"):
        PoseDataset(SAMPLE / "annotations.json", SPEC, images=tmp_path)[0]
