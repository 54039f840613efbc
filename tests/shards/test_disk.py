"""Files are the same, written past the page cache or through it; what the disk refuses is said."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat.shards import disk

DIRECT = getattr(os, "O_DIRECT", 0)
only_with = pytest.mark.skipif(not DIRECT, reason="this system writes through its page cache only")


def material(size: int) -> tuple[list[Any], bytes]:
    """A page, and so many bytes that begin a page; the file they make."""
    random = np.random.default_rng(0)
    front, behind = disk.pages(disk.PAGE), disk.pages(size)
    front[:], behind[:] = random.integers(0, 256, len(front)), random.integers(0, 256, len(behind))
    return [front, behind], front.tobytes() + behind.tobytes()[:size]


@pytest.mark.parametrize("large", [0, 1 << 40])
@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 1_000_001])
def test_files_of_any_length(tmp_path: Path, size: int, large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LARGE", large)
    pieces, expected = material(size)
    path = tmp_path / "file"
    path.write_bytes(b"what stood here before" * 100_000)
    disk.write(path, pieces, len(expected))
    assert path.read_bytes() == expected


def test_memory_begins_on_a_page() -> None:
    for size in (0, 1, 4096, 5000, 1 << 24):
        memory = disk.pages(size)
        assert memory.ctypes.data % disk.PAGE == 0 or not size
        assert size <= len(memory) < size + disk.PAGE
        assert len(memory) % disk.PAGE == 0


def refusing(real: Callable[..., Any], number: int) -> Callable[..., Any]:
    """A call that fails where it is about a direct write."""

    def call(target: Any, word: Any, *more: Any) -> Any:
        if isinstance(word, int) and word & DIRECT:
            raise OSError(number, os.strerror(number))
        return real(target, word, *more)

    return call


@only_with
@pytest.mark.parametrize("number", disk.CANNOT)
def test_a_system_without_such_writes(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LARGE", 0)
    monkeypatch.setattr(os, "open", refusing(os.open, number))
    pieces, expected = material(10_000)
    disk.write(tmp_path / "file", pieces, len(expected))
    assert (tmp_path / "file").read_bytes() == expected


@only_with
def test_a_write_that_ends_within_a_page_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No direct write can go on from there."""
    monkeypatch.setattr(disk, "LARGE", 0)
    real, calls = os.write, [0]

    def short(file: int, data: Any) -> int:
        calls[0] += 1
        return real(file, data) - 10 if calls[0] == 2 else real(file, data)

    monkeypatch.setattr(os, "write", short)
    pieces, expected = material(10_000)
    disk.write(tmp_path / "file", pieces, len(expected))
    assert (tmp_path / "file").read_bytes() == expected
    assert calls[0] == 4


@only_with
@pytest.mark.parametrize("large", [0, 1 << 40])
def test_a_full_disk_is_no_missing_ability(
    tmp_path: Path, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "LARGE", large)

    def full(_file: int, _data: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    pieces, expected = material(10_000)
    with pytest.raises(OSError, match="No space left"):
        disk.write(tmp_path / "file", pieces, len(expected))
