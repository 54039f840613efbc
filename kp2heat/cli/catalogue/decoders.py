"""``kp2heat decoders``."""

from __future__ import annotations

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.output.cards import print_list_or_card


@click.command("decoders")
@click.argument("text", metavar="[NAME|TEXT]", nargs=-1, shell_complete=names_of("method"))
@json_option("The list, or the card,")
def command(text: tuple[str, ...], as_json: bool) -> None:
    """List the decoders, or those that match TEXT, or show all about the one called NAME.

    \b
    kp2heat decoders
    kp2heat decoders dark
    kp2heat decoders "Zhang et al."
    """
    from kp2heat.pipeline.catalogue import decoder_card, decoder_lines

    print_list_or_card(text, decoder_card, decoder_lines, as_json)
