"""The compiled inflater says what zlib says, or nothing; and stays within its memory whatever it is given."""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kp2heat.shards.deflate.segments import Segments
from kp2heat.shards.deflate.windows import chunk_streams
from kp2heat.sparse import Sparse
from tests.shards.deflate.test_windows import maps

pytest.importorskip("numba", reason="the compiled loops are an extra: pip install 'kp2heat[fast]'")
from kp2heat.compiled.inflate import chunks, inflated

EXAMPLES = settings(max_examples=int(os.environ.get("KP2HEAT_EXAMPLES", "300")), deadline=None)
STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED)
MOST = 1 << 18


def fenced() -> np.ndarray[Any, Any]:
    """Memory behind which the next byte read or written ends the process, where the system can do that."""
    memory = mmap.mmap(-1, MOST + mmap.PAGESIZE)
    array = np.frombuffer(memory, np.uint8)
    mprotect = getattr(ctypes.CDLL(None), "mprotect", None) if os.name == "posix" else None
    if mprotect is not None:
        address = ctypes.c_void_p(array.ctypes.data + MOST)
        assert mprotect(address, ctypes.c_size_t(mmap.PAGESIZE), ctypes.c_int(0)) == 0
    return array[:MOST]


GIVEN, TAKEN = fenced(), fenced()


def loop(stream: bytes, size: int) -> bytes | None:
    """What the loop makes of a stream that should hold ``size`` bytes; None where it leaves it to others."""
    data, out = GIVEN[MOST - len(stream) :], TAKEN[MOST - size :]
    data[:] = np.frombuffer(stream, np.uint8)
    TAKEN[:] = 77
    found = inflated(data, out)
    assert (TAKEN[: MOST - size] == 77).all()
    assert data.tobytes() == stream
    return out.tobytes() if found else None


def raw(stream: bytes, most: int) -> bytes | None:
    """What zlib makes of the blocks between the header and the Adler-32, which is not looked at."""
    inflating = zlib.decompressobj(-15)
    try:
        data = inflating.decompress(stream[2:], most + 1)
    except zlib.error:
        return None
    return data if inflating.eof and len(inflating.unused_data) == 4 and len(data) <= most else None


def deflated(data: bytes, level: int, strategy: int) -> bytes:
    deflating = zlib.compressobj(level, zlib.DEFLATED, 15, 8, strategy)
    return deflating.compress(data) + deflating.flush()


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Runs of words, random bytes, and what stood before."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    data = b""
    for kind in draw(st.lists(st.integers(0, 3), max_size=12)):
        count = int(random.integers(1, 1 << int(random.integers(1, 13))))
        word = random.bytes(int(random.integers(1, 9))) if kind else b"\0"
        begin = int(random.integers(0, len(data) + 1))
        data += (random.bytes(count), word * count, word * count, data[begin : begin + count])[kind][:9000]
    return data


@EXAMPLES
@given(data=contents(), level=st.integers(0, 9), strategy=st.sampled_from(STRATEGIES))
def test_streams_of_zlib(data: bytes, level: int, strategy: int) -> None:
    """Stored ones are taken; of others, none or all."""
    stream = deflated(data, level, strategy)
    found = loop(stream, len(data))
    assert found == data or (found is None and level)
    assert loop(stream, len(data) + 1) is None
    assert not data or loop(stream, len(data) - 1) is None


@EXAMPLES
@given(datas=st.lists(contents(), min_size=1, max_size=4), spoilt=st.integers(-1, 3), byte=st.integers(1, 4))
def test_many_at_once(datas: list[bytes], spoilt: int, byte: int) -> None:
    """Each where it belongs, and none whose Adler-32 is another; what is longer than a reduction of its sums too."""
    size = max(map(len, datas)) * 3 + 65
    datas = [(data * 3).ljust(size, b"\0") for data in datas]
    streams = [bytearray(deflated(data, 0, zlib.Z_DEFAULT_STRATEGY)) for data in datas]
    if spoilt >= 0:
        streams[spoilt % len(streams)][-byte] ^= 1
    sizes = np.array([*map(len, streams)])
    places = np.arange(len(streams))[::-1] * size
    out, whole = np.zeros(len(streams) * size, np.uint8), np.zeros(len(streams), bool)
    chunks(
        np.frombuffer(b"".join(streams), np.uint8), np.cumsum(sizes) - sizes, sizes, out, places, size, whole
    )
    assert whole.tolist() == [spoilt < 0 or n != spoilt % len(streams) for n in range(len(streams))]
    for place, data in zip(places.tolist(), datas, strict=True):
        assert out[place : place + size].tobytes() == data


@EXAMPLES
@given(sparse=maps(), rows=st.integers(1, 4))
def test_windows(sparse: Sparse, rows: int) -> None:
    with np.errstate(invalid="ignore"):
        streams = [*chunk_streams(sparse, rows)]
    for stream in streams:
        data = zlib.decompress(stream)
        assert loop(bytes(stream), len(data)) == data


@settings(max_examples=30, deadline=None)
@given(kinds=st.lists(st.integers(0, 9), min_size=1, max_size=30), rows=st.integers(1, 4))
def test_prepared_segments(kinds: list[int], rows: int) -> None:
    known = np.random.default_rng(0).integers(0, 2, (10, 6, 50)).astype(np.float16)
    segments = Segments(10, known[0].nbytes)
    for stream in segments.chunk_streams(np.array(kinds), rows, lambda k: known[k]):
        data = zlib.decompress(stream)
        assert loop(bytes(stream), len(data)) in (None, data)


