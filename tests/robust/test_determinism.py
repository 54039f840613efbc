"""The same bytes whatever the workers, the hash seed, the locale, the time zone, the threads or the hour."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.robust.sets import ROOT, kp2heat, sums

WORDS = ("--preset", "people-28-14-7", "--shard-rows", "64", "-q")
RUNS: tuple[tuple[int, dict[str, str]], ...] = (
    (1, {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC", "OMP_NUM_THREADS": "1"}),
    (2, {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "OMP_NUM_THREADS": "2"}),
    (3, {"PYTHONHASHSEED": "random", "LANG": "tr_TR.UTF-8", "TZ": "America/Caracas", "HOME": "/nonexistent"}),
)


def test_the_same_bytes_under_any_circumstances(tmp_path: Path) -> None:
    rows = many(tmp_path)
    found = []
    for number, (workers, environment) in enumerate(RUNS):
        out = tmp_path / ("deep/" * number) / "out"
        began = int(time.time())
        ran = kp2heat("encode", rows, out, *WORDS, "--workers", workers, env={**os.environ, **environment})
        assert ran.returncode == 0, ran.stderr
        found.append(sums(out))
        while int(time.time()) == began:
            time.sleep(0.05)
    assert len(found[0]) == 4
    assert found[0] == found[1] == found[2]


def many(tmp_path: Path) -> Path:
    """The sample people, three times over."""
    import json

    content = json.loads((ROOT / "sample_data" / "annotations.json").read_text())
    people = content["annotations"]
    content["annotations"] = [
        {**person, "id": 1000 * turn + person["id"]} for turn in range(3) for person in people
    ]
    path = tmp_path / "many.json"
    path.write_text(json.dumps(content))
    return path


def test_no_path_of_this_machine_is_in_the_output(tmp_path: Path) -> None:
    assert kp2heat("encode", many(tmp_path), tmp_path / "out", *WORDS).returncode == 0
    for file in (tmp_path / "out").iterdir():
        assert str(tmp_path).encode() not in file.read_bytes()
        assert str(ROOT).encode() not in file.read_bytes()
