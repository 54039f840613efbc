"""What is not a plain file: pipes are read, devices are refused by kind and endless streams by their first bytes."""

from __future__ import annotations

import gzip
import io
import os
import threading
from pathlib import Path

import pytest

from kp2heat.errors import InputError
from kp2heat.formats import content, read
from kp2heat.formats.content import read_content
from kp2heat.formats.images.stored_sizes import Folder

CSV = b"image,a_x,a_y\n1.png,2,3\n"


class Endless(io.RawIOBase):
    """A stream of zeros without an end, as /dev/zero is one."""

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "it would never return"
        return bytes(size)


def test_a_named_pipe_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(CSV,))
    writer.start()
    assert read(tmp_path / "pipe").xy.tolist() == [[[2, 3]]]
    writer.join()


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_devices_are_refused_by_kind(device: str) -> None:
    with pytest.raises(InputError, match="is a device or a socket"):
        read_content(device)


def test_an_endless_binary_stream_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": Endless()}))
    with pytest.raises(InputError, match="neither COCO"):
        read("-")


@pytest.mark.parametrize("packed", [False, True])
def test_a_stream_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    monkeypatch.setattr(content, "LONGEST", 1000)
    monkeypatch.setattr(content, "HEAD", 100)
    text = CSV * 1000
    stream = io.BytesIO(gzip.compress(text) if packed else text)
    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": stream}))
    with pytest.raises(InputError, match="is longer than"):
        read("-")


def test_a_pipe_among_the_pictures_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    assert Folder(tmp_path).find("a.png") is None