class Bits:
    """Blocks written bit by bit, right or wrong."""

    def __init__(self) -> None:
        self.bits: list[int] = []

    def number(self, value: int, width: int) -> None:
        self.bits += [value >> i & 1 for i in range(width)]

    def symbol(self, symbol: int) -> None:
        """RFC 1951, 3.2.6; codes are written from their highest bit."""
        code, width = (
            (48 + symbol, 8) if symbol < 144
            else (400 + symbol - 144, 9) if symbol < 256
            else (symbol - 256, 7) if symbol < 280
            else (192 + symbol - 280, 8)
        )  # fmt: skip
        self.bits += [code >> i & 1 for i in reversed(range(width))]

    def match(self, length: int, distance: int, more: int) -> None:
        """By symbols 257..287 and 0..31, with extra bits of ``more``."""
        self.symbol(length)
        self.number(more, max(0, (length - 261) // 4) if length < 285 else 0)
        self.bits += [distance >> i & 1 for i in reversed(range(5))]
        self.number(more >> 3, max(0, distance // 2 - 1) if distance < 30 else 0)

    def stored(self, data: bytes, check: int) -> None:
        self.bits += [0] * (-len(self.bits) % 8)
        self.number(len(data), 16)
        self.number(len(data) ^ 0xFFFF ^ check, 16)
        for byte in data:
            self.number(byte, 8)

    def stream(self) -> bytes:
        packed = np.packbits(np.array(self.bits, np.uint8), bitorder="little")
        return b"\x78\x01" + packed.tobytes() + b"abcd"


@st.composite
def blocks(draw: st.DrawFn, literals: float = 0.0) -> bytes:
    """Stored blocks and blocks of fixed codes: any lengths and distances, literals that often, and some blocks as the
    one before.
    """
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    wrong = draw(st.sampled_from([0.0, 0.02]))
    written, count, again = Bits(), draw(st.integers(1, 8)), draw(st.booleans())
    seed = int(random.integers(1 << 30))
    for n in range(count):
        written.number(n == count - 1, 1)
        if random.random() < 0.5:
            written.number(0, 2)
            written.stored(random.bytes(int(random.integers(0, 90))), int(random.random() < wrong))
            continue
        written.number(1, 2)
        block = np.random.default_rng(seed) if again else random
        reach = int(block.integers(1, 12)) if block.random() > wrong else 32
        for _ in range(int(block.integers(0, 5))):
            if block.random() < literals:
                written.symbol(int(block.integers(0, 256)))
            else:
                length = int(block.integers(257, 286 if block.random() > wrong else 288))
                for _ in range(int(block.integers(1, 4))):
                    written.match(length, int(block.integers(0, reach)), seed)
        written.symbol(256)
    return written.stream()


@EXAMPLES
@given(stream=blocks())
def test_what_zlib_takes_the_loop_takes_and_nothing_else(stream: bytes) -> None:
    data = raw(stream, MOST)
    size = 1000 if data is None else len(data)
    assert loop(stream, size) == data
    assert loop(stream, size + 1) is None
    assert not size or loop(stream, size - 1) is None


@EXAMPLES
@given(stream=blocks(literals=0.2))
def test_literals_are_left_to_others(stream: bytes) -> None:
    data = raw(stream, MOST)
    size = 1000 if data is None else len(data)
    assert loop(stream, size) in (None, data)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, int]:
    """A stream with bits turned, bytes cut off or put behind, and what it held before."""
    with np.errstate(invalid="ignore"):
        good = draw(
            st.one_of(
                blocks(literals=0.01),
                st.builds(deflated, contents(), st.integers(0, 9), st.sampled_from(STRATEGIES)),
                maps().map(lambda sparse: bytes(next(iter(chunk_streams(sparse, 2))))),
            )
        )
    data = bytearray(good)
    for place in draw(st.lists(st.integers(0, 8 * len(data) - 1), max_size=4)):
        data[place >> 3] ^= 1 << (place & 7)
    stop = draw(st.integers(0, len(data))) if draw(st.booleans()) else len(data)
    held = raw(good, MOST)
    return bytes(data[:stop]) + draw(st.binary(max_size=12)), 100 if held is None else len(held)


@EXAMPLES
@given(given=damaged())
def test_damage(given: tuple[bytes, int]) -> None:
    """What the loop still takes, zlib takes and reads the same."""
    stream, size = given
    found = loop(stream, size)
    assert found is None or found == raw(stream, MOST)


@EXAMPLES
@given(
    stream=st.binary(max_size=60),
    size=st.integers(0, 600),
    opened=st.sampled_from([b"", b"\x78\x01", b"\x78\x01\x03"]),
)
def test_anything(stream: bytes, size: int, opened: bytes) -> None:
    found = loop(opened + stream, size)
    assert found is None or found == raw(opened + stream, MOST)


@pytest.mark.parametrize("first", [0x78, 0x00, 0x08, 0x48, 0x68, 0x77, 0x79, 0x88, 0xF8])
def test_headers(first: int) -> None:
    """Taken are those that zlib takes, of its longest window and without a dictionary."""
    body = zlib.compress(b"a" * 50, 0)[2:]
    for second in range(256):
        stream = bytes([first, second]) + body
        found = loop(stream, 50)
        right = first == 0x78 and (256 * first + second) % 31 == 0 and not second & 32
        assert (found is not None) == right
        if right:
            assert zlib.decompress(stream) == found


def test_every_index_is_inside_its_array(tmp_path: Path) -> None:
    """All of this again, with the bounds of every array checked."""
    if os.environ.get("NUMBA_BOUNDSCHECK") == "1":
        return
    more = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path), "KP2HEAT_EXAMPLES": "60"}
    run: Callable[..., Any] = subprocess.run
    done = run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", __file__],
        env={**os.environ, **more}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
