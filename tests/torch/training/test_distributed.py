"""Two processes that train together: each gets its part of the data, and all get equally many batches."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

pytestmark = [pytest.mark.torch, pytest.mark.slow]
SAMPLE = Path(__file__).parents[3] / "sample_data"
RANKS = 2

SCRIPT = """
import json, sys
import torch
from torch import distributed, nn
from torch.utils.data import DataLoader
from kp2heat import Spec
from kp2heat.torch import PoseDataset, PoseSampler, collate

rank, ranks, folder, sample = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
torch.set_num_threads(1)
distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=ranks)
data = PoseDataset(f"{sample}/annotations.json", Spec(input_size=(32, 32), strides=(4,)), augment="hrnet", seed=3)
sampler = PoseSampler(data, batch_size=4, seed=3)
loader = DataLoader(data, 4, sampler=sampler, collate_fn=collate)
torch.manual_seed(0)
network = nn.parallel.DistributedDataParallel(nn.Conv2d(17, 17, 1))
seen = []
for epoch in range(2):
    sampler.set_epoch(epoch), data.set_epoch(epoch)
    for batch in loader:
        maps = batch["8x8"]["heatmaps"]
        ((network(maps) - maps) ** 2).mean().backward()  # waits for the other rank: a batch more would hang
        seen.append(batch["index"].tolist())
gradient = float(network.module.weight.grad.sum())
distributed.barrier()
distributed.destroy_process_group()
json.dump({"rank": sampler.rank, "ranks": sampler.ranks, "seen": seen, "gradient": gradient}, sys.stdout)
"""


def test_ranks_of_a_process_group_share_the_data_and_never_wait_in_vain(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", SCRIPT, str(rank), str(RANKS), str(tmp_path), str(SAMPLE)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(RANKS)
    ]
    told = [json.loads(process.communicate(timeout=240)[0]) for process in processes]
    assert [(one["rank"], one["ranks"]) for one in told] == [(0, 2), (1, 2)]
    assert len(told[0]["seen"]) == len(told[1]["seen"])
    half = len(told[0]["seen"]) // 2
    for epoch in (slice(0, half), slice(half, None)):
        mine, other = ({i for batch in one["seen"][epoch] for i in batch} for one in told)
        assert mine | other == set(range(50))
        assert not mine & other
    assert told[0]["gradient"] == told[1]["gradient"]
