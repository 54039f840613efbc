"""The script kp2heat is measured against does what the published codecs do: it is no straw man."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from kp2heat.bench import script
from kp2heat.bench.cases import LARGE, peer_encoding, peer_levels, spec
from kp2heat.bench.people import people, write_coco
from kp2heat.decoders import decode
from kp2heat.drawing.planes import draw
from kp2heat.drawing.samples import scene_of
from kp2heat.errors import DependencyError
from kp2heat.formats import read
from kp2heat.pipeline.encoding.planning.plan import plan


@pytest.mark.parametrize(("codec", "peer"), [("msra", "msra"), ("udp", "udp"), ("dark", "dark")])
def test_it_draws_the_published_maps(codec: str, peer: str) -> None:
    """The published arithmetic is float32: exp of numbers up to 2^10 of it is off by 2^-14 of a value at most."""
    planned = plan(people(6), spec(LARGE, codec=codec, params={"literal": True}))
    scene = scene_of(planned.annotations, planned.samples, planned.spec)
    ours = draw(planned.spec, planned.levels[0], scene)["heatmaps"]
    ((size, sigma, xy),) = peer_levels(planned)
    visible = (planned.annotations.visible > 0).astype(np.uint8)
    theirs = np.stack([script.ENCODERS[peer](xy[n], visible[n], size, sigma)[0] for n in range(6)])
    np.testing.assert_allclose(ours, theirs, rtol=2**-13, atol=1e-37)


def test_its_dark_is_the_published_dark() -> None:
    planned = plan(people(4), spec(LARGE, codec="dark"))
    level, scene = planned.levels[0], scene_of(planned.annotations, planned.samples, planned.spec)
    maps = draw(planned.spec, level, scene)["heatmaps"]
    ours = decode("dark", {"heatmaps": maps}, level, literal=True)
    theirs = np.stack([script.decode_dark(person) for person in maps])
    drawn = maps.any(axis=(2, 3))
    np.testing.assert_allclose(ours.xy[drawn], theirs[drawn], atol=1e-4)


def test_it_stores_what_it_drew(tmp_path: Path) -> None:
    rows = people(3)
    peer_encoding(rows, spec(LARGE), tmp_path / "a.h5", "script", "udp").run()
    with h5py.File(tmp_path / "a.h5") as file:
        maps = file["48x64/heatmaps"]
        assert maps.shape == (3, 17, 64, 48)
        assert (maps.chunks, maps.compression, maps.compression_opts) == ((1, 17, 64, 48), "gzip", 4)
        assert ((maps[:].max(axis=(2, 3)) > 0.5) == (rows.visible > 0)).all()


def test_people_survive_their_file(tmp_path: Path) -> None:
    rows = people(5)
    write_coco(rows, tmp_path / "a.json")
    back = read(str(tmp_path / "a.json"))
    np.testing.assert_allclose(back.xy, rows.xy, atol=0.005 + 1e-9)
    np.testing.assert_array_equal(back.visible, rows.visible)


def test_opencv_that_does_not_load_is_one_sentence_with_the_line_that_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(
        DependencyError, match=r"OpenCV: cv2 does not load .*pip install .*opencv-python-headless"
    ):
        script.decode_dark(np.zeros((1, 8, 8), np.float32))
