"""Damaged files: each is either read with the right number of instances, or refused in a sentence.

Every seed is a small whole file; a mutation cuts, flips, deletes, doubles, or puts something of another kind
in its place. A sample runs always; the thousand mutations of each seed run with ``-m slow``.
"""

from __future__ import annotations

import copy
import csv
import io
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.errors import Kp2heatError
from tests.formats.small_files import CSV, JSON

STRANGE = (
    None,
    True,
    "",
    "x",
    "7",
    [],
    {},
    0,
    -1,
    3,
    0.5,
    1e308,
    -1e308,
    2**31,
    2**63,
    2**64,
    2**80,
    float("nan"),
    float("inf"),
    [[[[[]]]]],
    {"a": {"b": []}},
    [None],
    ["x"],
    "\ud83d\ude00",
    "a\x00b",
    [1, 2, 3, 4],
)
SECONDS = 10


def nodes(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON tree."""
    found: list[tuple[Any, Any]] = []
    stack = [tree]
    while stack:
        here = stack.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        found += [(here, key) for key in keys]
        stack += [here[key] for key in keys]
    return found


def mutated_tree(seed: Any, dice: random.Random) -> bytes:
    tree = copy.deepcopy(seed)
    for _ in range(dice.choice((1, 1, 2, 5))):
        places = nodes(tree)
        if not places:
            break
        here, key = dice.choice(places)
        act = dice.randrange(4)
        if act == 0:
            del here[key]
        elif act == 1 and isinstance(here, list):
            here.insert(key, copy.copy(here[key]))
        elif act == 2:
            deep: Any = 1
            for _ in range(dice.choice((3, 50, 400))):
                deep = [deep]
            here[key] = deep
        else:
            here[key] = copy.deepcopy(dice.choice(STRANGE))
    return json.dumps(tree).encode()


def mutated_table(seed: str, dice: random.Random) -> bytes:
    rows = list(csv.reader(io.StringIO(seed, newline=""), delimiter=";" if ";" in seed else ","))
    for _ in range(dice.choice((1, 1, 2, 5))):
        n = dice.randrange(len(rows))
        c = dice.randrange(max(len(rows[n]), 1))
        act = dice.randrange(6)
        if act == 0 and rows[n]:
            del rows[n][c]
        elif act == 1 and rows[n]:
            rows[n][c] = str(dice.choice(STRANGE))
        elif act == 2 and rows[n]:
            rows[n].insert(c, rows[n][c])
        elif act == 3:
            rows.insert(n, list(rows[n]))
        elif act == 4 and len(rows) > 1:
            del rows[n]
        else:
            dice.shuffle(rows)
    out = io.StringIO()
    csv.writer(
        out, lineterminator=dice.choice(("\n", "\r\n", "\r")), delimiter=dice.choice(",;\t")
    ).writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


def mutated_bytes(seed: bytes, dice: random.Random) -> bytes:
    data = bytearray(seed)
    for _ in range(dice.choice((1, 1, 3, 20))):
        at, act = dice.randrange(len(data) + 1), dice.randrange(4)
        if act == 0:
            del data[at:]
        elif act == 1 and at < len(data):
            data[at] ^= 1 << dice.randrange(8)
        elif act == 2:
            del data[at : at + dice.randrange(1, 30)]
        else:
            data[at:at] = data[at : at + dice.randrange(1, 30)]
    return bytes(data)


def instances(data: bytes) -> int | None:
    """How many instances a plain COCO file has, counted by other means; None where that is not plain."""
    try:
        file = json.loads(data)
        return sum(bool(a.get("keypoints")) for a in file["annotations"] or ())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def attempt(path: Path, data: bytes) -> bool:
    """Read and examine; True if it was readable. Anything but our own errors is a failure of the test."""
    path.write_bytes(data)
    start = time.perf_counter()
    try:
        a = formats.read(path, image_size=(64, 48))
        assert np.array_equal(np.isnan(a.xy).any(axis=-1), a.visible == 0), "labelled and placed disagree"
        assert not np.isinf(a.xy).any(), "a joint at infinity"
        assert len(a) == 0 or ((a.image >= 0).all() and (a.image < len(a.images)).all()), (
            "an image that is not"
        )
        if "COCO keypoints JSON" in a.reading and (count := instances(data)) is not None:
            assert len(a) == count, f"{len(a)} instances read of {count}"
        good = True
    except Kp2heatError as problem:
        sentence, good = str(problem), False
    assert good or (sentence and "\n" not in sentence), "not one sentence"
    try:
        formats.validate(path)
    except Kp2heatError:
        assert not good or "\udc00" in str(path), "readable, yet not to be examined"
    assert time.perf_counter() - start < SECONDS
    return good


SEEDS: dict[str, tuple[Callable[[Any, random.Random], bytes], Any, bytes]] = {
    **{name: (mutated_tree, tree, json.dumps(tree).encode()) for name, tree in JSON.items()},
    **{name: (mutated_table, text, text.encode()) for name, text in CSV.items()},
}


def fuzz(name: str, tmp_path: Path, runs: range) -> None:
    shape, seed, plain = SEEDS[name]
    assert attempt(tmp_path / "seed", plain), "the seed itself must read"
    for run in runs:
        dice = random.Random(f"{name} {run}")
        data = shape(seed, dice) if run % 3 else mutated_bytes(plain, dice)
        try:
            attempt(tmp_path / "mutant", data)
        except Exception as problem:
            raise AssertionError(f"{name}, run {run}: {problem!r}\n{data[:2000]!r}") from problem


@pytest.mark.parametrize("name", SEEDS)
def test_a_sample_of_mutations(name: str, tmp_path: Path) -> None:
    fuzz(name, tmp_path, range(15))


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEDS)
def test_a_thousand_mutations(name: str, tmp_path: Path) -> None:
    fuzz(name, tmp_path, range(1000))
