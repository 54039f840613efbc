"""``shards[i]``: planes, the ground truth and the frame of one sample."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from kp2heat.shards.reading import dataset, hdf5_guard, small_planes
from tests.shared import ROOT

SAMPLE = ROOT / "sample_data"


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> kp2heat.Shards:
    out = tmp_path_factory.mktemp("shards")
    rows = kp2heat.read(SAMPLE / "annotations.json")
    kp2heat.encode_dataset(rows, out, kp2heat.Spec.from_preset("coco-udp-256x192"), shard_rows=64)
    return kp2heat.open(out)


def test_the_truth_of_a_sample_is_its_persons(shards: kp2heat.Shards) -> None:
    sample, rows = shards[7], kp2heat.read(SAMPLE / "annotations.json")
    (row,) = np.flatnonzero(rows.id == sample.truth.annotation_id[0])
    np.testing.assert_array_equal(sample.truth.xy[0], rows.xy[row])
    np.testing.assert_array_equal(sample.truth.bbox[0], rows.bbox[row])


def openings(shards: kp2heat.Shards, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a file is opened when three samples are read."""
    opened: list[Path] = []
    before = hdf5_guard.open_h5
    with monkeypatch.context() as patch:
        patch.setattr(hdf5_guard, "open_h5", lambda path: opened.append(path) or before(path))
        for n in range(3):
            assert shards[n]["48x64"]["heatmaps"].any()
    return len(opened)


def test_every_process_opens_a_file_of_its_own_once(
    shards: kp2heat.Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that read through the file of its parent would move the parent's place in it."""
    fresh = pickle.loads(pickle.dumps(shards))
    assert openings(fresh, monkeypatch) == 1
    assert openings(fresh, monkeypatch) == 0
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    child = fork.Process(target=lambda: there.send(openings(fresh, monkeypatch)))
    child.start()
    assert here.poll(120)
    assert here.recv() == 1
    child.join()


def test_the_truth_lies_under_the_peaks_of_the_maps(shards: kp2heat.Shards) -> None:
    """Image px by the sample's frame to input px, where the sample's maps decode to: float16's error."""
    sample = shards[7]
    maps = sample["48x64"]["heatmaps"][None]
    peaks = kp2heat.decode(maps, like=shards.levels["48x64"], method="lsq")
    seen = np.isfinite(peaks.xy[0, :, 0])
    assert seen.sum() > 10
    np.testing.assert_allclose(peaks.xy[0][seen], sample.frame.to_input(sample.truth.xy)[0][seen], atol=0.1)


def test_the_frame_crops_the_image(shards: kp2heat.Shards) -> None:
    """A bright pixel of the image lies in the crop where the frame says."""
    pytest.importorskip("cv2")
    sample = shards[7]
    width, height = sample["sample"]["image_size"].tolist()
    image = np.zeros((height, width, 3), np.uint8)
    place = np.round(sample.frame.to_image(np.array([[[96.0, 128.0]]]))[0, 0]).astype(int)
    image[place[1], place[0]] = 255
    crop = kp2heat.crop_image(image, sample.frame)
    assert crop.shape == (256, 192, 3)
    at = np.array(np.unravel_index(crop[..., 0].argmax(), crop.shape[:2]))[::-1]
    assert np.abs(at - sample.frame.to_input(place[None, None].astype(float))[0, 0]).max() <= 1


def test_samples_travel_and_copies_are_plain_dicts(shards: kp2heat.Shards) -> None:
    sample = pickle.loads(pickle.dumps(shards[3]))
    np.testing.assert_array_equal(sample.truth.xy, shards[3].truth.xy)
    assert type(copy.copy(sample)) is dict


def test_a_sample_has_its_annotation_id_and_the_shards_their_input_size(tmp_path: Path) -> None:
    """Ids are those of the people, sample by sample; samples of whole images have none of their own."""
    for sample in ("instance", "image"):
        spec = kp2heat.Spec(input_size=(96, 128), sizes=((24, 32),), sample=sample)
        kp2heat.encode_dataset(kp2heat.read(SAMPLE / "annotations.json"), tmp_path / sample, spec)
        shards = kp2heat.open(tmp_path / sample)
        assert shards.input_size == (96, 128)
        if sample == "instance":
            ids = [row["sample"]["annotation_id"] for row in shards]
            assert ids == shards.truth.annotation_id.tolist()
        else:
            assert "annotation_id" not in shards[0]["sample"]


def test_samples_in_random_order_are_those_read_in_order_and_little_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = kp2heat.read(SAMPLE / "annotations.json")
    rows = rows.take(np.arange(150) % len(rows))
    rows = replace(rows, id=np.arange(150))
    spec = kp2heat.Spec(input_size=(64, 64), sizes=((32, 32), (16, 16)))
    kp2heat.encode_dataset(rows, tmp_path, spec, shard_rows=64)
    opened = kp2heat.open(tmp_path)
    expected = [opened[n] for n in range(len(opened))]
    monkeypatch.setattr(small_planes, "MOST_KEPT", 10_000)  # weights are read whole, maps are not
    for most in (1, 2, 256):
        monkeypatch.setattr(dataset, "open_files", lambda most=most: most)
        shards = kp2heat.open(tmp_path)
        for n in np.random.default_rng(0).permutation(len(shards)).tolist():
            sample = shards[n]
            for level in ("32x32", "16x16"):
                for plane, values in sample[level].items():
                    np.testing.assert_array_equal(values, expected[n][level][plane])
        assert sum(shard._file is not None for shard in shards.shards) == min(most, 3)
        planes = [shard._planes for shard in shards.shards if shard._planes]
        assert all(of["32x32", "weights"] is of["16x16", "weights"] for of in planes), "they are equal"
        kept = [of["32x32", "heatmaps"].kept_row >= 0 for of in planes]
        assert sum(kept) <= 1, "only the shard read last keeps a chunk"
