"""Speed while a network trains, as ratios in one run: labels for a batch, an item of a data set, one sample's maps.

Both sides of a ratio take turns, on one thread each, in seconds of the processor; the medians are printed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

import kp2heat
from kp2heat import compiled
from kp2heat.bench.people import people as bench_people
from kp2heat.bench.script import decode_dark, msra
from kp2heat.spec import Spec

pytestmark = pytest.mark.benchmark
SAMPLE = Path(__file__).parents[2] / "sample_data"
INPUT, SIZE, JOINTS = (192, 256), (48, 64), 17
SPEC = Spec(codec="msra", input_size=INPUT, strides=(4,), fit="crop", dtype="f32")


def seconds(*works: Callable[[], object], rounds: int = 9) -> list[float]:
    """Median seconds of the processor of each work, which take turns."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds + 1):
        for work, taken in zip(works, times, strict=True):
            start = time.thread_time()
            work()
            taken.append(time.thread_time() - start)
    return [median(taken[1:]) for taken in times]


def people(count: int) -> tuple[np.ndarray, np.ndarray]:
    xy = np.random.default_rng(0).uniform(5, 185, (count, JOINTS, 2))
    return xy, np.full((count, JOINTS), 2, np.uint8)


def test_labels_of_a_batch_beside_the_published_loop() -> None:
    torch = pytest.importorskip("torch")
    from kp2heat.torch import LabelBuffer, render

    torch.set_num_threads(1)
    xy, visible = people(256)
    points, flags = torch.from_numpy(xy), torch.from_numpy(visible)
    level = SPEC.levels(INPUT)[0]
    buffer = LabelBuffer(level, SPEC)
    ours, reused, loop = seconds(
        lambda: render(points, flags, level, SPEC),
        lambda: buffer(points, flags),
        lambda: [msra(joints / 4, seen, SIZE, 2.0) for joints, seen in zip(xy, visible, strict=True)],
    )
    print(
        f"256 people: torch.render {ours * 1e3:.1f} ms, {loop / ours:.1f}x the published loop; "
        f"in the memory of the last batch {reused * 1e3:.1f} ms, {loop / reused:.1f}x"
    )
    assert loop / reused > (20 if compiled.available() else 5)
    assert loop / ours > (10 if compiled.available() else 5)


def test_labels_of_one_person_beside_the_published_encoder() -> None:
    """The encoder is what an mmpose pipeline's ``GenerateTarget`` calls of this codec, without its bookkeeping."""
    (xy,), (visible,) = people(1)
    draw = kp2heat.renderer(SPEC, INPUT, JOINTS)
    ours, published = seconds(
        lambda: [draw(xy, visible) is None for _ in range(100)],
        lambda: [msra(xy / 4, visible, SIZE, 2.0) is None for _ in range(100)],
    )
    print(f"labels of one person: {ours * 1e4:.0f} us, {published / ours:.1f}x the published encoder")
    assert published / ours > (10 if compiled.available() else 2)


def test_an_item_beside_its_picture_alone() -> None:
    torch = pytest.importorskip("torch")
    cv2 = pytest.importorskip("cv2")
    from kp2heat.pipeline.training.image_files import ImageFiles
    from kp2heat.torch import PoseDataset

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rows, files = kp2heat.read(SAMPLE / "annotations.json"), ImageFiles(SAMPLE / "images")
    pictures = {str(name): files.read(str(name)) for name in rows.images.file_name}
    data = PoseDataset(rows, SPEC, images=pictures.__getitem__)
    raw = PoseDataset(rows, SPEC, images=pictures.__getitem__, image_dtype="uint8")
    count = len(data)

    def warped(i: int) -> np.ndarray:
        return cv2.warpAffine(pictures[data.inputs.names(np.array([i]))[0]], data._frame(i), INPUT)

    def floats(i: int) -> object:
        return torch.from_numpy(warped(i)).permute(2, 0, 1).float().div_(255)

    def planar(i: int) -> object:
        return torch.from_numpy(warped(i)).permute(2, 0, 1).contiguous().float().div_(255)

    works = (data.__getitem__, raw.__getitem__, data.labels.draw, warped, floats, planar)
    item, of_bytes, labels, *alone = seconds(
        *[lambda work=work: [work(i) is None for i in range(count)] for work in works], rounds=40
    )
    ratios = [item / one for one in alone]
    print(
        f"an item of bytes takes {of_bytes / alone[0]:.2f}x warpAffine alone ({alone[0] / count * 1e6:.0f} us)"
    )
    print(
        f"an item takes {ratios[0]:.2f}x warpAffine alone, {ratios[1]:.2f}x warped floats, "
        f"{ratios[2]:.2f}x warped floats plane by plane, as the item has them; labels {labels / count * 1e6:.0f} us"
    )
    assert ratios[2] < (1.1 if compiled.available() else 2)  # what the item holds, made without labels
    assert of_bytes / alone[0] < (1.1 if compiled.available() else 2)


@pytest.mark.parametrize("method", ["argmax", "quarter", "dark", "lsq", "fit", "auto"])
def test_one_sample_by_a_prepared_decoder(method: str) -> None:
    xy, visible = people(1)
    maps = kp2heat.renderer(SPEC, INPUT, JOINTS)(xy[0], visible[0])["48x64"]["heatmaps"]
    read = kp2heat.map_reader(SPEC, INPUT, JOINTS, method=method)
    ours, loop = seconds(
        lambda: [read(maps) is None for _ in range(100)],
        lambda: [decode_dark(maps) is None for _ in range(5)],
    )
    print(f"{method}: {ours * 1e4:.0f} us, {loop * 20 / ours:.1f}x a loop of the published dark")
    assert ours < loop * 20


@pytest.mark.parametrize("dtype", ["f16", "f32"])
def test_one_random_sample_of_truth_and_of_maps(dtype: str, tmp_path: Path) -> None:
    """Each side gives maps and weights; the stock reader has a sample per chunk, as the shards have."""
    h5py = pytest.importorskip("h5py")
    spec, rows = replace(SPEC, codec="gaussian", dtype=dtype), bench_people(2000)
    for name, more in (("truth", {"store": "truth"}), ("maps", {})):
        kp2heat.encode_dataset(rows, tmp_path / name, replace(spec, **more))
    truth, stored = kp2heat.open(tmp_path / "truth"), kp2heat.open(tmp_path / "maps")
    write_plainly(tmp_path / "stock.h5", stored, h5py)
    order = np.random.default_rng(0).permutation(len(rows))[:500].tolist()
    with h5py.File(tmp_path / "stock.h5") as file:
        maps, weights = file["heatmaps"], file["weights"]
        drawn, read, stock = seconds(
            lambda: [truth[i] is None for i in order],
            lambda: [stored[i] is None for i in order],
            lambda: [maps[i] is weights[i] for i in order],
        )
    print(
        f"{dtype}: truth {500 / drawn:,.0f} samples/s, {stock / drawn:.1f}x stock h5py; "
        f"maps {500 / read:,.0f} samples/s, {stock / read:.1f}x"
    )
    assert stock / drawn > (4 if compiled.available() else 1)


def write_plainly(path: Path, shards: kp2heat.Shards, h5py: Any) -> None:
    with h5py.File(path, "w") as file:
        for name, plane in shards[0]["48x64"].items():
            whole = np.stack([sample["48x64"][name] for sample in shards])
            file.create_dataset(
                name, data=whole, chunks=(1, *plane.shape), compression="gzip", compression_opts=4
            )
