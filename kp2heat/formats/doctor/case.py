"""A file under examination."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kp2heat.arrays import Bools
from kp2heat.errors import InputError
from kp2heat.formats.checks import PLACES
from kp2heat.formats.findings import Finding, Severity
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile
from kp2heat.formats.reading.visibility import visibility
from kp2heat.skeleton import Skeleton
from kp2heat.skeleton.named import swapped


class Case:
    """A file under examination: its parsed columns and what several looks need of them.

    labelled  (N, K) bool
    xy        (N, K, 2) float64, NaN where not labelled
    extent    (N, 2) float64 size of each row's image, NaN unknown
    """

    def __init__(self, parsed: ParsedFile, options: ReadOptions) -> None:
        self.parsed = parsed
        try:
            self.labelled = np.asarray(visibility(parsed, options)[0] > 0)
        except InputError:
            self.labelled = np.asarray(np.isfinite(parsed.xy).all(axis=-1))
        self.labelled &= np.isfinite(parsed.xy).all(axis=-1)
        self.xy = np.where(self.labelled[..., None], parsed.xy, np.nan)
        known = parsed.image >= 0
        self.extent = np.full((len(parsed.xy), 2), np.nan)
        self.extent[known] = parsed.size[parsed.image[known]]
        names = parsed.names or tuple(map(str, range(parsed.xy.shape[1])))
        skeleton = Skeleton(names, parsed.limbs)
        self.skeleton = swapped(skeleton, options.swap, "swap") if options.swap else skeleton

    def places(self, code: str, severity: Severity, where: Bools, found: str, todo: str) -> Iterator[Finding]:
        """Yield a finding at these joints (N, K), or rows (N,), if there are any."""
        hits = np.argwhere(where)
        if len(hits):
            places = tuple(self.parsed.at(*hit) for hit in hits[:PLACES].tolist())
            yield Finding(code, severity, len(hits), places, found, todo)

    def file(self, code: str, severity: Severity, count: int, found: str, todo: str) -> Finding:
        """Return a finding about the file as a whole."""
        return Finding(code, severity, count, (), found, todo)
