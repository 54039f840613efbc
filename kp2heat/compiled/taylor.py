"""The loop that takes DARK's step from the logarithms round peaks."""

from __future__ import annotations

from typing import Any

from kp2heat.compiled.jit import jit


@jit
def _derivatives(logs: Any, m: int, p: int, wide: bool) -> Any:
    """Return x, y, xx, yy and xy, as ``taylor.two_cell`` (wide) or ``taylor.one_cell`` takes them. logs (n, n, P)."""
    left, right, above, below = logs[m, m - 1, p], logs[m, m + 1, p], logs[m - 1, m, p], logs[m + 1, m, p]
    middle, first, last = logs[m, m, p], logs[m - 1, m - 1, p], logs[m + 1, m + 1, p]
    x, y = (right - left) / 2, (below - above) / 2
    if wide:
        xx = (logs[m, m + 2, p] - 2 * middle + logs[m, m - 2, p]) / 4
        yy = (logs[m + 2, m, p] - 2 * middle + logs[m - 2, m, p]) / 4
        return x, y, xx, yy, (last - logs[m - 1, m + 1, p] - logs[m + 1, m - 1, p] + first) / 4
    xx, yy = right - 2 * middle + left, below - 2 * middle + above
    return x, y, xx, yy, (last - right - below + 2 * middle - left - above + first) / 2


@jit
def taylor_steps(
    logs: Any, wide: bool, credible: float, stretch: float, dx: Any, dy: Any, taken: Any
) -> None:
    """Fill in steps (P,) of ``taylor.newton``, ``bounded``; logs (n, n, P)."""
    most = stretch * credible
    for p in range(len(dx)):
        x, y, xx, yy, xy = _derivatives(logs, len(logs) // 2, p, wide)
        det = xx * yy - xy * xy
        u, v = (xy * y - yy * x) / det, (xy * x - xx * y) / det
        taken[p] = det > 0 and xx < 0 and abs(u) <= most and abs(v) <= most
        dx[p] = min(max(u, -credible), credible) if taken[p] else 0.0
        dy[p] = min(max(v, -credible), credible) if taken[p] else 0.0


@jit
def split_peaks(x: Any, y: Any, reach: int, width: int, height: int, far: Any, near: Any) -> int:
    """Fill in the peaks (P,) at least ``reach`` cells from every side, and those that are not; how many are far."""
    count = 0
    for p in range(len(x)):
        if reach <= x[p] < width - reach and reach <= y[p] < height - reach:
            far[count] = p
            count += 1
        else:
            near[p - count] = p
    return count
