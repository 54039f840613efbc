"""What became of the joints of a decoded level, and what a user should know about its numbers."""

from __future__ import annotations

from collections.abc import Mapping

from kp2heat.frame import finite
from kp2heat.pipeline.decoding.reporting.level_result import LevelResult


def joint_states(result: LevelResult) -> dict[str, int]:
    """Count what became of the joints.

    ``joints`` is the sum of scored, missed (a map without a peak), outside, weightless and unlabelled ones;
    ``unrefined`` says how many of the scored ones stayed at their cell. Then come unusable maps by reason.
    """
    labelled = finite(result.xy)
    decoded = finite(result.peaks.xy) & result.scored
    counts = {
        "joints": labelled.size,
        "scored": decoded.sum(),
        "unlabelled": (~labelled).sum(),
        "outside": result.outside.sum(),
        "weightless": (labelled & ~result.outside & ~result.scored).sum(),
        "missed": (result.scored & ~decoded).sum(),
        "unrefined": (decoded & ~result.peaks.refined).sum(),
    }
    return {**{name: int(count) for name, count in counts.items()}, **result.lost}


def notes(states: Mapping[str, int]) -> list[str]:
    """Return a sentence for whatever makes a level's numbers say less than they seem to.

    states: the counts of ``joint_states``.

    >>> notes({"joints": 34, "scored": 30, "missed": 4})
    ['the errors leave out 4 of 34 joints, which were missed']
    """
    maps, counted = states["joints"], states["scored"] + states["missed"]
    sentences = []
    if states["missed"]:
        sentences.append(f"the errors leave out {states['missed']} of {counted} joints, which were missed")
    if states.get("not_finite_maps"):
        sentences.append(f"{states['not_finite_maps']} of {maps} maps hold NaN or infinite values")
    logits = "if these are logits, give --predicted-as logits"
    if states.get("below_zero_maps"):
        sentences.append(f"{states['below_zero_maps']} of {maps} maps have no value above 0; {logits}")
    if 2 * states.get("negative_maps", 0) > maps:
        sentences.append(
            f"{states['negative_maps']} of {maps} maps reach further below 0 than above it; {logits}"
        )
    return sentences
