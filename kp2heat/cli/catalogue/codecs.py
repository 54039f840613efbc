"""``kp2heat codecs``."""

from __future__ import annotations

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.output.cards import print_list_or_card


@click.command("codecs")
@click.argument("text", metavar="[NAME|TEXT]", nargs=-1, shell_complete=names_of("codec"))
@json_option("The list, or the card,")
def command(text: tuple[str, ...], as_json: bool) -> None:
    """List the codecs, or those that match TEXT, or show all about the one called NAME.

    \b
    kp2heat codecs
    kp2heat codecs udp
    kp2heat codecs mmpose
    """
    from kp2heat.pipeline.catalogue import codec_card, codec_lines

    print_list_or_card(text, codec_card, codec_lines, as_json)
