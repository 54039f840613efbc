"""A sampler that resumes in the middle of an epoch, with another number of workers or ranks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from typing import Any

import numpy as np
from torch import distributed
from torch.utils.data import Sampler

from kp2heat.arrays import Ints
from kp2heat.errors import InputError, SpecError

RUN = 4096
"""Consecutive samples that a window takes at a time: those of a shard of the usual size."""


class PoseSampler(Sampler[int]):
    """Sample numbers of one rank, in an order that all ranks share.

    The order of an epoch is one permutation by seed and epoch; rank r takes every ``ranks``-th of it. All ranks
    give equally many numbers, so equally many batches: the order is continued from its beginning, or with
    ``drop_last`` cut. The state is a place in the common order: what was saved by 4 ranks can be resumed by 2.

    rank, ranks   default to those of torch.distributed where it is initialised, else 0 and 1
    window        so many samples are mixed with each other, 0 for all. Runs of ``RUN`` samples, which lie in one shard
                  or two, come in random order; of a window of them, samples do. For more shards than can be kept
                  open (256 or fewer), where mixing all would open a file for nearly every sample.

    ::

        sampler = PoseSampler(dataset, batch_size=32, seed=1)
        loader = DataLoader(dataset, batch_size=32, sampler=sampler, num_workers=4)
        for epoch in range(sampler.epoch, 100):
            sampler.set_epoch(epoch), dataset.set_epoch(epoch)
            for done, batch in enumerate(loader, 1):
                ...
                state = sampler.state_dict(done)  # goes into the checkpoint; load_state_dict(state) resumes here

    >>> sampler = PoseSampler(range(10), batch_size=2, shuffle=False, rank=0, ranks=2)
    >>> list(sampler)
    [0, 2, 4, 6, 8]
    >>> sampler.load_state_dict(sampler.state_dict(2))
    >>> list(sampler)
    [8]
    """

    def __init__(
        self,
        data: Sized,
        batch_size: int,
        *,
        shuffle: bool = True,
        seed: int = 0,
        rank: int | None = None,
        ranks: int | None = None,
        drop_last: bool = False,
        window: int = 0,
    ) -> None:
        together = distributed.is_available() and distributed.is_initialized()
        self.rank = rank if rank is not None else distributed.get_rank() if together else 0
        self.ranks = ranks if ranks is not None else distributed.get_world_size() if together else 1
        if window < 0:
            raise SpecError("sampler", f"window {window} is no number of samples", "give 0 to mix all")
        if batch_size < 1 or not 0 <= self.rank < self.ranks:
            raise SpecError(
                "sampler",
                f"batch_size {batch_size}, rank {self.rank} of {self.ranks} cannot be",
                "give a batch size of at least 1, and a rank below the number of ranks",
            )
        self.count, self.batch_size, self.shuffle, self.seed = len(data), batch_size, shuffle, seed
        self.drop_last, self.window = drop_last, window
        self.epoch = 0
        self._start = 0

    def __len__(self) -> int:
        left = self.count - self._start
        return left // self.ranks if self.drop_last else -(-left // self.ranks)

    def __iter__(self) -> Iterator[int]:
        order = np.arange(self.count)
        if self.shuffle:
            order = _shuffled(self.count, self.window, np.random.default_rng([self.seed, self.epoch]))
        mine = self._start + self.rank + self.ranks * np.arange(len(self))
        return iter(order[mine % max(1, self.count)].tolist())

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch; one that was resumed goes on where it stopped."""
        if epoch != self.epoch:
            self.epoch, self._start = epoch, 0

    def state_dict(self, batches: int) -> dict[str, int]:
        """Return where training is after so many batches of every rank since the epoch began, or was resumed."""
        done = min(self.count, self._start + batches * self.batch_size * self.ranks)
        return {
            "epoch": self.epoch,
            "samples": done,
            "seed": self.seed,
            "count": self.count,
            "window": self.window,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Resume where ``state_dict`` was taken; InputError where it is of other data, another seed or window."""
        own = {"count": self.count, "seed": self.seed, "window": self.window}
        differing = [
            f"{name} {state.get(name, 0)}, not {value}"
            for name, value in own.items()
            if state.get(name, 0) != value
        ]
        if differing:
            raise InputError(
                "sampler state",
                f"is of {', '.join(differing)}",
                "resume with the data, seed and window it was saved with",
            )
        self.epoch, self._start = int(state["epoch"]), int(state["samples"])


def _shuffled(count: int, window: int, random: np.random.Generator) -> Ints:
    """Return the numbers below ``count`` in random order: all mixed, or windows of runs of ``RUN``."""
    if not 0 < window < count:
        return random.permutation(count)
    runs = random.permutation(-(-count // RUN))
    order = np.concatenate([np.arange(run * RUN, min(count, (run + 1) * RUN)) for run in runs])
    for start in range(0, count, window):
        random.shuffle(order[start : start + window])
    return order
