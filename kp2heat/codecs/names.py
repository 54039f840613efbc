"""Codecs by the names people use for them."""

from __future__ import annotations

from collections.abc import Mapping

from kp2heat.codecs import CODECS
from kp2heat.contracts import Codec
from kp2heat.errors import SpecError, following, same_name

ALIASES: Mapping[str, str] = {
    "simplebaseline": "msra",
    "simple-baseline": "msra",
    "heatmap": "gaussian",
    "gaussian-heatmap": "gaussian",
    "dark-pose": "darkpose",
    "unbiased": "dark",
    "simcc": "simcc-gaussian",
    "rtmpose": "simcc-gaussian",
    "cpn": "megvii",
    "mspn": "megvii",
    "tfpose": "tf-pose",
    "maskrcnn": "onehot",
    "mask-rcnn": "onehot",
    "pifpaf": "openpifpaf",
    "dlc": "deeplabcut",
    "probpose": "probmap",
    "vitpose": "udp",
    "sapiens": "udp",
}
"""Names that are not in the table, in lower case -> the codec meant."""


def codec_name(name: str) -> str:
    """Return the name in the table that a name means; SpecError with suggestions where there is none.

    >>> codec_name("SimpleBaseline"), codec_name("UDP")
    ('msra', 'udp')
    """
    known = same_name(name, CODECS, ALIASES)
    if known is None:
        raise SpecError(
            "codec",
            f"'{name}' is not known",
            following("codecs", str(name), {n: codec.source for n, codec in CODECS.items()}),
        )
    return known


def find_codec(name: str) -> Codec:
    """Return the codec of a name or alias; SpecError with suggestions where there is none."""
    return CODECS[codec_name(name)]
