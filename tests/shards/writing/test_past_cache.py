"""A large file is the same bytes whether it goes past the page cache or through it."""

from __future__ import annotations

import errno
import os
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat.errors import OutputError
from kp2heat.files.atomic import whole_or_absent
from kp2heat.shards.writing import past_cache
from kp2heat.shards.writing.past_cache import BUFFER, LARGE, write_pieces

HEAD = bytearray(range(256)) * 33
"""Not a whole number of pages, so that no piece behind it begins on one."""


def pieces(*sizes: int) -> list[bytes | bytearray]:
    """A head, and pieces of noise of these sizes behind it."""
    return [HEAD, *(np.random.default_rng(size).bytes(size) for size in sizes)]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[list[bytes | bytearray]], bytes]:
    """Return a function that writes pieces as a file and returns its bytes."""

    def write(parts: list[bytes | bytearray]) -> bytes:
        path = tmp_path / "shard"
        path.touch()
        write_pieces(path, parts, sum(map(len, parts)))
        return path.read_bytes()

    return write


@pytest.mark.parametrize(
    "sizes",
    [
        (LARGE,),
        (0, LARGE - 1, 3, 2 * BUFFER + 77),
        (BUFFER - len(HEAD), BUFFER),
        (5, 7),
        (),
    ],
)
def test_pieces_follow_each_other_whatever_their_sizes(
    written: Callable[[list[bytes | bytearray]], bytes], sizes: tuple[int, ...]
) -> None:
    parts = pieces(*sizes)
    assert written(parts) == b"".join(parts)


@pytest.mark.parametrize("accepted", [0, 1], ids=["at first", "later"])
@pytest.mark.parametrize("number", past_cache.CANNOT)
def test_where_the_system_cannot_the_file_is_written_plainly(
    written: Callable[[list[bytes | bytearray]], bytes],
    monkeypatch: pytest.MonkeyPatch,
    accepted: int,
    number: int,
) -> None:
    plain = os.write
    direct: list[int] = []

    def refuse(file: int, data: memoryview) -> int:
        if len(data) % 4096 == 0 and len(direct) <= accepted:
            direct.append(len(data))
            if len(direct) > accepted:
                raise OSError(number, os.strerror(number))
        return plain(file, data)

    monkeypatch.setattr(os, "write", refuse)
    parts = pieces(3 * BUFFER)
    assert written(parts) == b"".join(parts)
    assert len(direct) == accepted + 1


def test_a_system_without_such_a_flag_writes_plainly(
    written: Callable[[list[bytes | bytearray]], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_DIRECT", raising=False)
    parts = pieces(LARGE)
    assert written(parts) == b"".join(parts)


def test_less_than_was_asked_for_is_gone_on_from(
    written: Callable[[list[bytes | bytearray]], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = os.write
    monkeypatch.setattr(os, "write", lambda file, data: plain(file, data[: 1 << 16]))
    parts = pieces(LARGE + 5)
    assert written(parts) == b"".join(parts)


def test_a_full_disk_leaves_no_file_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int, _data: memoryview) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OutputError, match="No space left"), whole_or_absent(tmp_path / "shard") as part:
        write_pieces(part, pieces(LARGE), len(HEAD) + LARGE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [7, LARGE])
def test_a_piece_is_let_go_of_before_the_next_is_asked_for(tmp_path: Path, size: int) -> None:
    alive: list[weakref.ref[Any]] = []

    def parts() -> Iterator[Any]:
        for _ in range(4):
            assert all(one() is None for one in alive)
            piece = np.zeros(size, np.uint8)
            alive.append(weakref.ref(piece))
            yield piece
            del piece

    path = tmp_path / "shard"
    path.touch()
    write_pieces(path, parts(), 4 * size)
    assert path.stat().st_size == 4 * size
