"""``kp2heat validate``: the keypoint doctor."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.options.reading import reading, reading_options
from kp2heat.cli.options.sections import SectionedCommand
from kp2heat.cli.output.console import print_json, show, waiting
from kp2heat.errors import plural

if TYPE_CHECKING:
    from kp2heat.formats.findings import Finding


@click.command("validate", cls=SectionedCommand)
@click.argument("annotations")
@click.option("--strict", is_flag=True, help="Exit 3 if there are warnings.")
@json_option("The findings")
@reading_options
def command(annotations: str, strict: bool, as_json: bool, **given: Any) -> None:
    """Check ANNOTATIONS (COCO JSON or CSV; - for stdin) for errors and suspicious values.

    Exit 0 if there are no errors, 1 on errors, with --strict 3 on warnings.

    \b
    kp2heat validate person_keypoints.json --images images
    kp2heat validate CollectedData.csv --image-size 640x480 --strict
    kp2heat validate keypoints.json --json | jq '.findings[].code'
    """
    from kp2heat.formats import validate

    with waiting(f"reading {annotations}"):
        findings = validate(annotations, **reading(given))
    if as_json:
        print_json({"source": annotations, "findings": [asdict(finding) for finding in findings]})
    else:
        show(_text(annotations, findings))
    severities = {finding.severity for finding in findings}
    sys.exit(1 if "error" in severities else 3 if strict and "warning" in severities else 0)


def _text(source: str, findings: Sequence[Finding]) -> str:
    if not findings:
        return f"{source}: no problems found"
    lines = []
    for finding in findings:
        places = "; ".join(finding.places) + ("; ..." if finding.count > len(finding.places) > 0 else "")
        lines.append(f"{finding.severity:<7}  {finding.code} x{finding.count}: {finding.found}")
        lines += [f"         at {places}"] if places else []
        lines += [f"         {finding.todo}"]
    counts = [plural(sum(f.severity == s for f in findings), s) for s in ("error", "warning")]
    return "\n".join([*lines, f"{source}: {', '.join(counts)}"])
