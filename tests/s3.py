"""What a store on loopback was asked for, and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kp2heat.files import storage
from kp2heat.files.storage import Store

REAL: dict[str, Any] = {}
"""Methods of s3fs before they are replaced."""


def content(url: str) -> dict[str, bytes]:
    store = Store(url)
    return store.read(store.sizes())


class Requests:
    """The reads that a store was asked for, and the bytes it gave."""

    def __init__(self, patch: pytest.MonkeyPatch, fault: Callable[[int], None] = lambda _count: None) -> None:
        import s3fs

        real = REAL.setdefault("call", s3fs.S3FileSystem._call_s3)
        self.count = self.bytes = 0

        async def call(fs: Any, method: str, *words: Any, **more: Any) -> Any:
            self.count += 1
            fault(self.count)
            answer = await real(fs, method, *words, **more)
            self.bytes += answer.get("ContentLength", 0) if method == "get_object" else 0
            return answer

        patch.setattr(s3fs.S3FileSystem, "_call_s3", call)
        s3fs.S3FileSystem.clear_instance_cache()
        storage._opened.cache_clear()
