"""Work shared among threads."""

from __future__ import annotations

import threading
import time

import pytest

from kp2heat.pipeline.concurrency import map_in_threads


def test_answers_come_in_order_from_more_than_one_thread() -> None:
    met = threading.Barrier(2)

    def work(n: int) -> int:
        if n < 2:
            met.wait(10)
        time.sleep(0.01 if n % 3 else 0)
        return n * n

    assert list(map_in_threads(work, range(20))) == [n * n for n in range(20)]


def test_what_has_not_begun_when_one_fails_is_left() -> None:
    begun = []

    def work(n: int) -> None:
        begun.append(n)
        time.sleep(0.01)
        if n == 3:
            raise KeyError(n)

    with pytest.raises(KeyError):
        list(map_in_threads(work, range(1000)))
    assert len(begun) < 900


def test_what_has_not_begun_when_nobody_asks_on_is_left() -> None:
    begun = []

    def work(n: int) -> int:
        begun.append(n)
        time.sleep(0.01)
        return n

    for n in map_in_threads(work, range(1000)):
        if n == 3:
            break
    assert len(begun) < 900
