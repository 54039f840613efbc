"""``kp2heat preview``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.predictions import note_unpaired, prediction_options, predictions_of
from kp2heat.cli.options.reading import reading, reading_options
from kp2heat.cli.options.sections import SETTINGS, SectionedCommand, given_options
from kp2heat.cli.options.spec import spec_from, spec_options
from kp2heat.cli.options.values import listed
from kp2heat.cli.output.console import bar, say, waiting
from kp2heat.cli.output.decode_run import decode_shown
from kp2heat.errors import plural
from kp2heat.files.storage import location

if TYPE_CHECKING:
    from kp2heat.arrays import Ints
    from kp2heat.pipeline.encoding.planning.plan import Plan
    from kp2heat.pipeline.predictions.align import Settings
    from kp2heat.pipeline.seeing.preview import PreviewOptions
    from kp2heat.pipeline.seeing.source import Source
    from kp2heat.shards.reading.dataset import Shards

DEFAULT_COUNT = 16
MOST_NOTES = 3


@click.command("preview", cls=SectionedCommand)
@click.argument("path", metavar="SHARDS|ANNOTATIONS")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default="preview.png",
    show_default=True,
    help="The picture: .png, .jpg or .webp.",
)
@click.option(
    "-n",
    "count",
    type=click.IntRange(1, 10_000),
    default=DEFAULT_COUNT,
    show_default=True,
    help="Samples, spread evenly.",
)
@listed("--ids", metavar="ID,..", help="These samples, by annotation id or image id.")
@click.option(
    "--worst",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="The N samples with the largest error, at the first level.",
)
@click.option("--joints", is_flag=True, help="A contact sheet: one panel per joint.")
@listed("--level", metavar="WxH,..", help="Use only these map sizes.")
@click.option(
    "--decode",
    "method",
    shell_complete=names_of("method"),
    metavar="METHOD",
    help="Draw decoded points and their error: auto, dark, argmax, ...",
)
@prediction_options
@click.option(
    "--cells", is_flag=True, help="Draw cells as flat rectangles instead of interpolating between them."
)
@click.option(
    "--panel",
    type=click.IntRange(48, 4096),
    metavar="PX",
    help="Longer side of a panel [default: by their number].",
)
@spec_options
@reading_options
def command(path: str, output: Path, **given: Any) -> None:
    """Draw samples of SHARDS, or of ANNOTATIONS as encode would store them: crop, joints and maps on one sheet.

    Maps are placed by the recorded alignment, so the brightest spot lies on the joint. With --images the network's
    input is cut from the images; without, the canvas is plain.

    \b
    kp2heat preview labels --images images -o labels.png
    kp2heat preview labels --images images --decode dark --worst 16
    kp2heat preview labels --images images --predictions out.npy --predicted-as logits -n 8
    kp2heat preview person_keypoints.json --images images --preset people-28-14-7 -n 4
    kp2heat preview labels --ids 785,1296 --joints -o joints.webp
    """
    from kp2heat.pipeline.describe import holds_shards
    from kp2heat.pipeline.seeing.picture_file import check_picture_path

    check_picture_path(output)
    if given["worst"] and given["ids"]:
        raise click.UsageError("--worst and --ids both choose the samples: give one of them.")
    given = {**given, "method": given["method"] or ("auto" if given["worst"] else None)}
    source, rows, options = (_of_shards if holds_shards(path) else _of_annotations)(path, given)
    _draw(source, rows, options, given["images"], output)


def preview_plan(planned: Plan, output: Path, images: Path | str | None) -> None:
    """Draw samples of a planned encoding: what ``encode --preview`` asks for."""
    from kp2heat.pipeline.seeing.preview import PreviewOptions, choose_rows
    from kp2heat.pipeline.seeing.source import from_plan

    source = from_plan(planned)
    _draw(source, choose_rows(source, DEFAULT_COUNT), PreviewOptions(), images, output)


def _draw(
    source: Source, rows: Ints, options: PreviewOptions, images: Path | str | None, output: Path
) -> None:
    """Write the sheet; say what was drawn without its picture, and why."""
    from kp2heat.pipeline.seeing.images import Pictures
    from kp2heat.pipeline.seeing.picture_file import write_picture
    from kp2heat.pipeline.seeing.planes import undrawn
    from kp2heat.pipeline.seeing.preview import preview

    pictures = Pictures(images) if images else None
    with waiting("drawing"):
        sheet = preview(source, rows, options, pictures)
    write_picture(sheet, output)
    if unseen := dict.fromkeys(name for info in source.levels.values() for name in undrawn(info)):
        say(f"not drawn: {', '.join(unseen)}")
    if pictures is None:
        say("no --images: drawn on a plain canvas")
    elif pictures.notes:
        for name, reason in list(pictures.notes.items())[:MOST_NOTES]:
            say(f"{name}: {reason}; drawn on a plain canvas")
        if len(pictures.notes) > MOST_NOTES:
            say(f"... and {len(pictures.notes) - MOST_NOTES} more images")
    say(f"{output}: {plural(len(rows), 'sample')} of {len(source)}, {sheet.shape[1]}x{sheet.shape[0]} px")


def _of_shards(path: str, given: dict[str, Any]) -> tuple[Source, Ints, PreviewOptions]:
    from kp2heat.pipeline.decoding.sources import open_aligned, predicted_info
    from kp2heat.pipeline.seeing.preview import choose_rows
    from kp2heat.pipeline.seeing.source import from_shards
    from kp2heat.shards.reading.dataset import open_shards

    if settings := given_options(*SETTINGS, "Reading", but=("images", "swap")):
        raise click.UsageError(f"{settings[0]} goes with ANNOTATIONS: SHARDS are shown as they were encoded.")
    shards = open_shards(location(path))
    source = from_shards(shards)
    predictions = predictions_of(given, given["swap"])
    options = _options(given)
    if predictions is not None:
        aligned = open_aligned(shards, predictions, given["level"])
        options = replace(options, predicted=(aligned, predicted_info(shards, aligned)))
    if given["worst"]:
        return source, _worst_of_shards(shards, given, predictions), options
    note_unpaired(predictions, shards.skeleton)
    return source, choose_rows(source, given["count"], given["ids"] or ()), options


def _worst_of_shards(shards: Shards, given: dict[str, Any], predictions: Settings | None) -> Ints:
    from kp2heat.pipeline.seeing.worst import joint_errors, worst_samples

    level = given["level"] if predictions else (given["level"] or list(shards.levels))[:1]
    asked = {**given, "method": _first_method(given), "level": level}
    result = decode_shown(shards, predictions, asked).results[0]
    say(f"the worst of {len(shards)} samples at {result.name}, decoded by {result.method}")
    return worst_samples(joint_errors(result), shards.truth.sample, given["worst"])


def _of_annotations(path: str, given: dict[str, Any]) -> tuple[Source, Ints, PreviewOptions]:
    from kp2heat.formats import read
    from kp2heat.pipeline.encoding.planning.plan import plan
    from kp2heat.pipeline.seeing.preview import choose_rows
    from kp2heat.pipeline.seeing.source import from_plan

    for name in ("predictions", "flipped"):
        if given[name]:
            raise click.UsageError(f"--{name} needs SHARDS: run kp2heat encode first.")
    with waiting(f"reading {path}"):
        rows = read(path, **reading(given))
    spec, resets = spec_from(given)
    planned = plan(rows, spec)
    for note in (*resets, *planned.notes, *(f"warning: {w}" for w in planned.warnings)):
        say(note)
    source = from_plan(planned)
    if given["worst"]:
        return source, _worst_of_labels(source, given), _options(given)
    return source, choose_rows(source, given["count"], given["ids"] or ()), _options(given)


def _worst_of_labels(source: Source, given: dict[str, Any]) -> Ints:
    from kp2heat.pipeline.seeing.preview import check_levels
    from kp2heat.pipeline.seeing.worst import label_errors, worst_samples

    check_levels(source, given["level"] or ())
    level = (given["level"] or list(source.levels))[0]
    with bar(len(source), "samples") as advance:
        errors = label_errors(source, level, _first_method(given), advance)
    say(f"the worst of {len(source)} samples at {level}, as encode draws and {given['method']} decodes them")
    return worst_samples(errors, source.people.sample, given["worst"])


def _first_method(given: dict[str, Any]) -> str:
    method: str = given["method"]
    return method.split(",")[0].strip()


def _options(given: dict[str, Any]) -> PreviewOptions:
    from kp2heat.pipeline.seeing.preview import PreviewOptions

    return PreviewOptions(
        levels=given["level"] or (),
        method=given["method"],
        joints=given["joints"],
        cells=given["cells"],
        side=given["panel"],
    )
