"""The compiled loops write what NumPy writes, byte for byte, and are loaded only where that pays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kp2heat
from kp2heat import compiled, gaussian
from kp2heat.bench.people import people
from kp2heat.drawing.planes import draw
from kp2heat.drawing.samples import scene_of
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.shards.content_hash import StreamHash
from kp2heat.shards.deflate.segments import Segments
from kp2heat.shards.deflate.streams import join_streams
from kp2heat.shards.deflate.windows import compress
from kp2heat.shards.writing.checksum import lookup3
from kp2heat.sparse import Sparse
from kp2heat.spec import Spec
from tests.shards.deflate.test_windows import maps

pytest.importorskip("numba", reason="the compiled loops are an extra: pip install 'kp2heat[fast]'")

LARGE = {"fit": "crop", "input_size": "192x256", "sizes": ["48x64"], "sigma": [2]}


@contextmanager
def loops(use: bool) -> Iterator[None]:
    """The compiled loops, or NumPy, whatever the size of the work."""
    token = compiled._wanted.set(use)
    try:
        yield
    finally:
        compiled._wanted.reset(token)


def both_ways(make: Callable[[], bytes]) -> tuple[bytes, bytes]:
    """What NumPy makes, and what the loops make."""
    with loops(False):
        plain = make()
    with loops(True):
        return plain, make()


def test_the_loops_are_used_when_asked_for() -> None:
    """Else the comparisons below compare nothing."""
    with loops(True):
        assert compiled.loops() is not None
    with loops(False):
        assert compiled.loops() is None


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # any bytes: some are signalling NaNs
@settings(max_examples=200)
@given(sparse=maps(), rows=st.integers(1, 4))
def test_windows(sparse: Sparse, rows: int) -> None:
    with loops(False):
        plain = compress(sparse, rows)
    with loops(True):
        fast = compress(sparse, rows)
    assert bytes(fast.data) == bytes(plain.data)
    assert fast.sizes.tolist() == plain.sizes.tolist()


@pytest.mark.parametrize("size", [(640, 480), (20000, 10)])
@pytest.mark.parametrize("dtype", ["<f4", "<f2", "|u1"])
def test_windows_in_maps_of_an_images_size(size: tuple[int, int], dtype: str) -> None:
    values = np.random.default_rng(0).integers(1, 9, (3, 9, 9)).astype(dtype)
    place, ends, none = np.array([0, 5000, 19_000]), np.full(3, 8), np.zeros(3, np.int64)
    sparse = Sparse(size, np.array([0, 1, 3]), place, values, none, ends, np.zeros(5, dtype))
    plain, fast = both_ways(lambda: bytes(compress(sparse, 1).data))
    assert fast == plain


@settings(max_examples=50)
@given(streams=st.lists(st.binary(max_size=300), min_size=1, max_size=9))
def test_the_hash_of_streams(streams: list[bytes]) -> None:
    def digest() -> bytes:
        hashed = StreamHash()
        hashed.update(5, 2, join_streams(streams))
        return hashed.hexdigest().encode()

    plain, fast = both_ways(digest)
    assert fast == plain


@settings(max_examples=30)
@given(kinds=st.lists(st.integers(0, 9), min_size=1, max_size=30), rows=st.integers(1, 4))
def test_prepared_segments(kinds: list[int], rows: int) -> None:
    known = np.random.default_rng(0).integers(0, 4, (10, 6, 5)).astype(np.float16)

    def stored() -> bytes:
        segments = Segments(10, known[0].nbytes)
        parts = (np.array(part, np.int64) for part in (kinds[: len(kinds) // 2 + 1], kinds))
        return b"".join(bytes(segments.compress(part, rows, lambda k: known[k]).data) for part in parts)

    plain, fast = both_ways(stored)
    assert fast == plain


@settings(max_examples=50)
@given(data=st.binary(max_size=200))
def test_checksums(data: bytes) -> None:
    plain, fast = both_ways(lambda: lookup3(data).to_bytes(4))
    assert fast == plain


@settings(max_examples=30)
@given(sigma=st.floats(0.3, 9), x=st.floats(-30, 60), y=st.floats(-30, 60), floor=st.floats(0, 0.5))
def test_products(sigma: float, x: float, y: float, floor: float) -> None:
    everywhere = np.full((1, 2), np.inf)
    blobs = gaussian.windows(
        np.array([[x, y]]), np.array([sigma]), -everywhere, everywhere, (20, 30), gaussian.TINIEST
    )
    least = max(floor, gaussian.TINIEST)

    def drawn() -> list[bytes]:
        kinds = (np.float16, np.float32, np.uint8)
        stored = [gaussian.stored_products(blobs.y, blobs.x, least, kind, 1 / 255) for kind in kinds]
        return [values.tobytes() for values in (gaussian.patches(blobs, least), *stored)]

    with loops(False):
        plain = drawn()
    with loops(True):
        assert drawn() == plain


@settings(max_examples=50)
@given(
    centre=st.lists(st.floats(-60, 60), min_size=1, max_size=4),
    sigma=st.floats(0.02, 5),
    cut=st.floats(0.1, 1e9),
    reach=st.floats(0.1, gaussian.FARTHEST),
)
def test_profiles(centre: list[float], sigma: float, cut: float, reach: float) -> None:
    """Beyond a blob there is 0, however far its cells are, and within it never."""
    middle, sigmas = np.array(centre), np.full(len(centre), sigma)

    def drawn() -> tuple[bytes, bytes]:
        start, values = gaussian.profile(middle, sigmas, middle - cut, middle + cut, 40, reach)
        return start.tobytes(), values.tobytes()

    with loops(False):
        plain = drawn()
    with loops(True):
        assert drawn() == plain


@settings(max_examples=100)
@given(bits=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50), near=st.integers(-3, 3))
def test_rounding_to_halves(bits: list[int], near: int) -> None:
    """Any float64; and every half, what lies between two, and their neighbours."""
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
    between = (halves[1:] + halves[:-1]) / 2
    values = np.concatenate(
        [halves, between, between * (1 + near * 2.0**-52), np.array(bits, np.uint64).view("f8")]
    )
    with np.errstate(over="ignore"):
        for given in (values, -values[np.abs(values) < 65520], values[np.abs(values) < 65520]):
            with loops(False):
                plain = gaussian.stored(given, np.float16)
            with loops(True):
                assert gaussian.stored(given, np.float16).tobytes() == plain.tobytes()


DTYPES = ("f16", "f32", "u8")
PAIRS = [
    (codec, normalize, DTYPES[(i + j) % 3])
    for i, codec in enumerate(("gaussian", "msra", "dark", "udp", "hourglass", "centernet-umich"))
    for j, normalize in enumerate(("none", "sigmoid", "softmax", "sum"))
]
"""Every two of a codec, a normalisation and a number type come together."""


@pytest.mark.parametrize(("codec", "normalize", "dtype"), PAIRS)
def test_a_shard_is_the_same_file(tmp_path: Path, codec: str, normalize: str, dtype: str) -> None:
    spec = Spec.from_fields({**LARGE, "codec": codec, "normalize": normalize, "dtype": dtype}, "test")
    files = []
    for use in (False, True):
        with loops(use):
            kp2heat.encode_dataset(people(70), tmp_path / str(use), spec)
        files.append((tmp_path / str(use) / "shard-00000.h5").read_bytes())
    assert files[0] == files[1]


def test_small_work_does_not_load_numba(tmp_path: Path) -> None:
    """Loading takes longer than a small job; KP2HEAT_NUMBA=0 keeps to NumPy whatever the work."""
    script = (
        "import sys, kp2heat, kp2heat.compiled\nkp2heat.compiled.WORTH_LOADING = 800_000\nfrom kp2heat.bench.people import people\nfrom kp2heat.spec import Spec\n"
        "spec = Spec.from_fields({'fit': 'crop', 'input_size': '64x64', 'sizes': ['8x8']}, 'test')\n"
        "kp2heat.encode_dataset(people(int(sys.argv[1])), sys.argv[2], spec)\nprint('numba' in sys.modules)"
    )
    for count, env, expected in (
        (100, {}, "False"),
        (2100, {}, "True"),
        (2100, {"KP2HEAT_NUMBA": "0"}, "False"),
    ):
        words = [sys.executable, "-c", script, str(count), str(tmp_path / f"{count}{len(env)}")]
        ran = subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ, **env})
        assert ran.stdout.strip() == expected


def test_without_a_place_for_its_cache_it_compiles_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from kp2heat.compiled import jit

    def without(*, cache: bool = False, nogil: bool, error_model: str) -> Callable[[Any], Any]:
        assert nogil
        assert error_model == "numpy"
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda loop: loop

    monkeypatch.setattr(jit, "njit", without)
    assert jit.jit(abs)(-2) == 2


def test_a_numba_that_does_not_load_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one does that is older than the NumPy it is loaded with."""

    def broken(_name: str) -> None:
        raise ImportError("Numba needs NumPy 2.3 or less")

    monkeypatch.setattr(compiled, "import_module", broken)
    compiled._loaded.cache_clear()
    try:
        assert not compiled.available()
        with loops(True):
            assert compiled.loops() is None
    finally:
        compiled._loaded.cache_clear()


def test_planes_drawn_are_the_same() -> None:
    made = plan(people(20), Spec.from_fields({**LARGE, "codec": "dark"}, "test"))
    scene = scene_of(made.annotations, made.samples, made.spec)
    plain, fast = both_ways(lambda: draw(made.spec, made.levels[0], scene)["heatmaps"].tobytes())
    assert fast == plain
