"""The sampler: one order for all ranks, resumed anywhere."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from hypothesis import given
from hypothesis import strategies as st

from kp2heat.errors import InputError, SpecError
from kp2heat.torch import PoseSampler

pytestmark = pytest.mark.torch


@given(count=st.integers(1, 60), ranks=st.integers(1, 5), drop=st.booleans())
def test_ranks_share_the_epoch_in_equal_parts(count: int, ranks: int, drop: bool) -> None:
    parts = [
        list(PoseSampler(range(count), 4, rank=r, ranks=ranks, seed=9, drop_last=drop)) for r in range(ranks)
    ]
    assert len({len(part) for part in parts}) == 1
    together = [number for part in parts for number in part]
    if drop:
        assert len(set(together)) == len(together) == count // ranks * ranks
    else:
        assert set(together) == set(range(count))
        assert len(together) - count < ranks


@given(count=st.integers(1, 60), before=st.integers(1, 4), after=st.integers(1, 4), batches=st.integers(0, 5))
def test_a_resumed_epoch_gives_what_was_left(count: int, before: int, after: int, batches: int) -> None:
    def ranks(number: int) -> list[PoseSampler]:
        return [PoseSampler(range(count), 3, rank=r, ranks=number, seed=2) for r in range(number)]

    first = ranks(before)
    for sampler in first:
        sampler.set_epoch(5)
    done = {number for sampler in first for number in list(sampler)[: batches * 3]}
    state = first[0].state_dict(batches)
    second = ranks(after)
    for sampler in second:
        sampler.load_state_dict(state)
        sampler.set_epoch(5)
    rest = {number for sampler in second for number in sampler}
    assert done | rest == set(range(count))
    assert state["samples"] == min(count, batches * 3 * before)
    if state["samples"] + len(rest) == count:
        assert not done & rest
    second[0].set_epoch(6)
    assert len(second[0]) == -(-count // after)


def test_epochs_and_seeds_shuffle_differently_and_repeatably() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        sampler = PoseSampler(range(50), 4, seed=seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert order(1, 0) == order(1, 0)
    assert len({tuple(order(s, e)) for s in (1, 2) for e in (0, 1)}) == 4
    assert list(PoseSampler(range(5), 2, shuffle=False)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("count", "window"), [(1000, 64), (1003, 160), (70, 64), (60, 64), (64, 64), (1000, 1)]
)
def test_a_window_reads_few_runs_at_a_time_and_all_samples(
    count: int, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kp2heat.torch.training.sampler.RUN", 16)
    sampler = PoseSampler(range(count), 4, seed=1, window=window)
    order = list(sampler)
    assert sorted(order) == list(range(count))
    assert order != sorted(order)
    if window < count:
        runs = [{n // 16 for n in order[start : start + window]} for start in range(0, count, window)]
        assert max(map(len, runs)) <= -(-window // 16) + 2, "one at either side, and the short one"
    state = sampler.state_dict(3)
    again = PoseSampler(range(count), 4, seed=1, window=window)
    again.load_state_dict(state)
    assert list(again) == order[12:]
    with pytest.raises(InputError, match=f"window {window}, not 0"):
        PoseSampler(range(count), 4, seed=1).load_state_dict(state)
    with pytest.raises(SpecError, match="window -1"):
        PoseSampler(range(count), 4, window=-1)


def test_a_state_from_before_windows_is_resumed() -> None:
    sampler = PoseSampler(range(10), 2, seed=1)
    state = {key: value for key, value in sampler.state_dict(2).items() if key != "window"}
    order = list(sampler)
    sampler.load_state_dict(state)
    assert list(sampler) == order[4:]


def test_a_state_of_other_data_is_refused() -> None:
    state = PoseSampler(range(10), 2, seed=1).state_dict(1)
    with pytest.raises(InputError, match="is of count 10, not 11;"):
        PoseSampler(range(11), 2, seed=1).load_state_dict(state)
    with pytest.raises(SpecError):
        PoseSampler(range(4), 0)
    with pytest.raises(SpecError):
        PoseSampler(range(4), 1, rank=2, ranks=2)
