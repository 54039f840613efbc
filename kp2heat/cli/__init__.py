"""The command line: it parses, calls the library once, and prints. Commands are loaded when used."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from shutil import get_terminal_size

import click

from kp2heat import __version__
from kp2heat.cli.output.console import PROGRESS, say
from kp2heat.cli.output.streams import guarded_streams
from kp2heat.cli.signals import stoppable
from kp2heat.errors import Kp2heatError, close_names, printable
from kp2heat.machine.cores import no_thread, threads_start

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Commands": {
        "encode": "Render annotations (COCO JSON, CSV) as heatmap labels in HDF5 shards.",
        "decode": "Decode heatmaps to keypoints and report the error.",
        "evaluate": "Score results against ground truth.",
        "validate": "Check annotations for errors and suspicious values.",
        "convert": "Convert annotations to COCO JSON, wide CSV or DeepLabCut CSV.",
        "verify": "Check an output folder for damage (--repair re-encodes damaged shards).",
        "inspect": "Show what a shard, folder or annotation file contains.",
        "merge": "Complete an output folder that was encoded in parts.",
        "export": "Write labels for webdataset, NumPy or zarr, or their truth as COCO or CSV.",
        "sigmas": "Estimate OKS sigmas from instances annotated several times.",
        "check-transform": "Measure whether an augmentation moves image and keypoints alike.",
        "bench": "Benchmark kp2heat on this machine.",
    },
    "Pictures and charts": {
        "seeing.preview": "Draw samples: crop, joints and heatmaps on one sheet.",
        "seeing.budget": "Measure what a representation costs on your keypoints, before any training.",
        "seeing.stats": "Count and chart where joints are, how many are seen, and how large people are.",
        "seeing.report": "Write one HTML file: errors, joints, worst samples, problems.",
    },
    "Presets, codecs and decoders": {
        "catalogue.presets": "List the presets, or print one.",
        "catalogue.codecs": "List the codecs, or show all about one.",
        "catalogue.decoders": "List the decoders, or show all about one.",
    },
}
"""Section of the overview -> module with a ``command`` -> its line. The module's last name is the command's."""


def _command(module: str) -> str:
    """Return the name of a module's command.

    >>> _command("seeing.preview"), _command("check-transform")
    ('preview', 'check-transform')
    """
    return module.rpartition(".")[2]


COMMANDS: Mapping[str, str] = {
    _command(module): module.replace("-", "_") for section in SECTIONS.values() for module in section
}
"""Command -> its module."""


class LazyGroup(click.Group):
    """A group that imports its commands on use, so that ``kp2heat --help`` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"kp2heat.cli.{COMMANDS[cmd_name]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the overview without importing any command."""
        widest = max(map(len, COMMANDS))
        for title, lines in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(_command(module).ljust(widest), line) for module, line in lines.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest a command for a misspelt one."""
        if args and args[0] not in COMMANDS and (close := close_names(args[0], COMMANDS)):
            ctx.fail(f"No such command '{args[0]}' (did you mean '{close[0]}'?).")
        return super().resolve_command(ctx, args)


WIDTH = 110
"""Columns of help texts, in a terminal that has them and where there is none."""


@click.group(
    cls=LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "terminal_width": min(WIDTH, get_terminal_size((WIDTH, 24)).columns),
    },
)
@click.version_option(__version__, prog_name="kp2heat")
def group() -> None:
    """Convert keypoint annotations to heatmap labels, and heatmaps back to keypoints.

    \b
    kp2heat encode person_keypoints.json labels --preset coco-hrnet-w32-256x192
    kp2heat decode labels --method dark
    kp2heat COMMAND --help shows the options of a command with examples.
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run a command (of ``sys.argv``, unless given); a user's mistake is one sentence on stderr and an exit code."""
    PROGRESS.set("bar")
    if not threads_start():  # OpenBLAS would end the process where it cannot start its threads
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with guarded_streams(), stoppable(sys.argv[1:] if args is None else args):
        try:
            sys.exit(group.main(args, prog_name="kp2heat", standalone_mode=False) or 0)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            say(_sentence(error))
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(1)
        except Kp2heatError as error:
            say(f"kp2heat: {error}")
            sys.exit(error.exit_code)
        except Exception as error:
            if not _from_system(error):
                raise
            say(f"kp2heat: {_system_sentence(error)}")
            sys.exit(1)


def _from_system(error: Exception) -> bool:
    """Return whether the system refused a step."""
    if isinstance(error, ModuleNotFoundError):
        return False
    return isinstance(error, MemoryError | ImportError | OSError) or no_thread(error)


def _sentence(error: click.ClickException) -> str:
    """Return one sentence for a mistake in the words of a command, with where to read on.

    >>> _sentence(click.BadParameter("'f64' is not one of 'f16', 'f32'.", param_hint="--dtype"))
    "kp2heat: invalid value for --dtype: 'f64' is not one of 'f16', 'f32'; see kp2heat --help"
    """
    context = getattr(error, "ctx", None)
    command = "kp2heat" if context is None else context.command_path
    message = printable(" ".join(error.format_message().split())).replace(". (Did you", " (did you")
    word = message[:2]
    lowered = (message if word.isupper() else message[:1].lower() + message[1:]).removesuffix(".")
    return f"{command}: {lowered}; see {command} --help"


def _system_sentence(error: Exception) -> str:
    """Return in one sentence what the system refused, where no part of kp2heat expected it."""
    reason = printable(" ".join(str(error).split()))
    if isinstance(error, MemoryError) or "failed to map segment" in reason:
        return "out of memory; use fewer --workers or a smaller --shard-rows"
    if isinstance(error, ImportError):
        return f"a package does not load ({reason}); install kp2heat again"
    if isinstance(error, OSError) and error.filename is not None:
        name = str(error.filename)
        shown = name if len(name) < 200 else f"{name[:60]}..."
        return f"{shown}: {str(error.strerror).lower()}; check the path, and what this user may open"
    return f"the system refused a step ({reason}); what is finished is kept, and the same command goes on from there"
