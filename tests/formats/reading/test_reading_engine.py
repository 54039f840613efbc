"""A large file whose blocks are read by an engine gives the same annotations as one that is read here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat.annotations import Annotations
from kp2heat.engines import local
from kp2heat.errors import InputError
from kp2heat.formats import read
from kp2heat.formats.json_files import arrays, coco

PEOPLE = 2000


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return annotations of people that take several blocks, which are shared among processes however few they are."""
    monkeypatch.setattr(arrays, "PIECE", 1 << 16)
    monkeypatch.setattr(coco, "SHARED", 2)
    random = np.random.default_rng(0)
    return [
        {
            "id": 10 + n,
            "image_id": n // 2,
            "category_id": 1,
            "bbox": [1, 2, 300.5, 200],
            "keypoints": np.column_stack([random.uniform(0, 300, (5, 2)).round(2), random.integers(0, 3, 5)])
            .ravel()
            .tolist(),
        }
        for n in range(PEOPLE)
    ]


def written(path: Path, people: list[dict[str, Any]]) -> Path:
    images = [
        {"id": n, "file_name": f"{n}.jpg", "width": 640, "height": 480} for n in range(len(people) // 2)
    ]
    categories = [{"id": 1, "name": "person", "keypoints": list("abcde")}]
    path.write_text(json.dumps({"images": images, "annotations": people, "categories": categories}))
    return path


def same(one: Annotations, other: Annotations) -> bool:
    """Return whether all columns are, and what is said of them."""
    plain = ("images", "skeleton", "image_folders")
    return one.reading == other.reading and all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f") if isinstance(a, np.ndarray) else a == b
        for a, b in (
            (getattr(one, of.name), getattr(other, of.name)) for of in fields(one) if of.name not in plain
        )
    )


def counted(calls: list[int]) -> Callable[..., Iterator[Any]]:
    """Return ``map``, which notes each of its calls."""

    def engine(function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
        for job in jobs:
            calls.append(1)
            yield function(job)

    return engine


def test_processes_read_what_one_does(tmp_path: Path, people: list[dict[str, Any]]) -> None:
    path = written(tmp_path / "a.json", people)
    here = read(path)
    assert len(here) == PEOPLE
    assert same(read(path, engine=local(2)), here)


def test_an_engine_reads_every_block_of_a_large_file_and_none_of_a_small_one(
    tmp_path: Path, people: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, calls = written(tmp_path / "a.json", people), list[int]()
    read(path, engine=counted(calls))
    pieces = len(json.dumps(people)) / arrays.PIECE
    assert pieces <= len(calls) < 2 * pieces  # a block ends with the last whole annotation of its piece
    monkeypatch.setattr(coco, "SHARED", len(calls) + 1)
    calls.clear()
    read(path, engine=counted(calls))
    assert not calls


def test_a_wrong_row_is_found_as_without_an_engine(tmp_path: Path, people: list[dict[str, Any]]) -> None:
    people[PEOPLE - 7]["keypoints"] = [1, 2, 2]
    path = written(tmp_path / "a.json", people)
    said = []
    for more in ({}, {"engine": local(2)}):
        with pytest.raises(InputError) as refused:
            read(path, **more)
        said.append(str(refused.value))
    assert said[0] == said[1]


def _die(_job: Any) -> None:
    os._exit(9)


def test_where_workers_die_the_file_is_read_here(tmp_path: Path, people: list[dict[str, Any]]) -> None:
    path = written(tmp_path / "a.json", people)

    def engine(_function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
        return iter(local(2)(_die, jobs))

    assert same(read(path, engine=engine), read(path))
