"""The cases of the benchmark: kp2heat's work and a peer's, over the same people."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats
from kp2heat.bench import peers, script
from kp2heat.bench.measure import Case, Side
from kp2heat.bench.people import people, write_coco
from kp2heat.decoders import decode
from kp2heat.drawing.planes import draw
from kp2heat.drawing.samples import scene_of
from kp2heat.formats import read
from kp2heat.pipeline.decoding.run import decode_dataset
from kp2heat.pipeline.encoding.planning.plan import Plan, plan
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.shards.reading.dataset import open_shards
from kp2heat.spec import Spec

LARGE: Mapping[str, Any] = {
    "fit": "crop",
    "input_size": "192x256",
    "sizes": ["48x64"],
    "sigma": [2],
    "dtype": "f32",
}
THREE: Mapping[str, Any] = {
    "fit": "crop",
    "input_size": "224x224",
    "sizes": ["28x28", "14x14", "7x7"],
    "sigma": [1.5, 1, 1],
    "dtype": "f16",
}
SLOW = 96
"""People a peer's side of a round works on; kp2heat's works on more, as a run does."""


def spec(settings: Mapping[str, Any], **more: Any) -> Spec:
    """Return a spec of the benchmark."""
    return Spec.from_fields({**settings, **more}, "bench")


def cases(folder: Path, against: str, count: int) -> Iterator[Case]:
    """Yield all cases, each with its own material; ``count``: people of kp2heat's side."""
    rows, few = people(count), people(SLOW)
    for name, codec, peer, goal in (
        ("encode msra", "msra", "msra", 100.0),
        ("encode default (sub-pixel, 3 sigma)", "gaussian", "udp", 50.0),
        ("encode dark (uncut)", "dark", "dark", 20.0),
    ):
        yield Case(
            f"{name}, 48x64 f32",
            f"{against} {peer} + h5py gzip 4",
            goal,
            encoding(rows, spec(LARGE, codec=codec), folder / "ours"),
            peer_encoding(few, spec(LARGE, codec=codec), folder / "peer.h5", against, peer),
            17 * 48 * 64 * 4,
        )
    yield _default_job(rows, few, folder, against)
    yield from _decoding(rows.take(slice(0, count // 32)), folder, against)
    yield _whole_decoding(rows, folder)
    yield from _ways(rows, folder)


def encoding(rows: Annotations, settings: Spec, out: Path, workers: int = 1) -> Side:
    """Plan and write, into an empty folder."""
    return Side(lambda: run_plan(plan(rows, settings), out, workers=workers), len(rows), emptied(out))


def from_json(rows: Annotations, file: Path, out: Path) -> Side:
    """Return the default job: a JSON file, written here, is read, planned and encoded as three levels."""
    write_coco(rows, file)
    return Side(lambda: run_plan(plan(read(str(file)), spec(THREE)), out), len(rows), emptied(out))


def on_one_core(side: Side) -> Side:
    """Return the same work with all its threads on one core (Linux)."""

    def run() -> None:
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(cores)})
        try:
            side.run()
        finally:
            os.sched_setaffinity(0, cores)

    return Side(run, side.people, side.clear)


def emptied(out: Path) -> Callable[[], object]:
    """Return a function that removes the folder an earlier round left."""
    return lambda: shutil.rmtree(out, ignore_errors=True)


def peer_levels(planned: Plan) -> list[tuple[tuple[int, int], float, Floats]]:
    """Size, sigma and the joints in cells (N, K, 2) of every level, 0 where unlabelled, as scripts have them."""
    scene = scene_of(planned.annotations, planned.samples, planned.spec)
    return [(v.size, v.sigma, np.nan_to_num(v.alignment.to_cell(scene.xy))) for v in planned.levels]


def peer_encoding(rows: Annotations, settings: Spec, path: Path, against: str, name: str) -> Side:
    """Return the loop over people; its joints are in cells already, which real scripts have to compute."""
    planned = plan(rows, settings)
    levels, visible = peer_levels(planned), (rows.visible > 0).astype(np.uint8)
    encoder = peers.encoder(against, name, planned)
    return Side(lambda: script.write(path, encoder, levels, visible), len(rows))


def _default_job(rows: Annotations, few: Annotations, folder: Path, against: str) -> Case:
    some = folder / "some.json"
    write_coco(few, some)
    planned = plan(few, spec(THREE))
    encoder = peers.encoder(against, "udp", planned)

    def theirs() -> None:
        annotations = json.loads(some.read_text())["annotations"]
        visible = np.array([a["keypoints"] for a in annotations]).reshape(len(annotations), -1, 3)[:, :, 2]
        script.write(folder / "peer.h5", encoder, peer_levels(planned), (visible > 0).astype(np.uint8), "<f2")

    dense = 17 * (28 * 28 + 14 * 14 + 7 * 7) * 2
    return Case(
        "encode 28, 14, 7 in one pass, f16, from JSON to closed shards",
        f"{against} udp + h5py gzip 4",
        60.0,
        from_json(rows, folder / "many.json", folder / "ours"),
        Side(theirs, len(few)),
        dense,
    )


def _decoding(rows: Annotations, folder: Path, against: str) -> Iterator[Case]:
    planned = plan(rows, spec(LARGE, codec="dark"))
    level, scene = planned.levels[0], scene_of(planned.annotations, planned.samples, planned.spec)
    maps = draw(planned.spec, level, scene)["heatmaps"]
    dense = maps[0].nbytes
    few = maps[:SLOW]
    peer = peers.dark_decoder(against, planned)
    yield Case(
        "decode dark, maps in memory",
        f"{against} dark, person by person",
        40.0,
        Side(lambda: decode("dark", {"heatmaps": maps}, level), len(maps)),
        Side(lambda: [peer(person) for person in few], len(few)),
        dense,
    )
    for dtype in (np.float32, np.float16):
        stored = maps.astype(dtype)
        whole = stored.view(np.uint64)
        yield Case(
            f"decode argmax, {np.dtype(dtype).name}",
            "reading the maps: a sum over the same bytes",
            0.9,
            Side(partial(decode, "argmax", {"heatmaps": stored}, level), len(maps)),
            Side(whole.sum, len(maps)),
            stored[0].nbytes,
        )
    yield from _reading(rows, folder, against)


def _reading(rows: Annotations, folder: Path, against: str) -> Iterator[Case]:
    import h5py

    settings = spec(LARGE)
    out, peer = folder / "read", folder / "peer.h5"
    encoding(rows, settings, out).run()
    peer_encoding(people(SLOW), settings, peer, against, "udp").run()
    shards, file = open_shards(out), h5py.File(peer)
    order, few = (np.random.default_rng(0).permutation(count).tolist() for count in (len(shards), SLOW))
    maps, weights = file["48x64/heatmaps"], file["48x64/weights"]
    yield Case(
        "one random sample from our shards",
        "stock h5py, gzip 4, one sample a chunk",
        6.0,
        Side(lambda: sum(len(shards[i]) for i in order), len(order)),
        Side(lambda: sum(len(maps[i]) + len(weights[i]) for i in few), len(few)),
        17 * 48 * 64 * 4,
    )


def _whole_decoding(rows: Annotations, folder: Path) -> Case:
    """Time decoding from shards to the report's numbers, and encoding from the annotation file to shards."""
    shards = folder / "three"
    encoding(rows, spec(THREE), shards).run()
    return Case(
        "decode from shards, 28, 14, 7, to the report",
        "encode of the same, from JSON",
        1.0,
        Side(lambda: decode_dataset(shards).to_json(), len(rows)),
        from_json(rows, folder / "many.json", folder / "ours"),
    )


def _ways(rows: Annotations, folder: Path) -> Iterator[Case]:
    many = people(4 * len(rows))
    one, two = (encoding(many, spec(THREE), folder / "ours", workers) for workers in (1, 2))
    yield Case("encode 28, 14, 7 by 2 workers", "1 worker", 1.8, two, one)
    if hasattr(os, "sched_setaffinity"):
        yield Case("encode 28, 14, 7 by 2 workers", "1 worker on one core", 1.8, two, on_one_core(one))
    raw = encoding(rows, spec(LARGE), folder / "theirs")
    for name in ("sigmoid", "softmax"):
        yield Case(
            f"encode {name}, 48x64 f32",
            "encode raw",
            0.25,
            encoding(rows, spec(LARGE, normalize=name), folder / "ours"),
            raw,
        )
