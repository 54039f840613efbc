"""A file under examination."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kp2heat.arrays import Bools
from kp2heat.errors import InputError
from kp2heat.formats.checks import PLACES
from kp2heat.formats.findings import Finding, Severity
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import Raw
from kp2heat.formats.visibility import visibility
from kp2heat.skeleton import Skeleton


class Case:
    """A file under examination: its raw columns and what several looks need of them.

    xy        (N, K, 2) float64, NaN where not labelled
    extent    (N, 2) float64 size of each row's image, NaN unknown
    """

    def __init__(self, raw: Raw, options: ReadOptions) -> None:
        self.raw = raw
        try:
            self.labelled = np.asarray(visibility(raw, options)[0] > 0)
        except InputError:
            self.labelled = np.asarray(np.isfinite(raw.xy).all(axis=-1))
        self.labelled &= np.isfinite(raw.xy).all(axis=-1)
        self.xy = np.where(self.labelled[..., None], raw.xy, np.nan)
        assert raw.size is not None
        known = raw.image >= 0
        self.extent = np.full((len(raw.xy), 2), np.nan)
        self.extent[known] = raw.size[raw.image[known]]
        self.skeleton = Skeleton(raw.names or tuple(map(str, range(raw.xy.shape[1]))), raw.limbs)

    def joints(self, code: str, severity: Severity, where: Bools, found: str, todo: str) -> Iterator[Finding]:
        """A finding at these joints (N, K), if there are any."""
        hits = np.argwhere(where)
        if len(hits):
            places = tuple(self.raw.at(int(n), int(k)) for n, k in hits[:PLACES])
            yield Finding(code, severity, len(hits), places, found, todo)

    def rows(self, code: str, severity: Severity, where: Bools, found: str, todo: str) -> Iterator[Finding]:
        """A finding at these rows (N,), if there are any."""
        hits = np.flatnonzero(where)
        if hits.size:
            places = tuple(self.raw.at(int(n)) for n in hits[:PLACES])
            yield Finding(code, severity, hits.size, places, found, todo)

    def file(self, code: str, severity: Severity, count: int, found: str, todo: str) -> Finding:
        """A finding about the file as a whole."""
        return Finding(code, severity, count, (), found, todo)
