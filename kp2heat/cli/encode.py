"""``kp2heat encode``."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.console import bar, counted, human_bytes, print_json, say, table, waiting
from kp2heat.cli.options import byte_count, listed, pixels, settings
from kp2heat.cli.reading import reading, reading_options
from kp2heat.cli.sections import EncodingCommand

if TYPE_CHECKING:
    from kp2heat.pipeline.encoding.plan import Plan
    from kp2heat.pipeline.encoding.report import EncodeReport
    from kp2heat.spec import Spec

READING = 4
"""What a byte of annotations weighs against one of shards where compiled loops are to be there for the reading: with
37 MB of them the job loses nothing even if its shards stay small (21,000 people of published COCO), and gains 6 % else."""


@click.command("encode", cls=EncodingCommand)
@click.argument("annotations")
@click.argument("out", required=False, type=click.Path(path_type=Path))
@click.option("--preset", help="Settings that come with kp2heat, by name (kp2heat presets lists them).")
@click.option("--config", type=click.Path(path_type=Path), help="Settings of your own, a TOML file.")
@click.option(
    "--sample", type=click.Choice(["instance", "image"]), help="One stack a person, or one an image."
)
@click.option(
    "--fit",
    type=click.Choice(["stretch", "letterbox", "crop"]),
    help="How the image becomes the network's input; crop: the person's box.",
)
@click.option(
    "--input-size", metavar="WxH", help="The network's input in px [default: the image's own size]."
)
@click.option("--padding", type=float, help="Factor on the box with --fit crop [default: 1.25].")
@listed("--stride", metavar="S,S,..", help="Map sizes as input / stride: 8,16,32.")
@listed("--size", metavar="WxH,..", help="Map sizes in cells: 28x28,14x14,7x7.")
@listed(
    "--sigma",
    metavar="S,..",
    help="Blob's sigma: cells (2) or input px (8px); one, or one a level.",
)
@click.option("--codec", help="The field's convention to follow [default: gaussian].")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A setting of the codec.")
@click.option(
    "--literal",
    is_flag=True,
    default=None,
    help="Follow the published code to the last bit, its faults included.",
)
@click.option("--align", help="half-pixel, stride, cell-center or align-corners [default: the codec's].")
@click.option("--hidden", help="Joints with v = 1: gaussian, zero or weight=w [default: gaussian].")
@click.option(
    "--outside",
    type=click.Choice(["drop", "partial", "clip", "error"]),
    help="Joints outside the input [default: drop].",
)
@click.option(
    "--normalize",
    metavar="NAME[,K=V..]",
    help="none, sum, sigmoid[,gain=g,bias=b], softmax[,beta=b], clamp[,eps=e].",
)
@click.option("--dtype", type=click.Choice(["f16", "f32", "u8"]), help="Stored number type [default: f16].")
@reading_options
@click.option(
    "--shard-rows",
    type=int,
    help="Samples a shard, up to a multiple of 64 [default: 4096, or fewer if large].",
)
@click.option("--shard-size", type=byte_count, help="Dense bytes a shard, e.g. 256MB.")
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    default=1,
    show_default=True,
    help="Processes; the output is the same.",
)
@click.option(
    "--overwrite/--resume",
    help="Replace what OUT holds of another encoding; or go on with this one, refusing another [default].",
)
@click.option(
    "--on-error",
    type=click.Choice(["fail", "skip"]),
    default="fail",
    show_default=True,
    help="Wrong annotations: refuse the file; or leave them out, list them in OUT/skipped.jsonl, exit 3.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, write nothing.")
@click.option("--check", is_flag=True, help="Decode what was written and report the error.")
@click.option(
    "--fail-above",
    type=pixels,
    metavar="PX",
    help="Exit 4 if the mean error of --check is larger, e.g. 0.1px.",
)
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="No summary.")
def command(annotations: str, out: Path | None, **given: Any) -> None:
    """Render ANNOTATIONS (COCO JSON or CSV; - for stdin) as heatmap labels into the folder OUT.

    \b
    kp2heat encode person_keypoints.json labels --preset coco-256x192
    kp2heat encode keypoints.csv labels --sample image --input-size 224x224 --size 28x28,14x14,7x7
    kp2heat encode a.json labels --codec udp --input-size 192x256 --stride 4 --sigma 8px --check
    cat a.json | kp2heat encode - labels --preset landmarks-28-14-7 --dry-run
    """
    from kp2heat import compiled
    from kp2heat.cli.decode import gate
    from kp2heat.formats import read
    from kp2heat.pipeline.encoding.disk_space import estimated_bytes
    from kp2heat.pipeline.encoding.plan import plan
    from kp2heat.pipeline.encoding.run import run_plan
    from kp2heat.shards.schema import SKIPPED

    if out is None and not given["dry_run"]:
        raise click.UsageError("Missing argument 'OUT': the folder to write to.")
    spec = _spec(given)
    with suppress(OSError):  # the reader says what is wrong with the file
        size = Path(annotations).stat().st_size
        compiled.expect(READING * size)
    with waiting(f"reading {annotations}"):
        rows = read(annotations, on_error=given["on_error"], **reading(given))
    planned = plan(
        rows,
        spec,
        shard_rows=given["shard_rows"],
        shard_bytes=given["shard_size"],
        on_error=given["on_error"],
    )
    if not given["quiet"]:
        _preface(planned)
    if given["dry_run"] or out is None:
        size = estimated_bytes(planned, len(planned.samples), planned.shards)
        if given["as_json"]:
            print_json({**planned.to_json(), "estimated_bytes": size})
        else:
            click.echo(
                f"{_plan_text(planned)}\nabout {human_bytes(size)} on the disk, from maps drawn on trial"
            )
        return
    with bar(len(planned.samples), "samples") as advance:
        report = run_plan(
            planned, out, workers=given["workers"], overwrite=given["overwrite"], progress=advance
        )
    summary = report.to_json()
    if given["check"] or given["fail_above"] is not None:
        summary["check"] = _check(out, report)
    if given["as_json"]:
        print_json(summary)
    elif not given["quiet"]:
        click.echo(_summary_text(report, out, summary.get("check")))
    gate(given["fail_above"], summary.get("check", {"levels": {}}))
    if planned.skipped:
        say(f"{counted(len(planned.skipped), 'annotation')} skipped: {out / SKIPPED} says which and why")
        sys.exit(3)


def _spec(given: dict[str, Any]) -> Spec:
    """Preset or config, with every option that was given laid over it."""
    from kp2heat.errors import SpecError
    from kp2heat.pipeline.presets import load_config, load_preset
    from kp2heat.spec import Spec

    if given["preset"] and given["config"]:
        raise SpecError("--preset, --config", "both are given", "choose one")
    base = Spec()
    if given["preset"]:
        base = load_preset(given["preset"])
    elif given["config"]:
        base = load_config(given["config"])
    names = {"stride": "strides", "size": "sizes"}
    plain = (
        "sample",
        "fit",
        "input_size",
        "padding",
        "size",
        "sigma",
        "codec",
        "align",
        "hidden",
        "outside",
        "dtype",
    )
    over = {names.get(key, key): given[key] for key in plain if given[key] is not None}
    if given["stride"] is not None:
        over["strides"] = [_number(word) for word in given["stride"]]
    if "strides" in over or "sizes" in over:
        over = {"strides": [], "sizes": [], **over}
        over.setdefault("sigma", [])
    if given["normalize"] is not None:
        name, *params = given["normalize"].split(",")
        over["normalize"], over["normalize_params"] = name, settings(tuple(params), "--normalize")
    params = settings(given["params"], "--param")
    if given["literal"]:
        params["literal"] = True
    if params:
        over["params"] = params if over.get("codec") else {**base.params, **params}
    elif over.get("codec", base.codec) != base.codec:
        over["params"] = {}
    return base.with_fields(over, "command line")


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise click.BadParameter(f"'{word}' is not a stride", param_hint="--stride") from None


def _preface(planned: Plan) -> None:
    if planned.annotations.reading:
        say(f"{planned.annotations.source}: {planned.annotations.reading}")
    for note in planned.notes:
        say(f"note: {note}")
    for warning in planned.warnings:
        say(f"warning: {warning}")


def _plan_text(planned: Plan) -> str:
    shown = planned.to_json()
    rows = [
        [name, plane, "x".join(map(str, p["shape"])), p["dtype"], f"{level['sigma']:.3g}", level["alignment"]]
        for name, level in shown["levels"].items()
        for plane, p in level["planes"].items()
    ]
    left = ", ".join(f"{reason} {n}" for reason, n in shown["left_out"].items() if n) or "none"
    return "\n".join(
        [
            table(["level", "plane", "shape", "dtype", "sigma", "alignment"], rows),
            "",
            f"samples {shown['samples']} of {shown['people']} people in {shown['images']} images; left out: {left}",
            f"dense {human_bytes(shown['dense_bytes'])} before compression, in {counted(shown['shards'], 'shard')}",
        ]
    )


def _summary_text(report: EncodeReport, out: Path, check: dict[str, Any] | None) -> str:
    from kp2heat.cli.tables import error_table

    planned = report.plan
    count = len(planned.samples)
    dense = planned.row_bytes * count
    joints = report.joints()
    beyond = {name: c["outside"] for name, c in joints.items() if c["outside"]}
    drawn, labelled = (sum(c[key] for c in joints.values()) for key in ("drawn", "labelled"))
    left = ", ".join(f"{reason} {n}" for reason, n in planned.samples.left_out.items() if n)
    rate = f", {count / report.seconds:,.0f} samples/s" if report.seconds > 0 and not report.kept else ""
    lines = [
        f"{out}: {count} samples, {len(planned.samples.row)} people, "
        f"{', '.join(level.name for level in planned.levels)} {planned.spec.codec} {planned.spec.dtype}"
        + ("" if planned.spec.normalize == "none" else f" {planned.spec.normalize}"),
        f"joints: {labelled} labelled, {drawn} drawn, {sum(beyond.values())} outside the input"
        + (f" ({', '.join(f'{n} {c}' for n, c in beyond.items())})" if beyond else ""),
        f"{counted(len(report.shards), 'shard')}, {human_bytes(report.bytes)} ({human_bytes(dense)} dense"
        + (f", {dense / report.bytes:.1f} times smaller" if report.bytes else "")
        + f"), {report.seconds:.2f} s{rate}",
    ]
    if left:
        lines.insert(1, f"left out: {left}")
    if report.kept:
        lines.append(f"reused {counted(report.kept, 'existing shard')}")
    if check:
        lines += ["", error_table(check)]
    return "\n".join(lines)


def _check(out: Path, report: EncodeReport) -> dict[str, Any]:
    """Decode what was written."""
    from kp2heat.pipeline.decoding.run import decode_dataset

    paths = [out / shard.file for shard in report.shards]
    return decode_dataset(paths).to_json() if paths else {"levels": {}}
