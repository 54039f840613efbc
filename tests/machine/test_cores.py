"""Threads, and the system that starts none."""

from __future__ import annotations

import threading

import pytest

from kp2heat.machine.cores import threads, threads_start
from kp2heat.pipeline.concurrency import map_in_threads


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the system start as many threads as the list's number says."""
    left = [0]
    start = threading.Thread.start

    def limited(thread: threading.Thread) -> None:
        if left[0] == 0:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    return left


def test_a_thread_per_core_is_tried(allowed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kp2heat.machine.cores.cores", lambda: 3)
    allowed[0] = 3
    assert threads_start()
    allowed[0] = 2
    assert not threads_start()


def test_without_threads_the_caller_works(allowed: list[int]) -> None:
    assert allowed == [0]
    caller = threading.get_ident()
    assert list(map_in_threads(lambda n: (n, threading.get_ident()), range(3))) == [
        (n, caller) for n in range(3)
    ]
    with threads(2, "work") as executor, pytest.raises(KeyError):
        executor.submit({}.__getitem__, 1).result()


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_each_task_is_done_once(allowed: list[int], count: int) -> None:
    allowed[0] = count
    done: list[int] = []

    def work(n: int) -> int:
        done.append(n)
        return n * n

    with threads(4, "work") as executor:
        results = [executor.submit(work, n) for n in range(200)]
        assert [result.result() for result in results] == [n * n for n in range(200)]
    assert sorted(done) == list(range(200))
