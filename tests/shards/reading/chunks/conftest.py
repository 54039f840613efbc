"""Chunks are inflated one by one, or many in one call of a compiled loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kp2heat.compiled import WORTH_LOADING, compiled_for, loops


@pytest.fixture(autouse=True, params=[0, WORTH_LOADING], ids=["one by one", "in one call"])
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test of this folder goes both ways."""
    with compiled_for(request.param):
        if request.param:
            pytest.importorskip(
                "numba", reason="the compiled loops are an extra: pip install 'kp2heat[fast]'"
            )
            compiled = loops()
            assert compiled is not None
            if compiled.every_inflated is None:
                pytest.skip("this build of zlib-ng exports no functions for the loop")
        yield
