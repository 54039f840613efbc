"""Workers of a DataLoader leave nothing behind: no file handles, no shared memory, and no memory that grows."""

from __future__ import annotations

import gc
import multiprocessing
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader  # noqa: E402

from kp2heat.spec import Spec  # noqa: E402
from kp2heat.torch import PoseDataset, collate  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore:This DataLoader will create"
    ),  # more workers than a small machine has cores
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="handles are counted in /proc"),
]
SAMPLE = Path(__file__).parents[3] / "sample_data"
GROWTH = 20e6
"""Bytes that a process may gain over three epochs after the first: an item has 0.2 MB, an epoch 12 MB."""


def open_handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def shared_memory() -> set[str]:
    """The segments of PyTorch's that this process or its workers made."""
    return {path.name for path in Path("/dev/shm").glob("torch_*")}


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def epoch(loader: DataLoader[Any], number: int) -> list[tuple[str, bytes]]:
    """The bits of an epoch's batches; nothing of it is kept."""
    loader.dataset.set_epoch(number)  # type: ignore[attr-defined]
    return [
        (str(batch["index"].tolist()), np.float64(batch["24x32"]["heatmaps"].double().sum()).tobytes())
        for batch in loader
    ]


@pytest.mark.parametrize("persistent", [False, True], ids=["fresh", "persistent"])
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_four_workers_give_the_same_items_and_leave_nothing_behind(method: str, persistent: bool) -> None:
    spec = Spec(input_size=(96, 128), strides=(4,))
    data = PoseDataset(SAMPLE / "annotations.json", spec, images=SAMPLE / "images", augment="mmpose", seed=1)
    settings: dict[str, Any] = {"batch_size": 8, "collate_fn": collate}
    alone = [epoch(DataLoader(data, **settings), number) for number in (0, 1)]
    loader = DataLoader(
        data, num_workers=4, multiprocessing_context=method, persistent_workers=persistent, **settings
    )
    assert [epoch(loader, number) for number in (0, 1)] == alone
    gc.collect()
    handles, here = open_handles(), resident(os.getpid())
    workers = {child.pid: resident(child.pid) for child in multiprocessing.active_children() if child.pid}
    assert len(workers) == (4 if persistent else 0)
    for number in (2, 3, 4):
        epoch(loader, number)
    gc.collect()
    assert open_handles() <= handles
    assert resident(os.getpid()) - here < GROWTH
    assert all(resident(pid) - before < GROWTH for pid, before in workers.items())
    ours = {name for name in shared_memory() if str(os.getpid()) in name.split("_")}
    assert not ours
    del loader
    gc.collect()
    assert not multiprocessing.active_children()
