from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.errors import InputError, SpecError
from kp2heat.skeleton.named import SKELETONS

CSV = b"image,a_x,a_y\n1,2,3\n"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CSV)))
    a = formats.read("-")
    assert (a.source, a.xy.tolist()) == ("standard input", [[[2, 3]]])


def test_content_tells_the_format_not_the_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(CSV)
    assert formats.read(tmp_path / "a.json").reading.startswith("wide CSV")


@pytest.mark.parametrize(("content", "words"), [(b"", "is empty"), (bytes(range(256)), "binary|neither")])
def test_what_is_no_annotation_file(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(InputError, match=words):
        formats.read(tmp_path / "a")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        formats.read(tmp_path / "nothing.json")
    with pytest.raises(InputError, match="is a folder"):
        formats.read(tmp_path)


def test_unknown_format_and_settings(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    with pytest.raises(SpecError, match="use one of coco, "):
        formats.read(tmp_path / "a.csv", format="yaml")
    with pytest.raises(SpecError, match="use one of pixel, normalised, percent"):
        formats.read(tmp_path / "a.csv", coords="metres")
    with pytest.raises(SpecError, match="0x5' is not a size"):
        formats.read(tmp_path / "a.csv", image_size=(0, 5))


SAMPLE = Path(__file__).parents[2] / "sample_data"


def test_the_sample_data_reads_the_same_from_all_its_forms() -> None:
    coco = formats.read(SAMPLE / "annotations.json")
    wide = formats.read(SAMPLE / "annotations_wide.csv")
    dlc = formats.read(SAMPLE / "annotations_dlc.csv", images=SAMPLE / "images")
    size = dict(zip(coco.images.file_name.tolist(), coco.images.size.tolist(), strict=True))
    for other in (wide, dlc):
        assert other.skeleton.names == coco.skeleton.names
        names = other.images.file_name.tolist()
        assert [size[Path(name).name] for name in names] == other.images.size.tolist()
        for n in range(len(other)):
            image = coco.images.file_name.tolist().index(Path(names[other.image[n]]).name)
            same = [m for m in np.flatnonzero(coco.image == image) if not coco.crowd[m]]
            assert any(np.array_equal(coco.xy[m], other.xy[n], equal_nan=True) for m in same)


def test_skeleton_of_the_users(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"image,linkes_x,linkes_y,nase_x,nase_y,other_x,other_y\n1,2,3,4,5,6,7\n")
    assert formats.read(file).skeleton.swap == (0, 1, 2)
    assert formats.read(file, swap=(("linkes", "other"),)).skeleton.swap == (2, 1, 0)
    with pytest.raises(SpecError, match="is not a pair of its joints"):
        formats.read(file, swap=(("linkes", "nobody"),))
    (tmp_path / "mine.toml").write_text('names = ["Linkes", "Nase", "Other"]\nlimbs = [["Linkes", "Nase"]]\n')
    assert formats.read(file, skeleton=tmp_path / "mine.toml").skeleton.limbs == ((0, 1),)
    with pytest.raises(SpecError, match=r"'coco' has 17 joints, a\.csv 3"):
        formats.read(file, skeleton="coco")
    (tmp_path / "mine.toml").write_text('names = ["Linkes", "Ohr", "Other"]\n')
    with pytest.raises(SpecError, match=r"has 'Ohr' where a\.csv has 'nase'"):
        formats.read(file, skeleton=tmp_path / "mine.toml")


def test_known_joints_have_their_sigmas() -> None:
    a = formats.read(SAMPLE / "annotations_wide.csv")
    assert a.skeleton.sigmas == SKELETONS["coco"].sigmas
    assert a.skeleton.limbs == SKELETONS["coco"].limbs


def test_names_for_nameless_joints(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a.png,10,20,30,40\n")
    assert formats.read(tmp_path / "a.csv", names=("nose", "tail")).skeleton.names == ("nose", "tail")
    with pytest.raises(SpecError, match="1 names for 2 joints"):
        formats.read(tmp_path / "a.csv", names=("nose",))


def test_joints_far_outside_are_said_to_look_like_marks(tmp_path: Path) -> None:
    """As the doctor says; a joint just outside is none."""
    for x, noted in ((-999999, True), (-1, False), (20, False)):
        (tmp_path / "a.csv").write_text(f"image,width,height,nose_x,nose_y\na.png,200,100,{x},20\n")
        reading = formats.read(tmp_path / "a.csv").reading
        assert ("1 joint more than 10 images away (marks for missing joints?)" in reading) == noted
