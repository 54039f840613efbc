"""Help texts in sections: one table says which section an option belongs to, for all commands."""

from __future__ import annotations

from collections.abc import Mapping

import click

READING = "Reading"

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Settings": ("preset", "config", "save_config"),
    READING: (
        "format_name",
        "results_format",
        "category",
        "images",
        "image_size",
        "size_from_joints",
        "coords",
        "origin",
        "visibility",
        "min_likelihood",
        "skeleton",
        "swap",
        "names",
        "columns",
    ),
    "Input frame": ("sample", "fit", "input_size", "padding"),
    "Maps": ("stride", "size", "sigma", "align", "hidden", "outside", "normalize", "dtype"),
    "Codec": ("codec", "params", "groups", "literal"),
    "Decoding": ("method", "level", "threshold"),
    "Predictions": (
        "predictions",
        "predicted_as",
        "channels",
        "flipped",
        "flip_shift",
        "mirrored",
        "grid",
        "accumulate",
        "boxes",
        "min_score",
        "score",
    ),
    "Matching": ("truth", "match", "least_oks", "detected_images", "part"),
    "Metrics": ("metric", "param", "sigmas", "groups_of_joints", "calibrate"),
    "Output": ("shard_rows", "shard_size", "compress", "overwrite", "store", "on_error", "output"),
    "Running": ("workers", "engine", "scheduler", "part", "dry_run", "repair"),
    "Report": ("check", "fail_above", "fail_below", "per_joint", "as_json", "preview", "report", "quiet"),
}
"""Section -> names of parameters. An option of no section is listed under "Options"."""

SECTION_OF: Mapping[str, str] = {name: section for section, names in SECTIONS.items() for name in names}


class SectionedCommand(click.Command):
    """A command whose help lists its options by section."""

    brief: tuple[str, ...] = ()
    """Sections of which the help lists the options' names only."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list of options per section, in the order of ``SECTIONS``."""
        rows: dict[str, list[tuple[str, str]]] = {section: [] for section in (*SECTIONS, "Options")}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                rows[SECTION_OF.get(parameter.name or "", "Options")].append(record)
        for section, records in rows.items():
            if records:
                with formatter.section(section):
                    if section in self.brief:
                        names = ", ".join(option.split()[0].rstrip(",") for option, _ in records)
                        formatter.write_text(f"{names} (described by kp2heat validate --help)")
                    else:
                        formatter.write_dl(records)


class EncodingCommand(SectionedCommand):
    """A command with many options of its own, where the options for reading files are named in brief."""

    brief = (READING,)
