"""Help texts in sections: one table says which section an option belongs to, for all commands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from textwrap import wrap

import click

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Settings": ("preset", "config", "save_config"),
    "Reading": (
        *("format_name", "truth_format", "results_format", "category", "images"),
        *("image_size", "size_from_joints", "coords", "origin", "visibility"),
        *("min_likelihood", "skeleton", "swap", "names", "columns"),
    ),
    "Input frame": ("sample", "fit", "input_size", "padding"),
    "Maps": ("stride", "size", "sigma", "align", "hidden", "outside", "normalize", "dtype"),
    "Codec": ("codec", "params", "groups", "literal"),
    "Decoding": ("method", "level", "threshold"),
    "Predictions": (
        *("predictions", "predicted_as", "channels", "flipped", "flip_shift", "mirrored"),
        *("grid", "accumulate", "boxes", "min_score", "score"),
    ),
    "Matching": ("truth", "matching", "least_oks", "detected_images"),
    "Metrics": (
        *("metrics", "metric_param", "head_boxes", "sigmas"),
        *("calibrate", "calibrate_truth", "calibrated"),
    ),
    "Picture": (),
    "Output": (
        *("shard_rows", "shard_size", "compress", "store", "with_images", "images_as"),
        *("augment", "augment_preset", "augment_seed", "overwrite", "on_error", "output"),
    ),
    "Running": ("workers", "engine", "scheduler", "part", "into", "dry_run", "quick", "repair", "isolate"),
    "Report": (
        *("check", "fail_above", "fail_below", "per_joint", "as_json"),
        *("progress", "preview", "report_path", "quiet"),
    ),
}
"""Section -> names of parameters. An option of no section is listed under "Options"."""

OF_COMMAND: Mapping[str, Mapping[str, str]] = {
    "encode": {"part": "Output", "dry_run": "Report"},
    "decode": {
        "literal": "Decoding",
        "isolate": "Decoding",
        "params": "Decoding",
        "groups": "Metrics",
        "part": "Output",
        "into": "Output",
    },
    "evaluate": {"params": "Metrics", "groups": "Metrics", "min_score": "Matching", "part": "Matching"},
    "preview": dict.fromkeys(
        ("images", "output", "count", "ids", "worst", "joints", "cells", "panel"), "Picture"
    ),
    "report": dict.fromkeys(("images", "truth", "worst", "output"), "Report"),
    "budget": {"output": "Report", "noise": "Maps", "samples": "Report"},
}
"""Command -> parameters that belong to another section there."""

SECTION_OF: Mapping[str, str] = {name: section for section, names in SECTIONS.items() for name in names}


SETTINGS = ("Settings", "Input frame", "Maps", "Codec")
"""The sections of an encoding's settings."""

BRIEF: Mapping[str, Mapping[str, str]] = {
    "encode": {"Reading": "validate", "Running": "verify"},
    "decode": {"Running": "verify"},
    "preview": dict.fromkeys(SETTINGS, "encode") | {"Reading": "validate"},
    "stats": dict.fromkeys(SETTINGS, "encode") | {"Reading": "validate"},
    "budget": {"Reading": "validate"},
    "report": {"Reading": "validate"},
}
"""Command -> sections that it only names the options of -> the command whose help describes them."""


class SectionedCommand(click.Command):
    """A command whose help lists its options by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list of options per section, in the order of ``SECTIONS``."""
        formatter.write_paragraph()
        for section, records in self._sections(ctx).items():
            formatter.write_heading(section)
            with formatter.indentation():
                described = BRIEF.get(self.name or "", {}).get(section)
                if described:
                    names = ", ".join(option.split()[0].rstrip(",") for option, _ in records)
                    indent = " " * formatter.current_indent
                    lines = wrap(
                        f"{names} (see kp2heat {described} --help)",
                        formatter.width,
                        initial_indent=indent,
                        subsequent_indent=indent,
                        break_on_hyphens=False,
                    )
                    formatter.write("\n".join(lines) + "\n")
                else:
                    formatter.write_dl(records, col_max=34)

    def _sections(self, ctx: click.Context) -> dict[str, list[tuple[str, str]]]:
        """Return section -> (option, help) of the options that this command has."""
        of_command = OF_COMMAND.get(self.name or "", {})
        sections: dict[str, list[tuple[str, str]]] = {name: [] for name in (*SECTIONS, "Options")}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                name = parameter.name or ""
                sections.setdefault(of_command.get(name, SECTION_OF.get(name, "Options")), []).append(record)
        filled = {name: records for name, records in sections.items() if records}
        if len(filled) > 1 and len(filled.get("Options", ())) == 1:  # --help alone needs no heading
            last = filled.pop("Options")
            filled[list(filled)[-1]] += last
        return filled


def given_options(*sections: str, but: Collection[str] = ()) -> list[str]:
    """Return the options of these sections that the running command was given, as they are written: ``--sigma``."""
    context = click.get_current_context()
    named = {name for section in sections for name in SECTIONS[section]} - set(but)
    return [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in named
        and context.get_parameter_source(parameter.name) is click.core.ParameterSource.COMMANDLINE
    ]
