"""``kp2heat sigmas``."""

from __future__ import annotations

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.output.console import print_json, say, show, table


@click.command("sigmas")
@click.argument("annotations", nargs=-1, required=True, metavar="FILE FILE...")
@click.option(
    "--format",
    "format_name",
    shell_complete=names_of("format"),
    help="Format of the files, if the content does not tell.",
)
@click.option("--category", help="Category name or id, where the files have several.")
@json_option("The sigmas")
def command(
    annotations: tuple[str, ...], format_name: str | None, category: str | None, as_json: bool
) -> None:
    """Estimate the OKS sigmas of a skeleton from the same instances annotated two times or more.

    One FILE per annotator; the instances are those whose ids all files have. COCO's procedure: sigma squared
    is the mean of d^2 / area, with d the distance of an annotation from the mean of the annotators.

    \b
    kp2heat sigmas first.json second.json third.json
    kp2heat evaluate r.json --truth first.json --sigmas "$(kp2heat sigmas a.json b.json --json | jq -r .sigmas)"
    """
    from kp2heat.pipeline.evaluation.sigmas import sigmas_of_files

    estimated = sigmas_of_files(annotations, format=format_name, category=category)
    say(f"{estimated.instances} instances annotated {len(annotations)} times")
    if as_json:
        print_json(estimated.to_json())
    else:
        rows = [
            [name, values["sigma"], values["count"]] for name, values in estimated.to_json()["joints"].items()
        ]
        show(table(["joint", "sigma", "instances"], rows))
