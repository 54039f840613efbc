"""Flags, settings files and keywords are one language."""

from __future__ import annotations

from pathlib import Path

import pytest

from kp2heat.errors import SpecError
from kp2heat.spec import Spec
from kp2heat.spec.language import plain_fields, written_settings
from kp2heat.spec.presets import load_config, load_preset, preset_names
from tests.cli.run import SAMPLE, run


@pytest.mark.parametrize(
    ("flags", "lines"),
    [
        (["--size", "28x28,14x14", "--sigma", "2,8px"], 'size = ["28x28", "14x14"]\nsigma = [2, "8px"]'),
        (["--stride", "8,16"], 'stride = "8,16"'),
        (["--stride", "8"], "stride = 8"),
        (
            ["--size", "28x28", "--normalize", "softmax,beta=5"],
            'size = "28x28"\nnormalize = "softmax,beta=5"',
        ),
        (
            ["--stride", "8", "--normalize", "softmax,beta=5"],
            'stride = 8\nnormalize = {name = "softmax", beta = 5}',
        ),
        (["--stride", "8", "--codec", "udp", "--literal"], 'stride = 8\ncodec = "udp"\nliteral = true'),
        (
            ["--stride", "8", "--codec", "megvii", "--param", "kernel=9"],
            'stride=8\ncodec="megvii"\nparam={kernel=9}',
        ),
        (["--stride", "8", "--groups", "eyes=2,3"], 'stride = 8\ngroups = "eyes=2,3"'),
        (["--preset", "people-28-14-7", "--dtype", "f32"], 'preset = "people-28-14-7"\ndtype = "f32"'),
    ],
)
def test_flags_and_files_say_the_same(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], flags: list[str], lines: str
) -> None:
    mine, saved = tmp_path / "mine.toml", tmp_path / "saved.toml"
    size = "" if "preset" in lines else 'input-size = "224x224"\n'
    mine.write_text(size + lines)
    more = [] if "--preset" in flags else ["--input-size", "224x224"]
    words = ["encode", SAMPLE / "annotations.json", *flags, *more, "--dry-run", "--save-config", saved]
    assert run(capfd, *words).code == 0
    assert load_config(saved) == load_config(mine)


def test_every_preset_is_written_and_read_back() -> None:
    for name in preset_names():
        spec = load_preset(name)
        assert Spec.from_fields(plain_fields(written_settings(spec.to_fields()), name), name) == spec


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"size": "7x7", "sizes": "7x7"}, "'sizes' is given twice"),
        ({"sizee": "7x7"}, "did you mean 'size'"),
        ({"normalize": "softmax,beta"}, "'beta' is not a setting"),
    ],
)
def test_what_is_refused(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        plain_fields(given, "mine.toml")


def test_a_saved_file_is_never_replaced(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "mine.toml"
    saved.write_text("# mine")
    words = [
        "encode",
        SAMPLE / "annotations.json",
        "--preset",
        "people-28-14-7",
        "--dry-run",
        "--save-config",
        saved,
    ]
    done = run(capfd, *words)
    assert done.code == 1
    assert "already exists" in done.err
    assert saved.read_text() == "# mine"
