"""Totals as a file: a tree of numbers as JSON, and its arrays behind each other, by dtype (NumPy's .npz, without pickle)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kp2heat.files.atomic import whole_or_absent
from kp2heat.files.input_file import check_regular, damage_reported
from kp2heat.pipeline.decoding.reporting.totals import Totals


def write_totals(path: Path, whole: Totals | None, about: Mapping[str, Any]) -> None:
    """Write totals, None of a part without samples, and what they are about."""
    arrays: dict[str, list[NDArray[Any]]] = defaultdict(list)
    filled: Counter[str] = Counter()

    def place(array: NDArray[Any]) -> Any:
        """Keep an array; return its dtype, how many numbers of that dtype are in front of it, and its shape."""
        dtype, before = array.dtype.name, filled[array.dtype.name]
        arrays[dtype].append(array.reshape(-1))
        filled[dtype] += array.size
        return dtype, before, array.shape

    text = json.dumps({"about": about, "totals": msgspec.to_builtins(whole, enc_hook=place)})
    joined = {dtype: np.concatenate(kept) for dtype, kept in arrays.items()}
    with whole_or_absent(path) as part, part.open("wb") as file:
        np.savez(file, json=np.frombuffer(text.encode(), np.uint8), **joined)  # type: ignore[arg-type]


def read_totals(path: Path) -> tuple[Totals | None, dict[str, Any]]:
    """Return totals and what they are about; InputError where the file is not one."""
    check_regular(path)
    problem = "is not a report of kp2heat decode --part, or is damaged"
    with (
        damage_reported(path.name, problem, "remove it and run that part again"),
        path.open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        content = json.loads(stored["json"].tobytes())
        arrays = {name: stored[name] for name in stored.files}

        def array(_kind: Any, place: tuple[str, int, tuple[int, ...]]) -> NDArray[Any]:
            dtype, before, shape = place
            return np.asarray(arrays[dtype][before : before + prod(shape)].reshape(shape))

        whole = msgspec.convert(content["totals"], Totals | None, dec_hook=array)
        return whole, dict(content["about"])
