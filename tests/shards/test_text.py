"""Columns of text are what NumPy makes of them word by word."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat.shards.text import from_utf8, to_utf8

LETTERS = st.characters(exclude_characters="\0", exclude_categories=("Cs",))
WORDS = st.lists(st.text(st.sampled_from("az09._/ ")) | st.text(LETTERS), max_size=9)


@given(words=WORDS, wider=st.integers(1, 40))
def test_there_and_back(words: list[str], wider: int) -> None:
    """However wide the array is that they come in."""
    values = np.array(words, np.str_)
    values = values.astype(f"U{max(wider, values.dtype.itemsize // 4)}")
    stored = to_utf8(values)
    assert [word.decode() for word in stored.tolist()] == words
    assert stored.dtype.itemsize == max([1, *(len(word.encode()) for word in words)])
    assert from_utf8(stored).tolist() == words


def test_what_is_not_utf8_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        from_utf8(np.array([b"a.jpg", b"\xff.jpg"]))
