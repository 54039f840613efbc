"""Decoders: label planes -> peaks in cells, by name.

Each is a place in a map to the cell (``locate``) and a step within the cell. Settings of all: ``top``, the
number of peaks wanted per map, and ``threshold``, the value a peak must exceed. ``literal`` gives the published
code's behaviour, faults included (``published``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders import megvii, nms, offsets, onehot, peaks, simcc
from kp2heat.decoders.bottom_up import centernet, cid, cif, movenet, people, regressed, tags
from kp2heat.decoders.published_rules import (
    debiased_softargmax,
    expected_oks,
    gaussian_cov,
    hugging_face,
    keyposs,
    local_softargmax,
    simcc3d,
    topk,
)
from kp2heat.decoders.refinement import argmax, dark, fit, lsq, moments, quarter, weighted_fit
from kp2heat.decoders.refinement.published import NOWHERE, followed
from kp2heat.decoders.shared_maps import predicted, split
from kp2heat.errors import SpecError, did_you_mean, same_name
from kp2heat.peaks import Peaks

DECODERS: Mapping[str, Decoder] = {
    "argmax": argmax.DECODER,
    "standard": quarter.STANDARD,
    "quarter": quarter.QUARTER,
    "dark": dark.DARK,
    "dark-udp": dark.UDP,
    "lsq": lsq.DECODER,
    "fit": fit.DECODER,
    "weighted-fit": weighted_fit.DECODER,
    "softargmax": moments.SOFTARGMAX,
    "expectation": moments.EXPECTATION,
    "centroid": moments.CENTROID,
    "peaks": peaks.DECODER,
    "shared-maps": split.DECODER,
    "shared-peaks": predicted.DECODER,
    "expected-oks": expected_oks.DECODER,
    "local-softargmax": local_softargmax.DECODER,
    "debiased-softargmax": debiased_softargmax.DECODER,
    "topk": topk.DECODER,
    "keyposs": keyposs.DECODER,
    "gaussian-cov": gaussian_cov.DECODER,
    "hf-vitpose": hugging_face.VITPOSE_DECODER,
    "sapiens2": hugging_face.SAPIENS2_DECODER,
    "megvii": megvii.DECODER,
    "offset": offsets.OFFSET,
    "locref": offsets.LOCREF,
    "cell-offset": offsets.CELL_OFFSET,
    "simcc": simcc.DECODER,
    "simcc3d": simcc3d.DECODER,
    "nms": nms.DECODER,
    "centernet": centernet.DECODER,
    "people": people.DECODER,
    "tags": tags.DECODER,
    "dekr": regressed.DEKR,
    "spr": regressed.SPR,
    "cid": cid.DECODER,
    "movenet": movenet.DECODER,
    "cif": cif.CIF,
    "cifhr": cif.CIFHR,
    "onehot": onehot.DECODER,
}


def decoder(name: str) -> Decoder:
    """Return the decoder of that name; SpecError with a suggestion where there is none."""
    known = same_name(name, DECODERS)
    if known is None:
        raise SpecError("method", f"'{name}' is not a decoder", did_you_mean(name, DECODERS))
    return DECODERS[known]


def decode(name: str, planes: Planes, level: Level, **params: Any) -> Peaks:
    """Decode one level's planes to peaks in cells by the decoder of that name; SpecError on what it cannot take."""
    return DECODERS[check_settings(name, planes, params)].decode(planes, level, **params)


def check_settings(name: str, planes: Collection[str], params: Mapping[str, Any]) -> str:
    """Return the decoder's name; SpecError unless it exists, has these settings and finds the planes it reads."""
    chosen = decoder(name)
    for key in params:
        if key not in chosen.params:
            raise SpecError(
                f"method {name}", f"there is no setting '{key}'", did_you_mean(key, chosen.params)
            )
    for plane in chosen.needs:
        if plane not in planes:
            reason = f"it reads the plane '{plane}', and there are only {', '.join(planes)}"
            raise SpecError(f"method {name}", reason, "choose another method or a codec that writes it")
    _check(name, {**chosen.params, **params})
    return chosen.name


def literal_rules(names: Sequence[str], params: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each of these decoders whose literal form is one of several published rules.

    >>> literal_rules(["dark", "lsq"], {"literal": True})
    ["dark --literal is mmpose's; --param rule=hrnet gives hrnet's"]
    """
    rules = {name: DECODERS[name].params.get("rule") for name in names if name in DECODERS}
    return [
        followed(name, params.get("rule", rule))
        for name, rule in rules.items()
        if params.get("literal") and rule in NOWHERE
    ]


def _check(name: str, params: Mapping[str, Any]) -> None:
    top, threshold = params.get("top", 1), params.get("threshold", 0.0)
    if top != int(top) or top < 1:
        raise SpecError(f"method {name}", f"top={top} is not a number of peaks", "give 1 or more")
    if not threshold >= 0:
        raise SpecError(f"method {name}", f"threshold={threshold} is below 0", "a peak is a value above 0")
    if params.get("literal") and top > 1:
        raise SpecError(
            f"method {name}", f"the published code finds one peak per map, not {top}", "drop literal"
        )
