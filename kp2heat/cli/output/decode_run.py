"""The two ways in which ``kp2heat decode`` goes through shards: by jobs, or all of them at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.engine import engine_from
from kp2heat.cli.options.predictions import note_unpaired
from kp2heat.cli.output.console import bar, say

if TYPE_CHECKING:
    from kp2heat.pipeline.array_jobs.array_part import Part
    from kp2heat.pipeline.decoding.reporting.report import DecodeReport
    from kp2heat.pipeline.decoding.reporting.totals import Totals
    from kp2heat.pipeline.evaluation.report import Evaluation
    from kp2heat.pipeline.predictions.align import Settings
    from kp2heat.shards.reading.dataset import Shards


def decode_by_jobs(
    files: list[Path],
    predictions: Settings | None,
    output: Path | None,
    part: Part | None,
    given: dict[str, Any],
) -> Totals | None:
    """Decode a few shards at a time, so that memory does not grow with their number."""
    from kp2heat.pipeline.array_jobs.array_part import Part
    from kp2heat.pipeline.array_jobs.decode_parts import decode_totals
    from kp2heat.pipeline.array_jobs.inventory import inventory
    from kp2heat.pipeline.decoding.run import DecodeOptions
    from kp2heat.shards.reading.shard import Shard

    note_unpaired(predictions, Shard(files[0]).skeleton)
    listed, part = inventory(files), part or Part(1, 1)
    rows = sum(listed[number].rows for number in part.span(len(listed)))
    options = DecodeOptions(given["method"], given["level"], given["min_score"], given["params"])
    with bar(rows, "samples") as advance:
        whole = decode_totals(
            listed,
            options,
            predictions=predictions,
            results=output,
            score=given["score"],
            part=part,
            folder=given["into"],
            progress=advance,
            **engine_from(given),
        )
    if given["into"] is not None and not given["quiet"]:
        say(
            f"{given['into']}: part {part} of the report; kp2heat merge {given['into']} puts the parts together"
        )
    elif output is not None and whole is not None:
        say(f"{output}: {whole.people} people, keypoints of the {whole.levels[0].level} level in image px")
    return whole


def decode_shown(
    shards: Shards, predictions: Settings | None, given: dict[str, Any], **policy: Any
) -> DecodeReport:
    """Decode the levels asked for, or the predictions, behind a progress bar; name the joints left unpaired."""
    from kp2heat.pipeline.decoding.run import decode_dataset

    note_unpaired(predictions, shards.skeleton)
    passes = 1 if predictions else len(given["level"] or shards.levels)
    asked = {"method": given["method"], "levels": given["level"], "predictions": predictions}
    with bar(len(shards) * passes, "samples") as advance:
        return decode_dataset(shards, progress=advance, **asked, **policy)


def decode_at_once(
    files: list[Path], predictions: Settings | None, output: Path | None, given: dict[str, Any]
) -> tuple[Totals, dict[str, Evaluation]]:
    """Decode all shards and keep every joint, as metrics and the HTML report need them."""
    from kp2heat.cli.output.decode_report import measure
    from kp2heat.pipeline.decoding.reporting.results_file import write_results
    from kp2heat.shards.reading.dataset import open_shards

    if given["part"] or given["engine"] == "dask":
        raise click.UsageError(
            "--metric, --fail-below and --report need all shards at once: leave out --part and dask."
        )
    report = decode_shown(
        open_shards(files), predictions, given, min_score=given["min_score"], **given["params"]
    )
    if output is not None:
        count = write_results(report, output, given["score"])
        say(f"{output}: {count} people, keypoints of the {report.results[0].name} level in image px")
    if given["report_path"] is not None:
        from kp2heat.cli.seeing.report import write_decoded

        write_decoded(report, given["report_path"])
    return report.totals, measure(report, given)
