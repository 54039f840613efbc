from __future__ import annotations

from pathlib import Path

import pytest

from kp2heat.errors import SpecError
from kp2heat.skeleton import swap_from_names
from kp2heat.skeleton.named import SKELETONS, known, load

COUNTS = {
    "coco": 17,
    "coco-wholebody": 133,
    "halpe": 136,
    "halpe26": 26,
    "crowdpose": 14,
    "posetrack18": 17,
    "mpii": 16,
    "aic": 14,
    "jhmdb": 15,
    "ap10k": 17,
    "animalpose": 20,
    "hand21": 21,
    "mediapipe-pose": 33,
    "sapiens308": 308,
    "300w": 68,
    "wflw": 98,
}


def test_every_skeleton_is_whole() -> None:
    assert {name: len(skeleton) for name, skeleton in SKELETONS.items()} == COUNTS
    for name, skeleton in SKELETONS.items():
        joints = range(len(skeleton))
        assert len(set(skeleton.names)) == len(skeleton), name
        assert [skeleton.swap[skeleton.swap[k]] for k in joints] == [*joints], name
        assert len(skeleton.sigmas) in (0, len(skeleton)), name
        assert all(a in joints and b in joints and a != b for a, b in skeleton.limbs), name


def test_limbs_are_symmetric() -> None:
    """Mirroring a body's limbs gives the same limbs: a typing error in a pair would break it."""
    for name, skeleton in SKELETONS.items():
        limbs = {frozenset(limb) for limb in skeleton.limbs}
        mirrored = {frozenset(skeleton.swap[k] for k in limb) for limb in skeleton.limbs}
        assert limbs == mirrored, name


def test_sigmas_are_symmetric_where_they_are_published_so() -> None:
    for name in ("coco", "halpe", "halpe26", "crowdpose", "mpii", "jhmdb"):
        skeleton = SKELETONS[name]
        assert [skeleton.sigmas[k] for k in skeleton.swap] == list(skeleton.sigmas), name


def test_sides_without_names_are_mirrored() -> None:
    assert SKELETONS["300w"].swap[36] == 45
    assert SKELETONS["300w"].swap[8] == 8
    assert SKELETONS["wflw"].swap[96] == 97
    assert SKELETONS["wflw"].swap[60] == 72
    assert SKELETONS["coco-wholebody"].swap[23] == 23 + 16
    assert SKELETONS["coco-wholebody"].swap[91] == 112


def test_known_by_names_however_they_are_spelled() -> None:
    spelled = [name.replace("_", " ").title() for name in SKELETONS["coco"].names]
    found = known(spelled)
    assert found is not None
    assert found.names == tuple(spelled)
    assert found.sigmas == SKELETONS["coco"].sigmas
    assert known(spelled[::-1]) is None


def test_a_skeleton_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'names = ["nose", "ohr_1", "ohr_2"]\nlimbs = [["nose", "ohr_1"]]\nswap = [["ohr_1", "ohr_2"]]\nsigmas = [0.1, 0.2, 0.2]\n'
    )
    skeleton = load(file)
    assert (skeleton.limbs, skeleton.swap, skeleton.sigmas) == (((0, 1),), (0, 2, 1), (0.1, 0.2, 0.2))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("names = []", "has 0 names"),
        ('names = ["a", "a"]', "has 2 names"),
        ('names = ["a"]\nlimbs = [["a", "b"]]', "is not a pair of its joints"),
        ('names = ["a"]\nsigma = [1]', r"has 1 names, 0 sigmas, unknown \['sigma'\]; write distinct names"),
        ('names = ["a", "b"]\nsigmas = [0.1]', "has 2 names, 1 sigmas; write distinct names"),
        ("names = [", "cannot be read"),
        ("names = " + "[" * 10000, "cannot be read"),
        ("names = 1.5", "has an entry of another kind than it should be"),
        ('names = ["a"]\nlimbs = [1]', "has an entry of another kind than it should be"),
        ('names = ["a"]\nsigmas = 1.5', "has an entry of another kind than it should be"),
    ],
)
def test_a_bad_skeleton_file(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(SpecError, match=words):
        load(tmp_path / "mine.toml")


def test_unknown_names_and_missing_files() -> None:
    with pytest.raises(SpecError, match=r"use a \.toml file or one of coco, "):
        load("human")
    with pytest.raises(SpecError, match="cannot be read"):
        load("nothing.toml")


def test_sides_in_other_languages() -> None:
    assert swap_from_names(["occhio sinistro", "occhio destro", "naso"]) == (1, 0, 2)
    assert swap_from_names(["hombro_izquierdo", "hombro_derecho"]) == (1, 0)
