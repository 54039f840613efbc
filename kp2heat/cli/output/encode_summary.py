"""What ``kp2heat encode`` prints of a plan and of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kp2heat.cli.output.console import human_bytes, table
from kp2heat.cli.output.tables import error_table
from kp2heat.errors import plural

if TYPE_CHECKING:
    from kp2heat.pipeline.encoding.planning.plan import Plan
    from kp2heat.pipeline.encoding.report import EncodeReport

ONE_OF = {
    "crowd regions": "crowd region",
    "annotations without a labelled joint": "annotation without a labelled joint",
}
"""Reason to leave annotations out, of several -> of one."""

MOST_JOINTS = 8
"""Joints that the summary names with their count outside the input; ``--json`` has all of them."""


def plan_text(planned: Plan) -> str:
    """Return what ``--dry-run`` shows: the planes of every map size, and the counts."""
    shown = planned.to_json()
    rows = [
        [name, plane, "x".join(map(str, p["shape"])), p["dtype"], f"{level['sigma']:.3g}", level["alignment"]]
        for name, level in shown["levels"].items()
        for plane, p in level["planes"].items()
    ]
    left = _left_out(shown["left_out"]) or "none"
    return "\n".join(
        [
            table(["level", "plane", "shape", "dtype", "sigma", "alignment"], rows),
            "",
            f"{plural(shown['samples'], 'sample')} of {plural(shown['people'], 'person')} in "
            f"{plural(shown['images'], 'image')}; left out: {left}",
            f"{human_bytes(shown['dense_bytes'])} uncompressed, in {plural(shown['shards'], 'shard')}",
        ]
    )


def summary_text(report: EncodeReport, out: Path | str, check: dict[str, Any] | None) -> str:
    """Return the summary of a run; ``check``: the report of ``--check``, whose table follows."""
    planned = report.plan
    count = report.rows
    dense = planned.row_bytes * count
    joints = report.joints()
    beyond = {name: c["outside"] for name, c in joints.items() if c["outside"]}
    drawn, labelled = (sum(c[key] for c in joints.values()) for key in ("drawn", "labelled"))
    left = _left_out(planned.samples.left_out)
    rate = f", {count / report.seconds:,.0f} samples/s" if report.seconds > 0 and not report.kept else ""
    lines = [
        f"{out}: {_counts(report)}, "
        f"{', '.join(level.name for level in planned.levels)} {planned.spec.codec} {planned.spec.dtype}"
        + ("" if planned.spec.normalize == "none" else f" {planned.spec.normalize}"),
        f"joints: {labelled} labelled, {drawn} drawn, {sum(beyond.values())} outside the input"
        + (f" ({_most(beyond)})" if beyond else ""),
        f"{plural(len(report.shards), 'shard')}: {human_bytes(report.bytes)} on disk, {human_bytes(dense)} "
        f"uncompressed; {report.seconds:.2f} s{rate}",
    ]
    if left:
        lines.insert(1, f"left out: {left}")
    if report.kept:
        reused = plural(report.kept, "existing shard")
        lines.append(f"reused {reused} of the same settings; kp2heat verify {out} checks the content")
    if check:
        lines += ["", error_table(check)]
    return "\n".join(lines)


def _left_out(counts: Mapping[str, int]) -> str:
    """Return the reasons with their numbers: "1 crowd region"."""
    return ", ".join(
        f"{n} {ONE_OF.get(reason, reason) if n == 1 else reason}" for reason, n in counts.items() if n
    )


def _most(counts: Mapping[str, int]) -> str:
    """Return the joints of the largest counts, and how many others there are."""
    largest = sorted(counts, key=lambda name: -counts[name])[:MOST_JOINTS]
    others = f", {len(counts) - len(largest)} other joints" if len(counts) > len(largest) + 1 else ""
    shown = [name for name in counts if name in largest] if others else list(counts)
    return ", ".join(f"{name} {counts[name]}" for name in shown) + others


def _counts(report: EncodeReport) -> str:
    if report.part is not None:
        return f"part {report.part}: {plural(report.rows, 'sample')}"
    return f"{plural(report.rows, 'sample')}, {plural(len(report.plan.samples.row), 'person')}"
